//! Named inputs of a node, in a file with its sources that a team can commit; and the inputs that were in the form
//! last, which are private.
//!
//! The file `<node>.cases.json` holds `{"cases": [{"name": …, "inputs": {…}}]}`. Values keep the spelling of their
//! numbers, and what this program does not know in the file stays in it. A damaged file is reported and left alone.

mod bring;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use runtime::definition::inputs::read_object;
use runtime::json::Json;
use runtime::manifest;
use runtime::private;
use runtime::text::quoted;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use wire::window::{Case, Cases};

use self::bring::{Moved, bring};
use super::Session;
use crate::error::{Error, Result};

/// Bytes of a file of cases, and of the last inputs of one form.
const MAX_FILE: u64 = 64 << 20;
const MAX_LAST: usize = 16 << 20;
/// Forms whose last inputs are kept.
const FORMS: usize = 500;
/// Characters of a case's name.
const MAX_NAME: usize = 200;

/// The file as a whole; unknown members stay where they are.
#[derive(Default, Serialize)]
struct Document {
    cases: Vec<Member>,
    #[serde(flatten)]
    rest: Members,
}

#[derive(Serialize)]
struct Member {
    name: String,
    inputs: Box<RawValue>,
    #[serde(flatten)]
    rest: Members,
}

/// What this program does not know, in order. Numbers in it keep their values, though not always their spelling.
type Members = serde_json::Map<String, serde_json::Value>;

impl Session {
    pub async fn cases(&self, file: &str, node: &str) -> Result<Cases> {
        let path = self.cases_file(file, node).await?;
        let last = self.last_file(file, node);
        let read = move || {
            let document = read(&path)?;
            Ok(view(&path, &document, read_last(&last)))
        };
        tokio::task::spawn_blocking(read).await?
    }

    /// Adds a case, or gives the one of this name other inputs.
    pub async fn save_case(&self, file: &str, node: &str, name: &str, inputs: &str) -> Result<Cases> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME {
            return Err(Error::new("case", format!("a case needs a name of at most {MAX_NAME} characters")));
        }
        let (name, inputs) = (name.to_owned(), self.without_secrets(file, node, inputs)?);
        self.change(file, node, move |document| {
            match document.cases.iter_mut().find(|case| case.name == name) {
                Some(case) => case.inputs = inputs,
                None => document.cases.push(Member { name, inputs, rest: Members::new() }),
            }
            Ok(())
        })
        .await
    }

    pub async fn delete_case(&self, file: &str, node: &str, name: &str) -> Result<Cases> {
        let name = name.to_owned();
        self.change(file, node, move |document| {
            let before = document.cases.len();
            document.cases.retain(|case| case.name != name);
            match document.cases.len() < before {
                true => Ok(()),
                false => Err(Error::new("no-case", "there is no such case; it may have been deleted in the file")),
            }
        })
        .await
    }

    async fn change(
        &self,
        file: &str,
        node: &str,
        change: impl FnOnce(&mut Document) -> Result<()> + Send + 'static,
    ) -> Result<Cases> {
        let path = self.cases_file(file, node).await?;
        let last = self.last_file(file, node);
        let work = move || {
            let mut document = read(&path)?;
            change(&mut document)?;
            write(&path, &document)?;
            Ok(view(&path, &document, read_last(&last)))
        };
        tokio::task::spawn_blocking(work).await?
    }

    /// Keeps what is in the form for the next start.
    pub async fn save_last(&self, file: &str, node: &str, inputs: &str) -> Result<()> {
        if inputs.len() > MAX_LAST {
            return Err(Error::new("last", format!("inputs of more than {MAX_LAST} bytes are not kept")));
        }
        let inputs = self.without_secrets(file, node, inputs)?;
        let path = self.last_file(file, node);
        let work = move || {
            let folder = path.parent().unwrap_or(Path::new("."));
            private::create_folder(folder)?;
            private::replace(&path, inputs.get().as_bytes(), None)?;
            make_room(folder)
        };
        let path = self.last_file(file, node);
        tokio::task::spawn_blocking(work).await?.map_err(|error| Error::file(&path, &error))
    }

    /// The object without the values of sensitive pins: no file is the place for them.
    fn without_secrets(&self, file: &str, node: &str, inputs: &str) -> Result<Box<RawValue>> {
        let raw = object(inputs)?;
        let build = self.files.build(file).ok();
        let definition = build.as_ref().and_then(|build| build.definition(node));
        let secret =
            |pin: &str| definition.is_some_and(|node| node.inputs().any(|known| known.sensitive && known.name == pin));
        let values = read_object(raw.get()).map_err(|error| Error::new("json", error.to_string()))?;
        if !values.iter().any(|(pin, _)| secret(pin)) {
            return Ok(raw);
        }
        let kept = values.iter().filter(|(pin, _)| !secret(pin));
        let members: Vec<String> = kept.map(|(pin, value)| format!("{}:{value}", Json::string(pin))).collect();
        RawValue::from_string(format!("{{{}}}", members.join(","))).map_err(Error::internal)
    }

    /// Where the node's cases are; a file that is where its build writes is brought there, and the user is told.
    async fn cases_file(&self, file: &str, node: &str) -> Result<PathBuf> {
        let (wasm, name) = (self.files.identity(file), format!("{}.cases.json", safe(node)));
        let manifest = self.files.build(file).ok().and_then(|build| Some(build.manifest.as_ref()?.path.clone()));
        let find = move || {
            let folder = manifest::cases_folder(&wasm, manifest.as_deref());
            let (old, new) = (wasm.with_file_name(&name), folder.join(&name));
            let moved = bring(&old, &new);
            (old, new, moved)
        };
        let (old, new, moved) = tokio::task::spawn_blocking(find).await?;
        let (from, to) = (quoted(&old.to_string_lossy()), quoted(&new.to_string_lossy()));
        match moved {
            Moved::Nothing => Ok(new),
            Moved::To(_) => {
                self.feed.notice("info", format!("the presets of {} are now with its sources: {to}", quoted(node)));
                Ok(new)
            }
            Moved::Both => {
                let message = format!(
                    "there are two files with presets of {}: {to} counts; bring what you want to keep of {from} there \
                     and delete that one, because a cleaned build takes it away",
                    quoted(node)
                );
                // Once is enough.
                if !self.feed.notices().iter().any(|notice| notice.message == message) {
                    self.feed.notice("warning", message);
                }
                Ok(new)
            }
            Moved::Not(reason) => {
                tracing::warn!(%reason, from, to, "presets stay where the build writes");
                Ok(old)
            }
        }
    }

    /// One file for each form: what is in one is never in the way of another.
    fn last_file(&self, file: &str, node: &str) -> PathBuf {
        let key = runtime::host::PackageKey::new(PathBuf::from(format!("{file}\u{0}{node}")));
        self.place.data.join("forms").join(format!("{}.json", key.id()))
    }
}

/// A node's name as a file's name: nothing in it leads out of the folder or hides the file.
fn safe(node: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ') { c } else { '-' };
    let name: String = node.chars().take(100).map(plain).collect();
    match name.trim_matches(['.', ' ']) {
        "" => "node".into(),
        name => name.into(),
    }
}

fn object(inputs: &str) -> Result<Box<RawValue>> {
    let wrong = |reason: String| Error::new("json", format!("the inputs are not a JSON object: {reason}"));
    let raw: Box<RawValue> = serde_json::from_str(inputs).map_err(|error| wrong(error.to_string()))?;
    if raw.get().starts_with('{') { Ok(raw) } else { Err(wrong("it starts with something else".into())) }
}

/// A file that is not there holds no cases.
fn read(path: &Path) -> Result<Document> {
    let text = match fs::metadata(path) {
        Ok(metadata) if metadata.len() > MAX_FILE => {
            let message = format!("\"{}\" has more than {MAX_FILE} bytes", path.display());
            return Err(Error::new("cases", message));
        }
        _ => plain_text(path),
    };
    let text = match text {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Document::default()),
        Err(error) => return Err(Error::file(path, &error)),
    };
    parse(&text).map_err(|error| {
        let message =
            format!("\"{}\" is damaged ({error}); fix it in an editor: it is not overwritten", path.display());
        Error::new("cases", message)
    })
}

/// In two steps, because exact text cannot pass through a flattened member.
fn parse(text: &str) -> serde_json::Result<Document> {
    #[derive(Deserialize)]
    struct Outer<'a> {
        #[serde(borrow, default)]
        cases: Vec<&'a RawValue>,
    }
    #[derive(Deserialize)]
    struct Inner {
        name: String,
        inputs: Box<RawValue>,
    }
    let text = runtime::text::without_mark(text);
    let mut rest: Members = serde_json::from_str(text)?;
    rest.shift_remove("cases");
    let member = |raw: &RawValue| {
        let Inner { name, inputs } = serde_json::from_str(raw.get())?;
        let mut rest: Members = serde_json::from_str(raw.get())?;
        rest.shift_remove("name");
        rest.shift_remove("inputs");
        Ok(Member { name, inputs, rest })
    };
    let outer: Outer<'_> = serde_json::from_str(text)?;
    let cases = outer.cases.into_iter().map(member).collect::<serde_json::Result<_>>()?;
    Ok(Document { cases, rest })
}

fn write(path: &Path, document: &Document) -> Result<()> {
    let text = serde_json::to_string(document).map_err(Error::internal)?;
    let text = super::outputs::indent::pretty(&text) + "\n";
    let permissions = fs::metadata(path).map(|metadata| metadata.permissions()).unwrap_or_else(|_| shared());
    private::replace(path, text.as_bytes(), Some(permissions)).map_err(|error| Error::file(path, &error))
}

/// A file for the whole team, as an editor would make it.
fn shared() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    fs::Permissions::from_mode(0o644)
}

fn view(path: &Path, document: &Document, last: Option<String>) -> Cases {
    let case = |member: &Member| Case { name: member.name.clone(), inputs: member.inputs.get().to_owned() };
    Cases { path: path.display().to_string(), cases: document.cases.iter().map(case).collect(), last }
}

/// Of a file, and not of a pipe that nobody writes to.
fn plain_text(path: &Path) -> io::Result<String> {
    private::open_for_reading(path).and_then(io::read_to_string)
}

/// What is no object any more is as good as nothing: it was only for convenience.
fn read_last(path: &Path) -> Option<String> {
    let text = plain_text(path).ok()?;
    object(&text).ok().map(|raw| raw.get().to_owned())
}

/// Deletes the forms that were not touched for the longest time.
fn make_room(folder: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        files.push((entry.metadata()?.modified()?, entry.path()));
    }
    files.sort();
    let excess = files.len().saturating_sub(FORMS);
    files.iter().take(excess).try_for_each(|(_, path)| fs::remove_file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_and_the_spelling_of_numbers_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("n.cases.json");
        let text = r#"{"$schema":"x","cases":[{"name":"a","note":"why","inputs":{"n":9007199254740993,"f":1.50}}]}"#;
        fs::write(&path, text).expect("writable");
        let mut document = read(&path).expect("a file of cases");
        document.cases.push(Member {
            name: "b".into(),
            inputs: object("{}").expect("an object"),
            rest: Members::new(),
        });
        write(&path, &document).expect("writable");
        let text = fs::read_to_string(&path).expect("readable");
        for part in ["9007199254740993", "1.50", "\"note\": \"why\"", "\"$schema\": \"x\"", "\"name\": \"b\""] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(read(&path).expect("a file of cases").cases.len(), 2);
    }

    #[test]
    fn a_damaged_file_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("n.cases.json");
        for text in ["{\"cases\": [", "{\"cases\": [{\"name\": 5}]}", "[]", ""] {
            fs::write(&path, text).expect("writable");
            let error = read(&path).err().expect("damaged");
            assert!(error.message.contains("not overwritten"), "{text:?}: {}", error.message);
            assert_eq!(fs::read_to_string(&path).expect("readable"), text);
        }
        fs::remove_file(&path).expect("there");
        assert!(read(&path).expect("no file, no cases").cases.is_empty());
    }

    #[test]
    fn a_nodes_name_is_a_files_name() {
        assert_eq!(safe("redis_ping"), "redis_ping");
        assert_eq!(safe("../../etc/passwd"), "-..-etc-passwd");
        assert_eq!(safe("..."), "node");
        assert_eq!(safe("größe 2"), "größe 2");
    }

    #[test]
    fn only_objects_are_inputs() {
        for wrong in ["[]", "1", "{", ""] {
            assert_eq!(object(wrong).err().map(|error| error.code), Some("json"), "{wrong:?}");
        }
        assert_eq!(object(" {\"a\": 1.0} ").expect("an object").get(), "{\"a\": 1.0}");
    }

    #[test]
    fn old_forms_make_room() {
        let folder = tempfile::tempdir().expect("a folder");
        for number in 0..FORMS + 3 {
            fs::write(folder.path().join(format!("{number}.json")), "{}").expect("writable");
        }
        make_room(folder.path()).expect("readable");
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), FORMS);
    }
}
