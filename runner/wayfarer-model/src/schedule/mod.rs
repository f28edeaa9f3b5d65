//! Schedules: when a journey is due, computed from an instant, and nothing else.
//!
//! # Layout
//!
//! - [`expression`]: the text of a schedule: cron, a nickname, or an interval.
//! - [`field`]: the fields of a cron expression, and their errors.
//! - `field_set`: the text of one field as a set of numbers.
//! - `cron`: the fields as sets, and the calendar search over them.
//! - `clock_changes`: that search across clock changes.
//! - [`timezone`]: IANA names, and instants as people read them.
//! - [`tzdata`]: the edition of the timezone database.
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
//! A field takes numbers, names (`JAN`, `mon`), lists, ranges and steps; the day fields also take `?` for `*`. Sunday
//! is 0 and 7. If day of month and day of week are both restricted, either suffices (POSIX). Every field other than
//! `*` and `?` is restricted, `*/2` included. Intervals ignore the timezone: `every 1d` is midnight UTC, and a restart
//! does not shift it.
//!
//! # When the clock changes
//!
//! A cron job is *fixed* if second, minute and hour are one number each, written without `*` and without a step. Any
//! other cron job *follows the wall clock*. Clock changes do not affect intervals.
//!
//! | | fixed (`30 2 * * *`) | follows the wall clock (`*/15 2 * * *`) |
//! |---|---|---|
//! | spring, the time is missing | once, at the first instant after the gap, if its date matches too | not at all |
//! | autumn, the time comes twice | once, the first time | both times |
//!
//! # Against croner 4
//!
//! `tests/schedule_croner.rs` compares with croner over the clock changes of every timezone. If both accept a text and
//! give an answer, the answers are equal. `tests/schedule_dialect.rs` has a test for each difference:
//!
//! - This module refuses croner's `L`, `W`, `#`, `+` and its year field; the error names a replacement.
//! - This module refuses a step that never takes a second step (`*/60` minutes), an empty list entry (`1,,2`), a name
//!   in the wrong field, and a date that no year has. croner searches for such a date until the year 5000.
//! - Only this module knows `@midnight` and intervals.
//! - In a gap longer than two hours croner returns an error. Here the rule of the table holds (`Pacific/Apia` had no
//!   30 December 2011).
//!
//! # Slots
//!
//! The identity of a slot, `slot_ms`, is the **nominal** instant: the one that expression and timezone give, before the
//! spread. The journey starts at [`fire_at`](Schedule::fire_at), which is the slot plus the journey's delay.
//!
//! - [`slots_between`](Schedule::slots_between) needs only the version of the schedule. An audit recomputes every slot
//!   without knowing when anything ran.
//! - A version with `valid_from` V owns the slots from V (included) to the next version's `valid_from` (excluded), by
//!   their nominal instants. A slot whose delay reaches beyond the end still belongs to the old version and keeps the
//!   old version's delay, so a new spread neither doubles nor loses a slot.
//! - The delay is the same for all slots of a version, so slots and fires come in the same order, and "planned until"
//!   is one nominal instant. A slot is due for the audit once its fire instant has passed.
//! - The delay of an interval is cut to the interval: it shifts the beat and adds no lag. The delay of a cron job is
//!   not cut: with a spread of an hour, `* * * * *` starts each slot up to an hour late.

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
    /// A schedule without a delay.
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

    /// The text of the schedule, parsed.
    pub fn expression(&self) -> &Expression {
        &self.expression
    }

    /// The timezone to which the expression refers.
    pub fn timezone(&self) -> Timezone {
        self.timezone
    }

    /// The first slot strictly after an instant; none beyond the year 9999.
    pub fn next(&self, after: UnixMillis) -> Option<UnixMillis> {
        self.next_after(i64::try_from(after.0).ok()?)
    }

    /// The instant at which the journey of a slot starts.
    pub fn fire_at(&self, slot: UnixMillis) -> UnixMillis {
        UnixMillis(slot.0.saturating_add(self.delay_ms))
    }

    /// The next `count` instants after `after` at which the journey starts: slots with their delay.
    pub fn fires(&self, after: UnixMillis, count: usize) -> impl Iterator<Item = UnixMillis> + '_ {
        // The start may lie before 1970: the first fire may be that of the slot at 1970 itself.
        let start = i128::from(after.0) - i128::from(self.delay_ms);
        self.slots_after(i64::try_from(start).ok()).take(count).map(|slot| self.fire_at(slot))
    }

    /// Every slot from `from` (included) to `to` (excluded), in order, each once.
    ///
    /// The iterator is lazy and yields at most one slot per second of the period.
    pub fn slots_between(&self, from: UnixMillis, to: UnixMillis) -> impl Iterator<Item = UnixMillis> + '_ {
        self.slots_after(i64::try_from(from.0).ok().map(|from| from - 1)).take_while(move |slot| *slot < to)
    }

    fn slots_after(&self, start: Option<i64>) -> impl Iterator<Item = UnixMillis> + '_ {
        let first = start.and_then(|start| self.next_after(start));
        std::iter::successors(first, |slot| self.next(*slot))
    }

    /// As [`next`](Self::next), from any instant; the slots begin with 1970.
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
