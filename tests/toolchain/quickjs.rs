//! JavaScript guests on QuickJS, built by componentize-qjs.

use super::built::{Inputs, built};
use super::folder::{sources, workspace};
use super::program::NODE;
use super::wit::WORLD;
use super::{BuildError, npm};
use std::path::{Path, PathBuf};
use std::slice::from_ref;

const VERSION: &str = "0.4.5";
const TOOL: &str = "componentize-qjs";

pub fn quickjs() -> Result<PathBuf, BuildError> {
    guest("quickjs", "smoke")
}

/// A guest whose `run` is an `async` function. It returns success without running any code of the journey.
pub fn quickjs_async() -> Result<PathBuf, BuildError> {
    guest("quickjs-async", "smoke")
}

pub fn quickjs_values() -> Result<PathBuf, BuildError> {
    guest("quickjs-values", "smoke")
}

pub fn quickjs_j5() -> Result<PathBuf, BuildError> {
    guest("quickjs-j5", "j5")
}

fn guest(name: &str, source: &str) -> Result<PathBuf, BuildError> {
    let source = sources().join(name).join(source).with_extension("js");
    let inputs = Inputs { guest: name, tools: &[TOOL, VERSION], files: from_ref(&source) };
    built(&inputs, |_, component| componentize(&source, component))
}

fn componentize(source: &Path, component: &Path) -> Result<(), BuildError> {
    let tool = npm::package(TOOL, TOOL, VERSION)?;
    let mut command = NODE.command();
    // `--sync`: the other runtime needs component-model-async, which the runner disables.
    command.arg(tool.join("node_modules").join(TOOL).join("cli.mjs")).arg("--sync");
    command.arg("--wit").arg(workspace().join("wit")).args(["--world", WORLD]);
    command.arg("--js").arg(source).arg("--output").arg(component);
    NODE.run("build the JavaScript guest", "see its output below", &mut command).map(drop)
}
