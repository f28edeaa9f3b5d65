//! The contest: the same work for both, taking turns, at 1, 10 and 100 at a time, over HTTP and HTTPS.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context as _;
use tokio::task::JoinSet;

use crate::floor::{Floor, tls};
use crate::measure::{Cost, Reading, median, peak_memory_kib};
use crate::sandboxed::Sandboxed;
use crate::storing;
use crate::summary::Summary;

const ROUNDS: usize = 7;

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

/// Runs everything and writes the summary.
pub(crate) async fn run(component: &Path, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    let target = target()?;
    let sandboxed = Sandboxed::new(component, folder, &target.pem, 1_000).await?;
    let mut summary = Summary::default();
    let secure = tls(&target.pem)?;
    for (scheme, address, tls) in [("http", target.plain, None), ("https", target.secure, Some(secure))] {
        let floor = Floor { address, tls };
        let base_url: Arc<str> = format!("{scheme}://{address}").into();
        for at_a_time in [1, 10, 100] {
            let runs = 60 * at_a_time.min(20);
            let (mut bare, mut boxed) = (Vec::new(), Vec::new());
            for round in 0..=ROUNDS {
                let floor = floor.clone();
                let one = round_of(runs, at_a_time, move || {
                    let floor = floor.clone();
                    async move { floor.run().await }
                });
                let one = one.await?;
                let (sandboxed, base_url) = (sandboxed.clone(), Arc::clone(&base_url));
                let other = round_of(runs, at_a_time, move || {
                    let (sandboxed, base_url) = (sandboxed.clone(), Arc::clone(&base_url));
                    async move { sandboxed.run(&base_url).await }
                });
                let other = other.await?;
                // The first round warms up.
                if round > 0 {
                    bare.push(one);
                    boxed.push(other);
                }
            }
            tell(&mut summary, scheme, at_a_time, &bare, &boxed);
        }
    }
    summary.figure("peak memory of the sandbox's contest", peak_memory_kib() / 1024.0, "MiB");
    storing::run(folder, &mut summary).await?;
    summary.write(folder)?;
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

/// So many runs, so many at a time.
async fn round_of<F, R>(runs: u32, at_a_time: u32, run: F) -> anyhow::Result<Cost>
where
    F: Fn() -> R + Clone + Send + 'static,
    R: Future<Output = anyhow::Result<()>> + Send,
{
    let left = Arc::new(AtomicU32::new(runs));
    let mut workers = JoinSet::new();
    let before = Reading::now();
    for _ in 0..at_a_time {
        let (run, left) = (run.clone(), Arc::clone(&left));
        workers.spawn(async move {
            while left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1)).is_ok() {
                run().await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    Ok(before.cost_of(runs))
}
