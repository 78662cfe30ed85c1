//! Two ways to the same end, timed in turns, so that whatever else the machine does falls on both alike.
//!
//! Absolute times are criterion's business; what a benchmark promises is a ratio, and this is where it comes from.

use std::fmt;
use std::time::Duration;

/// The medians of two ways, and the median of their ratios round by round.
#[derive(Clone, Copy, Debug)]
pub struct Compared {
    pub ours: Duration,
    pub theirs: Duration,
    pub ratio: f64,
}

/// Times both ways in each round, the first of a round being the second of the next.
pub fn in_turns(rounds: usize, mut ours: impl FnMut() -> Duration, mut theirs: impl FnMut() -> Duration) -> Compared {
    let mut times = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    for round in 0..rounds {
        let (one, other) = if round % 2 == 0 {
            let one = ours();
            (one, theirs())
        } else {
            let other = theirs();
            (ours(), other)
        };
        times.0.push(one);
        times.1.push(other);
    }
    let ratios = times.0.iter().zip(&times.1).map(|(one, other)| one.as_secs_f64() / other.as_secs_f64()).collect();
    Compared { ours: median(times.0), theirs: median(times.1), ratio: median_of(ratios, f64::total_cmp) }
}

/// The middle one of several measurements.
pub fn median(times: Vec<Duration>) -> Duration {
    median_of(times, Duration::cmp)
}

fn median_of<T: Copy>(mut values: Vec<T>, order: impl FnMut(&T, &T) -> std::cmp::Ordering) -> T {
    values.sort_by(order);
    *values.get(values.len() / 2).expect("something was measured")
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2?} against {:.2?}, ratio {:.2}", self.ours, self.theirs, self.ratio)
    }
}
