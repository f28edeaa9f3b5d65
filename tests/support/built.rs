//! The binary and the guests, built by cargo once in a test process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use wayfarer_testkit::is_in_full;

use crate::toolchain::folder::{target, workspace};

/// The `wayfarer` binary: the one that `WAYFARER_BIN` names, as `make test` does, or else a fresh build.
pub fn binary() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        // Building one package alone resolves to other features than building them all, and so would compile
        // the engine a second time.
        if let Some(given) = std::env::var_os("WAYFARER_BIN") {
            return given.into();
        }
        let built = cargo(&["build", "--package", "wayfarer", "--bin", "wayfarer"]);
        built.get("wayfarer").expect("cargo tells where the binary is").clone()
    })
}

/// The binary that stalls are measured with: in `make verify` a release build, which `WAYFARER_RELEASE_BIN` names, else the
/// same as everywhere.
pub fn measured_binary() -> &'static Path {
    static GIVEN: OnceLock<Option<PathBuf>> = OnceLock::new();
    let given = GIVEN.get_or_init(|| std::env::var_os("WAYFARER_RELEASE_BIN").map(PathBuf::from));
    assert!(
        !is_in_full() || given.is_some(),
        "stalls are measured in a release build: set WAYFARER_RELEASE_BIN"
    );
    given.as_deref().unwrap_or_else(binary)
}

/// A component of `guests/hostile`, `guests/odd` or `guests/raw`, by the name of its cargo target.
pub fn guest(name: &str) -> &'static Path {
    static BUILT: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let packages = ["hostile", "odd", "raw"].map(|name| format!("--package=wayfarer-guest-{name}"));
        let how = ["build", "--target", "wasm32-wasip2", "--profile", "guest", "--lib", "--examples"];
        cargo(&how.into_iter().chain(packages.iter().map(String::as_str)).collect::<Vec<_>>())
    });
    built.get(name).unwrap_or_else(|| panic!("no guest `{name}` among {:?}", built.keys()))
}

/// Runs cargo and tells the programs and components that it made, by target.
fn cargo(arguments: &[&str]) -> BTreeMap<String, PathBuf> {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(workspace()).args(arguments).arg("--target-dir").arg(target());
    command.args(["--message-format", "json-render-diagnostics"]);
    let ended = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{command:?} ended with {}\n{errors}", ended.status);
    String::from_utf8_lossy(&ended.stdout).lines().filter_map(made).collect()
}

/// The file that one line of cargo's messages tells of.
fn made(line: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(line).ok()?;
    let name = message["target"]["name"].as_str()?.to_owned();
    let mut files = message["filenames"].as_array()?.iter().filter_map(Value::as_str);
    let component = files.find(|file| Path::new(file).extension().is_some_and(|end| end == "wasm"));
    let file = component.or(message["executable"].as_str())?;
    Some((name, file.into()))
}

/// Where a text stands in a source file: `path:line:`, as a failure names it.
pub fn line_of(path: &str, text: &str) -> String {
    let source = std::fs::read_to_string(workspace().join(path)).unwrap();
    let found: Vec<_> = source.lines().zip(1..).filter(|(line, _)| line.contains(text)).collect();
    assert_eq!(found.len(), 1, "`{text}` should stand once in {path}");
    format!("{path}:{}:", found[0].1)
}
