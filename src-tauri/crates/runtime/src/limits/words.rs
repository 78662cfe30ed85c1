//! Limits as a person writes them: `--timeout` and `--memory` of `nodewb`, and the same words in the window.

use std::time::Duration;

/// Seconds, or a number with ms, s, m or h.
pub fn time(text: &str) -> Result<Duration, String> {
    let (number, factor) = match split(text) {
        (number, "ms") => (number, 0.001),
        (number, "" | "s") => (number, 1.0),
        (number, "m" | "min") => (number, 60.0),
        (number, "h") => (number, 3600.0),
        (_, unit) => return Err(format!("unknown unit \"{unit}\"; use ms, s, m or h")),
    };
    let seconds: f64 = number.parse().map_err(|_| format!("\"{number}\" is not a number"))?;
    match Duration::try_from_secs_f64(seconds * factor) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("wanted a time above 0".into()),
    }
}

/// Mebibytes, or a number with KiB, MiB or GiB.
pub fn memory(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let shift = match unit.to_ascii_lowercase().as_str() {
        "k" | "kb" | "kib" => 10,
        "" | "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return Err(format!("unknown unit \"{unit}\"; use KiB, MiB or GiB")),
    };
    let number: u64 = number.parse().map_err(|_| format!("\"{number}\" is not a whole number"))?;
    number.checked_mul(1 << shift).filter(|size| *size > 0).ok_or_else(|| "wanted a size above 0".into())
}

fn split(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number.trim(), unit.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes() {
        assert_eq!(time("30"), Ok(Duration::from_secs(30)));
        assert_eq!(time("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(time("1.5 m"), Ok(Duration::from_secs(90)));
        assert_eq!(memory("256"), Ok(256 << 20));
        assert_eq!(memory("1GiB"), Ok(1 << 30));
        for wrong in ["", "0", "-1", "x", "1d", "1e999", "NaN"] {
            assert!(time(wrong).is_err(), "{wrong:?} is not a time");
        }
        for wrong in ["", "0", "1.5", "99999999999999999999", "1TiB"] {
            assert!(memory(wrong).is_err(), "{wrong:?} is not a size");
        }
    }
}
