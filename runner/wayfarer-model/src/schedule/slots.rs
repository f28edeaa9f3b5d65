//! The slots of one journey: an expression in a timezone, and the delay that its spread gives it.
//!
//! `schedule/mod.rs` says which slots there are, and when each starts.

use super::clock_changes;
use super::expression::{Expression, Timing};
use super::spread::Spread;
use super::timezone::Timezone;
use crate::ids::{JourneyName, TenantName};
use crate::units::UnixMillis;

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
