//! Streaming events, delivered while the node runs.

use super::log::{MAX_LINE, json_or_string};
use super::{HostState, Reply};
use crate::event::EventKind;
use crate::json::Json;
use crate::permission::Capability;

/// The longest event that is passed on. JSON cannot be cut, so a longer one is refused with a note.
const MAX_EVENT: usize = 4 * MAX_LINE;
const MAX_KIND: usize = 256;

impl HostState {
    pub(super) async fn emit(&mut self, kind: &str, data: &str) -> Reply {
        // `text` events hold plain text: "5" is the text, not the number.
        let value = || if kind == "text" { Json::string(data) } else { json_or_string(data) };
        self.stream_event("streaming.emit", kind, data.len(), value).await
    }

    pub(super) async fn stream_text(&mut self, content: &str) -> Reply {
        self.stream_event("streaming.text", "text", content.len(), || Json::string(content)).await
    }

    async fn stream_event(&self, call: &str, kind: &str, size: usize, data: impl FnOnce() -> Json) -> Reply {
        if !self.run.gate.allows(Capability::Streaming).await {
            return Reply::Unit;
        }
        if let Err(reason) = fits(kind, size) {
            self.refused(call, kind, reason).await;
            return Reply::Unit;
        }
        self.run.events.emit(EventKind::Stream { kind: kind.to_owned(), data: data() }).await;
        Reply::Unit
    }
}

fn fits(kind: &str, size: usize) -> Result<(), String> {
    if kind.len() > MAX_KIND {
        return Err(format!("the event's type has {} bytes, the limit is {MAX_KIND}", kind.len()));
    }
    if size > MAX_EVENT {
        return Err(format!("the event has {size} bytes, the limit is {MAX_EVENT}; send it in parts"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_limits() {
        assert!(fits("progress", 100).is_ok());
        assert!(fits("progress", MAX_EVENT).is_ok(), "the limit itself fits");
        assert!(fits("progress", MAX_EVENT + 1).is_err());
        assert!(fits(&"k".repeat(MAX_KIND + 1), 1).is_err());
    }
}
