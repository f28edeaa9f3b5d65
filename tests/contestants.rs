//! Provides what `make bench` compares with and cannot build by cargo alone: J5 as components of other languages, and clients
//! of other languages. They go into one folder, under names that `tests/bench` knows.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use wayfarer_tests::toolchain::{self, BuildError};

type Provide = fn() -> Result<PathBuf, BuildError>;

/// What there is, by its name in the folder.
const CONTESTANTS: [(&str, Provide); 6] = [
    ("c.wasm", toolchain::c_j5),
    ("quickjs.wasm", toolchain::quickjs_j5),
    ("go.wasm", toolchain::go_j5),
    ("python.wasm", toolchain::python_j5),
    ("httpx", toolchain::httpx),
    ("artillery", toolchain::artillery),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(folder), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: wayfarer-contestants FOLDER");
        return ExitCode::from(2);
    };
    let folder = PathBuf::from(folder);
    for (name, provide) in CONTESTANTS {
        let done = provide().map_err(|error| error.to_string()).and_then(|provided| {
            let link = folder.join(name);
            place(&provided, &link).map_err(|error| format!("cannot write {}: {error}", link.display()))
        });
        if let Err(error) = done {
            eprintln!("error: no contestant `{name}`: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Makes a link, in place of the one of an earlier time.
fn place(provided: &Path, link: &Path) -> io::Result<()> {
    if let Some(folder) = link.parent() {
        fs::create_dir_all(folder)?;
    }
    match fs::remove_file(link) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => symlink(provided, link),
    }
}
