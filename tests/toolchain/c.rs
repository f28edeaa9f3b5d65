//! C guests: the clang of ziglang, and bindings by wit-bindgen-c.

use super::built::{Inputs, built};
use super::folder::sources;
use super::program::PYTHON;
use super::wit::WORLD;
use super::{BuildError, python, wit};
use std::path::{Path, PathBuf};
use std::slice::from_ref;

const VERSION: &str = "0.17.1";
const TOOL: &str = "ziglang";

pub fn c() -> Result<PathBuf, BuildError> {
    guest("c", "smoke")
}

pub fn c_j5() -> Result<PathBuf, BuildError> {
    guest("c-j5", "j5")
}

fn guest(name: &str, source: &str) -> Result<PathBuf, BuildError> {
    let source = sources().join(name).join(source).with_extension("c");
    let tools = [TOOL, VERSION, "wit-bindgen-c 0.63"];
    let inputs = Inputs { guest: name, tools: &tools, files: from_ref(&source) };
    built(&inputs, |work, component| {
        wit::generate("C", wit_bindgen_c::Opts::default().build(), WORLD, work)?;
        let module = work.join("core.wasm");
        compile(&source, work, &module)?;
        wit::encode(&module, component)
    })
}

fn compile(source: &Path, work: &Path, module: &Path) -> Result<(), BuildError> {
    let tool = python::package(TOOL, VERSION)?;
    let mut command = PYTHON.command();
    // The first build compiles zig's libc, which takes a while.
    command.env("ZIG_GLOBAL_CACHE_DIR", tool.join("cache"));
    command.env("PYTHONPATH", tool).args(["-m", TOOL, "cc", "--target=wasm32-wasi"]);
    // The default stack has 16 MiB, all of it memory of every new instance.
    command.args(["-mexec-model=reactor", "-Os", "-Wall", "-Wextra", "-Wl,-z,stack-size=131072"]);
    command.arg("-I").arg(work);
    command
        .arg(source)
        .args(["journey.c", "journey_component_type.o"].map(|file| work.join(file)))
        .arg("-o")
        .arg(module);
    PYTHON.run("compile the C guest", "see its output below", &mut command).map(drop)
}
