//! Days as Date pins carry them: ISO 8601, with or without a time of day.

/// The day of a date, `2026-02-28`.
pub fn of(date: &str) -> Result<&str, String> {
    let day = date.get(..10).unwrap_or_default();
    let shape = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let ends = date.get(10..).is_some_and(|rest| rest.is_empty() || rest.starts_with(['T', 't', ' ']));
    if shape && ends { Ok(day) } else { Err(format!("{date:?} is no date; write one such as 2026-02-28")) }
}

/// The day, in UTC, of milliseconds since 1970.
pub fn at(milliseconds: u64) -> String {
    // Counted from 1 March 0000, so that the leap day is the last of its year.
    let day = milliseconds / 86_400_000 + 719_468;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
