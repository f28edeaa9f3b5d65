//! Libraries that stand between a process and the system, built by the system's own compiler. What is tested has nothing
//! in it for the sake of the test.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A C file of `tests/support` as a library in `folder`, for `LD_PRELOAD`.
pub fn library(source: &str, folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("support").join(source);
    let built = folder.join(source.file_name().unwrap()).with_extension("so");
    let mut command = Command::new("cc");
    command.args(["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o"]).arg(&built).arg(source).arg("-ldl");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    built
}
