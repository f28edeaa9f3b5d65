//! The tools that build journeys. Only authors need them: what is missing here is never `bad`.

use std::path::PathBuf;
use std::process::Command;

use super::Finding;

const TARGET: &str = "wasm32-wasip2";

pub(crate) fn toolchain() -> Vec<Finding> {
    let what = "Rust toolchain";
    let Some(version) = output_of("rustc", &["--version"]) else {
        return vec![Finding::odd(
            what,
            "none",
            "install Rust from https://rustup.rs to build journeys in Rust",
        )];
    };
    let sysroot = output_of("rustc", &["--print", "sysroot"]).map(PathBuf::from);
    let has_target = sysroot.is_some_and(|root| root.join("lib/rustlib").join(TARGET).is_dir());
    let target = if has_target {
        Finding::good("guest target", TARGET)
    } else {
        Finding::odd(
            "guest target",
            format!("{TARGET} is missing"),
            format!("run `rustup target add {TARGET}`"),
        )
    };
    vec![Finding::good(what, version), target]
}

/// A program's standard output; none if it is missing or fails.
fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
