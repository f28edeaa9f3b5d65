//! AssemblyScript guests, with the canonical ABI written by hand.

use super::built::{Inputs, built};
use super::folder::sources;
use super::program::NODE;
use super::wit::{StringEncoding, WORLD};
use super::{BuildError, npm, wit};
use std::path::{Path, PathBuf};
use std::slice::from_ref;

const VERSION: &str = "0.28.20";
const TOOL: &str = "assemblyscript";

pub fn assemblyscript() -> Result<PathBuf, BuildError> {
    let source = sources().join("assemblyscript");
    let inputs = Inputs { guest: "assemblyscript", tools: &[TOOL, VERSION], files: from_ref(&source) };
    built(&inputs, |work, component| {
        let module = work.join("core.wasm");
        compile(&source, &module)?;
        wit::embed(&module, WORLD, StringEncoding::UTF16)?;
        wit::encode(&module, component)
    })
}

fn compile(source: &Path, module: &Path) -> Result<(), BuildError> {
    let tool = npm::package(TOOL, TOOL, VERSION)?;
    let mut command = NODE.command();
    command.arg(tool.join("node_modules").join(TOOL).join("bin/asc.js")).arg("guest.ts");
    command.arg("--baseDir").arg(source).arg("--outFile").arg(module).arg("-Os");
    // No component can import `env.abort`.
    command.args(["--use", "abort=guest/abort", "--transform"]).arg(source.join("exports.mjs"));
    NODE.run("compile the AssemblyScript guest", "see its output below", &mut command).map(drop)
}
