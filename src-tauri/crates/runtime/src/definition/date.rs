//! ISO 8601 dates as pins carry them.

/// Whether the text is a calendar date (`2026-02-28`), or one with a time of day (`2026-02-28T13:05`, with optional
/// seconds, fraction, and `Z` or an offset; a space may stand for the `T`).
pub fn is_iso(text: &str) -> bool {
    if !text.is_ascii() {
        return false;
    }
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    };
    is_date(date) && time.is_none_or(is_time)
}

/// Date, `T`, and a full time: the `date-time` of JSON Schema, which is RFC 3339's.
pub fn is_full_date_time(text: &str) -> bool {
    text.is_ascii() && text.split_once(['T', 't']).is_some_and(|(date, time)| is_date(date) && is_full_time(time))
}

/// A time of day with seconds and an offset: the `time` of JSON Schema. A leap second is the last of a day in UTC.
pub fn is_full_time(text: &str) -> bool {
    let Some(at) = text.find(['Z', 'z', '+', '-']).filter(|_| text.is_ascii()) else { return false };
    let (clock, zone) = text.split_at(at);
    let has_seconds = clock.matches(':').count() == 2 && !clock.contains(',');
    let offset = match zone.strip_prefix(['+', '-']).map(|offset| offset.split_once(':')) {
        None => Some(0),
        Some(Some((hours, minutes))) => {
            let minutes = number(Some(hours), 2).zip(number(Some(minutes), 2)).map(|(hours, rest)| hours * 60 + rest);
            minutes.map(|minutes| if zone.starts_with('-') { 1440 - minutes % 1440 } else { minutes })
        }
        Some(None) => None,
    };
    let leap = clock.get(6..8) == Some("60");
    let minute = number(clock.get(..2), 2).zip(number(clock.get(3..5), 2)).map(|(hour, minute)| hour * 60 + minute);
    let last = minute.zip(offset).is_some_and(|(minute, offset)| (minute + 1440 - offset % 1440) % 1440 == 1439);
    has_seconds && offset.is_some() && is_time(text) && (!leap || last)
}

/// A calendar date alone.
pub fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(day)) =
        (number(parts.next(), 4), number(parts.next(), 2), number(parts.next(), 2))
    else {
        return false;
    };
    (1..=days_in(year, month)).contains(&day)
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 0,
    }
}

fn is_time(text: &str) -> bool {
    let (clock, zone) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => text.split_at(at),
        None => (text, "Z"),
    };
    let (clock, fraction) = match clock.split_once(['.', ',']) {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (clock, None),
    };
    let mut parts = clock.splitn(3, ':');
    let (hour, minute) = (number(parts.next(), 2), number(parts.next(), 2));
    let second = parts.next();
    let seconds_fit = match second {
        // 60 is a leap second.
        Some(second) => number(Some(second), 2).is_some_and(|second| second <= 60),
        None => fraction.is_none(),
    };
    let fraction_fits =
        fraction.is_none_or(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    hour.is_some_and(|hour| hour <= 23)
        && minute.is_some_and(|minute| minute <= 59)
        && seconds_fit
        && fraction_fits
        && is_zone(zone)
}

fn is_zone(text: &str) -> bool {
    let Some(offset) = text.strip_prefix(['+', '-']) else {
        return text.eq_ignore_ascii_case("z");
    };
    let (hours, minutes) = match offset.split_once(':') {
        Some((hours, minutes)) => (hours, Some(minutes)),
        None if offset.len() == 4 => (offset.get(..2).unwrap_or_default(), offset.get(2..)),
        None => (offset, None),
    };
    number(Some(hours), 2).is_some_and(|hours| hours <= 23)
        && minutes.is_none_or(|minutes| number(Some(minutes), 2).is_some_and(|minutes| minutes <= 59))
}

/// A number of exactly so many digits.
fn number(text: Option<&str>, digits: usize) -> Option<u32> {
    let text = text.filter(|text| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))?;
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{is_full_date_time, is_full_time, is_iso};

    #[test]
    fn takes_the_forms_that_sdks_write() {
        for text in [
            "2026-02-28",
            "2024-02-29T00:00:00Z",
            "2026-12-31 23:59",
            "2026-01-01T10:20:30.123456+02:00",
            "2026-01-01T10:20:30-0530",
            "2026-01-01t10:20z",
            "2026-01-01T10:20+02",
        ] {
            assert!(is_iso(text), "{text} is a date");
        }
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "",
            "2026",
            "2026-2-8",
            "2025-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-01-01T",
            "2026-01-01T24:00",
            "2026-01-01T10",
            "2026-01-01T10:20.5",
            "2026-01-01T10:20:30.",
            "2026-01-01T10:20:30+25:00",
            "2026-01-01T10:20:30Zx",
            "28.02.2026",
            "２０２６-01-01",
        ] {
            assert!(!is_iso(text), "{text:?} is not a date");
        }
    }

    #[test]
    fn f40_a_full_date_time_has_both_and_an_offset() {
        for text in
            ["2026-02-28T13:05:00Z", "2026-02-28t13:05:00.5+02:00", "2026-12-31T23:59:60Z", "2026-12-31T15:59:60-08:00"]
        {
            assert!(is_full_date_time(text), "{text}");
        }
        for text in [
            "2026-02-28",
            "2026-02-28T13:05Z",
            "2026-02-28 13:05:00Z",
            "2026-02-28T13:05:00",
            "2026-02-28T13:05:00+0200",
            "2026-02-28T13:05:00,5Z",
            "2026-12-31T22:59:60Z",
            "2025-02-29T00:00:00Z",
            "2026-02-28T24:00:00Z",
        ] {
            assert!(!is_full_date_time(text), "{text}");
        }
        assert!(is_full_time("08:30:06Z") && !is_full_time("08:30Z") && !is_full_time("08:30:06"));
    }
}
