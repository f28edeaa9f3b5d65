//! A runner of the real binary: its data in a folder, tenants as many as asked for, J5 under many names deployed
//! for each.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use rustix::process::{Pid, Signal, kill_process};

/// Journeys of the component `j5-many`.
pub(crate) const JOURNEYS: usize = 200;

/// How a runner is set up.
pub(crate) struct Setup<'a> {
    /// The release binary.
    pub(crate) binary: &'a Path,
    /// The component `j5-many`.
    pub(crate) component: &'a Path,
    /// Where its data go; emptied first.
    pub(crate) folder: PathBuf,
    /// Tenants.
    pub(crate) tenants: usize,
    /// The first so many of them have all journeys from the beginning.
    pub(crate) deployed: usize,
    /// Runs at a time, of all and of each tenant.
    pub(crate) runs: u32,
    /// When every journey is due, as a table of `journey.toml` says it.
    pub(crate) timing: &'a str,
    /// Where the target listens.
    pub(crate) base_url: &'a str,
}

/// A runner, up or stopped.
pub(crate) struct Served {
    binary: PathBuf,
    folder: PathBuf,
    child: Option<Child>,
    address: String,
}

impl Served {
    /// Starts one and deploys.
    pub(crate) fn new(setup: &Setup<'_>) -> anyhow::Result<Self> {
        let folder = std::path::absolute(&setup.folder)?;
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        let project = folder.join("project");
        std::fs::create_dir_all(&project)?;
        let runs = setup.runs;
        let mut config = format!("[server]\ngrace = \"2s\"\n[limits]\nruns = {runs}\n");
        for tenant in 0..setup.tenants {
            writeln!(config, "[tenants.team-{tenant}]\nruns = {runs}\nnetwork.allow = [\"127.0.0.1:*\"]")?;
        }
        std::fs::write(folder.join("wayfarer.toml"), config)?;
        let mut toml = String::from("[network]\nallow = [\"127.0.0.1:*\"]\n");
        for journey in 0..JOURNEYS {
            writeln!(toml, "[journeys.j5-{journey:03}]\n{}", setup.timing)?;
        }
        std::fs::write(project.join("journey.toml"), toml)?;
        std::fs::copy(setup.component, project.join("j5-many.wasm"))?;
        let binary = std::path::absolute(setup.binary)?;
        let mut served = Self { binary, folder, child: None, address: String::new() };
        served.start()?;
        served.deploy(0..setup.deployed, setup.base_url)?;
        Ok(served)
    }

    /// One that is stopped and has nothing deployed by itself: whoever asks puts something into its store.
    pub(crate) fn over(binary: &Path, folder: &Path, config: &str) -> anyhow::Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder.join("project"))?;
        let served = Self::again(binary, folder)?;
        served.write("wayfarer.toml", config)?;
        Ok(served)
    }

    /// One that is stopped, with what was left of it.
    pub(crate) fn again(binary: &Path, folder: &Path) -> anyhow::Result<Self> {
        let (binary, folder) = (std::path::absolute(binary)?, std::path::absolute(folder)?);
        Ok(Self { binary, folder, child: None, address: String::new() })
    }

    /// A file in its folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        Ok(std::fs::write(self.folder.join(name), text)?)
    }

    /// Deploys every journey for these tenants.
    pub(crate) fn deploy(&self, tenants: std::ops::Range<usize>, base_url: &str) -> anyhow::Result<()> {
        let component = self.folder.join("project/j5-many.wasm").display().to_string();
        let parameter = format!("base_url={base_url}");
        for tenant in tenants {
            let tenant = format!("team-{tenant}");
            self.call(&["deploy", "--tenant", &tenant, "--component", &component, "-e", &parameter])?;
        }
        Ok(())
    }

    /// Starts it, or starts it again.
    pub(crate) fn start(&mut self) -> anyhow::Result<()> {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        let mut lines = BufReader::new(child.stderr.take().context("no standard error")?).lines();
        self.child = Some(child);
        let mut said = String::new();
        self.address = loop {
            let line = lines.next().with_context(|| format!("the runner did not start:\n{said}"))??;
            if let Some((_, address)) = line.split_once("listening on http://") {
                break address.to_owned();
            }
            said = said + &line + "\n";
        };
        std::thread::spawn(move || for_each_line(lines));
        Ok(())
    }

    /// Stops it in good order.
    pub(crate) fn stop(&mut self) -> anyhow::Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        let pid = Pid::from_child(&child);
        kill_process(pid, Signal::TERM)?;
        ensure!(child.wait()?.success(), "the runner did not stop in good order");
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::null());
        command.env("XDG_CACHE_HOME", self.folder.join("cache"));
        command.env("WAYFARER_DATA_DIR", self.folder.join("data"));
        if !self.address.is_empty() {
            command.env("WAYFARER_SERVER", format!("http://{}", self.address));
        }
        command
    }

    /// Makes a call that has to succeed.
    pub(crate) fn call(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let output = self.command(arguments).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{arguments:?}: {said}");
        Ok(())
    }

    /// The database.
    pub(crate) fn database(&self) -> PathBuf {
        self.folder.join("data/wayfarer.db")
    }

    /// How many runs have passed since it was started; whatever else a slot ended in is counted beside.
    pub(crate) fn runs(&self) -> anyhow::Result<(f64, f64)> {
        let page = self.get("/metrics")?;
        let (mut passed, mut other) = (0.0, 0.0);
        for line in page.lines().filter(|line| line.starts_with("wayfarer_runs_total{")) {
            let count: f64 = line.rsplit(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0.0);
            if line.contains("verdict=\"passed\"") { passed += count } else { other += count }
        }
        Ok((passed, other))
    }

    /// Its address, as a URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How long its commits took in all, in seconds, and how many there were.
    pub(crate) fn commits(&self) -> anyhow::Result<(f64, f64)> {
        let page = self.get("/metrics")?;
        let of = |name: &str| -> anyhow::Result<f64> {
            let value =
                page.lines().find_map(|line| line.strip_prefix(name)).context("no figure of commits")?;
            Ok(value.trim().parse()?)
        };
        Ok((of("wayfarer_store_commit_seconds_sum")?, of("wayfarer_store_commit_seconds_count")?))
    }

    /// Waits until it plans: it listens a little earlier.
    pub(crate) fn until_ready(&self) -> anyhow::Result<()> {
        const BETWEEN: Duration = Duration::from_millis(5);
        while !self.get("/readyz")?.starts_with("HTTP/1.1 200") {
            std::thread::sleep(BETWEEN);
        }
        Ok(())
    }

    fn get(&self, path: &str) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")?;
        let mut page = String::new();
        stream.read_to_string(&mut page)?;
        Ok(page)
    }

    fn id(&self) -> anyhow::Result<u32> {
        Ok(self.child.as_ref().context("the runner is stopped")?.id())
    }

    /// Its processor time so far, in seconds; the system counts it in hundredths.
    pub(crate) fn cpu(&self) -> anyhow::Result<f64> {
        cpu_of(&std::fs::read_to_string(format!("/proc/{}/stat", self.id()?))?)
    }

    /// The same, of its thread of that name.
    pub(crate) fn cpu_of_thread(&self, name: &str) -> anyhow::Result<f64> {
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.id()?))? {
            let stat = std::fs::read_to_string(thread?.path().join("stat"))?;
            if stat.contains(&format!("({name})")) {
                return cpu_of(&stat);
            }
        }
        anyhow::bail!("the runner has no thread `{name}`")
    }

    /// The memory that it has now, in KiB.
    pub(crate) fn resident_kib(&self) -> anyhow::Result<f64> {
        Ok(crate::measure::memory_kib(&self.id()?.to_string(), "VmRSS:"))
    }

    /// The most resident memory that it had at a time, in MiB.
    pub(crate) fn peak_memory_mib(&self) -> anyhow::Result<f64> {
        Ok(crate::measure::peak_memory_kib(&self.id()?.to_string()) / 1_024.0)
    }
}

/// Of the text of a `stat`, in seconds.
fn cpu_of(stat: &str) -> anyhow::Result<f64> {
    // The name, in parentheses, may hold anything; user and system time are the 14th and 15th field.
    let (_, rest) = stat.rsplit_once(") ").context("no name in what the system says of a process")?;
    let ticks: f64 = rest.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / rustix::param::clock_ticks_per_second() as f64)
}

fn for_each_line(lines: impl Iterator<Item = std::io::Result<String>>) {
    // Read and dropped, so that the runner never waits for a reader.
    for line in lines.map_while(Result::ok) {
        drop(line);
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
