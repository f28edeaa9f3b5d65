//! The contest of the store: results in, on a store that holds a million already; alone, with a reader at work, and
//! with somebody who waits.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::ingest::{Ingest, Shape};
use crate::measure::{Reading, median};
use crate::summary::Summary;

/// Rounds of which the median counts.
const ROUNDS: usize = 3;
/// Runs of a round.
const RUNS: u64 = 100_000;
/// So many are put in at a time.
pub(crate) const AT_A_TIME: u64 = 2_000;

/// How many runs a store holds before anything is measured.
pub(crate) fn runs_before() -> u64 {
    std::env::var("WAYFARER_BENCH_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(1_000_000)
}

/// Runs everything. `WAYFARER_BENCH_RUNS` says how many the store holds before, a million where it says nothing.
pub(crate) async fn run(folder: &Path, summary: &mut Summary) -> anyhow::Result<()> {
    let before = runs_before();
    let data = folder.join("store");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    let ingest = Ingest::open(&data, Shape::INGEST).await?;
    ingest.many(before, AT_A_TIME).await?;
    let (mut rates, mut costs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let reading = Reading::now();
        rates.push(ingest.many(RUNS, AT_A_TIME).await?);
        costs.push(reading.cost_of(RUNS as u32).cpu_us);
    }
    summary.at_least("store: results in", median(rates), "runs/s", 20_000.0);
    summary.figure("store: CPU a run", median(costs), "µs");
    let log = std::fs::metadata(data.join("wayfarer.db-wal"))?.len() as f64 / 1_048_576.0;
    summary.at_most("store: the log", log, "MiB", 64.0);
    let mut reader = reader(&data)?;
    let rate = ingest.many(RUNS, AT_A_TIME).await?;
    reader.kill()?;
    reader.wait()?;
    summary.at_least("store: results in, a reader at work", rate, "runs/s", 15_000.0);
    let mut waits = ingest.waits(1_000, 10).await?;
    waits.sort_by(f64::total_cmp);
    let p99 = waits.get(waits.len() * 99 / 100).copied().context("nobody waited")?;
    summary.at_most("store: waiting for a commit, p99", p99, "ms", 10.0);
    ingest.store().close(wayfarer_model::units::UnixMillis(1)).await?;
    let size = std::fs::metadata(data.join("wayfarer.db"))?.len() as f64;
    let runs = before as f64 + (RUNS * (ROUNDS as u64 + 1)) as f64 + 10_000.0;
    summary.at_most("store: bytes a run", size / runs, "B", 1_200.0);
    Ok(())
}

/// A consumer that asks for the roll-ups again and again.
fn reader(data: &Path) -> anyhow::Result<std::process::Child> {
    let program = "import sqlite3, sys
db = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)
while True: db.execute('SELECT journey, sum(slots), max(p95_us) FROM v1_hourly GROUP BY journey').fetchall()";
    let file = data.join("wayfarer.db");
    Ok(Command::new("python3").args(["-c", program]).arg(file).stdout(Stdio::null()).spawn()?)
}
