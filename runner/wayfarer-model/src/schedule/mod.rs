//! Schedules: when a journey is due, computed from an instant, and nothing else.
//!
//! # Layout
//!
//! - [`expression`]: the text, read once: cron, a nickname, or an interval.
//! - [`field`]: the fields of a cron expression, and what can be wrong with one.
//! - `field_set`: one field's text as a set of numbers.
//! - `cron`: the fields as sets, and the calendar search over them.
//! - `clock_changes`: that search across clock changes.
//! - [`timezone`]: IANA names, and instants as people read them.
//! - [`spread`]: the stable delay of a journey.
//!
//! # What may be written
//!
//! | form | meaning |
//! |---|---|
//! | `*/5 9-17 * * MON-FRI` | five fields: minute, hour, day of month, month, day of week |
//! | `30 */5 9-17 * * 1-5` | six fields: seconds first |
//! | `@hourly @daily @midnight @weekly @monthly @yearly @annually` | the usual nicknames; `@weekly` is Sunday |
//! | `every 15s`, `5m`, `2h`, `1d` | an interval, counted from the beginning of 1970 in UTC |
//!
//! Numbers, names (`JAN`, `mon`), lists, ranges and steps, and `?` for `*` in the day fields. Sunday is 0 and
//! 7. When day of month and day of week are both restricted, either suffices (POSIX); restricted is a field
//! other than `*` or `?`, so `*/2` is. Intervals know no timezone: `every 1d` is midnight UTC, and a restart
//! does not shift it.
//!
//! # When the clock changes
//!
//! A job is *fixed* if second, minute and hour are one number each, written without `*` and without a step;
//! any other cron job *follows the wall clock*. Intervals never notice.
//!
//! | | fixed (`30 2 * * *`) | follows the wall clock (`*/15 2 * * *`) |
//! |---|---|---|
//! | spring, the time is missing | once, at the first instant after the gap, if its date matches too | not at all |
//! | autumn, the time comes twice | once, the first time | both times |
//!
//! # Against croner 4
//!
//! `tests/schedule_croner.rs` compares with croner over every timezone's clock changes. Where both accept a text
//! and give an answer, the answers are equal. The differences, each with a test in `tests/schedule_dialect.rs`:
//!
//! - croner's `L`, `W`, `#`, `+` and its year field are refused with a word on the mend;
//! - a step that never takes a second step (`*/60` minutes), an empty list entry (`1,,2`) and a name in the
//!   wrong field are refused, and so is a date that no year has, for which croner searches until the year 5000;
//! - `@midnight` and intervals are ours;
//! - in a gap longer than two hours croner gives up with an error; here the rule of the table holds
//!   (`Pacific/Apia` had no 30 December 2011).
//!
//! # What a slot is
//!
//! A slot's identity, `slot_ms`, is the **nominal** instant: what expression and timezone say, before the spread.
//! The journey is started at [`fire_at`](Schedule::fire_at), the slot plus the journey's delay. So
//!
//! - [`slots_between`](Schedule::slots_between) needs the version of the schedule and nothing else: an audit
//!   recomputes every slot without knowing when anything ran;
//! - a version with `valid_from` V owns the slots from V (included) to the next version's (excluded), by
//!   their nominal instants; a slot whose delay reaches beyond that still belongs to the old version, with the
//!   old version's delay, so a new spread neither doubles nor loses a slot;
//! - the delay is the same for all slots of a version, so slots and fires come in the same order, and "planned
//!   until" is one nominal instant: a slot is due for the audit once its fire instant has passed;
//! - the delay of an interval is cut to the interval, so it shifts the beat and never adds a lag. A cron
//!   job's is not: whoever gives `* * * * *` a spread of an hour starts each slot up to an hour late.

pub mod expression;
pub mod field;
pub mod spread;
pub mod timezone;
pub mod tzdata;

mod clock_changes;
mod cron;
mod field_set;

use crate::ids::{JourneyName, TenantName};
use crate::units::UnixMillis;
use expression::Timing;
pub use expression::{Expression, ScheduleError};
pub use spread::{Spread, SpreadError};
pub use timezone::{Timezone, TimezoneError};
pub use tzdata::{Origin, Tzdata};

/// The last whole second that every timezone can show: 30 December 9999, 22:00 UTC. There are no slots beyond it.
const LAST_MS: u64 = 253_402_207_200_000;

/// An expression in a timezone, with the delay of one journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    expression: Expression,
    timezone: Timezone,
    delay_ms: u64,
}

impl Schedule {
    /// Without a delay.
    pub fn new(expression: Expression, timezone: Timezone) -> Self {
        Self { expression, timezone, delay_ms: 0 }
    }

    /// Delays every slot by this journey's share of the window.
    #[must_use]
    pub fn with_spread(mut self, spread: Spread, tenant: &TenantName, journey: &JourneyName) -> Self {
        let longest = match self.expression.timing() {
            Timing::Cron(_) => u64::MAX,
            Timing::Every(period) => period,
        };
        self.delay_ms = spread.delay_ms(longest, tenant, journey);
        self
    }

    /// What it says.
    pub fn expression(&self) -> &Expression {
        &self.expression
    }

    /// Where it says it.
    pub fn timezone(&self) -> Timezone {
        self.timezone
    }

    /// The first slot strictly after an instant; none beyond the year 9999.
    pub fn next(&self, after: UnixMillis) -> Option<UnixMillis> {
        self.next_after(i64::try_from(after.0).ok()?)
    }

    /// When the journey of a slot is started.
    pub fn fire_at(&self, slot: UnixMillis) -> UnixMillis {
        UnixMillis(slot.0.saturating_add(self.delay_ms))
    }

    /// The next `count` instants after `after` at which the journey is started: slots with their delay.
    pub fn fires(&self, after: UnixMillis, count: usize) -> impl Iterator<Item = UnixMillis> + '_ {
        // Before 1970 where the delay reaches back that far: the first slot may be that of 1970 itself.
        let start = i128::from(after.0) - i128::from(self.delay_ms);
        self.slots_after(i64::try_from(start).ok()).take(count).map(|slot| self.fire_at(slot))
    }

    /// Every slot from `from` (included) to `to` (excluded), in order, each once.
    ///
    /// It is lazy and ends by itself: at most one slot per second of the period.
    pub fn slots_between(&self, from: UnixMillis, to: UnixMillis) -> impl Iterator<Item = UnixMillis> + '_ {
        self.slots_after(i64::try_from(from.0).ok().map(|from| from - 1)).take_while(move |slot| *slot < to)
    }

    fn slots_after(&self, start: Option<i64>) -> impl Iterator<Item = UnixMillis> + '_ {
        let first = start.and_then(|start| self.next_after(start));
        std::iter::successors(first, |slot| self.next(*slot))
    }

    /// As [`next`](Self::next), also from before 1970; the slots themselves begin with 1970.
    fn next_after(&self, after: i64) -> Option<UnixMillis> {
        let after = after.max(-1);
        let slot = match self.expression.timing() {
            Timing::Every(period) => {
                let beats = u64::try_from(after).map_or(0, |after| after / period + 1);
                beats.checked_mul(period)?
            }
            Timing::Cron(cron) => {
                let second = clock_changes::next(&cron, self.timezone.rules(), after.div_euclid(1_000))?;
                u64::try_from(second).ok()?.checked_mul(1_000)?
            }
        };
        (slot <= LAST_MS).then_some(UnixMillis(slot))
    }
}
