//! The README's commands, in order and as they are written, in one shell and a fresh folder.
//!
//! Every line of every `sh` block runs, and has to end well. What differs from a person at a terminal:
//!
//! - [`ELSEWHERE`] is run by `make` itself; what it builds is there already.
//! - After a command in the background the script waits until it says where it listens.
//! - A command whose comment says "until Ctrl-C" gets its Ctrl-C.
//! - `RUN` stands for the newest run.
//! - The network is the shell's own, where the system lets it have one, so that the README's ports are free.
#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

use std::fmt::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use wayfarer_tests::support::binary;

/// Commands that are not run here, because they take minutes and `make test` runs what they stand for.
const ELSEWHERE: [&str; 2] = ["make demo", "make test"];

/// Before the first command. `status` ends the script at the first command that fails.
const BEGINNING: &str = r#"
set -uo pipefail
trap 'for job in $(jobs -p); do kill "$job" 2>/dev/null; done; wait' EXIT
listening=0
status() { [ "$1" -eq 0 ] || { echo "=== ended with $1"; exit 1; }; }
listens() {
  listening=$((listening + 1))
  for try in $(seq 600); do
    [ "$(grep -c 'listening on' "$LOG")" -ge "$listening" ] && return 0
    sleep 0.1
  done
  echo "=== nothing listens"; exit 1
}
"#;

/// Switches on the loopback device of a network that begins with nothing.
const LOOPBACK: &str =
    "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh', b'lo', 0x41))";

/// What a page has a reader do.
#[derive(Debug)]
enum Deed {
    /// A command, which may have several lines.
    Run(String),
    /// A text for a file of the project.
    Write(&'static str, String),
}

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap()
}

fn deeds(page: &str) -> Vec<Deed> {
    let mut found = Vec::new();
    let mut before = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            if !line.is_empty() {
                before = format!("{before} {line}");
            }
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
        match language {
            "sh" => found.extend(commands(&block).into_iter().map(Deed::Run)),
            "rust" if before.contains("Put it into `src/lib.rs`") => {
                found.push(Deed::Write("src/lib.rs", block.join("\n")));
            }
            "toml" if before.ends_with("Put this into it:") => {
                found.push(Deed::Write("journey.toml", block.join("\n")));
            }
            "toml" if before.ends_with("Write this to `checks.toml`:") => {
                found.push(Deed::Write("checks.toml", block.join("\n")));
            }
            _ => {}
        }
        before.clear();
    }
    found
}

/// Lines, joined until their quotes are closed.
fn commands(block: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open = String::new();
    for line in block {
        open += line;
        if open.matches('"').count().is_multiple_of(2) {
            found.push(std::mem::take(&mut open));
        } else {
            open.push('\n');
        }
    }
    found.retain(|command| !command.trim().is_empty());
    found
}

/// The command without its comment.
fn code(command: &str) -> &str {
    command.split(" #").next().unwrap_or(command).trim_end()
}

fn script(deeds: &[Deed]) -> String {
    let mut script = BEGINNING.to_owned();
    for deed in deeds {
        // Writing to a string does not fail.
        let _ = match deed {
            Deed::Write(file, text) => writeln!(script, "cat > {file} <<'README'\n{text}\nREADME\nstatus $?"),
            Deed::Run(command) if ELSEWHERE.contains(&code(command)) => Ok(()),
            Deed::Run(command) => {
                let label = code(command).lines().next().unwrap_or_default().replace('\'', "\"");
                let _ = writeln!(script, "echo '=== {label}'");
                if command.contains(" RUN") {
                    script += "RUN=$(wayfarer runs --json | python3 -c 'import json, sys; text = sys.stdin.read(); \
                               found = json.JSONDecoder().raw_decode(text)[0]; \
                               print((found if isinstance(found, dict) else found[0])[\"run\"])'); status $?\n";
                }
                let command = command.replace(" RUN", " $RUN");
                if command.contains("until Ctrl-C") {
                    writeln!(
                        script,
                        "timeout -s INT 3 {}; [ $? -eq 124 ] || [ $? -eq 130 ]; status $?",
                        code(&command)
                    )
                } else if code(&command).ends_with('&') {
                    writeln!(script, "{command}\nlistens")
                } else {
                    writeln!(script, "{command}\nstatus $?")
                }
            }
        };
    }
    script + "echo '=== done'\n"
}

/// Whether this process may give a shell a network of its own.
fn isolated() -> bool {
    let tried = Command::new("unshare").args(["--user", "--map-root-user", "--net", "true"]).output();
    tried.is_ok_and(|ended| ended.status.success())
}

fn folder_of(variable: &str, below_home: &str) -> PathBuf {
    let home = || std::env::home_dir().unwrap().join(below_home);
    std::env::var_os(variable).map_or_else(home, PathBuf::from)
}

/// The folder in which a fresh copy was built: its `target/quick` has the two programs.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let built = folder.path().join("target/quick");
    std::fs::create_dir_all(&built).unwrap();
    for program in ["wayfarer", "wayfarer-shop"] {
        let made = binary().with_file_name(program);
        assert!(
            made.is_file(),
            "{} is not built: run `cargo build --workspace --all-targets`",
            made.display()
        );
        symlink(made, built.join(program)).unwrap();
    }
    std::fs::create_dir(folder.path().join("home")).unwrap();
    folder
}

/// A shell in that folder, as of a person who has just logged in. What a new project needs of crates is fetched before, if it is not there.
fn shell(folder: &Path) -> Command {
    let project = folder.join("fetched");
    let new = Command::new(binary()).args(["new", "--lang", "rust"]).arg(&project).output().unwrap();
    assert!(new.status.success(), "{}", String::from_utf8_lossy(&new.stderr));
    let fetched = Command::new("cargo").arg("fetch").current_dir(&project).output().unwrap();
    // `wayfarer test` waits five minutes for the stand-in, which a busy machine may need for the crates alone.
    let warm = Command::new("cargo")
        .args(["build", "--offline", "--example", "hello"])
        .env("CARGO_TARGET_DIR", binary().with_file_name("readme"))
        .current_dir(&project)
        .output()
        .unwrap();
    assert!(warm.status.success(), "{}", String::from_utf8_lossy(&warm.stderr));
    let mut shell = if isolated() {
        let mut shell = Command::new("unshare");
        let lone = format!("python3 -c \"{LOOPBACK}\" && exec bash \"$0\"");
        shell.args(["--user", "--map-root-user", "--net", "bash", "-c", &lone]);
        shell.env("CARGO_NET_OFFLINE", "true");
        shell
    } else {
        println!("the README's ports are the machine's: {}", String::from_utf8_lossy(&fetched.stderr));
        Command::new("bash")
    };
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("WAYFARER_") || name.starts_with("XDG_") {
            shell.env_remove(name);
        }
    }
    shell
        .env("CARGO_HOME", folder_of("CARGO_HOME", ".cargo"))
        .env("RUSTUP_HOME", folder_of("RUSTUP_HOME", ".rustup"))
        .env("CARGO_TARGET_DIR", binary().with_file_name("readme"))
        .env("HOME", folder.join("home"))
        .current_dir(folder);
    shell
}

#[test]
fn its_commands_end_well_in_the_order_in_which_they_are_written() {
    let deeds = deeds(&page());
    let (written, run): (Vec<_>, Vec<_>) = deeds.iter().partition(|deed| matches!(deed, Deed::Write(..)));
    assert_eq!(written.len(), 3, "the README's journey, its journey.toml and checks.toml: {written:?}");
    assert!(run.len() > 25, "{run:?}");
    let folder = copy();
    let (script_file, log) = (folder.path().join("readme.sh"), folder.path().join("log"));
    std::fs::write(&script_file, script(&deeds)).unwrap();
    let output = std::fs::File::create(&log).unwrap();
    let ended = shell(folder.path())
        .arg(&script_file)
        .env("LOG", &log)
        .stdin(Stdio::null())
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        .status()
        .unwrap();
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(ended.success() && said.contains("=== done"), "{ended}:\n{said}");
    for promised in
        ["1 passed", "no wayfarer.toml: one tenant, `local`, with the secrets of journey.toml: `password`"]
    {
        assert!(said.contains(promised), "{promised:?} is missing:\n{said}");
    }
}

#[test]
fn only_the_named_commands_are_left_out() {
    let page = page();
    let left_out: Vec<String> = deeds(&page)
        .iter()
        .filter_map(|deed| match deed {
            Deed::Run(command) if ELSEWHERE.contains(&code(command)) => Some(code(command).to_owned()),
            _ => None,
        })
        .collect();
    assert_eq!(left_out, ELSEWHERE, "each of them stands in the README once");
}
