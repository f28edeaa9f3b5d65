//! The contests, one after the other; and the first of them: the same work in the sandbox and on bare hyper, taking
//! turns, at 1, 10 and 100 at a time, over HTTP and HTTPS.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, bail, ensure};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::floor::{Floor, tls};
use crate::measure::{Cost, Reading, median};
use crate::million::Million;
use crate::sandboxed::Sandboxed;
use crate::served::Setup;
use crate::summary::Summary;
use crate::{
    audit, clients, cold, evidence, languages, lateness, memory, page, planner, queries, retention, signal,
    storing, whole,
};

pub(crate) const ROUNDS: usize = 7;

struct Target {
    child: Child,
    plain: SocketAddr,
    secure: SocketAddr,
    pem: String,
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn target() -> anyhow::Result<Target> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("serve")
        .stdout(Stdio::piped())
        .stdin(Stdio::null())
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("the server has no output")?).lines();
    let mut line = || lines.next().context("the server said too little")?.map_err(anyhow::Error::from);
    let (plain, secure) = (line()?.parse()?, line()?.parse()?);
    let mut pem = String::new();
    loop {
        let next = line()?;
        if next.is_empty() {
            return Ok(Target { child, plain, secure, pem });
        }
        pem = pem + &next + "\n";
    }
}

/// What the contests are run with.
pub(crate) struct Parts {
    /// The release binary.
    pub(crate) binary: PathBuf,
    /// J5.
    pub(crate) component: PathBuf,
    /// J5 under many names.
    pub(crate) many: PathBuf,
    /// Where everything goes.
    pub(crate) folder: PathBuf,
    /// One contest instead of all.
    pub(crate) only: Option<String>,
}

impl Parts {
    fn asks_for(&self, contest: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == contest)
    }

    /// What `wayfarer-contestants` put there.
    fn contestants(&self) -> PathBuf {
        self.folder.join("contestants")
    }

    fn setup<'a>(&'a self, name: &str, base_url: &'a str) -> Setup<'a> {
        let (binary, component) = (self.binary.as_path(), self.many.as_path());
        let folder = self.folder.join(name);
        let (tenants, deployed, timing) = (whole::MANY, whole::FEW, "schedule = \"every 1s\"");
        Setup { binary, component, folder, tenants, deployed, runs: 10, timing, base_url }
    }
}

/// Every contest, in the order in which they are run.
const CONTESTS: [&str; 16] = [
    "http",
    "https",
    "evidence",
    "languages",
    "clients",
    "memory",
    "cold",
    "whole",
    "lateness",
    "store",
    "queries",
    "audit",
    "retention",
    "planner",
    "page",
    "signal",
];

/// Runs what is asked for. The summary is written after each contest, so that one that fails loses no other's figures.
pub(crate) async fn run(parts: &Parts) -> anyhow::Result<()> {
    if let Some(only) = &parts.only {
        ensure!(CONTESTS.contains(&only.as_str()), "no contest `{only}`: there are {}", CONTESTS.join(", "));
    }
    std::fs::create_dir_all(&parts.folder)?;
    let target = target()?;
    let million = Million::new(&parts.folder);
    let mut summary = Summary::open(&parts.folder);
    for contest in CONTESTS {
        if parts.asks_for(contest) {
            summary.begin(contest);
            one(contest, parts, &target, &million, &mut summary).await?;
            summary.write(&CONTESTS)?;
        }
    }
    summary.conclude();
    Ok(())
}

async fn one(
    contest: &str,
    parts: &Parts,
    target: &Target,
    million: &Million,
    summary: &mut Summary,
) -> anyhow::Result<()> {
    let folder = parts.folder.as_path();
    let base_url = format!("http://{}", target.plain);
    match contest {
        "http" => side_by_side("http", target.plain, &target.pem, parts, summary).await,
        "https" => side_by_side("https", target.secure, &target.pem, parts, summary).await,
        "evidence" => evidence::run(&base_url, parts, summary).await,
        "languages" => {
            languages::run(&base_url, &parts.component, &parts.contestants(), folder, summary).await
        }
        "clients" => {
            let (address, pem) = (target.plain, target.pem.as_str());
            clients::run(address, pem, &parts.component, &parts.contestants(), folder, summary).await
        }
        "memory" => memory::run(&target.plain.to_string(), &parts.component, folder, summary),
        "cold" => cold::run(&parts.binary, &parts.component, &base_url, folder, summary),
        "whole" => {
            let floor = Floor { address: target.plain, tls: None, prefix: "".into() };
            whole::run(&floor, &parts.setup("whole", &base_url), summary).await
        }
        "lateness" => {
            let setup = parts.setup("lateness", &base_url);
            let tenants = lateness::TENANTS;
            let setup = Setup { tenants, deployed: tenants, runs: 64, timing: lateness::TIMING, ..setup };
            lateness::run(&setup, summary).await
        }
        "store" => storing::run(folder, summary).await,
        "queries" => queries::run(million.data().await?, summary),
        "audit" => audit::run(&parts.binary, million.data().await?, folder, summary).await,
        "retention" => retention::run(folder, summary).await,
        "planner" => planner::run(&parts.binary, &folder.join("planner"), summary).await,
        "page" => page::run(&parts.binary, folder, &base_url, summary).await,
        "signal" => signal::run(summary),
        other => bail!("no contest `{other}`"),
    }
}

/// The sandbox and bare hyper, round by round.
async fn side_by_side(
    scheme: &str,
    address: SocketAddr,
    pem: &str,
    parts: &Parts,
    summary: &mut Summary,
) -> anyhow::Result<()> {
    let sandboxed = Sandboxed::new(&parts.component, &parts.folder, Some(pem), 1_000).await?;
    let tls = if scheme == "https" { Some(tls(pem)?) } else { None };
    let floor = Floor { address, tls, prefix: "".into() };
    let base_url: Arc<str> = format!("{scheme}://{address}").into();
    for at_a_time in [1, 10, 100] {
        let runs = 200 * at_a_time.min(20);
        let (mut bare, mut boxed) = (Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            let floor = floor.clone();
            let one = round_of(runs, at_a_time, Handle::current, move || {
                let floor = floor.clone();
                async move { floor.run().await }
            });
            let one = one.await?;
            let other = sandboxed.round(runs, at_a_time, &base_url).await?;
            // The first round warms up.
            if round > 0 {
                bare.push(one);
                boxed.push(other);
            }
        }
        tell(summary, scheme, at_a_time, &bare, &boxed);
    }
    Ok(())
}

fn tell(summary: &mut Summary, scheme: &str, at_a_time: u32, bare: &[Cost], boxed: &[Cost]) {
    let cpu = |costs: &[Cost]| median(costs.iter().map(|cost| cost.cpu_us).collect());
    let rate = |costs: &[Cost]| median(costs.iter().map(|cost| cost.per_second).collect());
    let name = |what: &str| format!("{scheme}, {at_a_time} at a time: {what}");
    summary.figure(&name("hyper, CPU a run"), cpu(bare), "µs");
    summary.figure(&name("sandbox, CPU a run"), cpu(boxed), "µs");
    summary.figure(&name("sandbox, throughput"), rate(boxed), "runs/s");
    let ratios = bare.iter().zip(boxed).map(|(bare, boxed)| boxed.cpu_us / bare.cpu_us).collect();
    let goal = if scheme == "https" { 1.45 } else { 2.0 };
    if at_a_time == 10 {
        summary.at_most(&name("sandbox to hyper"), median(ratios), "times", goal);
    } else {
        summary.figure(&name("sandbox to hyper"), median(ratios), "times");
    }
}

/// So many runs, so many at a time, each on the thread or the threads that `on` names.
pub(crate) async fn round_of<F, R>(
    runs: u32,
    at_a_time: u32,
    on: impl Fn() -> Handle,
    run: F,
) -> anyhow::Result<Cost>
where
    F: Fn() -> R + Clone + Send + 'static,
    R: Future<Output = anyhow::Result<()>> + Send,
{
    let left = Arc::new(AtomicU32::new(runs));
    let mut workers = JoinSet::new();
    let before = Reading::now();
    for _ in 0..at_a_time {
        let (run, left) = (run.clone(), Arc::clone(&left));
        let worker = async move {
            while left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1)).is_ok() {
                run().await?;
            }
            anyhow::Ok(())
        };
        workers.spawn_on(worker, &on());
    }
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    Ok(before.cost_of(runs))
}
