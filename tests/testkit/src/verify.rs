//! Requirements of which `make verify` keeps a row.
//!
//! A row is a line of a test's output that begins with `verify-row: `; `make verify` gathers them into
//! `target/verify/summary.json`. Its form is the Makefile's: it is written here and nowhere else.

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
    assert!(row(case, expected, actual), "{case}: expected {expected}, actual {actual}");
}

/// Writes a row of how many differ, then requires that none does. `example` says of one of them how.
#[track_caller]
pub fn none_differ(case: &str, differing: usize, example: &str) {
    assert!(row(case, &json!(0), &json!(differing)), "{case}: {differing} differ, such as {example}");
}

/// Writes a row, and says whether both are the same: for a test that tries many, and fails after all of them.
pub fn row(case: &str, expected: &Value, actual: &Value) -> bool {
    let holds = expected == actual;
    println!("verify-row: {}", json!({"case": case, "expected": expected, "actual": actual, "holds": holds}));
    holds
}
