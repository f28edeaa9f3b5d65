//! Go guests: the Go compiler for preview 1, and bindings by wit-bindgen-go.

use super::built::{Inputs, built};
use super::folder::{copy, create, list, read, sources, write};
use super::program::GO;
use super::wit::{StringEncoding, WASI_HTTP_WORLD, WORLD};
use super::{BuildError, wit};
use std::path::{Path, PathBuf};
use std::process::Command;

const GENERATOR: &str = "wit-bindgen-go 0.63";
/// The module that the generated code imports. wit-bindgen-go 0.63 requires v0.4.0, which the proxy does not have.
const RUNTIME: &str = "go.bytecodealliance.org/pkg v0.2.1";
/// The directory of its allocator, once vendored.
const ALLOCATOR: &str = "vendor/go.bytecodealliance.org/pkg/wit/runtime";
/// The package in which the bindings expect the exports.
const EXPORTS: &str = "export_wayfarer_journey_guest";

/// A file added to the allocator. It keeps the garbage collector from running while the host allocates memory.
const COLLECT: &str = include_str!("go_collect.go");
/// The changes to the allocator that call it: a text, and its replacement.
const MENDS: [(&str, &str); 2] = [
    (
        "func Allocate(pinner *runtime.Pinner, size, align uintptr) unsafe.Pointer {\n",
        "func Allocate(pinner *runtime.Pinner, size, align uintptr) unsafe.Pointer {\n\tcollect()\n",
    ),
    (
        "\t\treturn Allocate(&pinner, newSize, align)\n",
        "\t\tpauseClock(true)\n\t\tpointer := allocateRaw(newSize, align)\n\t\tpinner.Pin(pointer)\n\
         \t\tpauseClock(false)\n\t\treturn pointer\n",
    ),
];

pub fn go() -> Result<PathBuf, BuildError> {
    guest("go", WORLD)
}

pub fn go_recovered() -> Result<PathBuf, BuildError> {
    guest("go-recovered", WORLD)
}

pub fn go_net_http() -> Result<PathBuf, BuildError> {
    guest("go-net-http", WASI_HTTP_WORLD)
}

pub fn go_j5() -> Result<PathBuf, BuildError> {
    guest("go-j5", WORLD)
}

fn guest(name: &str, world: &str) -> Result<PathBuf, BuildError> {
    let source = sources().join(name);
    let sums = sources().join("go/go.sum");
    let files = [source.clone(), sums.clone()];
    let compiler = GO.run("ask for Go's version", "see its output below", GO.command().arg("version"))?;
    let compiler = String::from_utf8_lossy(&compiler);
    let inputs = Inputs { guest: name, tools: &[GENERATOR, RUNTIME, &compiler], files: &files };
    built(&inputs, |work, component| {
        let generator = wit_bindgen_go::Opts { format: wit_bindgen_go::Format::False, ..Default::default() };
        wit::generate("Go", generator.build(), world, work)?;
        write(&work.join("go.mod"), format!("module wit_component\n\ngo 1.26\n\nrequire {RUNTIME}\n"))?;
        copy(&sums, &work.join("go.sum"))?;
        let exports = work.join(EXPORTS);
        create(&exports)?;
        for file in list(&source)?.iter().filter(|file| file.extension().is_some_and(|ending| ending == "go"))
        {
            copy(file, &exports.join(file.file_name().unwrap_or_default()))?;
        }
        vendor(work)?;
        let module = work.join("core.wasm");
        compile(work, &module)?;
        wit::embed(&module, world, StringEncoding::UTF8)?;
        wit::encode(&module, component)
    })
}

/// Vendors the imports of the bindings, so that the build can change the allocator.
fn vendor(work: &Path) -> Result<(), BuildError> {
    let mend = "it needs Go 1.26 and, this once, the Go module proxy";
    GO.run("get the bindings' runtime", mend, target(work).args(["mod", "vendor"]))?;
    let allocator = work.join(ALLOCATOR);
    let source = allocator.join("runtime.go");
    let mut code = read(&source)?;
    for (place, mended) in MENDS {
        if !code.contains(place) {
            let reason = format!("the allocator of {RUNTIME} has no `{}`", place.trim());
            return Err(BuildError::Bindings { language: "Go", reason });
        }
        code = code.replacen(place, mended, 1);
    }
    write(&source, code)?;
    write(&allocator.join("collect.go"), COLLECT)
}

fn compile(work: &Path, module: &Path) -> Result<(), BuildError> {
    let mut command = target(work);
    // The bindings use symbols of the Go runtime, which the linker forbids by default.
    command.args(["build", "-buildmode=c-shared", "-ldflags=-checklinkname=0", "-o"]).arg(module).arg(".");
    GO.run("compile the Go guest", "see its output below", &mut command).map(drop)
}

fn target(work: &Path) -> Command {
    let mut command = GO.command();
    command.current_dir(work).env("GOOS", "wasip1").env("GOARCH", "wasm").env("GOWORK", "off");
    command
}
