//! Paths of URLs: which one a rule names, and what is below it.
//!
//! Servers differ in how they read a path: some decode it twice, drop `;parameters`, take `\` for `/`, or join `//`
//! before they resolve dots. A rule that allows covers only a path which all of them read the same way; a rule that
//! denies covers a path which any of them could read as the denied one.

use std::collections::BTreeSet;

/// More readings than this, and a path counts as every path.
const MOST_READINGS: usize = 256;

/// A path and what is below it, on the borders of segments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::permission) struct Path(String);

impl Path {
    /// `path` is as the `url` crate gives it: absolute, dot segments resolved.
    pub(in crate::permission) fn new(path: &str) -> Self {
        Self(if path.is_empty() { "/".to_owned() } else { plain(path) })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn is_root(&self) -> bool {
        self.0 == "/"
    }

    /// Whether this allows `path`: every server must take it for this path or one below.
    pub(super) fn covers(&self, path: &str) -> bool {
        if self.is_root() {
            return true;
        }
        let path = plain(path);
        let Some(rest) = path.strip_prefix(self.0.as_str()) else { return false };
        let below = self.0.ends_with('/') || rest.starts_with('/');
        rest.is_empty() || below && !is_odd(rest)
    }

    /// Whether this denies `path`: any server could take it for this path or one below.
    pub(super) fn forbids(&self, path: &str) -> bool {
        if self.is_root() {
            return true;
        }
        let (Some(own), Some(asked)) = (readings(&self.0), readings(path)) else { return true };
        let own: Vec<_> = own.iter().map(|path| segments(path)).filter(|path| !path.is_empty()).collect();
        asked.iter().map(|path| segments(path)).any(|path| own.iter().any(|own| path.starts_with(own)))
    }
}

/// Whether servers could read what follows the rule's path in more than one way.
fn is_odd(rest: &str) -> bool {
    let rest = rest.to_ascii_lowercase();
    let encoded = ["%2f", "%5c", "%25", "%2e", "%3b", "%00", "%7f"];
    rest.contains([';', '\\'])
        || rest.contains("//")
        || encoded.iter().any(|code| rest.contains(code))
        || rest.split('/').any(|segment| !segment.is_empty() && segment.bytes().all(|byte| byte == b'.'))
        || decoded(&rest).is_none_or(|bytes| {
            let text = std::str::from_utf8(&bytes);
            text.is_err() || bytes.iter().any(u8::is_ascii_control)
        })
}

/// The percent codes decoded; `None` where a `%` begins none.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        if *byte != b'%' {
            bytes.push(*byte);
            rest = tail;
            continue;
        }
        let [high, low, tail @ ..] = tail else { return None };
        let digit = |byte: u8| char::from(byte).to_digit(16);
        bytes.push((digit(*high)? * 16 + digit(*low)?) as u8);
        rest = tail;
    }
    Some(bytes)
}

/// All that servers could make of a path, each step in any order; `None` where there is no end of it.
fn readings(path: &str) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::from([path.to_ascii_lowercase()]);
    let mut open: Vec<String> = found.iter().cloned().collect();
    while let Some(path) = open.pop() {
        let steps: [fn(&str) -> String; 7] =
            [decode, decode_wide, without_parameters, with_slashes, joined, resolved, cut];
        for step in steps {
            let next = step(&path);
            if found.len() >= MOST_READINGS {
                return None;
            }
            if found.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    Some(found)
}

/// Decodes once; codes that are none stay, and two bytes that once stood for an ASCII letter (`%c0%af`) become it.
fn decode(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let (head, tail) = rest.split_at(at);
        bytes.extend_from_slice(head.as_bytes());
        match tail.get(..3).and_then(decoded).as_deref() {
            Some([byte]) => {
                bytes.push(*byte);
                rest = tail.get(3..).unwrap_or_default();
            }
            _ => {
                bytes.push(b'%');
                rest = tail.get(1..).unwrap_or_default();
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    let mut text = Vec::with_capacity(bytes.len());
    let mut left = bytes.as_slice();
    while let [byte, tail @ ..] = left {
        left = tail;
        match (byte, tail) {
            (0xc0 | 0xc1, [second @ 0x80..=0xbf, tail @ ..]) => {
                text.push((byte & 1) << 6 | second & 0x3f);
                left = tail;
            }
            _ => text.push(*byte),
        }
    }
    String::from_utf8_lossy(&text).to_lowercase()
}

/// Decodes `%u002f`, as one old server does.
fn decode_wide(path: &str) -> String {
    let mut pieces = path.split("%u");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let letter = piece.get(..4).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
        match letter {
            Some(letter) => {
                out.push(letter);
                out.push_str(piece.get(4..).unwrap_or_default());
            }
            None => {
                out.push_str("%u");
                out.push_str(piece);
            }
        }
    }
    out
}

fn without_parameters(path: &str) -> String {
    let names: Vec<&str> = path.split('/').map(|segment| segment.split(';').next().unwrap_or_default()).collect();
    names.join("/")
}

fn with_slashes(path: &str) -> String {
    path.replace('\\', "/")
}

/// Without empty segments.
fn joined(path: &str) -> String {
    let mut out = path.to_owned();
    while out.contains("//") {
        out = out.replace("//", "/");
    }
    out
}

/// With `.` and `..` resolved.
fn resolved(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "." => {}
            ".." => {
                // What leads above the root stays there.
                if kept.len() > 1 {
                    kept.pop();
                }
            }
            segment => kept.push(segment),
        }
    }
    kept.join("/")
}

/// Up to a NUL, where a server written in C stops.
fn cut(path: &str) -> String {
    path.split('\0').next().unwrap_or_default().to_owned()
}

/// The names of a path, without the dots and blanks at their ends that some file systems drop.
fn segments(path: &str) -> Vec<&str> {
    path.split('/').map(|segment| segment.trim_end_matches(['.', ' '])).filter(|name| !name.is_empty()).collect()
}

/// A path's one spelling (RFC 3986, 6.2.2.2): what need not be encoded is decoded, what a rule's text needs for itself
/// (`*` and `,`) is encoded.
fn plain(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find(['%', '*', ',']) {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        let taken = match (tail.as_bytes().first(), tail.get(..3).and_then(decoded).as_deref()) {
            (Some(b'*'), _) => {
                out.push_str("%2A");
                1
            }
            (Some(b','), _) => {
                out.push_str("%2C");
                1
            }
            // A decoded dot could make a dot segment; the `url` crate has resolved those that are one.
            (_, Some([byte @ (b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~')])) => {
                out.push(char::from(*byte));
                3
            }
            (_, Some([_])) => {
                out.push_str(&tail.get(..3).unwrap_or_default().to_ascii_uppercase());
                3
            }
            _ => {
                out.push('%');
                1
            }
        };
        rest = tail.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a URL has it.
    fn path(text: &str) -> String {
        url::Url::parse(&format!("http://h{text}")).expect("a URL").path().to_owned()
    }

    const WAYS_TO_ADMIN: [&str; 26] = [
        "/admin",
        "/admin/",
        "/admin/x",
        "/ADMIN/x",
        "//admin/",
        "/x/..%2fadmin/",
        "/x/..%2Fadmin/",
        "/x/%2e%2e/admin/",
        "/x/%2e%2e%2fadmin/",
        "/x/..%5cadmin/",
        "/x\\..\\admin/",
        "/%61dmin/",
        "/%2561dmin/",
        "/%252561dmin/",
        "/admin%2fx",
        "/admin;a/",
        "/admin;a=b/x",
        "/admin%3ba/",
        "/x/..;/admin/",
        "/x/..;a=b/admin/",
        "/x/%2e%2e;/admin",
        "/./admin",
        "/x/..%252f/admin",
        "/x/..%c0%afadmin",
        "/x/..%u002fadmin",
        "/admin%00.png",
    ];

    #[test]
    fn f49_a_denied_path_is_denied_however_it_is_written() {
        for rule in ["/admin", "/admin/", "/%61dmin", "/Admin"] {
            let rule = Path::new(&path(rule));
            for text in WAYS_TO_ADMIN {
                assert!(rule.forbids(&path(text)), "{rule:?} denies {text}");
            }
            for text in ["/", "/administration", "/x/admin", "/a;dmin", "/search?q=admin", "/x/../b"] {
                assert!(!rule.forbids(&path(text)), "{rule:?} says nothing of {text}");
            }
        }
        assert!(Path::new("/admin").forbids(&format!("/%{}61", "25".repeat(400))), "an endless riddle is denied");
    }

    #[test]
    fn f49_what_could_be_read_two_ways_is_not_allowed() {
        let rule = Path::new("/x");
        for text in ["/x", "/x/", "/x/y", "/x/a%20b", "/x/%C3%A9", "/x/y.json", "/x/.hidden", "/%78/y"] {
            assert!(rule.covers(&path(text)), "{text}");
        }
        for text in WAYS_TO_ADMIN.into_iter().chain([
            "/x/..;/",
            "/x/.;/",
            "/x/..%2f",
            "/x/%2e%2e;",
            "/x/y;a=b",
            "/x//y",
            "/x/...",
            "/x/%ff",
            "/x/%zz",
            "/x/%0a",
            "/xy",
        ]) {
            assert!(!rule.covers(&path(text)), "{text}");
        }
    }

    #[test]
    fn one_path_has_one_spelling() {
        for (text, shown) in
            [("/%7ea%2d", "/~a-"), ("/a%2fb", "/a%2Fb"), ("/a*b,c", "/a%2Ab%2Cc"), ("/100%", "/100%"), ("/%2a", "/%2A")]
        {
            assert_eq!(plain(text), shown);
        }
    }
}
