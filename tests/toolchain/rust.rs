//! Rust guests that use plain `wasi:http`, built by cargo.

use super::BuildError;
use super::built::{Inputs, built};
use super::folder::{copy, sources, target, workspace};
use super::program::CARGO;
use std::path::PathBuf;

pub fn waki() -> Result<PathBuf, BuildError> {
    guest("waki")
}

pub fn wasi_http() -> Result<PathBuf, BuildError> {
    guest("wasi-http")
}

pub fn wstd() -> Result<PathBuf, BuildError> {
    guest("wstd")
}

fn guest(name: &str) -> Result<PathBuf, BuildError> {
    let root = workspace();
    let files = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"].map(|file| root.join(file));
    let files = [&[sources().join(name), sources().join("wasi_http.rs")], files.as_slice()].concat();
    built(&Inputs { guest: name, tools: &["cargo"], files: &files }, |_, component| {
        let mut command = CARGO.command();
        command.current_dir(&root).args(["build", "--target", "wasm32-wasip2", "--profile", "guest"]);
        command.arg("--target-dir").arg(target()).args(["--package", &format!("wayfarer-guest-{name}")]);
        let mend = "the target comes with `rustup target add wasm32-wasip2`";
        CARGO.run("compile the Rust guest", mend, &mut command)?;
        let output = format!("wasm32-wasip2/guest/wayfarer_guest_{}.wasm", name.replace('-', "_"));
        copy(&target().join(output), component)
    })
}
