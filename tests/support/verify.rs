//! Counts of what is verified, and its rows.
//!
//! A row is a line of a test's output that begins with `verify-row: `, so that tests of every crate can write one, also of
//! those that this crate is built upon; `make verify` gathers them into `target/verify/summary.json`.

use serde_json::{Value, json};

/// How often something is tried: as often as that in `make verify`, a tenth in `make test`.
pub fn times(full: u32) -> u32 {
    if is_in_full() { full } else { full.div_ceil(10) }
}

/// Whether this is `make verify`.
pub fn is_in_full() -> bool {
    std::env::var("WAYFARER_VERIFY").is_ok_and(|value| value == "full")
}

/// Writes a row of the expected and the actual value, then requires that they are the same.
#[track_caller]
pub fn verified(case: &str, expected: &Value, actual: &Value) {
    let holds = expected == actual;
    println!("verify-row: {}", json!({"case": case, "expected": expected, "actual": actual, "holds": holds}));
    assert!(holds, "{case}: expected {expected}, actual {actual}");
}
