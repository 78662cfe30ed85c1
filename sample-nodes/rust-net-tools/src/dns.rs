//! As much of DNS (RFC 1035, RFC 3596) as a question for addresses and texts needs.

use std::net::{Ipv4Addr, Ipv6Addr};

use schemars::JsonSchema;
use serde::Serialize;

/// One record of an answer.
#[derive(Debug, JsonSchema, PartialEq, Serialize)]
pub struct Record {
    /// Whose record it is.
    pub name: String,
    /// A, AAAA, CNAME, TXT, or a number.
    pub kind: String,
    /// How long it may be kept, in seconds.
    pub ttl: u32,
    /// The address, the name or the text; of other kinds, the bytes in hexadecimal.
    pub value: String,
}

#[derive(Clone, Copy)]
pub enum Kind {
    A = 1,
    Cname = 5,
    Txt = 16,
    Aaaa = 28,
}

impl Kind {
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "A" => Some(Self::A),
            "AAAA" => Some(Self::Aaaa),
            "TXT" => Some(Self::Txt),
            _ => None,
        }
    }
}

/// A message with one question; the server is asked to do the whole search.
pub fn question(id: u16, name: &str, kind: Kind) -> Result<Vec<u8>, String> {
    let mut message = Vec::from(id.to_be_bytes());
    message.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    let name = name.strip_suffix('.').unwrap_or(name);
    for label in name.split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length));
        message.push(length.ok_or_else(|| format!("a part of {name:?} has {} bytes, not 1 to 63", label.len()))?);
        message.extend(label.as_bytes());
    }
    if message.len() - 12 > 254 {
        return Err("the name is longer than 253 bytes".into());
    }
    message.push(0);
    message.extend((kind as u16).to_be_bytes());
    // The internet.
    message.extend([0, 1]);
    Ok(message)
}

/// The records of an answer, or the server's refusal.
pub fn records(message: &[u8]) -> Result<Vec<Record>, String> {
    match message.get(3).map(|flags| flags & 15) {
        Some(0) => {}
        Some(3) => return Err("there is no such name".into()),
        Some(code) => return Err(format!("the server refuses, code {code}")),
        None => return Err("the answer is too short".into()),
    }
    if message[2] & 2 != 0 {
        return Err("the answer is too long for UDP".into());
    }
    let mut reader = Reader { message, at: 4 };
    let (questions, answers) = (reader.u16()?, reader.u16()?);
    reader.at = 12;
    for _ in 0..questions {
        reader.name()?;
        reader.bytes(4)?;
    }
    (0..answers).map(|_| reader.record()).collect()
}

struct Reader<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], String> {
        let bytes = self.message.get(self.at..self.at + count).ok_or("the answer ends too early")?;
        self.at += count;
        Ok(bytes)
    }

    fn u8(&mut self) -> Result<u8, String> {
        Ok(self.bytes(1)?[0])
    }

    fn u16(&mut self) -> Result<u16, String> {
        Ok(u16::from(self.u8()?) << 8 | u16::from(self.u8()?))
    }

    /// Labels up to the root; the rest of a name may be elsewhere in the message.
    fn name(&mut self) -> Result<String, String> {
        let (mut labels, mut back, mut left) = (Vec::new(), None, 128);
        loop {
            // Two places that lead to each other would never end.
            left -= 1;
            if left == 0 {
                return Err("a name of the answer leads nowhere".into());
            }
            let length = self.u8()?;
            match length {
                0 => break,
                1..=63 => labels.push(String::from_utf8_lossy(self.bytes(length.into())?).into_owned()),
                192.. => {
                    let place = usize::from(length & 63) << 8 | usize::from(self.u8()?);
                    back.get_or_insert(self.at);
                    self.at = place;
                }
                _ => return Err("a name of the answer is broken".into()),
            }
        }
        self.at = back.unwrap_or(self.at);
        Ok(labels.join("."))
    }

    fn record(&mut self) -> Result<Record, String> {
        let name = self.name()?;
        let kind = self.u16()?;
        self.bytes(2)?;
        let ttl = u32::from(self.u16()?) << 16 | u32::from(self.u16()?);
        let length = self.u16()?.into();
        let start = self.at;
        let data = self.bytes(length)?;
        let end = self.at;
        let (kind, value) = if kind == Kind::Cname as u16 {
            self.at = start;
            let value = self.name()?;
            self.at = end;
            ("CNAME".to_owned(), value)
        } else if let (true, Ok(address)) = (kind == Kind::A as u16, <[u8; 4]>::try_from(data)) {
            ("A".to_owned(), Ipv4Addr::from(address).to_string())
        } else if let (true, Ok(address)) = (kind == Kind::Aaaa as u16, <[u8; 16]>::try_from(data)) {
            ("AAAA".to_owned(), Ipv6Addr::from(address).to_string())
        } else if kind == Kind::Txt as u16 {
            ("TXT".to_owned(), texts(data)?)
        } else {
            (kind.to_string(), data.iter().map(|byte| format!("{byte:02x}")).collect())
        };
        Ok(Record { name, kind, ttl, value })
    }
}

/// A text comes in pieces of at most 255 bytes.
fn texts(data: &[u8]) -> Result<String, String> {
    let (mut text, mut rest) = (Vec::new(), data);
    while let Some((length, after)) = rest.split_first() {
        let (piece, after) = after.split_at_checked((*length).into()).ok_or("a text of the answer is broken")?;
        text.extend_from_slice(piece);
        rest = after;
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}
