//! A budget of false pages, and the threshold of the detector that it means.

use serde::{Deserialize, Serialize};

/// No threshold is smaller, so that one bad look alone never opens an incident: it gives (0.95 + 0.5 + 0.15)/3 divided by 0.0005, which is 1,067.
pub const SMALLEST_THRESHOLD: f64 = 2_000.0;

/// No threshold is larger; the detector's statistics go far beyond.
const LARGEST_THRESHOLD: f64 = 1e100;

/// How many false pages all journeys of a tenant may cause together, at most and on average.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// False pages, at most and on average; a fraction is possible.
    pub pages: f64,
    /// In so many days.
    pub days: f64,
}

impl Default for Budget {
    /// One false page in 30 days.
    fn default() -> Self {
        Self { pages: 1.0, days: 30.0 }
    }
}

impl Budget {
    /// The threshold `A` for looks of which all journeys of the tenant have `looks_a_day` together.
    ///
    /// Each journey has one false incident in `A` of its looks at most, so all of them together have one in `A` of theirs.
    pub fn threshold(self, looks_a_day: f64) -> f64 {
        let looks = looks_a_day.max(0.0) * self.days.max(0.0) / self.pages.max(1e-9);
        looks.clamp(SMALLEST_THRESHOLD, LARGEST_THRESHOLD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::Detector;

    #[test]
    fn a_threshold_is_the_looks_within_the_budget() {
        let month = Budget::default();
        assert!((month.threshold(100.0 * 1_440.0) - 4_320_000.0).abs() < 1e-6);
        assert!((Budget { pages: 2.0, days: 7.0 }.threshold(288.0 * 100.0) - 100_800.0).abs() < 1e-6);
        for (pages, days) in [(0.0, 30.0), (f64::NAN, 30.0), (1.0, f64::INFINITY), (-1.0, -1.0)] {
            let threshold = Budget { pages, days }.threshold(1_440.0);
            assert!((SMALLEST_THRESHOLD..=LARGEST_THRESHOLD).contains(&threshold), "{pages} in {days}");
        }
    }

    #[test]
    fn one_bad_look_never_opens() {
        let mut detector = Detector::default();
        detector.look(true, 0.0005);
        assert!(detector.statistic() < SMALLEST_THRESHOLD);
    }
}
