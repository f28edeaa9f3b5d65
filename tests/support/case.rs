//! One call of the binary: in a folder of its own, with an environment of its own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::UNIX_EPOCH;

use tempfile::TempDir;
use tokio::process::Command;

use super::server::{Served, runtime};
use super::{Ended, Running, binary, guest};
use crate::toolchain::folder::target;

/// One call of the binary, to be made.
pub struct Case {
    folder: TempDir,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    path: OsString,
    /// What the binary is started by, with its own command at the end; nothing if by the test.
    starter: Vec<OsString>,
}

/// A call with these arguments.
pub fn case<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> Case {
    let arguments = arguments.into_iter().map(Into::into).collect();
    let path = std::env::var_os("PATH").unwrap_or_default();
    Case {
        folder: tempfile::tempdir().unwrap(),
        arguments,
        environment: Vec::new(),
        path,
        starter: Vec::new(),
    }
}

/// `wayfarer test` of a component, linked into the folder so that a `journey.toml` may stand beside it. All
/// three reporters write.
pub fn component(path: &Path) -> Case {
    let case = case(["test", "--component", "journey.wasm"]);
    let link = case.folder.path().join("journey.wasm");
    std::os::unix::fs::symlink(path, link).unwrap();
    case.arguments([
        "--reporter",
        "list",
        "--reporter",
        "json=events.ndjson",
        "--reporter",
        "junit=junit.xml",
    ])
}

impl Case {
    /// One journey of the guest `odd`.
    pub fn odd(journey: &str) -> Self {
        component(guest("wayfarer_guest_odd")).journey(journey)
    }

    /// One journey of the guest `raw`, in the component of its journeys with odd steps.
    pub fn raw(journey: &str) -> Self {
        component(guest("raw_steps")).journey(journey)
    }

    /// Chooses a journey by its whole name.
    #[must_use]
    pub fn journey(self, name: &str) -> Self {
        self.argument(format!("={name}"))
    }

    /// Allows a server and hands its URL over as `base_url`.
    #[must_use]
    pub fn target(self, server: &Served) -> Self {
        self.url(&server.url()).arguments(["--allow".to_owned(), server.place()])
    }

    /// Hands over a `base_url`, and allows nothing.
    #[must_use]
    pub fn url(self, url: &str) -> Self {
        self.param("base_url", url)
    }

    /// Gives a parameter.
    #[must_use]
    pub fn param(self, name: &str, value: &str) -> Self {
        self.arguments(["-e".to_owned(), format!("{name}={value}")])
    }

    /// Writes `journey.toml`.
    #[must_use]
    pub fn toml(self, text: &str) -> Self {
        self.file("journey.toml", text)
    }

    /// Writes a file of the folder.
    #[must_use]
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        // What is a link would be written through.
        let _ = std::fs::remove_file(&path);
        std::fs::write(path, content).unwrap();
        self
    }

    /// One more argument.
    #[must_use]
    pub fn argument(self, argument: impl Into<OsString>) -> Self {
        self.arguments([argument])
    }

    /// More arguments.
    #[must_use]
    pub fn arguments<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Has the binary started by a command that takes the binary and its arguments at its end.
    #[must_use]
    pub fn started_by<A: Into<OsString>>(mut self, command: impl IntoIterator<Item = A>) -> Self {
        self.starter = command.into_iter().map(Into::into).collect();
        self
    }

    /// Has the binary started by a shell, in a script that names it as `"$0" "$@"`.
    #[must_use]
    pub fn in_script(self, script: &str) -> Self {
        self.started_by(["sh", "-c", script])
    }

    /// Puts a program of the folder's `bin` before all others.
    #[must_use]
    pub fn program(mut self, name: &str, script: &str) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let file = format!("bin/{name}");
        self = self.file(&file, script);
        let path = self.folder.path().join(file);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut search = path.parent().unwrap().as_os_str().to_owned();
        search.push(":");
        search.push(&self.path);
        self.path = search;
        self
    }

    /// The folder that it is called in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Calls it and waits for its end.
    #[track_caller]
    pub fn run(self) -> Ended {
        self.start().wait()
    }

    /// Calls it.
    pub fn start(self) -> Running {
        let whole: Vec<OsString> = self.starter.into_iter().chain([binary().into()]).collect();
        let mut command = Command::new(&whole[0]);
        command.args(&whole[1..]);
        command.env_clear().env("PATH", &self.path).env("HOME", home()).env("NO_COLOR", "1");
        command.env("RUSTUP_HOME", tool_folder("RUSTUP_HOME", ".rustup"));
        command.env("CARGO_HOME", tool_folder("CARGO_HOME", ".cargo"));
        command.envs(std::env::var_os("RUSTUP_TOOLCHAIN").map(|name| ("RUSTUP_TOOLCHAIN", name)));
        command.env("TMPDIR", self.folder.path()).envs(self.environment);
        command.args(&self.arguments).arg("--data-dir").arg(home().join("data")).current_dir(&self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let _inside = runtime().enter();
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Running::new(child, self.folder)
    }
}

/// The home of every call: compiled components are shared through it. Another binary gets another one, so
/// that whatever it makes is made by itself.
fn home() -> &'static Path {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    HOME.get_or_init(|| {
        let made = std::fs::metadata(binary()).and_then(|binary| binary.modified()).unwrap();
        let made = made.duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let homes = target().join("scenarios");
        let home = homes.join(format!("home-{made}"));
        std::fs::create_dir_all(&home).unwrap();
        for other in std::fs::read_dir(homes).unwrap().map(|entry| entry.unwrap().path()) {
            if other != home {
                // Another process may be at it.
                let _ = std::fs::remove_dir_all(other);
            }
        }
        home
    })
}

/// A folder of rustup or cargo, which is in the real home unless a variable says otherwise.
fn tool_folder(variable: &str, name: &str) -> OsString {
    let real_home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    std::env::var_os(variable).unwrap_or_else(|| real_home().join(name).into_os_string())
}
