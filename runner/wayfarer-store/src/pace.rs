//! How much one step of long work does on the writer's connection: as much as has lately held the writer for some milliseconds. What somebody
//! else waits for comes between two steps.

use std::time::Duration;

/// The longest that a step should take: far below the limit of 50 ms, since the machine may be busy.
const WANTED: Duration = Duration::from_millis(8);
/// The largest step: a larger one gains nothing.
const MOST: usize = 1_000;

/// Bytes that one step may write or free, besides the limit on rows.
pub(crate) const BYTES: u64 = 4 << 20;

/// The size of the next step.
#[derive(Debug)]
pub(crate) struct Pace {
    now: usize,
    least: usize,
}

impl Pace {
    /// Of steps over rows. The smallest one is such that the commit does not take most of the time, even on a slow disk.
    pub(crate) fn of_rows() -> Self {
        Self { now: 32, least: 8 }
    }

    /// Of steps over hours of roll-ups that are counted again. One hour may have thousands of runs.
    pub(crate) fn of_hours() -> Self {
        Self { now: 1, least: 1 }
    }

    /// What the next step takes, in rows or hours.
    pub(crate) fn next(&self) -> usize {
        self.now
    }

    /// Adapts to how long the last step held the writer.
    pub(crate) fn took(&mut self, held: Duration) {
        self.now = if held > WANTED * 2 {
            self.now / 4
        } else if held > WANTED {
            self.now / 2
        } else if held < WANTED / 2 {
            self.now + self.now / 4 + 1
        } else {
            self.now
        }
        .clamp(self.least, MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_grow_slowly_and_shrink_at_once() {
        let mut pace = Pace::of_rows();
        for _ in 0..40 {
            pace.took(Duration::from_millis(1));
        }
        assert_eq!(pace.next(), MOST);
        pace.took(Duration::from_millis(7));
        assert_eq!(pace.next(), MOST);
        pace.took(Duration::from_millis(40));
        assert_eq!(pace.next(), MOST / 4);
        for _ in 0..40 {
            pace.took(Duration::from_millis(400));
        }
        assert_eq!(pace.next(), 8);
    }
}
