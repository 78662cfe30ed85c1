//! What header fields say: lists, bytes that are no ASCII, and which field is wrong.
//!
//! Towards guests a value is text in which each byte is one character, as the fetch standard has it (Latin-1): what comes
//! in goes out unchanged.

use ::http::header::{HeaderMap, HeaderValue};

use crate::text::quoted;

/// The elements of a field that is a list, over all its lines.
pub(in crate::host) fn elements<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|element| !element.is_empty())
}

/// A value as guests read it.
pub(super) fn text(value: &HeaderValue) -> String {
    value.as_bytes().iter().map(|byte| char::from(*byte)).collect()
}

/// A value as a guest wrote it; none where it holds what cannot be sent.
pub(super) fn value(text: &str) -> Option<HeaderValue> {
    let bytes = text.chars().map(|letter| u8::try_from(u32::from(letter)));
    HeaderValue::from_bytes(&bytes.collect::<Result<Vec<u8>, _>>().ok()?).ok()
}

/// What is wrong with the head of a response that cannot be read, as far as it came.
pub(super) fn fault(head: &[u8]) -> Option<String> {
    let lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    // A status line begins each head; there may be interim ones.
    let fields = lines.filter(|line| !line.is_empty() && !line.starts_with(b"HTTP/"));
    fields.into_iter().find_map(field_fault)
}

fn field_fault(line: &[u8]) -> Option<String> {
    let shown = |bytes: &[u8]| quoted(&bytes.iter().map(|byte| char::from(*byte)).collect::<String>());
    let Some(end) = line.iter().position(|byte| *byte == b':') else {
        return Some(format!("the line {} of the response's head is no header", shown(line)));
    };
    let (name, value) = line.split_at(end);
    if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) {
        return Some(format!("the response has a header named {}, which is no name", shown(name)));
    }
    let wrong = value.iter().skip(1).find(|byte| **byte == 0x7f || (**byte < 0x20 && **byte != b'\t'))?;
    Some(format!("the response's header {} holds the byte 0x{wrong:02x}, which no header may", shown(name)))
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f29_lists_are_read_over_lines_with_any_blanks() {
        let mut headers = HeaderMap::new();
        for line in ["keep-alive,  Upgrade", "", " , ,x\t,", "y"] {
            headers.append("connection", line.parse().expect("a value"));
        }
        assert_eq!(elements(&headers, "connection").collect::<Vec<_>>(), ["keep-alive", "Upgrade", "x", "y"]);
        assert_eq!(elements(&headers, "upgrade").count(), 0);
    }

    #[test]
    fn f31_each_byte_is_one_character_and_goes_back() {
        for byte in (0x20..=0xff).filter(|byte| *byte != 0x7f) {
            let sent = HeaderValue::from_bytes(&[b'a', byte, b'z']).expect("a value");
            assert_eq!(value(&text(&sent)), Some(sent), "0x{byte:02x}");
        }
        assert_eq!(value("a\u{e9}").expect("Latin-1").as_bytes(), b"a\xe9");
        for wrong in ["\u{100}", "日本", "a\nb", "a\0", "\u{7f}"] {
            assert_eq!(value(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn f31_the_field_that_is_wrong_is_named() {
        let named = |head: &str| fault(head.as_bytes()).unwrap_or_default();
        assert!(named("HTTP/1.1 200 OK\r\na: b\r\nx y: c\r\n\r\n").contains("named \"x y\""));
        assert!(named("HTTP/1.1 200 OK\r\n: c\r\n\r\n").contains("named \"\""));
        assert!(named("HTTP/1.1 200 OK\r\nbad: a\0b\r\n\r\n").contains("\"bad\" holds the byte 0x00"));
        assert!(named("HTTP/1.1 200 OK\nbad: \u{1}\n").contains("\"bad\" holds the byte 0x01"));
        assert!(named("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nnothing\r\n").contains("\"nothing\""));
        assert!(named("HTTP/1.1 200 OK\r\na: b\r\n folded\r\n\r\n").contains("\" folded\""));
        assert_eq!(named("HTTP/1.1 200 OK\r\na: \u{e9}\t\r\n"), "");
        assert_eq!(named(""), "");
    }
}
