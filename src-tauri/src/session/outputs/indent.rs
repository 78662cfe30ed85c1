//! JSON text as indented lines, one at a time, without a tree: only white space outside of strings changes.

/// Bytes of a line, before its mark of being cut.
pub const MAX_LINE: usize = 4 << 10;
/// Deeper nesting is shown at this depth.
const MAX_DEPTH: usize = 64;

/// The beginning of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    at: usize,
    depth: usize,
}

impl Cursor {
    /// Writes the line that begins here; gives the next one, `None` at the end.
    pub fn write(self, json: &str, line: &mut String) -> Option<Self> {
        for _ in 0..self.depth.min(MAX_DEPTH) {
            line.push_str("  ");
        }
        let mut cut = false;
        self.walk(json, |part| {
            if cut {
                return;
            }
            let room = MAX_LINE.saturating_sub(line.len());
            let end = part.floor_char_boundary(room);
            line.push_str(&part[..end]);
            if end < part.len() {
                line.push('…');
                cut = true;
            }
        })
    }

    /// The next line's beginning.
    pub fn skip(self, json: &str) -> Option<Self> {
        self.walk(json, |_| {})
    }

    /// Hands over the parts of the line in order.
    fn walk(self, json: &str, mut part: impl FnMut(&str)) -> Option<Self> {
        let bytes = json.as_bytes();
        let Self { mut at, depth } = self;
        let mut first = true;
        loop {
            at = after_space(bytes, at);
            let byte = *bytes.get(at)?;
            match byte {
                b'"' => {
                    let end = after_string(bytes, at);
                    part(&json[at..end]);
                    at = end;
                }
                b':' => {
                    part(": ");
                    at += 1;
                }
                b',' => {
                    part(",");
                    return Some(Self { at: at + 1, depth });
                }
                b'[' | b'{' => {
                    let inside = after_space(bytes, at + 1);
                    if matches!(bytes.get(inside), Some(b']' | b'}')) {
                        part(&json[at..=at]);
                        part(&json[inside..=inside]);
                        at = inside + 1;
                    } else {
                        part(&json[at..=at]);
                        return Some(Self { at: at + 1, depth: depth + 1 });
                    }
                }
                // The end of a container has its own line, which it begins.
                b']' | b'}' if first => {
                    part(&json[at..=at]);
                    at += 1;
                }
                b']' | b'}' => return Some(Self { at, depth: depth.saturating_sub(1) }),
                _ => {
                    let end = after_scalar(bytes, at);
                    part(&json[at..end]);
                    at = end;
                }
            }
            first = false;
        }
    }
}

/// The whole text indented; for files, so nothing is cut.
pub fn pretty(json: &str) -> String {
    let mut text = String::with_capacity(json.len() * 2);
    let mut cursor = Some(Cursor::default());
    while let Some(at) = cursor {
        if at.at > 0 {
            text.push('\n');
        }
        (0..at.depth).for_each(|_| text.push_str("  "));
        cursor = at.walk(json, |part| text.push_str(part));
    }
    text
}

fn after_space(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// The end of a string that begins here.
fn after_string(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'"' => return end + 1,
            b'\\' => end += 2,
            _ => end += 1,
        }
    }
    bytes.len()
}

/// The end of a number or a word; at least one byte, so that even damaged text comes to its end.
fn after_scalar(bytes: &[u8], at: usize) -> usize {
    let ends =
        |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' | b'"' | b'[' | b']' | b'{' | b'}');
    let rest = bytes.get(at + 1..).unwrap_or_default();
    at + 1 + rest.iter().take_while(|byte| !ends(byte)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(json: &str) -> Vec<String> {
        let mut cursor = Some(Cursor::default());
        let mut lines = Vec::new();
        while let Some(at) = cursor {
            let mut line = String::new();
            let next = at.write(json, &mut line);
            assert_eq!(next, at.skip(json), "both ways come to the same line");
            lines.push(line);
            cursor = next;
        }
        lines
    }

    #[test]
    fn looks_like_what_people_write() {
        let json = r#"{"a":[1,{"b":9007199254740993,"c":[]},{}],"d":"x, [y]: \"z\"","e":1.50}"#;
        let wanted = "{\n  \"a\": [\n    1,\n    {\n      \"b\": 9007199254740993,\n      \"c\": []\n    },\n    {}\n  ],\n  \"d\": \"x, [y]: \\\"z\\\"\",\n  \"e\": 1.50\n}";
        assert_eq!(lines(json).join("\n"), wanted);
        assert_eq!(lines("\"x\""), ["\"x\""]);
        assert_eq!(lines("[ ]"), ["[]"]);
        assert_eq!(lines("[[]]"), ["[", "  []", "]"]);
    }

    #[test]
    fn deep_nesting_stays_readable() {
        let json = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let lines = lines(&json);
        assert_eq!(lines.len(), 19_999);
        assert!(lines.iter().all(|line| line.len() <= 2 * MAX_DEPTH + 2));
    }

    /// The text without white space outside of strings.
    fn squeezed(text: &str) -> String {
        let (mut out, mut inside, mut escaped) = (String::new(), false, false);
        for c in text.chars() {
            if inside || !c.is_ascii_whitespace() {
                out.push(c);
            }
            (inside, escaped) = match c {
                '"' if !escaped => (!inside, false),
                '\\' if inside => (true, !escaped),
                _ => (inside, false),
            };
        }
        out
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            ".{0,20}".prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
                prop::collection::vec((".{0,8}", inner), 0..8)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn only_white_space_changes(value in json(), spaced: bool) {
            let text = if spaced { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.expect("a value has a text");
            let indented = lines(&text).join("\n");
            prop_assert_eq!(squeezed(&indented), squeezed(&text));
            prop_assert_eq!(squeezed(&pretty(&text)), squeezed(&text));
            prop_assert_eq!(indented, serde_json::to_string_pretty(&value).expect("a value has a text"));
        }

        #[test]
        fn even_damaged_text_comes_to_its_end(text in "[\\[\\]{},:\"\\\\a1 é]{0,40}") {
            let lines = lines(&text);
            prop_assert!(lines.len() <= text.len() + 1);
        }
    }
}
