//! The dispatcher after the clock went back: what is due after that instant has not come yet.
//!
//! The planner stands still meanwhile, hands out these slots again afterwards, and the store takes out the rows that they have. A
//! run in flight for such a slot goes on. If its slot comes again, the slot has its row by then and the second result is refused.

use wayfarer_model::admission::WaitFor;
use wayfarer_model::context::Lane;
use wayfarer_model::units::UnixMillis;

use super::pending::PendingRun;
use super::{Dispatcher, Execute};

impl<E: Execute> Dispatcher<E> {
    /// See [`DispatcherHandle::rewind`](super::DispatcherHandle::rewind).
    pub(super) fn rewind(&mut self, to: UnixMillis) -> bool {
        if self.progress.watermark.has_ranges() {
            return false;
        }
        for (run, wait_for) in self.queue.drain() {
            if is_after(&run, to) {
                if let Some(fire) = run.fire {
                    self.progress.watermark.done(fire);
                }
                continue;
            }
            let version = &run.version;
            let (tenant, group) = (version.owner.tenant, version.group.as_ref());
            let contention = self.queue.contention(tenant, version.journey, group, version.overlap);
            // The run that it waited for may be one that was taken out.
            let goes_on = wait_for == WaitFor::PreviousRun && !contention.journey_is_busy;
            self.queue.enqueue(run.entry(), if goes_on { WaitFor::Permit } else { wait_for });
        }
        self.progress.watermark.rewind(to);
        true
    }
}

/// Whether a run belongs to an instant that has not come.
fn is_after(run: &PendingRun, to: UnixMillis) -> bool {
    match run.identity.lane {
        Lane::Scheduled => run.fire.is_some_and(|fire| fire > to),
        Lane::Confirm => run.identity.slot > to,
        Lane::Manual => false,
    }
}
