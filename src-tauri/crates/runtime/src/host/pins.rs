//! Inputs, outputs and exec pins.

use std::sync::atomic::Ordering;

use super::{HostState, Reply};
use crate::event::EventKind;
use crate::json::Json;

/// More pins than any node has; a guest that sets more is broken or hostile.
pub(crate) const MAX_PINS: usize = 10_000;
pub(crate) const MAX_NAME: usize = 1024;

impl HostState {
    /// The current call's input as JSON text.
    pub(super) fn get_input(&mut self, name: &str) -> Reply {
        let value = self.inputs.iter().find(|(pin, _)| pin == name).map(|(_, value)| value.as_str().to_owned());
        Reply::Text(value)
    }

    pub(super) async fn set_output(&mut self, name: &str, value: &str) -> Reply {
        let set = Json::parse(value)
            .map_err(|error| format!("the value is not JSON: {error}; nothing was set"))
            .and_then(|value| put(&mut self.outputs, name, value, self.run.limits.output));
        match set {
            Ok(value) => self.output_event(name, value).await,
            Err(reason) => self.refused("pins.set-output", name, reason).await,
        }
        Reply::Unit
    }

    pub(super) async fn activate_exec(&mut self, name: &str) -> Reply {
        match fire(&mut self.fired, name) {
            Ok(true) => self.run.events.emit(EventKind::Fired { pin: name.to_owned() }).await,
            Ok(false) => {}
            Err(reason) => self.refused("pins.activate-exec", name, reason).await,
        }
        Reply::Unit
    }

    /// Tells about the new value, unless the run has already sent its budget of values: the outcome still holds the
    /// last one.
    async fn output_event(&self, name: &str, value: Json) {
        let size = value.as_str().len() as u64;
        let sent = self.run.shared.output_bytes.fetch_add(size, Ordering::Relaxed);
        if sent.saturating_add(size) > self.run.limits.events.bytes {
            let reason = "the run has sent its budget of output values; later ones show in its outcome only";
            self.refused_once("output budget".to_owned(), "pins.set-output", reason).await;
            return;
        }
        self.run.events.emit(EventKind::Output { pin: name.to_owned(), value }).await;
    }
}

/// Sets a pin's value; a later one replaces the earlier in its place. `limit` bounds all values together, in bytes.
fn put(outputs: &mut Vec<(String, Json)>, name: &str, value: Json, limit: u64) -> Result<Json, String> {
    check_name(name)?;
    let others: u64 = outputs.iter().filter(|(pin, _)| pin != name).map(|(_, value)| value.as_str().len() as u64).sum();
    let total = others.saturating_add(value.as_str().len() as u64);
    if total > limit {
        return Err(format!("all outputs together would have {total} bytes, the limit is {limit}"));
    }
    if let Some((_, old)) = outputs.iter_mut().find(|(pin, _)| pin == name) {
        *old = value.clone();
        return Ok(value);
    }
    if outputs.len() >= MAX_PINS {
        return Err(format!("{MAX_PINS} output pins are set already, which is the limit"));
    }
    outputs.push((name.to_owned(), value.clone()));
    Ok(value)
}

/// Whether the pin fired for the first time.
fn fire(fired: &mut Vec<String>, name: &str) -> Result<bool, String> {
    check_name(name)?;
    if fired.iter().any(|pin| pin == name) {
        return Ok(false);
    }
    if fired.len() >= MAX_PINS {
        return Err(format!("{MAX_PINS} exec pins fired already, which is the limit"));
    }
    fired.push(name.to_owned());
    Ok(true)
}

fn check_name(name: &str) -> Result<(), String> {
    if name.len() > MAX_NAME {
        return Err(format!("the pin's name has {} bytes, the limit is {MAX_NAME}", name.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text).expect("valid JSON in the test")
    }

    #[test]
    fn a_later_value_replaces_the_earlier_in_its_place() {
        let mut outputs = Vec::new();
        for (name, value) in [("a", "1"), ("b", "2"), ("a", "9007199254740993")] {
            put(&mut outputs, name, json(value), 1000).expect("fits");
        }
        assert_eq!(outputs, [("a".to_owned(), json("9007199254740993")), ("b".to_owned(), json("2"))]);
    }

    #[test]
    fn all_values_together_are_bounded() {
        let mut outputs = Vec::new();
        put(&mut outputs, "a", json("\"12345678\""), 20).expect("10 bytes fit");
        assert!(put(&mut outputs, "b", json("\"123456789\""), 20).is_err(), "21 bytes do not");
        put(&mut outputs, "a", json("\"123456789012345678\""), 20).expect("the pin's own old value does not count");
    }

    #[test]
    fn pins_are_bounded() {
        let (mut outputs, mut fired) = (Vec::new(), Vec::new());
        for pin in 0..MAX_PINS {
            outputs.push((pin.to_string(), Json::null()));
            fired.push(pin.to_string());
        }
        assert!(put(&mut outputs, "one more", Json::null(), u64::MAX).is_err());
        assert!(put(&mut outputs, "7", json("1"), u64::MAX).is_ok(), "a known pin can still be set");
        assert!(fire(&mut fired, "one more").is_err());
        assert_eq!(fire(&mut fired, "7"), Ok(false));
        assert!(fire(&mut Vec::new(), &"n".repeat(MAX_NAME + 1)).is_err(), "names are bounded");
    }

    #[test]
    fn exec_pins_fire_once_in_order() {
        let mut fired = Vec::new();
        let first: Vec<_> = ["b", "a", "b"].iter().map(|pin| fire(&mut fired, pin)).collect();
        assert_eq!(first, [Ok(true), Ok(true), Ok(false)]);
        assert_eq!(fired, ["b", "a"]);
    }
}
