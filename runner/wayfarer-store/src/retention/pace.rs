//! How much one step removes: as much as lately took the writer some milliseconds.

use std::time::Duration;

/// What a step should take at the most. Far below the 50 ms that none may take: the machine may be busy just then.
const WANTED: Duration = Duration::from_millis(8);
/// Rows of the first step.
const FIRST: usize = 32;
/// A step takes as many even where the disk is slow: most of the time is the commit's then.
const LEAST: usize = 8;
/// More are not worth their while.
const MOST: usize = 1_000;

/// Bytes that one step may write or free, whatever the number of rows.
pub(super) const BYTES: u64 = 4 << 20;

/// The size of the next step.
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

    /// The last step held the writer for so long.
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
