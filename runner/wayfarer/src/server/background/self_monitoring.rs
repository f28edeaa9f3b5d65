//! The runner watches itself: whether it gets its processors, has file descriptors left, and commits in time. Other tasks watch the clock,
//! the disk, the name server and the network.
//!
//! This task changes no result: the sandbox measures stalls (`heartbeat`) and asks about the network (`net/review`) for each attempt.
//! This task tells the operator: a gauge in `/metrics`, and one line in the log for each change.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use wayfarer_store::WriterHealth;

use super::driver::Reconcile;
use crate::server::descriptors;
use crate::server::metrics::Part;
use crate::server::{SandboxedRuns, ServerContext};

/// Over which time processors are looked at.
const WINDOW: Duration = Duration::from_secs(30);
/// Without a processor for more than one part in so many of it, latencies are not to be believed: 10 %.
const PROCESSOR_SHARE: u32 = 10;
/// More than so many of ten descriptors in use.
const DESCRIPTOR_TENTHS: u64 = 9;
/// A transaction takes a few milliseconds; from this mean on people and armed cleanups wait noticeably.
const SLOW_COMMIT_US: u64 = 500_000;

pub(super) struct SelfMonitoring {
    runs: SandboxedRuns,
    /// The store's figures at the last look.
    store: (u64, u64),
    unwell: BTreeMap<Part, String>,
}

impl SelfMonitoring {
    pub(super) fn new(runs: SandboxedRuns) -> Self {
        Self { runs, store: (0, 0), unwell: BTreeMap::new() }
    }

    fn look(&mut self, context: &ServerContext) -> BTreeMap<Part, String> {
        let held = self.runs.sandbox().held_up_within(WINDOW);
        let processor = (held * PROCESSOR_SHARE > WINDOW).then(|| {
            format!("it stood still or waited for a processor for {held:.1?} of the last {WINDOW:?}")
        });
        let descriptors = descriptors::in_use().filter(|(used, most)| used * 10 > most * DESCRIPTOR_TENTHS);
        let descriptors =
            descriptors.map(|(used, most)| format!("{used} of {most} file descriptors are in use"));
        let WriterHealth { commits, commit_sum_us, .. } = context.store.health();
        let mean = mean((commits, commit_sum_us), self.store);
        self.store = (commits, commit_sum_us);
        let store = mean.filter(|mean| *mean > SLOW_COMMIT_US);
        let store =
            store.map(|mean| format!("a transaction of its store takes {} ms on average", mean / 1_000));
        let step =
            context.clock.step().map(|step| format!("its wall clock has stepped by {} ms", step.by_ms));
        let parts = [
            (Part::Processor, processor),
            (Part::Descriptors, descriptors),
            (Part::Store, store),
            (Part::Clock, step),
            (Part::Network, context.metrics.network_unwell().map(|(_, fault)| fault.to_owned())),
        ];
        parts.into_iter().filter_map(|(part, why)| Some((part, why?))).collect()
    }
}

/// The mean of what was added since an earlier look: a count and a sum. None if nothing was.
fn mean((count, sum): (u64, u64), (before, sum_before): (u64, u64)) -> Option<u64> {
    sum.saturating_sub(sum_before).checked_div(count.saturating_sub(before))
}

impl Reconcile for SelfMonitoring {
    const NAME: &'static str = "self-monitoring";
    const PERIOD: Duration = Duration::from_secs(5);
    const WHILE_FAILING: &'static str = "nobody is told whether the runner itself is well";

    type Error = Infallible;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), Infallible> {
        let unwell = self.look(context);
        for (part, why) in &unwell {
            if !self.unwell.contains_key(part) {
                let part = part.as_str();
                tracing::warn!(
                    part,
                    "the runner is unwell: {why}; results that this spoils are inconclusive"
                );
            }
        }
        for part in self.unwell.keys().filter(|part| !unwell.contains_key(part)) {
            let part = part.as_str();
            tracing::info!(part, "the runner is well again");
        }
        context.metrics.unwell(unwell.keys().copied().collect());
        self.unwell = unwell;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_of_what_was_added() {
        assert_eq!(mean((12, 9_000), (10, 5_000)), Some(2_000));
        assert_eq!(mean((10, 5_000), (10, 5_000)), None);
    }
}
