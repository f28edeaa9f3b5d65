//! Python guests, built by componentize-py, and packages of Python that tests and `make bench` run.

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
    guest("python", "smoke")
}

pub fn python_j5() -> Result<PathBuf, BuildError> {
    guest("python-j5", "j5")
}

fn guest(name: &str, source: &str) -> Result<PathBuf, BuildError> {
    let source = sources().join(name).join(source).with_extension("py");
    let inputs = Inputs { guest: name, tools: &[TOOL, VERSION], files: from_ref(&source) };
    built(&inputs, |work, component| componentize(&source, work, component))
}

fn componentize(source: &Path, work: &Path, component: &Path) -> Result<(), BuildError> {
    let tool = package(TOOL, VERSION)?;
    // It writes `__pycache__` beside its sources.
    copy(source, &work.join("journey.py"))?;
    let mut command = PYTHON.command();
    command.env("PYTHONPATH", tool).args(["-c", START, "--wit-path"]).arg(workspace().join("wit"));
    command.args(["--world", WORLD, "componentize", "--python-path"]).arg(work);
    command.arg("journey").arg("--output").arg(component);
    PYTHON.run("build the Python guest", "see its output below", &mut command).map(drop)
}

/// The directory of Datasette and its dependencies, for `PYTHONPATH`. It reads the runner's database.
pub fn datasette() -> Result<PathBuf, BuildError> {
    installed("datasette", "0.65.5", &["--prefer-binary"])
}

/// The directory of httpx and its dependencies, for `PYTHONPATH`. `make bench` compares with it.
pub fn httpx() -> Result<PathBuf, BuildError> {
    installed("httpx", "0.28.1", &["--only-binary", ":all:"])
}

/// The directory of aiosmtpd and its dependencies, for `PYTHONPATH`: a mail server for tests of alerts.
pub fn aiosmtpd() -> Result<PathBuf, BuildError> {
    installed("aiosmtpd", "1.4.6", &["--only-binary", ":all:"])
}

/// The directory of the verifier of Standard Webhooks and its dependencies, for `PYTHONPATH`.
pub fn standardwebhooks() -> Result<PathBuf, BuildError> {
    installed("standardwebhooks", "1.1.0", &["--only-binary", ":all:"])
}

/// The directory of the validator of OpenAPI documents and its dependencies, for `PYTHONPATH`.
pub fn openapi_spec_validator() -> Result<PathBuf, BuildError> {
    installed("openapi-spec-validator", "0.9.0", &["--only-binary", ":all:"])
}

/// The directory of a generator of clients and its dependencies, for `PYTHONPATH`: whoever reads the API in Python begins with one.
pub fn openapi_python_client() -> Result<PathBuf, BuildError> {
    installed("openapi-python-client", "0.29.1", &["--only-binary", ":all:"])
}

/// The directory of schemathesis and its dependencies, for `PYTHONPATH`: it calls every route with what the document allows and does not.
pub fn schemathesis() -> Result<PathBuf, BuildError> {
    installed("schemathesis", "4.32.5", &["--only-binary", ":all:"])
}

/// The directory of OpenTelemetry's protocol as protobuf reads it, for `PYTHONPATH`: a receiver of traces.
pub fn opentelemetry_proto() -> Result<PathBuf, BuildError> {
    installed("opentelemetry-proto", "1.45.2", &["--only-binary", ":all:"])
}

/// The directory of a package without its dependencies, for `PYTHONPATH`.
pub(super) fn package(name: &str, version: &str) -> Result<PathBuf, BuildError> {
    installed(name, version, &["--no-deps", "--only-binary", ":all:"])
}

fn installed(name: &str, version: &str, options: &[&str]) -> Result<PathBuf, BuildError> {
    install::tool(name, version, |folder| {
        let mut command = PYTHON.command();
        command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        command.args(options).arg("--target").arg(folder).arg(format!("{name}=={version}"));
        PYTHON
            .run(
                "install a package from PyPI",
                "it needs pip (Debian: `apt-get install python3-pip`) and, this once, PyPI",
                &mut command,
            )
            .map(drop)
    })
}
