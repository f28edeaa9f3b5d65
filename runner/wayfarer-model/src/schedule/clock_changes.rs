//! Cron across clock changes: from an instant to the next due instant in a timezone.
//!
//! This file sits between the calendar search (`cron`), which knows no timezones, and `Schedule`. It implements the
//! table under "When the clock changes" in the module's documentation.
//!
//! Instants are whole unix seconds. The answer is always later than `after`: a search of wall clock times that starts
//! in a repeated hour can find the past, so the code compares every candidate as an instant.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::cron::Cron;

/// The next instant after `after` at which the expression is due.
pub(super) fn next(cron: &Cron, rules: &TimeZone, after: i64) -> Option<i64> {
    let wall = rules.to_datetime(Timestamp::from_second(after).ok()?);
    let ahead = walk(cron, rules, next_second(wall)?, after);
    if cron.is_fixed_time() {
        return ahead;
    }
    match Repetition::ahead(rules, wall, after).and_then(|repetition| repetition.first(cron)) {
        Some(repeated) => Some(ahead.map_or(repeated, |ahead| ahead.min(repeated))),
        None => ahead,
    }
}

/// Walks the wall clock from `wall` to the first matching time that has an instant after `after`.
fn walk(cron: &Cron, rules: &TimeZone, mut wall: DateTime, after: i64) -> Option<i64> {
    loop {
        wall = cron.at_or_after(wall)?;
        let (instant, resume) = match rules.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => (Some(instant(offset, wall)?), next_second(wall)?),
            AmbiguousOffset::Fold { before, after: offset } => {
                let earlier = instant(before, wall)?;
                let is_second = !cron.is_fixed_time() && earlier <= after;
                (Some(if is_second { instant(offset, wall)? } else { earlier }), next_second(wall)?)
            }
            AmbiguousOffset::Gap { after: offset, .. } => {
                // With the offset of after the gap, a time in the gap is an instant before the change.
                let end = change_to(rules, offset, instant(offset, wall)?)?;
                let shown = offset.to_datetime(Timestamp::from_second(end).ok()?);
                let is_carried = cron.is_fixed_time() && cron.allows(shown.date());
                (is_carried.then_some(end), shown)
            }
        };
        if let Some(instant) = instant.filter(|instant| *instant > after) {
            return Some(instant);
        }
        wall = resume;
    }
}

/// A stretch of wall clock times that comes again, and whose second time is still ahead.
struct Repetition {
    /// The instant at which the clock goes back.
    begins: i64,
    /// The offset from then on.
    offset: Offset,
    /// How far the clock goes back, in seconds.
    seconds: i64,
}

impl Repetition {
    /// The repetition that follows the instant `after`, if the wall clock time of `after` comes again.
    fn ahead(rules: &TimeZone, wall: DateTime, after: i64) -> Option<Self> {
        let AmbiguousOffset::Fold { before, after: offset } = rules.to_ambiguous_timestamp(wall).offset()
        else {
            return None;
        };
        if after != instant(before, wall)? {
            return None;
        }
        let seconds = i64::from(before.seconds()) - i64::from(offset.seconds());
        Some(Self { begins: change_to(rules, offset, after)?, offset, seconds })
    }

    /// The first matching instant in it.
    fn first(&self, cron: &Cron) -> Option<i64> {
        let begins = self.offset.to_datetime(Timestamp::from_second(self.begins).ok()?);
        let found = instant(self.offset, cron.at_or_after(begins)?)?;
        (found < self.begins + self.seconds).then_some(found)
    }
}

/// The first instant after `from` at which the timezone changes to this offset.
fn change_to(rules: &TimeZone, offset: Offset, from: i64) -> Option<i64> {
    let mut changes = rules.following(Timestamp::from_second(from).ok()?);
    changes.find(|change| change.offset() == offset).map(|change| change.timestamp().as_second())
}

fn instant(offset: Offset, wall: DateTime) -> Option<i64> {
    Some(offset.to_timestamp(wall).ok()?.as_second())
}

fn next_second(wall: DateTime) -> Option<DateTime> {
    wall.checked_add(SignedDuration::from_secs(1)).ok()
}
