//! Schedules: when a journey is due, computed from an instant, and nothing else.
//!
//! # Layout
//!
//! - `slots`: [`Schedule`], from an expression, a timezone and a delay to slots.
//! - [`expression`]: the text of a schedule, and which of the files below reads it.
//! - `posix`: plain cron; [`field`] and `field_set` read its fields.
//! - [`quartz`]: `quartz(…)`, and `cron(…)` of AWS.
//! - `interval`: `every …` and `rate(…)`.
//! - [`error`]: why a text is no schedule; `mend`: what was probably meant.
//! - `words`: what a form means, for people.
//! - `cron`: the fields as sets, and the calendar search over them; `days`: which days of a month match.
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
//! | `every 15s`, `5m`, `1h30m`, `1d`; `@every 5m` | an interval, counted from the beginning of 1970 in UTC |
//! | `quartz(0 0 12 ? * 6L)` | as Quartz writes it: seconds first, Sunday is 1, `L`, `W` and `#`, a year that is `*` |
//! | `cron(0 12 ? * 6L *)`, `rate(5 minutes)` | as AWS writes them: the year last, no seconds; a rate counts as an interval does |
//!
//! A field takes numbers, names (`JAN`, `mon`), lists, ranges and steps; the day fields also take `?` for `*`. Sunday
//! is 0 and 7. If day of month and day of week are both restricted, either suffices (POSIX). Every field other than
//! `*` and `?` is restricted, `*/2` included. Intervals ignore the timezone: `every 1d` is midnight UTC, and a restart
//! does not shift it.
//!
//! A text that two systems read in two ways is refused, and the error names both readings: six fields with `?` and a number for the
//! day of week (`0 0 0 ? * 1` is Sunday for Quartz and Monday for cron), and a step without an end (`0/15`).
//!
//! # When the clock changes
//!
//! A cron job has *fixed times* if second, minute and hour are written without `*`, as numbers, lists or ranges. Any other cron job
//! *follows the wall clock*. So does vixie cron, and cronie after it. In `quartz(…)` and `cron(…)` a step without an end (`0/30`) counts
//! as `*/30` does. Clock changes do not affect intervals.
//!
//! | | fixed (`30 2 * * *`, `30 2,14 * * *`, `0 1-4 * * *`) | follows the wall clock (`*/15 2 * * *`, `30 * * * *`) |
//! |---|---|---|
//! | spring, the time is missing | once, at the first instant after the gap, if its date matches too | not at all |
//! | autumn, the time comes twice | once, the first time | both times |
//!
//! So a job that shall run in the repeated hour too is written with `*`: `0 * * * *`, not `0 0-23 * * *`.
//!
//! # Against croner 4
//!
//! `tests/schedule_croner.rs` compares with croner over the clock changes of every timezone. If both accept a text and
//! give an answer, the answers are equal, with one exception: croner takes only a single time as fixed. A list of fixed times is
//! therefore compared with the first of croner's answers for each of them. `tests/schedule_dialect.rs` has a test for each
//! other difference:
//!
//! - This module refuses croner's `L`, `W`, `#`, `+` and its year field; the error names a replacement.
//! - This module refuses a step that never takes a second step (`*/60` minutes), an empty list entry (`1,,2`), a name
//!   in the wrong field, and a date that no year has. croner searches for such a date until the year 5000.
//! - Only this module knows `@midnight`, intervals, and the forms of Quartz and AWS.
//! - In a gap longer than two hours croner returns an error. Here the rule of the table holds (`Pacific/Apia` had no
//!   30 December 2011).
//!
//! `tests/schedule_facts.rs` compares with what other libraries publish, and names each difference.
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

pub mod error;
pub mod expression;
pub mod field;
pub mod quartz;
pub mod spread;
pub mod timezone;
pub mod tzdata;

mod clock_changes;
mod cron;
mod days;
mod field_set;
mod interval;
mod mend;
mod posix;
mod slots;
mod words;

pub use error::ScheduleError;
pub use expression::Expression;
pub use slots::Schedule;
pub use spread::{Spread, SpreadError};
pub use timezone::{Timezone, TimezoneError};
pub use tzdata::{Origin, Tzdata};
