//! The plan of a hundred thousand journeys: a server of the real binary on a store in which they are deployed, beside one
//! whose store has none.
//!
//! At first they are due so seldom that nothing is while it is looked at: what is measured then is what the plan
//! costs by being there. Then the journeys of some tenants get a version that is due every six minutes; the configuration no
//! longer names these tenants, so their slots are planned, handed on and settled without a run.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use wayfarer_model::deployment::Timing;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Opened, Store, StoreSettings};

use crate::ingest::{Shape, deploy, tenant};
use crate::measure::{Reading, median};
use crate::served::Served;
use crate::summary::Summary;

/// A hundred tenants of a thousand journeys.
const SELDOM: Shape = Shape { tenants: 100, journeys: 1_000, beat: 0, timing: seldom, failing: 0 };
/// The same journeys, due more often.
const OFTEN: Shape = Shape { timing: often, ..SELDOM };
/// These tenants are not in the configuration: ten thousand journeys.
const UNNAMED: usize = 10;
/// How long each part looks.
const LOOK: Duration = Duration::from_mins(1);
/// What a start leaves to do is over by then.
const SETTLED: Duration = Duration::from_secs(5);
/// Deployments of one journey.
const DEPLOYS: u32 = 20;
/// What is deployed is valid since then already, so that slots of a beat and its spread are due from the beginning.
const SELDOM_SINCE: Duration = Duration::from_hours(1);
const OFTEN_SINCE: Duration = Duration::from_mins(6);
/// Of the processor time of a minute, in ms: a hundredth of one core.
const AT_REST: f64 = 600.0;

/// Cron in several timezones, and intervals with a spread.
fn seldom(journey: usize) -> anyhow::Result<Timing> {
    const KINDS: [(&str, &str, &str); 5] = [
        ("30 3 1 2 *", "Europe/Berlin", "0s"),
        ("*/10 9-17 4 7 *", "America/New_York", "0s"),
        ("0 12 15 8 *", "Asia/Kolkata", "1h"),
        ("15 30 6 1 5 *", "Australia/Sydney", "5m"),
        ("every 365d", "UTC", "12h"),
    ];
    let (expression, timezone, spread) = KINDS.get(journey % KINDS.len()).copied().context("no kind")?;
    let timing = Timing::of(expression.parse()?);
    Ok(Timing { timezone: timezone.parse()?, spread: spread.parse()?, ..timing })
}

fn often(journey: usize) -> anyhow::Result<Timing> {
    let expression = if journey.is_multiple_of(2) { "every 6m" } else { "*/6 * * * *" };
    Ok(Timing { spread: "6m".parse()?, ..Timing::of(expression.parse()?) })
}

/// What a server costs while nothing is due.
struct Cost {
    /// From its start until it plans, in ms.
    ready_ms: f64,
    resident_kib: f64,
    /// Processor time of [`LOOK`], in ms.
    rest_ms: f64,
    /// Processor time of each deployment of one journey, in ms.
    deploy_ms: f64,
    /// What somebody waits for it, in ms; the start of the command is part of it.
    wait_ms: f64,
}

/// Runs everything.
pub(crate) async fn run(binary: &Path, folder: &Path, summary: &mut Summary) -> anyhow::Result<()> {
    let none = look(&mut Served::over(binary, &folder.join("none"), &configuration()?)?)?;
    let mut many = Served::over(binary, &folder.join("many"), &configuration()?)?;
    let journeys = SELDOM.tenants * SELDOM.journeys;
    let reading = Reading::now();
    change(&many, SELDOM, 0..SELDOM.tenants, SELDOM_SINCE).await?;
    summary.figure("planner: deploying 100,000 into the store", reading.seconds(), "s");
    let size = std::fs::metadata(many.database())?.len() as f64;
    summary.figure("planner: a journey in the store", size / journeys as f64, "B");
    let data = many.database();
    let many = look(&mut many)?;
    let each = |many: f64, none: f64| (many - none).max(0.0);
    summary.figure("planner: from the start to the plan", many.ready_ms, "ms");
    summary.figure("planner: the same without a journey", none.ready_ms, "ms");
    let memory = each(many.resident_kib, none.resident_kib) * 1_024.0 / journeys as f64;
    summary.figure("planner: memory of a journey", memory, "B");
    summary.figure("planner: memory of the server", many.resident_kib / 1_024.0, "MiB");
    let rest = each(many.rest_ms, none.rest_ms);
    summary.at_most("planner: CPU of a minute, nothing due", rest, "ms", AT_REST);
    summary.figure("planner: the server's own of that minute", none.rest_ms, "ms");
    summary.figure("planner: CPU of deploying one journey", many.deploy_ms, "ms");
    summary.figure("planner: the same without the others", none.deploy_ms, "ms");
    summary.figure("planner: waiting for one deployment", many.wait_ms, "ms");
    summary.figure("planner: the same without the others", none.wait_ms, "ms");
    due(binary, folder, &data, summary).await
}

/// The part in which slots are due.
async fn due(binary: &Path, folder: &Path, database: &Path, summary: &mut Summary) -> anyhow::Result<()> {
    let mut served = Served::again(binary, &folder.join("many"))?;
    ensure!(served.database() == database, "this is another store");
    change(&served, OFTEN, 0..UNNAMED, OFTEN_SINCE).await?;
    served.start()?;
    served.until_ready()?;
    std::thread::sleep(SETTLED);
    let (before, cpu, all) = (served.runs()?, served.cpu_of_thread("planner")?, served.cpu()?);
    std::thread::sleep(LOOK);
    let slots = served.runs()?.1 - before.1;
    ensure!(slots > 0.0, "nothing was due");
    summary.figure("planner: slots due in a minute", slots, "slots");
    let planning = (served.cpu_of_thread("planner")? - cpu) * 1e3;
    summary.figure("planner: CPU of planning them", planning, "ms");
    summary.figure("planner: CPU of the server in that minute", (served.cpu()? - all) * 1e3, "ms");
    served.stop()
}

fn look(served: &mut Served) -> anyhow::Result<Cost> {
    let reading = Reading::now();
    served.start()?;
    served.until_ready()?;
    let ready_ms = reading.seconds() * 1e3;
    std::thread::sleep(SETTLED);
    let (resident_kib, before, cpu) = (served.resident_kib()?, served.runs()?, served.cpu()?);
    std::thread::sleep(LOOK);
    let rest_ms = (served.cpu()? - cpu) * 1e3;
    ensure!(served.runs()? == before, "a slot was due: look again on another day");
    let cpu = served.cpu()?;
    let mut waits = Vec::new();
    for number in 0..DEPLOYS {
        let toml = format!(
            "[http-check.journey-50000]\nurl = \"http://127.0.0.1:9/\"\nschedule = \"{number} 3 1 2 *\"\n"
        );
        served.write("project/journey.toml", &toml)?;
        let reading = Reading::now();
        served.call(&["deploy", "--tenant", tenant(SELDOM.tenants / 2)?.as_str(), "-C", "project"])?;
        waits.push(reading.seconds() * 1e3);
    }
    let deploy_ms = (served.cpu()? - cpu) * 1e3 / f64::from(DEPLOYS);
    served.stop()?;
    Ok(Cost { ready_ms, resident_kib, rest_ms, deploy_ms, wait_ms: median(waits) })
}

fn configuration() -> anyhow::Result<String> {
    let mut config = String::from("[server]\ngrace = \"2s\"\n");
    for number in UNNAMED..SELDOM.tenants {
        writeln!(config, "[tenants.{}]\nnetwork.allow = [\"127.0.0.1:*\"]", tenant(number)?)?;
    }
    Ok(config)
}

/// Deploys through the store's own door while no server holds it: a hundred thousand by HTTP would measure HTTP.
async fn change(served: &Served, shape: Shape, tenants: Range<usize>, since: Duration) -> anyhow::Result<()> {
    let now = UnixMillis(Reading::unix_ms());
    let data = served.database().parent().context("the database is in no folder")?.to_owned();
    let settings = StoreSettings::new(data, "local".parse()?, "bench");
    let Opened { store, location, .. } = Store::open(settings, now).await?;
    let valid_from = UnixMillis(now.0 - since.as_millis() as u64);
    deploy(&store, shape, tenants, valid_from).await?;
    store.planned_until(location, now);
    store.flush().await?;
    Ok(store.close(now).await?)
}
