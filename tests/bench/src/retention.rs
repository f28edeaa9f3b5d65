//! Runs that are too old, removed beside a load: how long a step holds the writer, and what those who wait for a commit
//! notice of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Due, RetentionKind};

use crate::ingest::{BEGIN, Ingest, Shape};
use crate::measure::median;
use crate::summary::Summary;

/// Runs in the store: of a hundred journeys, one an hour each, over three months.
const RUNS: u64 = 200_000;
const SHAPE: Shape = Shape { beat: 3_600_000, ..Shape::INGEST };
/// Days of which the runs go.
const DAYS: u64 = 60;
/// So many may be put in at a time.
const AT_A_TIME: u64 = 2_000;
/// Runs a second beside it, and for how long.
const LOAD: (u64, u64) = (500, 20);
/// Between two steps, as the server's janitor has it: so many times the last one, and never less than a breath.
const PAUSES: u32 = 4;
const BREATH: Duration = Duration::from_millis(1);

/// Runs everything.
pub(crate) async fn run(folder: &Path, summary: &mut Summary) -> anyhow::Result<()> {
    let data = folder.join("retention");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    let ingest = Ingest::open(&data, SHAPE).await?;
    ingest.many(RUNS, AT_A_TIME).await?;
    ingest.plan_to_next().await?;
    let load = {
        let ingest = Arc::clone(&ingest);
        tokio::spawn(async move { ingest.waits(LOAD.0, LOAD.1).await })
    };
    let (mut held, removed) = remove(&ingest).await?;
    let mut waits = load.await??;
    held.sort_by(f64::total_cmp);
    waits.sort_by(f64::total_cmp);
    summary.figure("retention: runs removed", removed as f64, "runs");
    summary.figure("retention: steps", held.len() as f64, "steps");
    summary.figure("retention: a step, median", median(held.clone()), "ms");
    let longest = held.last().copied().context("nothing was removed")?;
    summary.at_most("retention: the longest step", longest, "ms", 50.0);
    let p99 = waits.get(waits.len() * 99 / 100).copied().context("nobody waited")?;
    summary.figure("retention: waiting for a commit, p99", p99, "ms");
    ingest.close().await
}

/// How long each step held the writer, in milliseconds, and how many runs are gone.
async fn remove(ingest: &Ingest) -> anyhow::Result<(Vec<f64>, u64)> {
    let store = ingest.store();
    let tenants = store.tenants().await?.into_iter().map(|(key, _)| key).collect();
    let before = UnixMillis(BEGIN + DAYS * 24 * 3_600_000);
    let mut removal =
        store.removal(&Due { is_platforms: false, kind: RetentionKind::Runs, tenants, before }).await?;
    let (mut held, mut count) = (Vec::new(), 0);
    loop {
        let removed = removal.step().await?;
        if removed.count > 0 {
            held.push(removed.held.as_secs_f64() * 1e3);
            count += removed.count;
        }
        if removed.is_done {
            return Ok((held, count));
        }
        tokio::time::sleep((removed.held * PAUSES).max(BREATH)).await;
    }
}
