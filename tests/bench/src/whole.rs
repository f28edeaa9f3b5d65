//! The whole way on a runner of the real binary: planned, dispatched, run, committed and rolled up, beside bare hyper
//! doing the same work without any of it.
//!
//! What a run costs is measured below what the machine can do, where few slots are skipped; the runner is stopped
//! while hyper has its turn. How many runs a second there can be is measured with more slots due than that.

use std::time::Duration;

use tokio::runtime::Handle;

use crate::floor::Floor;
use crate::measure::{Reading, median};
use crate::served::{Served, Setup};
use crate::summary::Summary;

/// Rounds of which the median counts.
const ROUNDS: usize = 3;
/// What a start leaves behind, slots of the time between, is over after this.
const SETTLED: Duration = Duration::from_secs(3);
/// How long a round looks.
const ROUND: Duration = Duration::from_secs(8);
/// Runs of a round of hyper.
const BARE: u32 = 5_000;
/// k6 took this for one run of J5 by the measurement that the goals were set from, in µs; it cannot be installed
/// here, so it is no contestant.
const K6: f64 = 395.0;
/// Tenants whose slots a small machine can keep up with, and those that are too many for it. Their slots are due
/// together, without a spread: hyper too has ten runs at a time, and one that comes alone wakes everybody up for itself.
pub(crate) const FEW: usize = 2;
/// Each tenant has 200 runs a second.
pub(crate) const MANY: usize = 18;

/// What a round saw.
struct Round {
    passed: f64,
    other: f64,
    seconds: f64,
    cpu: f64,
}

async fn round(served: &Served) -> anyhow::Result<Round> {
    tokio::time::sleep(SETTLED).await;
    let (cpu, before, reading) = (served.cpu()?, served.runs()?, Reading::now());
    tokio::time::sleep(ROUND).await;
    let (seconds, after) = (reading.seconds(), served.runs()?);
    let (passed, other) = (after.0 - before.0, after.1 - before.1);
    Ok(Round { passed, other, seconds, cpu: served.cpu()? - cpu })
}

/// Runs everything.
pub(crate) async fn run(floor: &Floor, setup: &Setup<'_>, summary: &mut Summary) -> anyhow::Result<()> {
    let mut served = Served::new(setup)?;
    let (mut costs, mut ratios, mut skipped) = (Vec::new(), Vec::new(), 0.0);
    for number in 0..ROUNDS {
        if number > 0 {
            served.start()?;
        }
        let round = round(&served).await?;
        skipped = f64::max(skipped, round.other / (round.passed + round.other));
        served.stop()?;
        let floor = floor.clone();
        let bare = super::contest::round_of(BARE, setup.runs, Handle::current, move || {
            let floor = floor.clone();
            async move { floor.run().await }
        });
        let cost = round.cpu * 1e6 / round.passed;
        costs.push(cost);
        ratios.push(cost / bare.await?.cpu_us);
    }
    summary.figure("whole way: slots skipped, of a hundred", skipped * 100.0, "slots");
    let cost = median(costs);
    summary.figure("whole way: CPU a run", cost, "µs");
    summary.at_most("whole way: to hyper", median(ratios), "times", 2.3);
    summary.at_most("whole way: to k6's 395 µs of another machine", cost / K6, "times", 0.5);
    served.start()?;
    served.deploy(FEW..MANY, setup.base_url)?;
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let round = round(&served).await?;
        rates.push(round.passed / round.seconds);
    }
    summary.at_least("whole way: runs", median(rates), "runs/s", 2_500.0);
    summary.figure("whole way: peak memory", served.peak_memory_mib()?, "MiB");
    served.stop()
}
