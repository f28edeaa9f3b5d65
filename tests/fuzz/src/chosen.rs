//! The target of this process, for the executable of `make fuzz`.

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::{TARGETS, Target};

/// The target that `WAYFARER_FUZZ_TARGET` names.
pub fn target() -> &'static Target {
    static CHOSEN: OnceLock<&Target> = OnceLock::new();
    CHOSEN.get_or_init(|| {
        let name = std::env::var("WAYFARER_FUZZ_TARGET").unwrap_or_default();
        TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| {
            let known: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            panic!("`{name}` is no target: use one of {}", known.join(", "))
        })
    })
}

/// Writes the seeds where libFuzzer will look for them; prints the names of all targets and ends, if that was asked for.
pub fn prepare() {
    if std::env::var("WAYFARER_FUZZ_TARGET").is_ok_and(|name| name == "list") {
        for target in TARGETS {
            println!("{}", target.name);
        }
        std::process::exit(0);
    }
    let target = target();
    let Some(folder) = std::env::var_os("WAYFARER_FUZZ_SEEDS").map(PathBuf::from) else { return };
    for (number, seed) in (target.seeds)().iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{number:03}")), seed).unwrap();
    }
}
