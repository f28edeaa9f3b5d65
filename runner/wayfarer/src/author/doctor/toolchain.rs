//! What building journeys takes. Only authors need it, so that nothing here is in the way of a server.

use std::path::PathBuf;
use std::process::Command;

use super::Finding;

/// What journeys are compiled to.
const TARGET: &str = "wasm32-wasip2";

/// All of it.
pub(crate) fn toolchain() -> Vec<Finding> {
    let what = "Rust toolchain";
    let Some(version) = said("rustc", &["--version"]) else {
        return vec![Finding::odd(
            what,
            "none",
            "to build journeys in Rust, install it from https://rustup.rs",
        )];
    };
    let sysroot = said("rustc", &["--print", "sysroot"]).map(PathBuf::from);
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

/// What a program says; none where there is no such program, or it fails.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
