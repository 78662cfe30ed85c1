//! Paths that guests name: parsed into parts that cannot lead anywhere but down.

use serde::Deserialize;

use super::Refusal;

const MAX_PATH: usize = 4096;
const MAX_PART: usize = 255;
const MAX_DEPTH: usize = 32;

/// A FlowPath document as guests pass it; other fields mean nothing here.
#[derive(Debug, Deserialize)]
pub(super) struct FlowPath {
    pub path: String,
    pub store_ref: String,
}

impl FlowPath {
    pub fn parse(json: &str) -> Result<Self, Refusal> {
        serde_json::from_str(json).map_err(|error| Refusal::NotAFlowPath { reason: error.to_string() })
    }

    /// The document that a guest gets.
    pub fn document(path: &str, store_ref: &str) -> serde_json::Value {
        serde_json::json!({ "path": path, "store_ref": store_ref, "cache_store_ref": null })
    }
}

/// The parts below a directory: each a plain name. Empty: the directory itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts(Vec<String>);

impl Parts {
    /// The parts of `path` below `root`, which every path that a node may use begins with.
    pub fn below(root: &str, path: &str) -> Result<Self, Refusal> {
        let parts = Self::parse(path)?;
        let root: Vec<&str> = root.split('/').collect();
        let inside = parts.0.len() >= root.len() && parts.0.iter().zip(&root).all(|(part, root)| part == root);
        if !inside {
            return Err(Refusal::Outside { root: root.join("/") });
        }
        Ok(Self(parts.0.into_iter().skip(root.len()).collect()))
    }

    pub(super) fn parse(path: &str) -> Result<Self, Refusal> {
        let wrong = |why| Err(Refusal::Path { why });
        if path.len() > MAX_PATH {
            return wrong("it is longer than 4096 bytes");
        }
        if path.starts_with('/') {
            return wrong("it is absolute");
        }
        if path.ends_with('/') {
            return wrong("it ends with a slash");
        }
        let parts: Vec<&str> = path.split('/').collect();
        if parts.len() > MAX_DEPTH {
            return wrong("it is more than 32 folders deep");
        }
        for part in &parts {
            if let Some(why) = wrong_part(part) {
                return wrong(why);
            }
        }
        Ok(Self(parts.into_iter().map(str::to_owned).collect()))
    }

    pub(super) fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// The folders and the file's name.
    pub(super) fn split_last(&self) -> Result<(&[String], &str), Refusal> {
        match self.0.split_last() {
            Some((name, folders)) => Ok((folders, name)),
            None => Err(Refusal::IsADirectory),
        }
    }
}

/// Strict on every system, so that a node that works here works elsewhere: a backslash is a separator on Windows.
fn wrong_part(part: &str) -> Option<&'static str> {
    if part.is_empty() {
        return Some("a part of it is empty");
    }
    if part == "." || part == ".." {
        return Some("\".\" and \"..\" are not allowed");
    }
    if part.len() > MAX_PART {
        return Some("a part of it is longer than 255 bytes");
    }
    if part.contains('\\') {
        return Some("it holds a backslash");
    }
    if part.contains(char::is_control) {
        return Some("it holds a control character");
    }
    // Streams and devices of Windows.
    if cfg!(windows) && (part.contains([':', '*', '?', '"', '<', '>', '|']) || part.ends_with(['.', ' '])) {
        return Some("it holds a character that this system does not allow in names");
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_names_pass() {
        for path in ["storage/a.txt", "storage/ä/日本.txt", "storage/a b/.hidden", "storage/..a/a..", "storage"] {
            assert!(Parts::below("storage", path).is_ok(), "{path} must pass");
        }
        assert_eq!(Parts::below("a/b", "a/b/c/d").expect("inside").as_slice(), ["c", "d"]);
    }

    #[test]
    fn tricks_are_refused() {
        let tricks = [
            "",
            "/",
            "/etc/passwd",
            "//storage/a",
            "storage/",
            "storage/a/",
            "storage//a",
            "storage/./a",
            "storage/../a",
            "storage/..",
            "..",
            ".",
            "../storage/a",
            "storage\\a",
            "storage/..\\..\\a",
            "storage/a\0b",
            "storage/a\nb",
            "storage/\u{7f}",
            "storagex/a",
            "other/a",
            "Storage/a",
            "a.txt",
            "C:\\x",
            "\\\\server\\share",
        ];
        for path in tricks {
            assert!(Parts::below("storage", path).is_err(), "{path:?} must be refused");
        }
        assert!(Parts::below("storage", &format!("storage/{}", "n".repeat(256))).is_err(), "a long part");
        assert!(Parts::below("storage", &format!("storage{}", "/a".repeat(40))).is_err(), "a deep path");
        assert!(Parts::below("storage", &format!("storage/{}", "é/".repeat(3000))).is_err(), "a long path");
        assert!(Parts::below("a/b", "a").is_err(), "the root's own parent");
    }

    #[test]
    fn documents_are_parsed_leniently_but_completely() {
        assert!(FlowPath::parse(r#"{"path":"a","store_ref":"r","cache_store_ref":null,"more":1}"#).is_ok());
        for document in ["", "null", "[]", "\"a\"", r#"{"path":"a"}"#, r#"{"path":1,"store_ref":"r"}"#] {
            assert!(FlowPath::parse(document).is_err(), "{document} must be refused");
        }
    }

    proptest! {
        #[test]
        fn what_passes_only_leads_down(path in "[a./\\\\\\x00~é ]{0,40}") {
            if let Ok(parts) = Parts::below("a", &path) {
                for part in parts.as_slice() {
                    prop_assert!(!part.is_empty() && part != "." && part != ".." && !part.contains(['/', '\\', '\0']));
                }
                prop_assert_eq!(path, std::iter::once("a").chain(parts.as_slice().iter().map(String::as_str)).collect::<Vec<_>>().join("/"));
            }
        }
    }
}
