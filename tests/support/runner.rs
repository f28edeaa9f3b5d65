//! A server of the real binary: started, spoken to by its own command line, stopped or killed, and started again
//! on the same data.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, mpsc};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use wayfarer_testkit::{LIMIT, until_blocking};

use super::{SmallDisk, binary, database, measured_binary};

/// A data directory and the server on it, if one runs.
pub struct Runner {
    folder: TempDir,
    /// What it runs.
    binary: &'static Path,
    environment: Vec<(String, String)>,
    /// For servers that are started from now on, and for nothing else.
    preloaded: Vec<(&'static str, OsString)>,
    /// What its data directory is on, where that is no folder like any other.
    disk: Option<SmallDisk>,
    child: Option<Child>,
    url: String,
    /// What the servers wrote to standard error once they listened.
    said: Arc<Mutex<String>>,
    /// What the last one wrote before that.
    start_said: String,
}

/// Two tenants who may call this machine.
pub const TWO_TENANTS: &str = "
[server]
grace = \"2s\"
[tenants.acme]
network.allow = [\"127.0.0.1:*\"]
[tenants.globex]
network.allow = [\"127.0.0.1:*\"]
";

impl Runner {
    /// Starts one with this `wayfarer.toml`.
    pub fn start(config: &str) -> Self {
        Self::with(config, &[])
    }

    /// Starts one with this `wayfarer.toml` and these variables.
    pub fn with(config: &str, environment: &[(&str, &str)]) -> Self {
        Self::among(config, environment, |_| {})
    }

    /// Starts one with these files in its folder.
    pub fn among(config: &str, environment: &[(&str, &str)], furnish: impl FnOnce(&Path)) -> Self {
        let mut runner = Self::at_rest(config, furnish);
        runner.environment =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        runner.again();
        runner
    }

    /// Starts one of the build that stalls are measured with; see [`measured_binary`].
    pub fn measured(config: &str, environment: &[(&str, &str)], furnish: impl FnOnce(&Path)) -> Self {
        let mut runner = Self::at_rest(config, furnish);
        runner.binary = measured_binary();
        runner.environment =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        runner.again();
        runner
    }

    /// Starts one whose data directory is a disk of so many MiB; none where this machine lets nobody mount one.
    pub fn on_small_disk(config: &str, mebibytes: u32) -> Option<Self> {
        let mut runner = Self::at_rest(config, |_| {});
        runner.disk = Some(SmallDisk::mount(&runner.folder().join("data"), mebibytes)?);
        runner.again();
        Some(runner)
    }

    /// One that is not started yet.
    pub fn at_rest(config: &str, furnish: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("wayfarer.toml"), config).unwrap();
        furnish(folder.path());
        let (environment, preloaded, said) = (Vec::new(), Vec::new(), Arc::default());
        Self {
            folder,
            binary: binary(),
            environment,
            preloaded,
            disk: None,
            child: None,
            url: String::new(),
            said,
            start_said: String::new(),
        }
    }

    /// Starts the server again.
    #[track_caller]
    pub fn again(&mut self) {
        if let Err(said) = self.comes_up() {
            panic!("the server did not start:\n{said}");
        }
    }

    /// Starts the server again; where it ends before it listens, what it said comes back.
    pub fn comes_up(&mut self) -> Result<(), String> {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.envs(self.preloaded.iter().map(|(name, value)| (name, value)));
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        self.child = Some(child);
        let (sender, listens) = mpsc::channel();
        let after = Arc::clone(&self.said);
        std::thread::spawn(move || {
            let mut said = String::new();
            let url = lines.by_ref().find_map(|line| {
                // In a log of JSON the line goes on behind a quotation mark.
                let url = line.split_once("listening on ").and_then(|(_, url)| url.split('"').next());
                let url = url.map(str::to_owned);
                said = std::mem::take(&mut said) + &line + "\n";
                url
            });
            let _ = sender.send(url.ok_or_else(|| said.clone()).map(|url| (url, said)));
            for line in lines {
                *after.lock().unwrap() += &(line + "\n");
            }
        });
        (self.url, self.start_said) = listens.recv_timeout(LIMIT).expect("it listens or ends in time")?;
        Ok(())
    }

    /// From now on servers run with this between them and the system, and with these variables for it.
    pub fn preload(&mut self, library: &Path, variables: &[(&'static str, &OsStr)]) {
        let variables = variables.iter().map(|(name, value)| (*name, (*value).to_owned()));
        self.preloaded = std::iter::once(("LD_PRELOAD", library.into())).chain(variables).collect();
    }

    /// From now on they run on the system as it is.
    pub fn preload_nothing(&mut self) {
        self.preloaded.clear();
    }

    /// The folder that it was started in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where its database is, for this process.
    pub fn data_dir(&self) -> PathBuf {
        let folder = self.folder.path().join("data");
        self.disk.as_ref().map_or_else(|| folder.clone(), |disk| disk.seen_from_outside(&folder))
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A program that sees the data directory as the server does.
    fn program(&self, program: &Path) -> Command {
        let here = || Command::new(program);
        self.disk.as_ref().map_or_else(here, |disk| disk.command(program, self.folder.path()))
    }

    /// A call of the binary against this server, not yet made.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(self.binary);
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        let kept = ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME"];
        command.envs(kept.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))));
        command.env("XDG_CACHE_HOME", self.folder.path().join("cache"));
        command.env("WAYFARER_DATA_DIR", self.folder.path().join("data"));
        if !self.url.is_empty() {
            command.env("WAYFARER_SERVER", &self.url);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Makes a call; answers with its exit code and everything that it printed.
    pub fn call(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        (status.code(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
    }

    /// Makes a call that has to succeed; answers with what it printed.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> String {
        let (code, said) = self.call(arguments);
        assert_eq!(code, Some(0), "{arguments:?}\n{said}");
        said
    }

    /// Makes a call with `--json` that has to succeed.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).arg("--json").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&text).unwrap_or_else(|error| {
            panic!("{arguments:?}: {error}\n{text}{}", String::from_utf8_lossy(&output.stderr))
        })
    }

    /// Deploys a `journey.toml` for a tenant.
    #[track_caller]
    pub fn deploy(&self, tenant: &str, journey_toml: &str, more: &[&str]) -> String {
        let project = self.folder.path().join(format!("project-{tenant}"));
        std::fs::create_dir_all(&project).unwrap();
        std::fs::write(project.join("journey.toml"), journey_toml).unwrap();
        let project = project.display().to_string();
        self.ok(&[&["deploy", "--tenant", tenant, "-C", &project], more].concat())
    }

    /// The body of what the API answers to a question of everybody.
    #[track_caller]
    pub fn get(&self, path: &str) -> String {
        let (status, body) = self.ask(&format!("GET {path} HTTP/1.1"), &[]);
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Waits until `/readyz` says that the server does its work.
    #[track_caller]
    pub fn until_ready(&self) {
        self.until_readiness(|status, _| status == 200);
    }

    /// Waits until `/readyz` says that it does not, and why.
    #[track_caller]
    pub fn until_unready(&self, why: &str) -> String {
        self.until_readiness(|status, body| status == 503 && body.contains(why))
    }

    #[track_caller]
    fn until_readiness(&self, pleases: impl Fn(u16, &str) -> bool) -> String {
        let ask = || self.ask("GET /readyz HTTP/1.1", &[]);
        until_blocking("/readyz answers as it should", ask, |(status, body)| pleases(*status, body)).1
    }

    /// Uploads a file as a component of a tenant, under its digest.
    pub fn upload(&self, tenant: &str, content: &[u8]) -> (u16, String) {
        self.ask(&upload_line(tenant, content), content)
    }

    /// Begins an upload of a tenant and sends the first `sent` bytes of it.
    pub fn begin_upload(&self, tenant: &str, content: &[u8], sent: usize) -> TcpStream {
        let mut stream = self.connect();
        let line = upload_line(tenant, content);
        stream.write_all(self.head(&line, content.len(), &self.admin_token()).as_bytes()).unwrap();
        stream.write_all(&content[..sent]).unwrap();
        stream
    }

    /// A connection to the server that says nothing.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.url.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream
    }

    /// The operator's token.
    pub fn admin_token(&self) -> String {
        std::fs::read_to_string(self.data_dir().join("admin.token")).unwrap().trim().to_owned()
    }

    /// The head of a request whose body has that many bytes.
    pub fn head(&self, line: &str, length: usize, token: &str) -> String {
        format!(
            "{line}\r\nhost: runner\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-length: {length}\r\n\r\n"
        )
    }

    /// The answer to a request of the operator.
    pub fn ask(&self, line: &str, body: &[u8]) -> (u16, String) {
        let mut stream = self.connect();
        stream.write_all(self.head(line, body.len(), &self.admin_token()).as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        answer(&mut stream)
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// The compile children that the server has.
    pub fn compiling(&self) -> Vec<u32> {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let numbers = processes.filter_map(|process| process.file_name().to_str()?.parse::<u32>().ok());
        let is_child = |process: &u32| {
            let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
            let (state, parent) = (fields.next(), fields.next());
            let command = std::fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default();
            state != Some("Z") && parent == Some(&*self.pid().to_string()) && command.contains("__compile")
        };
        numbers.filter(is_child).collect()
    }

    /// What the database holds, read-only; columns by `|`, rows by line.
    #[track_caller]
    pub fn query(&self, sql: &str) -> String {
        if self.disk.is_some() {
            // SQLite resolves names by itself, and the disk is in a namespace of its own.
            return self.query_by_python(sql);
        }
        let rows = database::rows(&self.data_dir().join("wayfarer.db"), sql);
        rows.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The same as a consumer sees it: by Python's own SQLite, which is another version than the server's.
    #[track_caller]
    pub fn query_by_python(&self, sql: &str) -> String {
        const PROGRAM: &str = "import sqlite3, sys
rows = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True).execute(sys.argv[2])
print('\\n'.join('|'.join('' if v is None else str(v) for v in row) for row in rows))";
        let file = self.folder.path().join("data/wayfarer.db");
        let mut python = self.program(Path::new("python3"));
        let output = python.args(["-c", PROGRAM]).arg(file).arg(sql).output().unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Changes the file behind the server's back; it must be stopped.
    pub fn tamper(&self, sql: &str) {
        const PROGRAM: &str = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])";
        assert!(self.child.is_none(), "the server is up");
        let file = self.data_dir().join("wayfarer.db");
        assert!(Command::new("python3").args(["-c", PROGRAM]).arg(file).arg(sql).status().unwrap().success());
    }

    /// Waits until a query answers with something that pleases.
    #[track_caller]
    pub fn until(&self, sql: &str, pleases: impl Fn(&str) -> bool) -> String {
        until_blocking(sql, || self.query(sql), |rows| pleases(rows))
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(self.child.as_ref().expect("it runs")), signal).unwrap();
    }

    /// Waits until the server has written this to standard error.
    #[track_caller]
    pub fn until_said(&self, text: &str) {
        let lines = || self.said().lines().map(str::to_owned).collect::<Vec<_>>();
        let what = format!("the server says `{text}`");
        until_blocking(&what, lines, |lines| lines.iter().any(|line| line.contains(text)));
    }

    /// What the servers wrote to standard error once they listened.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// What the last server wrote to standard error before it listened.
    pub fn start_said(&self) -> String {
        self.start_said.clone()
    }

    /// Sends a signal, and waits for the end; answers with the exit code, none where the signal ended it.
    #[track_caller]
    pub fn end(&mut self, signal: Signal) -> Option<i32> {
        self.signal(signal);
        self.ended().code()
    }

    /// Waits until the server ends by itself; answers with the signal that it ended by, none where it exits.
    #[track_caller]
    pub fn ends_by_itself(&mut self) -> Option<i32> {
        self.ended().signal()
    }

    #[track_caller]
    fn ended(&mut self) -> ExitStatus {
        let child = self.child.as_mut().expect("it runs");
        let status = until_blocking("the server ends", || child.try_wait().unwrap(), Option::is_some);
        self.child = None;
        status.expect("it ended")
    }

    /// What the audit finds.
    #[track_caller]
    pub fn audit(&self) -> Value {
        self.json(&["audit"])
    }

    /// Requires that every slot that was due has exactly one row, and that the file is sound.
    #[track_caller]
    pub fn is_accounted_for(&self) -> Value {
        let report = self.audit();
        let zeros = ["missing", "unexpected", "doubled"].map(|key| report[key].as_u64());
        assert_eq!(zeros, [Some(0); 3], "{report:#}");
        self.ok(&["db", "check"]);
        report
    }
}

fn upload_line(tenant: &str, content: &[u8]) -> String {
    format!("PUT /api/v1/components/{}?tenant={tenant} HTTP/1.1", digest(content))
}

/// The SHA-256 of a file, in hexadecimal digits.
pub fn digest(content: &[u8]) -> String {
    let mut child = Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(content).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout).split(' ').next().unwrap().to_owned()
}

/// Reads an answer until the server closes the connection; answers with its status and body.
#[track_caller]
pub fn answer(stream: &mut TcpStream) -> (u16, String) {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// The run of a trigger, from the events that its reporter `json` printed.
#[track_caller]
pub fn run_of(events: &str) -> String {
    let (_, rest) = events.split_once("\"run_id\":\"").expect("an event of a run");
    rest.split_once('"').unwrap().0.to_owned()
}

impl Drop for Runner {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
