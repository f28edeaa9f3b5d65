//! How often a journey fails by chance, learned from its own looks.
//!
//! Two figures, both upper ends of a posterior, so that little history makes the rule more careful:
//!
//! - the **base rate** `p0`: the 95 % quantile of Beta(0.5 + k, 200 + n - k), where `k` of the `n` scheduled looks of the 14 days before today (UTC)
//!   failed outside incidents. Today's looks count from tomorrow on, so that the rate stays the same within a day;
//! - **again**, for three classes of gaps: the chance that a look fails after a bad one, with a prior of Beta(2, 18), the mean and one standard
//!   deviation. Counts halve every 14 days.
//!
//! Looks of an episode count once it ended without an incident. What led to an incident is not noise.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::beta;
use crate::units::UnixMillis;

/// Days that the base rate looks back, and in which the counts of "again" halve.
const DAYS: u64 = 14;
const DAY_MS: u64 = 86_400_000;

/// The base rate stays within these; above it pages nobody.
const LEAST: f64 = 0.0005;
const MOST: f64 = 0.05;

/// The base rate of a journey of which nothing is known: [`BaseRate::of`] no look at all. A state is taken and put back at each look, so its default must
/// cost nothing.
const UNKNOWN: f64 = 0.009_569_566_926_186_3;

/// Where the chance of a further bad look stays.
const LEAST_AGAIN: f64 = 0.02;
const MOST_AGAIN: f64 = 0.6;

/// How often a healthy look fails.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaseRate {
    /// From 0.0005 to 0.05.
    Usable(f64),
    /// Above 0.05: an incident is a ticket to the journey's author, and pages nobody.
    TooFlaky(f64),
}

impl BaseRate {
    /// The upper 95 % of the posterior after `failed` of `looks`.
    pub fn of(failed: u64, looks: u64) -> Self {
        let (k, n) = (failed.min(looks) as f64, looks as f64);
        let upper = beta::quantile(0.5 + k, 200.0 + n - k, 0.95);
        if upper > MOST { Self::TooFlaky(upper.min(0.9)) } else { Self::Usable(upper.max(LEAST)) }
    }

    /// The rate. The detector uses it in either case, so that its bound holds.
    pub fn value(self) -> f64 {
        match self {
            Self::Usable(rate) | Self::TooFlaky(rate) => rate,
        }
    }

    /// Whether the journey fails too often to page somebody.
    pub fn is_too_flaky(self) -> bool {
        matches!(self, Self::TooFlaky(_))
    }
}

/// The class of a gap between two looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gap {
    /// Up to 15 s.
    Short,
    /// Up to 90 s.
    Medium,
    /// More than 90 s.
    Long,
}

impl Gap {
    /// Of so many milliseconds.
    pub fn of(gap_ms: u64) -> Self {
        match gap_ms {
            0..=15_000 => Self::Short,
            15_001..=90_000 => Self::Medium,
            _ => Self::Long,
        }
    }
}

/// Looks after bad ones, and how many of them were bad again.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Again {
    looks: f64,
    bad: f64,
}

/// Scheduled looks of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Count {
    looks: u64,
    failed: u64,
}

/// What is learned about one journey, with what an episode under way would add.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Noise {
    day: u64,
    base: BaseRate,
    days: BTreeMap<u64, Count>,
    again: BTreeMap<Gap, Again>,
    pending: Count,
    pending_again: BTreeMap<Gap, Again>,
}

impl Default for Noise {
    fn default() -> Self {
        Self {
            day: 0,
            base: BaseRate::Usable(UNKNOWN),
            days: BTreeMap::new(),
            again: BTreeMap::new(),
            pending: Count::default(),
            pending_again: BTreeMap::new(),
        }
    }
}

impl Noise {
    /// With the base rate of a history that is known from elsewhere: `failed` of `looks` the day before.
    pub fn with_history(at: UnixMillis, failed: u64, looks: u64) -> Self {
        let day = at.0 / DAY_MS;
        let days = BTreeMap::from([(day.saturating_sub(1), Count { looks, failed })]);
        Self { day, base: BaseRate::of(failed, looks), days, ..Self::default() }
    }

    /// How often a healthy look fails.
    pub fn base(&self) -> BaseRate {
        self.base
    }

    /// The chance that a look fails this long after a bad one.
    pub fn again(&self, gap: Gap) -> f64 {
        let Again { looks, bad } = self.again.get(&gap).copied().unwrap_or_default();
        let (a, b) = (2.0 + bad, 18.0 + (looks - bad).max(0.0));
        let (mean, sum) = (a / (a + b), a + b);
        let deviation = (mean * (1.0 - mean) / (sum + 1.0)).sqrt();
        (mean + deviation).clamp(LEAST_AGAIN, MOST_AGAIN)
    }

    /// Goes on to the day of an instant. A clock that goes back changes nothing.
    pub(super) fn turn_to(&mut self, at: UnixMillis) {
        let day = at.0 / DAY_MS;
        if day <= self.day {
            return;
        }
        let decay = 0.5_f64.powf((day - self.day) as f64 / DAYS as f64);
        self.again.values_mut().for_each(|again| {
            again.looks *= decay;
            again.bad *= decay;
        });
        self.day = day;
        self.days.retain(|past, _| past + DAYS >= day);
        let (failed, looks) = self
            .days
            .values()
            .fold((0, 0), |(failed, looks), count| (failed + count.failed, looks + count.looks));
        self.base = BaseRate::of(failed, looks);
    }

    /// Notes a look of the episode under way. `after_bad` is the gap if the look before was bad.
    pub(super) fn note(&mut self, is_scheduled: bool, is_bad: bool, after_bad: Option<Gap>) {
        if is_scheduled {
            self.pending.looks += 1;
            self.pending.failed += u64::from(is_bad);
        }
        if let Some(gap) = after_bad {
            let again = self.pending_again.entry(gap).or_default();
            again.looks += 1.0;
            again.bad += f64::from(u8::from(is_bad));
        }
    }

    /// The episode ended without an incident: its looks are noise.
    pub(super) fn keep(&mut self) {
        let count = self.days.entry(self.day).or_default();
        count.looks += self.pending.looks;
        count.failed += self.pending.failed;
        self.pending = Count::default();
        for (gap, more) in std::mem::take(&mut self.pending_again) {
            let again = self.again.entry(gap).or_default();
            again.looks += more.looks;
            again.bad += more.bad;
        }
    }

    /// The episode became an incident: its looks are no noise.
    pub(super) fn drop_pending(&mut self) {
        self.pending = Count::default();
        self.pending_again.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_rate_is_the_upper_end_of_what_is_plausible() {
        let value = |failed, looks| BaseRate::of(failed, looks).value();
        assert!((value(0, 0) - UNKNOWN).abs() < 1e-12, "nothing known: {}", value(0, 0));
        assert!((value(0, 20_160) - LEAST).abs() < 1e-12, "never below");
        let one_percent = value(202, 20_160);
        assert!(0.010 < one_percent && one_percent < 0.0115, "{one_percent}");
        assert!(!BaseRate::of(700, 20_160).is_too_flaky() && BaseRate::of(1_100, 20_160).is_too_flaky());
        assert!(value(u64::MAX, 7) < 1.0);
    }

    #[test]
    fn again_is_learned_by_gap_and_forgotten() {
        let mut noise = Noise::default();
        noise.turn_to(UnixMillis(DAY_MS));
        let before = noise.again(Gap::Medium);
        assert!((before - 0.165).abs() < 0.001, "{before}");
        for look in 0..1_000 {
            noise.note(true, look % 2 == 0, Some(Gap::Medium));
        }
        assert!((noise.again(Gap::Medium) - before).abs() < 1e-12, "the episode is under way");
        noise.keep();
        assert!((noise.again(Gap::Medium) - 0.51).abs() < 0.02);
        assert!((noise.again(Gap::Short) - before).abs() < 1e-12);
        noise.turn_to(UnixMillis(DAY_MS * 29));
        assert!(
            (noise.again(Gap::Medium) - (252.0 / 270.0 * 0.5 + 0.026)).abs() < 0.02,
            "half of half is left"
        );
        noise.turn_to(UnixMillis(DAY_MS * 2_000));
        assert!((noise.again(Gap::Medium) - before).abs() < 1e-9);
        noise.turn_to(UnixMillis(0));
        assert_eq!(noise.day, 2_000, "a clock that goes back");
    }

    #[test]
    fn what_led_to_an_incident_is_no_noise() {
        let mut noise = Noise::default();
        noise.note(true, true, None);
        noise.note(false, true, Some(Gap::Short));
        noise.drop_pending();
        noise.keep();
        noise.turn_to(UnixMillis(DAY_MS));
        assert!((noise.base().value() - UNKNOWN).abs() < 1e-12);
        assert!((noise.again(Gap::Short) - Noise::default().again(Gap::Short)).abs() < 1e-12);
    }

    #[test]
    fn the_base_rate_follows_fourteen_days_and_stays_within_a_day() {
        let mut noise = Noise::default();
        noise.turn_to(UnixMillis(DAY_MS * 100));
        (0..1_440).for_each(|look| noise.note(true, look % 100 == 0, None));
        noise.note(false, true, None);
        noise.keep();
        assert!((noise.base().value() - UNKNOWN).abs() < 1e-12, "today counts from tomorrow on");
        noise.turn_to(UnixMillis(DAY_MS * 101));
        assert_eq!(noise.base(), BaseRate::of(15, 1_440), "confirmation runs do not count");
        noise.turn_to(UnixMillis(DAY_MS * 114));
        assert_eq!(noise.base(), BaseRate::of(15, 1_440));
        noise.turn_to(UnixMillis(DAY_MS * 115));
        assert_eq!(noise.base(), BaseRate::of(0, 0), "older than that");
    }
}
