//! The pages, on a store of a million runs of a thousand journeys, while five hundred runs a second go on: how long each takes and how
//! large it is; and what two hundred that stay open cost the server and the store's writer.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::{Client, StatusCode};
use tokio::task::JoinSet;
use tokio::time::sleep;
use wayfarer_model::deployment::{Overlap, Timing};

use crate::ingest::{Ingest, Shape, tenant};
use crate::measure::{Reading, median};
use crate::served::Served;
use crate::storing::{AT_A_TIME, runs_before};
use crate::summary::Summary;

/// What was recorded before is of every minute, and what goes on is due every two seconds. One run in ninety-seven failed.
const SHAPE: Shape = Shape { tenants: 10, journeys: 100, beat: 60_000, timing: always, failing: 97 };
/// What a start leaves to do is over by then.
const SETTLED: Duration = Duration::from_secs(5);
/// Pages of each kind, one after the other, and the pause between two.
const PAGES: usize = 300;
const PAUSE: Duration = Duration::from_millis(50);
/// Pages that stay open, how often each asks again, and how long a round with or without them is.
const OPEN: usize = 200;
const REFRESH: Duration = Duration::from_secs(10);
const ROUND: Duration = Duration::from_secs(20);
const ROUNDS: usize = 3;

fn always(_: usize) -> anyhow::Result<Timing> {
    Ok(Timing { overlap: Overlap::Allow, ..Timing::of("every 2s".parse()?) })
}

/// Prints so many runs, chosen evenly.
const PROGRAM: &str = "import sqlite3, sys
db = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)
every = db.execute('SELECT run FROM v1_runs LIMIT 200000').fetchall()
for (run,) in every[::max(1, len(every) // int(sys.argv[2]))]: print(run)";

/// A browser without a picture.
#[derive(Clone)]
struct Reader {
    client: Client,
    server: String,
}

/// What a page was.
struct Page {
    took_ms: f64,
    /// As it was sent, compressed.
    bytes: f64,
}

impl Reader {
    fn new(served: &Served) -> anyhow::Result<Self> {
        let folder = served.database();
        let folder = folder.parent().context("the database lies in a folder")?;
        let token = std::fs::read_to_string(folder.join("admin.token"))?;
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {}", token.trim()))?);
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        // It fails only if it is there already.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let client = Client::builder().default_headers(headers).no_proxy().build()?;
        Ok(Self { client, server: served.url() })
    }

    async fn read(&self, path: &str) -> anyhow::Result<Page> {
        let begun = Reading::now();
        let answer = self.client.get(format!("{}{path}", self.server)).send().await?;
        ensure!(answer.status() == StatusCode::OK, "{path}: {}", answer.status());
        let bytes = answer.bytes().await?.len() as f64;
        Ok(Page { took_ms: begun.seconds() * 1e3, bytes })
    }

    /// Keeps the overview open, as the page's own script does.
    async fn stay(self, first: Duration) -> anyhow::Result<()> {
        sleep(first).await;
        let mut known = None;
        loop {
            let mut request = self.client.get(format!("{}/", self.server)).header("wayfarer-part", "live");
            if let Some(tag) = known.clone() {
                request = request.header(IF_NONE_MATCH, tag);
            }
            let answer = request.send().await?;
            known = answer.headers().get(ETAG).cloned();
            answer.bytes().await?;
            sleep(REFRESH).await;
        }
    }
}

/// Runs everything.
pub(crate) async fn run(
    binary: &Path,
    folder: &Path,
    target: &str,
    summary: &mut Summary,
) -> anyhow::Result<()> {
    let mut served = Served::over(binary, &folder.join("page"), &configuration()?)?;
    let minutes = runs_before() / (SHAPE.tenants * SHAPE.journeys) as u64;
    let begin = (Reading::unix_ms() / 60_000).saturating_sub(minutes) * 60_000;
    let data = served.database();
    let data = data.parent().context("the database lies in a folder")?;
    let ingest = Ingest::since(data, SHAPE, begin, &format!("{target}/page")).await?;
    ingest.many(runs_before(), AT_A_TIME).await?;
    ingest.close().await?;
    drop(ingest);
    served.start()?;
    served.until_ready()?;
    sleep(SETTLED).await;
    let reader = Reader::new(&served)?;
    let (before, reading) = (served.runs()?, Reading::now());
    pages(&served, &reader, summary).await?;
    let (after, seconds) = (served.runs()?, reading.seconds());
    summary.at_least("page: runs beside", (after.0 - before.0) / seconds, "runs/s", 450.0);
    open_pages(&served, &reader, summary).await?;
    served.stop()
}

fn configuration() -> anyhow::Result<String> {
    let mut config = "[server]\ngrace = \"2s\"\n[limits]\nruns = 64\n".to_owned();
    for number in 0..SHAPE.tenants {
        let name = tenant(number)?;
        writeln!(config, "[tenants.{name}]\nruns = 64\nnetwork.allow = [\"127.0.0.1:*\"]")?;
    }
    Ok(config)
}

async fn pages(served: &Served, reader: &Reader, summary: &mut Summary) -> anyhow::Result<()> {
    let mut command = Command::new("python3");
    command.args(["-c", PROGRAM]).arg(served.database()).arg(PAGES.to_string());
    let output = command.stderr(Stdio::inherit()).output()?;
    let runs = String::from_utf8(output.stdout)?;
    let runs = runs.lines().take(PAGES).map(|run| format!("/runs/{run}")).collect();
    let journeys = (0..PAGES).map(|at| {
        let number = at * 7 % (SHAPE.tenants * SHAPE.journeys);
        Ok(format!("/journeys/{}/journey-{number}", tenant(number / SHAPE.journeys)?))
    });
    let journeys = journeys.collect::<anyhow::Result<Vec<_>>>()?;
    for (kind, paths, goal) in [
        ("overview", vec!["/".to_owned(); PAGES], 100.0),
        ("run page", runs, 30.0),
        ("journey page", journeys, 60.0),
    ] {
        let (mut walls, mut sizes) = (Vec::new(), Vec::new());
        let cpu = served.cpu()?;
        let begun = Reading::now();
        for path in &paths {
            let page = reader.read(path).await?;
            walls.push(page.took_ms);
            sizes.push(page.bytes / 1_024.0);
            sleep(PAUSE).await;
        }
        let share = (served.cpu()? - cpu) / begun.seconds();
        walls.sort_by(f64::total_cmp);
        let p99 = walls.get(walls.len() * 99 / 100).copied().context("no page was read")?;
        summary.figure(&format!("page: {kind}, median"), median(walls), "ms");
        summary.at_most(&format!("page: {kind}, p99"), p99, "ms", goal);
        let size = sizes.into_iter().fold(0.0, f64::max);
        if kind == "overview" {
            summary.at_most("page: overview, as sent", size, "KiB", 250.0);
        } else {
            summary.figure(&format!("page: {kind}, as sent, the largest"), size, "KiB");
        }
        summary.figure(&format!("page: {kind}, all CPU of the server meanwhile"), share, "cores");
    }
    Ok(())
}

/// Rounds with pages open and without, in turns.
async fn open_pages(served: &Served, reader: &Reader, summary: &mut Summary) -> anyhow::Result<()> {
    let (mut costs, mut commits) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let without = round(served).await?;
        let mut open = JoinSet::new();
        for number in 0..OPEN {
            open.spawn(reader.clone().stay(REFRESH * number as u32 / OPEN as u32));
        }
        // The first answer of each page is whole.
        sleep(REFRESH + Duration::from_secs(1)).await;
        let with = round(served).await?;
        if let Some(ended) = open.try_join_next() {
            ended??;
        }
        open.abort_all();
        costs.push(with.0 - without.0);
        commits.push(with.1 / without.1);
    }
    summary.at_most("page: 200 open pages", median(costs), "cores", 0.1);
    summary.at_most("page: 200 open pages, a commit to one without", median(commits), "times", 1.1);
    Ok(())
}

/// Processors that the server used, and how long a commit took, in seconds.
async fn round(served: &Served) -> anyhow::Result<(f64, f64)> {
    let (cpu, commits, begun) = (served.cpu()?, served.commits()?, Reading::now());
    sleep(ROUND).await;
    let (after, seconds) = (served.commits()?, begun.seconds());
    Ok(((served.cpu()? - cpu) / seconds, (after.0 - commits.0) / (after.1 - commits.1)))
}
