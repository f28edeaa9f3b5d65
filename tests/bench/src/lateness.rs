//! From a slot's instant to the guest's first instruction: ten thousand journeys a minute on a runner of the real
//! binary, first with the machine to itself, then with every processor kept busy by others.
//!
//! The guest reads the wall clock before anything else and records how far the slot's instant is behind it.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use wayfarer_model::deployment::Timing;
use wayfarer_model::units::UnixMillis;

use crate::measure::Reading;
use crate::served::{JOURNEYS, Served, Setup};
use crate::summary::Summary;

/// Journeys a minute, in all.
const A_MINUTE: usize = 10_000;
/// As many tenants as that takes.
pub(crate) const TENANTS: usize = A_MINUTE / JOURNEYS;
/// A minute in which each journey is due once.
pub(crate) const TIMING: &str = "schedule = \"every 60s\"\nspread = \"60s\"";
/// How long a part looks.
const PART: Duration = Duration::from_secs(25);
/// Between two parts, and after the last one, so that what was due is in the store.
const PAUSE: Duration = Duration::from_secs(2);

/// Runs everything.
pub(crate) async fn run(setup: &Setup<'_>, summary: &mut Summary) -> anyhow::Result<()> {
    let mut served = Served::new(setup)?;
    // The first slots are those of the next minute.
    let rest = 60_000 - Reading::unix_ms() % 60_000;
    tokio::time::sleep(Duration::from_millis(rest) + PAUSE).await;
    let quiet = part(&served).await?;
    let busy = Busy::start()?;
    tokio::time::sleep(PAUSE).await;
    let saturated = part(&served).await?;
    drop(busy);
    served.stop()?;
    let expected = A_MINUTE as f64 * PART.as_secs_f64() / 60.0;
    for (name, goal, late) in [("quiet", 5.0, &quiet), ("saturated", 50.0, &saturated)] {
        ensure!(late.len() as f64 > expected * 0.8, "{name}: only {} slots of {expected}", late.len());
        summary.figure(&format!("slot to guest, {name}: median"), quantile(late, 0.5)?, "ms");
        summary.at_most(&format!("slot to guest, {name}: p99"), quantile(late, 0.99)?, "ms", goal);
    }
    Ok(())
}

/// How late each slot of a part was, in milliseconds, sorted.
async fn part(served: &Served) -> anyhow::Result<Vec<f64>> {
    let begun = Reading::unix_ms();
    tokio::time::sleep(PART).await;
    let ended = Reading::unix_ms();
    tokio::time::sleep(PAUSE).await;
    let program = "import sqlite3, sys
db = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)
for row in db.execute('SELECT tenant, journey, slot_ms, value FROM v1_metrics WHERE name = ? AND slot_ms > ?',
    ('late', int(sys.argv[2]))): print(*row)";
    let mut command = Command::new("python3");
    command.args(["-c", program]).arg(served.database()).arg(begun.saturating_sub(120_000).to_string());
    let output = command.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "the database could not be read");
    let mut late = Vec::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let (fire, after_fire) = lateness(line)?;
        if (begun..ended).contains(&fire) {
            late.push(after_fire);
        }
    }
    late.sort_by(f64::total_cmp);
    Ok(late)
}

/// When a slot was to begin, with its spread, and how many milliseconds later the guest did.
fn lateness(line: &str) -> anyhow::Result<(u64, f64)> {
    let fields: Vec<&str> = line.split(' ').collect();
    let [tenant, journey, slot, value] = fields[..] else { bail!("not a row: {line}") };
    let spread = Timing { spread: "60s".parse()?, ..Timing::of("every 60s".parse()?) };
    let slot = slot.parse()?;
    let fire = spread.schedule_of(&tenant.parse()?, &journey.parse()?).fire_at(UnixMillis(slot)).0;
    Ok((fire, value.parse::<f64>()? / 1e3 - (fire - slot) as f64))
}

fn quantile(sorted: &[f64], share: f64) -> anyhow::Result<f64> {
    sorted.get((sorted.len() as f64 * share) as usize).copied().context("no slot was recorded")
}

/// Processes that only count, one for each processor.
struct Busy(Vec<Child>);

impl Busy {
    fn start() -> anyhow::Result<Self> {
        let one = || Command::new("python3").args(["-c", "while True: pass"]).stdin(Stdio::null()).spawn();
        let many = std::thread::available_parallelism()?.get();
        Ok(Self((0..many).map(|_| one()).collect::<Result<_, _>>()?))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
