//! Server-sent events: bytes in, the `data` of each event out.

use super::ModelError;

/// The longest event that is kept.
const MAX_EVENT: usize = 16 << 20;

#[derive(Default)]
pub(super) struct Events {
    /// The line that is not complete yet.
    line: Vec<u8>,
    data: String,
    /// A line feed after a carriage return ends nothing.
    after_return: bool,
}

impl Events {
    /// Takes the next bytes; returns the events that they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, ModelError> {
        let mut complete = Vec::new();
        for &byte in bytes {
            let second_half = std::mem::replace(&mut self.after_return, byte == b'\r') && byte == b'\n';
            if second_half {
                continue;
            }
            if byte == b'\n' || byte == b'\r' {
                complete.extend(self.end_line());
            } else {
                self.line.push(byte);
            }
            if self.line.len() + self.data.len() > MAX_EVENT {
                return Err(ModelError::Answer(format!("an event of the stream has more than {MAX_EVENT} bytes")));
            }
        }
        Ok(complete)
    }

    /// The event that the end of the stream completes: some servers leave out the last empty line.
    pub fn finish(&mut self) -> Option<String> {
        self.end_line().or_else(|| self.end_event())
    }

    fn end_line(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return self.end_event();
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.strip_prefix('\u{feff}').unwrap_or(&line);
        if let Some(data) = line.strip_prefix("data:") {
            if !self.data.is_empty() {
                self.data.push('\n');
            }
            self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
        }
        None
    }

    fn end_event(&mut self) -> Option<String> {
        let data = std::mem::take(&mut self.data);
        (!data.is_empty()).then_some(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(pieces: &[&[u8]]) -> Vec<String> {
        let mut events = Events::default();
        let mut found = Vec::new();
        for piece in pieces {
            found.extend(events.push(piece).expect("short"));
        }
        found.extend(events.finish());
        found
    }

    #[test]
    fn events_come_whole_however_they_are_cut() {
        let stream = "event: x\r\ndata: {\"a\":\"ä\"}\r\n\r\n: comment\ndata:two\ndata: lines\n\ndata: [DONE]\n";
        let whole = all(&[stream.as_bytes()]);
        assert_eq!(whole, ["{\"a\":\"ä\"}", "two\nlines", "[DONE]"]);
        let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        assert_eq!(all(&bytes), whole, "byte by byte");
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut events = Events::default();
        let piece = vec![b'x'; 1 << 20];
        let end = (0..32).find_map(|_| events.push(&piece).err());
        assert!(end.is_some(), "a line without an end must not fill the memory");
    }
}
