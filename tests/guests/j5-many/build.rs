//! Generates the journeys: one function for each name, because a journey has the name of its function.

use std::fmt::Write as _;

/// A component may have at most 1,000 journeys.
const JOURNEYS: usize = 200;

fn main() -> std::io::Result<()> {
    let mut source = String::new();
    for number in 0..JOURNEYS {
        // Writing to a string cannot fail.
        let _ = writeln!(
            source,
            "/// J5.\n#[journey(schedule = \"every 1s\", timeout = \"60s\")]\nfn j5_{number:03}(j: &Journey, target: Target) -> Outcome {{ walk(j, &target) }}"
        );
    }
    let names: Vec<String> = (0..JOURNEYS).map(|number| format!("j5_{number:03}")).collect();
    let _ = writeln!(source, "journeys![{}];", names.join(", "));
    let folder = std::env::var("OUT_DIR").map_err(std::io::Error::other)?;
    println!("cargo::rerun-if-changed=build.rs");
    std::fs::write(std::path::Path::new(&folder).join("journeys.rs"), source)
}
