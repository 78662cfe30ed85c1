//! Time, randomness and resource handles.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Reply;

/// Milliseconds since 1970.
pub(super) fn time_now() -> Reply {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Reply::U64(u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
}

/// Uniform in 0..1, never 1.
pub(super) fn random() -> Reply {
    // A double holds 53 bits: more would round up to 1.
    Reply::F64((bits() >> 11) as f64 / (1u64 << 53) as f64)
}

pub(super) fn random_bits() -> Reply {
    Reply::U64(bits())
}

pub(super) fn new_resource_handle() -> Reply {
    Reply::Text(token("res"))
}

fn bits() -> u64 {
    match getrandom::u64() {
        Ok(bits) => bits,
        Err(error) => {
            tracing::error!(%error, "the system has no randomness to give");
            0
        }
    }
}

/// A fresh string that nobody can guess: `<prefix>-<32 hex digits>`. `None` where the system has no randomness.
pub(super) fn token(prefix: &str) -> Option<String> {
    let mut bytes = [0u8; 16];
    if let Err(error) = getrandom::fill(&mut bytes) {
        tracing::error!(%error, "the system has no randomness to give");
        return None;
    }
    Some(format!("{prefix}-{:032x}", u128::from_le_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn random_stays_below_one_and_varies() {
        let numbers: Vec<f64> = (0..1000).map(|_| random().float()).collect();
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)), "all in 0..1");
        let mean = numbers.iter().sum::<f64>() / 1000.0;
        assert!((0.4..0.6).contains(&mean), "looks uniform: {mean}");
    }

    #[test]
    fn handles_are_fresh_and_opaque() {
        let handles: HashSet<String> = (0..1000).filter_map(|_| new_resource_handle().text()).collect();
        assert_eq!(handles.len(), 1000, "no handle is given twice");
        assert!(handles.iter().all(|handle| handle.len() == 36), "always the same shape");
    }

    #[test]
    fn time_is_in_milliseconds() {
        let now = time_now().number();
        assert!(now > 1_600_000_000_000, "after 2020: {now}");
        assert!(now < 100_000_000_000_000, "not in microseconds: {now}");
    }
}
