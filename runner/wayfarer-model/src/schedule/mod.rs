//! Schedules: when a journey is due, computed from an instant, and nothing else.
//!
//! # Layout
//!
//! - `slots`: [`Schedule`], from an expression, a timezone and a delay to slots.
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
mod slots;

pub use expression::{Expression, ScheduleError};
pub use slots::Schedule;
pub use spread::{Spread, SpreadError};
pub use timezone::{Timezone, TimezoneError};
pub use tzdata::{Origin, Tzdata};
