//! `wayfarer test` of one journey whose compiled form is cached: what it takes beside the journey's own time, and
//! how much memory.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::measure::median;
use crate::summary::Summary;

const ROUNDS: usize = 21;

/// Starts a command so many times; prints wall milliseconds, the journey's own milliseconds and peak KiB of each.
const PROGRAM: &str = "import json, os, subprocess, sys, time
for _ in range(int(sys.argv[1]) + 1):
    begun = time.monotonic()
    child = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    said = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = (time.monotonic() - begun) * 1e3
    assert status == 0, said
    events = [json.loads(line) for line in said.splitlines() if line]
    own = sum(event['duration_us'] for event in events if event['event'] == 'run-finished') / 1e3
    print(wall, own, usage.ru_maxrss)";

/// Runs everything.
pub(crate) fn run(
    binary: &Path,
    component: &Path,
    base_url: &str,
    folder: &Path,
    summary: &mut Summary,
) -> anyhow::Result<()> {
    let mut command = Command::new("python3");
    command.args(["-c", PROGRAM, &ROUNDS.to_string()]).arg(std::path::absolute(binary)?);
    command.args([
        "test",
        "--json",
        "--allow",
        "127.0.0.1:*",
        "-e",
        &format!("base_url={base_url}"),
        "--component",
    ]);
    command
        .arg(std::path::absolute(component)?)
        .env("XDG_CACHE_HOME", folder.join("cold"))
        .current_dir(folder);
    let output = command.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "`wayfarer test` failed");
    let text = String::from_utf8(output.stdout)?;
    let rows = text.lines().skip(1).map(|line| {
        let figures = line.split(' ').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        <[f64; 3]>::try_from(figures).ok().context("three figures a line")
    });
    let rows = rows.collect::<anyhow::Result<Vec<_>>>()?;
    ensure!(rows.iter().all(|[_, own, _]| *own > 0.0), "the journey's own time is not in what it said");
    let beyond = rows.iter().map(|[wall, own, _]| wall - own).collect();
    summary.at_most("wayfarer test, cached: beyond the journey", median(beyond), "ms", 10.0);
    let peak = rows.iter().map(|[_, _, peak]| *peak / 1_024.0).collect();
    summary.at_most("wayfarer test, cached: peak memory", median(peak), "MiB", 30.0);
    Ok(())
}
