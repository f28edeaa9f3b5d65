//! How much one step removes: as much as has lately held the writer for some milliseconds.

use std::time::Duration;

/// The longest that a step should take: far below the limit of 50 ms, since the machine may be busy.
const WANTED: Duration = Duration::from_millis(8);
/// Rows of the first step.
const FIRST: usize = 32;
/// The smallest step, even on a slow disk, where the commit takes most of the time.
const LEAST: usize = 8;
/// The largest step: a larger one gains nothing.
const MOST: usize = 1_000;

/// Bytes that one step may write or free, besides the limit on rows.
pub(super) const BYTES: u64 = 4 << 20;

/// The number of rows of the next step.
#[derive(Debug)]
pub(super) struct Pace(usize);

impl Pace {
    pub(super) fn new() -> Self {
        Self(FIRST)
    }

    /// Rows of the next step.
    pub(super) fn rows(&self) -> usize {
        self.0
    }

    /// Adapts to how long the last step held the writer.
    pub(super) fn took(&mut self, held: Duration) {
        self.0 = if held > WANTED * 2 {
            self.0 / 4
        } else if held > WANTED {
            self.0 / 2
        } else if held < WANTED / 2 {
            self.0 + self.0 / 4 + 1
        } else {
            self.0
        }
        .clamp(LEAST, MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_grow_slowly_and_shrink_at_once() {
        let mut pace = Pace::new();
        for _ in 0..40 {
            pace.took(Duration::from_millis(1));
        }
        assert_eq!(pace.rows(), MOST);
        pace.took(Duration::from_millis(7));
        assert_eq!(pace.rows(), MOST);
        pace.took(Duration::from_millis(40));
        assert_eq!(pace.rows(), MOST / 4);
        for _ in 0..40 {
            pace.took(Duration::from_millis(400));
        }
        assert_eq!(pace.rows(), LEAST);
    }
}
