//! As much of Redis' protocol as a ping needs.

use std::io::{BufRead, Read};

/// The longest reply that is read.
const LONGEST: u64 = 1 << 20;

/// A command as an array of bulk strings.
pub fn command(parts: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", parts.len()).into_bytes();
    for part in parts {
        bytes.extend(format!("${}\r\n{part}\r\n", part.len()).into_bytes());
    }
    bytes
}

/// A simple string, a bulk string, or the server's error.
pub fn read_reply(source: &mut impl BufRead) -> Result<String, String> {
    let line = read_line(source)?;
    match line.split_at_checked(1) {
        Some(("+", text)) => Ok(text.to_owned()),
        Some(("-", text)) => Err(format!("the server refuses: {text}")),
        Some(("$", length)) => read_bulk(source, length),
        _ => Err(format!("this is no Redis server; it says {line:?}")),
    }
}

fn read_bulk(source: &mut impl BufRead, length: &str) -> Result<String, String> {
    let length: u64 = length.parse().map_err(|_| format!("a reply of {length:?} bytes"))?;
    if length > LONGEST {
        return Err(format!("a reply of {length} bytes is too long"));
    }
    let mut bytes = Vec::new();
    source.take(length + 2).read_to_end(&mut bytes).map_err(|error| format!("cannot receive: {error}"))?;
    bytes.truncate(length as usize);
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn read_line(source: &mut impl BufRead) -> Result<String, String> {
    let mut bytes = Vec::new();
    source.take(4096).read_until(b'\n', &mut bytes).map_err(|error| format!("cannot receive: {error}"))?;
    if bytes.is_empty() {
        return Err("the server hung up".into());
    }
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}
