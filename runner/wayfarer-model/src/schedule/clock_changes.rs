//! Cron across clock changes: from an instant to the next one, in a timezone.
//!
//! Between the calendar search (`cron`), which knows no timezones, and `Schedule`.
//! The module's table says what happens in the gap and in the repeated hour; this file is that table.
//!
//! Whole unix seconds in and out. The answer is strictly after the question: a wall clock search that starts
//! in the repeated hour could find the past, so every candidate is compared as an instant.

use chrono::{DateTime, FixedOffset, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::{GapInfo, Tz};

use super::cron::Cron;

/// The next instant at which the expression is due in the timezone, after the second given.
pub(super) fn next(cron: &Cron, timezone: Tz, after: i64) -> Option<i64> {
    let utc = DateTime::from_timestamp(after, 0)?.naive_utc();
    let wall = utc.checked_add_offset(offset_at(timezone, after)?)?;
    let ahead = walk(cron, timezone, wall.checked_add_signed(TimeDelta::seconds(1))?, after);
    if cron.is_fixed_time() {
        return ahead;
    }
    match repetition(timezone, wall, after).and_then(|again| again.first(cron)) {
        Some(repeated) => Some(ahead.map_or(repeated, |ahead| ahead.min(repeated))),
        None => ahead,
    }
}

/// Walks the wall clock from `wall` to the first matching time that has an instant after `after`.
fn walk(cron: &Cron, timezone: Tz, mut wall: NaiveDateTime, after: i64) -> Option<i64> {
    loop {
        wall = cron.at_or_after(wall)?;
        let (instant, resume) = match timezone.from_local_datetime(&wall) {
            LocalResult::Single(only) => (Some(only), next_second(wall)?),
            LocalResult::Ambiguous(earlier, later) => {
                let second_chance = !cron.is_fixed_time() && earlier.timestamp() <= after;
                (Some(if second_chance { later } else { earlier }), next_second(wall)?)
            }
            LocalResult::None => {
                let end = GapInfo::new(&wall, &timezone)?.end?;
                let carried = cron.is_fixed_time() && cron.allows(end.naive_local().date());
                (carried.then_some(end), end.naive_local())
            }
        };
        if let Some(instant) = instant.map(|instant| instant.timestamp()).filter(|instant| *instant > after) {
            return Some(instant);
        }
        wall = resume;
    }
}

/// The second half of a repeated stretch of wall clock, still to come.
struct Repetition {
    /// The instant at which the clock goes back.
    begins: i64,
    /// From then on.
    offset: FixedOffset,
    /// How long the repetition lasts.
    seconds: i64,
}

impl Repetition {
    /// The first matching instant in it.
    fn first(&self, cron: &Cron) -> Option<i64> {
        let begins = DateTime::from_timestamp(self.begins, 0)?.naive_utc().checked_add_offset(self.offset)?;
        let found = cron.at_or_after(begins)?.signed_duration_since(begins).num_seconds();
        (found < self.seconds).then_some(self.begins + found)
    }
}

/// Where the wall clock time of `after` will come again, that second time.
fn repetition(timezone: Tz, wall: NaiveDateTime, after: i64) -> Option<Repetition> {
    let LocalResult::Ambiguous(earlier, later) = timezone.from_local_datetime(&wall) else { return None };
    if after != earlier.timestamp() {
        return None;
    }
    let (mut inside, mut outside) = (after, later.timestamp());
    let before = earlier.offset().fix();
    while outside - inside > 1 {
        let middle = i64::midpoint(inside, outside);
        if offset_at(timezone, middle)? == before { inside = middle } else { outside = middle }
    }
    Some(Repetition {
        begins: outside,
        offset: later.offset().fix(),
        seconds: later.timestamp() - earlier.timestamp(),
    })
}

fn offset_at(timezone: Tz, second: i64) -> Option<FixedOffset> {
    Some(timezone.offset_from_utc_datetime(&DateTime::from_timestamp(second, 0)?.naive_utc()).fix())
}

fn next_second(wall: NaiveDateTime) -> Option<NaiveDateTime> {
    wall.checked_add_signed(TimeDelta::seconds(1))
}
