//! `wayfarer audit` of a million slots by the real binary: of a thousand journeys, and of ten with a hundred thousand each.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use wayfarer_model::deployment::Timing;

use crate::ingest::{Ingest, Shape};
use crate::measure::median;
use crate::storing::runs_before;
use crate::summary::Summary;

/// Audits of a store of which the median counts.
const ROUNDS: usize = 3;

/// Slots of eleven and a half days. Nobody ran them: an audit does not look at what a run recorded.
const LONG: Shape = Shape {
    tenants: 1,
    journeys: 10,
    beat: 10_000,
    timing: |_| Ok(Timing::of("every 10s".parse()?)),
    failing: 0,
};

/// Starts a command so many times; prints wall and processor seconds and peak KiB of each.
const PROGRAM: &str = "import os, subprocess, sys, time
for _ in range(int(sys.argv[1])):
    begun = time.monotonic()
    child = subprocess.Popen(sys.argv[2:])
    _, status, usage = os.wait4(child.pid, 0)
    print(time.monotonic() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, flush=True)
    assert status == 0, 'it did not end well'";

/// Runs everything.
pub(crate) async fn run(
    binary: &Path,
    million: &Path,
    folder: &Path,
    summary: &mut Summary,
) -> anyhow::Result<()> {
    tell("a thousand journeys", binary, million, summary)?;
    let long = folder.join("long");
    if long.exists() {
        std::fs::remove_dir_all(&long)?;
    }
    let ingest = Ingest::open(&long, LONG).await?;
    ingest.missed(runs_before()).await?;
    ingest.close().await?;
    tell("ten journeys", binary, &long, summary)
}

fn tell(who: &str, binary: &Path, data: &Path, summary: &mut Summary) -> anyhow::Result<()> {
    let mut command = Command::new("python3");
    command.args(["-c", PROGRAM, &ROUNDS.to_string()]).arg(std::path::absolute(binary)?);
    // Its answer is not needed: it ends well where the audit is clean.
    command.args(["--quiet", "--data-dir"]).arg(std::path::absolute(data)?).arg("audit");
    let output = command.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "`wayfarer audit` of {who} did not end well");
    let text = String::from_utf8(output.stdout)?;
    let rows = text.lines().filter(|line| !line.contains("slots were due")).map(|line| {
        let figures = line.split(' ').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        <[f64; 3]>::try_from(figures).ok().context("three figures a line")
    });
    let rows = rows.collect::<anyhow::Result<Vec<_>>>()?;
    let of = |column: fn(&[f64; 3]) -> f64| median(rows.iter().map(column).collect());
    summary.at_most(&format!("audit, {who}"), of(|[wall, _, _]| *wall), "s", 10.0);
    summary.figure(&format!("audit, {who}: CPU"), of(|[_, cpu, _]| *cpu) * 1e3, "ms");
    summary.figure(&format!("audit, {who}: peak memory"), of(|[_, _, peak]| *peak / 1_024.0), "MiB");
    Ok(())
}
