//! Counts of what is verified, and the rows of `target/verify/summary.json`.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::PathBuf;

use serde_json::{Value, json};

/// How often something is tried: as often as that in `make verify`, a tenth in `make test`.
pub fn times(full: u32) -> u32 {
    let is_full = std::env::var("WAYFARER_VERIFY").is_ok_and(|value| value == "full");
    if is_full { full } else { full.div_ceil(10) }
}

/// Requires that what was seen is what was expected, and writes a row of it where `make verify` asks for that.
#[track_caller]
pub fn verified(case: &str, expected: &Value, seen: &Value) {
    let holds = expected == seen;
    if let Some(folder) = std::env::var_os("WAYFARER_VERIFY_DIR") {
        let row = json!({"case": case, "expected": expected, "seen": seen, "holds": holds});
        append(&PathBuf::from(folder).join("summary.json"), row);
    }
    assert!(holds, "{case}: expected {expected}, seen {seen}");
}

fn append(path: &std::path::Path, row: Value) {
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(path).unwrap();
    // Tests of several processes write here.
    file.lock().unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    let mut rows: Vec<Value> =
        if text.is_empty() { Vec::new() } else { serde_json::from_str(&text).unwrap() };
    rows.push(row);
    file.rewind().unwrap();
    file.set_len(0).unwrap();
    file.write_all(serde_json::to_string_pretty(&rows).unwrap().as_bytes()).unwrap();
}
