//! Python guests, built by componentize-py, and Datasette, which reads the runner's database.

use super::built::{Inputs, built};
use super::folder::{copy, sources, workspace};
use super::program::PYTHON;
use super::wit::WORLD;
use super::{BuildError, install};
use std::path::{Path, PathBuf};
use std::slice::from_ref;

const VERSION: &str = "0.25.1";
const TOOL: &str = "componentize-py";
const START: &str = "import sys; from componentize_py import script; sys.exit(script())";

pub fn python() -> Result<PathBuf, BuildError> {
    let source = sources().join("python/smoke.py");
    let inputs = Inputs { guest: "python", tools: &[TOOL, VERSION], files: from_ref(&source) };
    built(&inputs, |work, component| componentize(&source, work, component))
}

fn componentize(source: &Path, work: &Path, component: &Path) -> Result<(), BuildError> {
    let tool = package(TOOL, VERSION)?;
    // It writes `__pycache__` beside its sources.
    copy(source, &work.join("smoke.py"))?;
    let mut command = PYTHON.command();
    command.env("PYTHONPATH", tool).args(["-c", START, "--wit-path"]).arg(workspace().join("wit"));
    command.args(["--world", WORLD, "componentize", "--python-path"]).arg(work);
    command.arg("smoke").arg("--output").arg(component);
    PYTHON.run("build the Python guest", "see its output below", &mut command).map(drop)
}

/// The directory of Datasette and its dependencies, for `PYTHONPATH`.
pub fn datasette() -> Result<PathBuf, BuildError> {
    install::tool("datasette", "0.65.5", |folder| {
        let mut command = PYTHON.command();
        command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        command.args(["--prefer-binary", "--target"]).arg(folder).arg("datasette==0.65.5");
        let mend = "it needs pip (Debian: `apt-get install python3-pip`) and, this once, PyPI";
        PYTHON.run("install Datasette from PyPI", mend, &mut command).map(drop)
    })
}

/// The directory of a package from the Python package index, for `PYTHONPATH`.
pub(super) fn package(name: &str, version: &str) -> Result<PathBuf, BuildError> {
    install::tool(name, version, |folder| {
        let mut command = PYTHON.command();
        command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        command.args(["--no-deps", "--only-binary", ":all:", "--target"]).arg(folder);
        command.arg(format!("{name}=={version}"));
        PYTHON
            .run(
                "install a package from PyPI",
                "it needs pip (Debian: `apt-get install python3-pip`) and, this once, PyPI",
                &mut command,
            )
            .map(drop)
    })
}
