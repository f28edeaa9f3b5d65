//! One journey over a time: the slots of its schedule, and the runs that a policy wants besides.

use wayfarer_model::schedule::Schedule;
use wayfarer_model::units::UnixMillis;

use super::policy::{Event, Policy};
use super::world::{Ran, World};

/// A journey, its target and its rule.
#[derive(Debug, Clone)]
pub(super) struct Simulated {
    pub(super) schedule: Schedule,
    pub(super) world: World,
    pub(super) policy: Policy,
    /// The end of the run in flight.
    pub(super) busy_until: u64,
}

impl Simulated {
    /// Runs until an instant. `each` is told of every run and of what it changed; it ends the simulation by saying so.
    pub(super) fn until(
        &mut self,
        from: u64,
        to: u64,
        mut each: impl FnMut(Ran, bool, Option<Event>) -> bool,
    ) {
        let Self { schedule, world, policy, busy_until } = self;
        // A slot from before may start after `from`, by its delay.
        let mut slots = schedule
            .slots_between(UnixMillis(from.saturating_sub(3_600_000)), UnixMillis(to))
            .map(|slot| schedule.fire_at(slot).0)
            .filter(|at| *at >= from)
            .peekable();
        loop {
            let slot = slots.peek().copied().filter(|at| *at < to);
            let extra = policy.wants().filter(|at| *at < to && slot.is_none_or(|slot| *at < slot));
            let Some(at) = extra.or(slot) else { return };
            let is_scheduled = extra.is_none();
            if is_scheduled {
                slots.next();
            }
            // A slot that is due while a run is in flight is skipped.
            if is_scheduled && at < *busy_until {
                continue;
            }
            let ran = world.run(at.max(*busy_until).max(from));
            *busy_until = ran.ended;
            if each(ran, is_scheduled, policy.ran(is_scheduled, ran)) {
                return;
            }
        }
    }
}
