//! J5 by what people write such flows with otherwise, beside hyper and the sandbox, in turns, ten at a time, over HTTP: the
//! processor time of a run. reqwest runs in this process. Node's fetch, httpx and Artillery run in processes of their own that
//! warm up first, so that their start does not count.
//!
//! The fifth request of a run closes its connection, so that every run opens one.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use tokio::runtime::Handle;

use crate::contest::round_of;
use crate::floor::{Floor, WORK, tls};
use crate::measure::median;
use crate::sandboxed::Sandboxed;
use crate::summary::Summary;

/// Rounds of which the median counts; one more goes before, which warms up.
const ROUNDS: usize = 7;
const AT_A_TIME: u32 = 10;
/// Runs of a round, of those that are quick and of those that are not.
const QUICK: u32 = 2_000;
const SLOW: u32 = 300;

/// A process that is told how many runs to make, and answers how many microseconds of processor time they took.
struct Client {
    child: Child,
    asked: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Client {
    fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let asked = child.stdin.take().context("the client has no input")?;
        let answers = BufReader::new(child.stdout.take().context("the client has no output")?);
        Ok(Self { child, asked, answers })
    }

    fn fetch(base_url: &str) -> anyhow::Result<Self> {
        Self::start(&mut node(include_str!("../clients/fetch.mjs"), base_url))
    }

    fn artillery(base_url: &str, package: &Path) -> anyhow::Result<Self> {
        let mut command = node(include_str!("../clients/artillery.mjs"), base_url);
        Self::start(command.arg(installed(package)?))
    }

    fn httpx(base_url: &str, package: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new("python3");
        command.env("PYTHONPATH", installed(package)?);
        command.args(["-c", include_str!("../clients/httpx.py"), base_url]);
        Self::start(command.arg(AT_A_TIME.to_string()))
    }

    /// Microseconds of processor time for each of so many runs.
    fn round(&mut self, runs: u32) -> anyhow::Result<f64> {
        writeln!(self.asked, "{runs}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let cpu_us: f64 = line.trim().parse().context("a client ended: its error is above")?;
        Ok(cpu_us / f64::from(runs))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn node(program: &str, base_url: &str) -> Command {
    let mut command = Command::new("node");
    command.args(["--input-type=module", "--eval", program, "--", base_url]).arg(AT_A_TIME.to_string());
    command
}

fn installed(package: &Path) -> anyhow::Result<PathBuf> {
    let missing = || format!("{} is not there: `make bench` installs it", package.display());
    package.canonicalize().with_context(missing)
}

/// Runs everything. The packages httpx and Artillery are in `contestants`.
pub(crate) async fn run(
    address: SocketAddr,
    pem: &str,
    rust: &Path,
    contestants: &Path,
    folder: &Path,
    summary: &mut Summary,
) -> anyhow::Result<()> {
    let base_url: Arc<str> = format!("http://{address}").into();
    let floor = Floor { address, tls: None, prefix: "".into() };
    let sandboxed = Sandboxed::new(rust, folder, None, AT_A_TIME).await?;
    let reqwest = reqwest::Client::builder().tls_backend_preconfigured((*tls(pem)?).clone()).build()?;
    let mut others = [
        ("Node's fetch", Client::fetch(&base_url)?),
        ("httpx", Client::httpx(&base_url, &contestants.join("httpx"))?),
        ("Artillery", Client::artillery(&base_url, &contestants.join("artillery"))?),
    ];
    let mut costs: Vec<(&str, Vec<f64>)> = Vec::new();
    for round in 0..=ROUNDS {
        let bare = {
            let floor = floor.clone();
            round_of(QUICK, AT_A_TIME, Handle::current, move || {
                let floor = floor.clone();
                async move { floor.run().await }
            })
        };
        let mut took = vec![("hyper", bare.await?.cpu_us)];
        took.push(("sandbox", sandboxed.round(QUICK, AT_A_TIME, &base_url).await?.cpu_us));
        let pooled = {
            let (client, base_url) = (reqwest.clone(), Arc::clone(&base_url));
            round_of(QUICK, AT_A_TIME, Handle::current, move || walk(client.clone(), Arc::clone(&base_url)))
        };
        took.push(("reqwest", pooled.await?.cpu_us));
        for (name, client) in &mut others {
            took.push((name, tokio::task::block_in_place(|| client.round(SLOW))?));
        }
        match round {
            0 => costs.extend(took.into_iter().map(|(name, _)| (name, Vec::new()))),
            _ => costs.iter_mut().zip(took).for_each(|((_, costs), (_, cost))| costs.push(cost)),
        }
    }
    tell(&costs, summary);
    Ok(())
}

/// Each by its name, with the processor time of a run in each round; the first is what the others are compared with.
fn tell(costs: &[(&str, Vec<f64>)], summary: &mut Summary) {
    let Some(((floor, bare), others)) = costs.split_first() else { return };
    summary.figure(&format!("{floor}: CPU a run"), median(bare.clone()), "µs");
    for (name, costs) in others {
        summary.figure(&format!("{name}: CPU a run"), median(costs.clone()), "µs");
        let ratios = costs.iter().zip(bare).map(|(cost, bare)| cost / bare).collect();
        summary.figure(&format!("{name}: CPU to {floor}"), median(ratios), "times");
    }
}

/// One run by reqwest.
async fn walk(client: reqwest::Client, base_url: Arc<str>) -> anyhow::Result<()> {
    for (number, (method, path, body, status, pointer)) in WORK.into_iter().enumerate() {
        let mut request = client.request(method, format!("{base_url}{path}"));
        if !body.is_empty() {
            request = request.header(http::header::CONTENT_TYPE, "application/json").body(body);
        }
        if number + 1 == WORK.len() {
            request = request.header(http::header::CONNECTION, "close");
        }
        let response = request.send().await?;
        ensure!(response.status() == status, "{path} answered {}", response.status());
        let value: serde_json::Value = response.json().await?;
        value.pointer(pointer).context("the value is not there")?;
    }
    Ok(())
}
