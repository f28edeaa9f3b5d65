//! Whether the server does its work: whether the clock is right, results get into the store, the disk has space for more, and the
//! runner's own network works.
//!
//! Between the store and those who have to know: the dispatcher, which starts no run without space, and whoever asks
//! for readiness or metrics.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::watch;
use wayfarer_model::clock::ClockStep;
use wayfarer_model::units::Bytes;
use wayfarer_store::DiskSpace;

use super::driver::Reconcile;
use crate::server::{ServerContext, Unready};

/// Publishes the store's health.
pub(super) struct StoreHealth {
    health: watch::Sender<Result<(), Unready>>,
    had_space: Option<bool>,
}

impl StoreHealth {
    pub(super) fn new(health: watch::Sender<Result<(), Unready>>) -> Self {
        Self { health, had_space: None }
    }

    /// A disk whose free space cannot be read counts as one that has enough.
    async fn disk(&mut self, context: &ServerContext) -> Result<(), Unready> {
        let store = &context.store;
        let space = match store.disk_space().await {
            Ok(space) => space,
            Err(error) => {
                tracing::debug!(%error, "the disk's free space cannot be read");
                return Ok(());
            }
        };
        context.metrics.disk_space(space);
        let DiskSpace { free, held, wanted, is_enough } = space;
        let full = Unready::DiskFull {
            folder: store.data_dir().to_owned(),
            free: Bytes(free),
            held: Bytes(held),
            wanted: Bytes(wanted),
        };
        let before = self.had_space.replace(is_enough);
        if before != Some(is_enough) {
            context.dispatcher.set_disk_space(is_enough);
        }
        match (before, is_enough) {
            (Some(true) | None, false) => tracing::error!("{full}"),
            (Some(false), true) => tracing::info!("the disk has space again: slots are run"),
            _ => {}
        }
        if is_enough {
            return Ok(());
        }
        // If this fails, the next run of the task tries again.
        if let Err(error) = store.shrink().await {
            tracing::debug!(%error, "no pages were given back to the disk");
        }
        Err(full)
    }
}

/// Whether the wall clock is believed.
fn clock(context: &ServerContext) -> Result<(), Unready> {
    let Some(ClockStep { by_ms, needs_person, .. }) = context.clock.step() else { return Ok(()) };
    let (seconds, direction) =
        ((by_ms.unsigned_abs() + 500) / 1_000, if by_ms > 0 { "ahead of" } else { "behind" });
    let waits = match (by_ms > 0, needs_person) {
        (true, false) => {
            "until the clock is set back, or the kernel has called it synchronised and the step has lasted ten minutes"
        }
        (false, false) => "for a minute at most; then rows of slots that have not come are taken out",
        (_, true) => "until the clock is set right",
    };
    Err(Unready::ClockStep(format!(
        "the wall clock is {seconds} s {direction} the time that this server knows; no slot is started, missed or removed {waits}; \
         if the wall clock is right, say so by `wayfarer clock accept`"
    )))
}

/// Whether runs say more about targets than about the runner.
fn runs(context: &ServerContext) -> Result<(), Unready> {
    context.metrics.mostly_inconclusive().map_or(Ok(()), |count| Err(Unready::Inconclusive(count)))
}

/// Whether the runner's own network works, as far as its beacons and its name server say.
fn network(context: &ServerContext) -> Result<(), Unready> {
    match context.metrics.network_unwell() {
        Some((since, fault)) => Err(Unready::Network { since, fault }),
        None => Ok(()),
    }
}

impl Reconcile for StoreHealth {
    const NAME: &'static str = "store-health";
    const PERIOD: Duration = Duration::from_millis(500);
    const WHILE_FAILING: &'static str = "readiness is not up to date";

    /// What is wrong with the store is this task's result, not its failure.
    type Error = Infallible;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), Infallible> {
        let commits = context.store.health().last_error.map_or(Ok(()), |error| Err(Unready::Store(error)));
        let disk = self.disk(context).await;
        drop(
            self.health
                .send_replace(clock(context).and(disk).and(commits).and(network(context)).and(runs(context))),
        );
        Ok(())
    }
}
