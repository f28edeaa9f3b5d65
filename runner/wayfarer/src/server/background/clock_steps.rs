//! Steps of the wall clock: shown, believed when it is time, and undone in the store where the clock went back.
//!
//! The clock's own watch decides ([`WallClock::settle`](crate::clock::WallClock::settle)). While a step lasts, the planner hands
//! out nothing and retention rests. This task keeps what this process believes of the time for the next process, too.

use std::sync::Arc;
use std::time::Duration;

use wayfarer_model::clock::{ClockReading, ClockStep, ClockVerdict};
use wayfarer_store::{KeptClock, StoreError};

use super::driver::Reconcile;
use crate::clock::{Stopwatch, boot_name};
use crate::server::ServerContext;
use crate::server::deployed::Deployed;

/// Between two times that the clock is kept without news.
const KEPT_EVERY: Duration = Duration::from_mins(1);

/// Watches over the clock.
pub(super) struct ClockSteps {
    deployed: Arc<Deployed>,
    boot: String,
    kept: Option<Stopwatch>,
    was_stepped: bool,
}

impl ClockSteps {
    pub(super) fn new(deployed: Arc<Deployed>) -> Self {
        Self { deployed, boot: boot_name(), kept: None, was_stepped: false }
    }

    async fn settle(&mut self, context: &ServerContext) -> Result<(), StoreError> {
        match context.clock.settle() {
            ClockVerdict::Steady | ClockVerdict::Wait => {}
            ClockVerdict::Forward(at) => {
                context.clock.take_over(at);
                tracing::warn!("the step of the wall clock is believed: slots in between are missed");
                self.kept = None;
            }
            ClockVerdict::Back(at) => {
                // Not yet where rows of missed slots are still being written.
                if self.deployed.rewind(context, at.wall).await? {
                    context.clock.take_over(at);
                    self.kept = None;
                }
            }
        }
        Ok(())
    }

    /// Says once that a step began, and once that it ended.
    fn show(&mut self, context: &ServerContext) {
        let step = context.clock.step();
        context.metrics.clock_step(step.map_or(0, |step| step.by_ms));
        match (step, self.was_stepped) {
            (Some(ClockStep { by_ms, .. }), false) => {
                tracing::error!(
                    seconds = by_ms as f64 / 1e3,
                    "clock-step: the wall clock stepped; nothing is started, missed or removed until it is right"
                );
            }
            (None, true) => tracing::info!("the wall clock is right again"),
            _ => {}
        }
        self.was_stepped = step.is_some();
    }

    async fn keep(&mut self, context: &ServerContext) -> Result<(), StoreError> {
        if self.kept.is_some_and(|kept| kept.elapsed() < KEPT_EVERY) {
            return Ok(());
        }
        let (ClockReading { wall, boot_ms }, rest_ms) = context.clock.trace();
        context.store.keep_clock(KeptClock { boot: self.boot.clone(), boot_ms, wall, rest_ms }).await?;
        self.kept = Some(Stopwatch::start());
        Ok(())
    }
}

impl Reconcile for ClockSteps {
    const NAME: &'static str = "clock-steps";
    const PERIOD: Duration = Duration::from_millis(500);
    const WHILE_FAILING: &'static str = "a step of the clock is not settled";

    type Error = StoreError;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), StoreError> {
        self.show(context);
        self.settle(context).await?;
        self.keep(context).await
    }
}
