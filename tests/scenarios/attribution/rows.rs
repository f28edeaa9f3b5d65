//! Runs rows side by side, and requires what each says.

use std::sync::Mutex;
use std::thread;

use serde_json::json;
use wayfarer_testkit::row as verify_row;
use wayfarer_tests::support::server::shop;
use wayfarer_tests::support::{Case, Ended};

/// Most rows wait for something, so more run at the same time than there are processors.
const AT_ONCE: usize = 4;

/// A row of `attribution.md`.
pub(super) struct Row {
    situation: &'static str,
    /// `verdict/reason`, or several with ` or ` between them where the situation leaves it open.
    wanted: &'static str,
    walk: Box<dyn FnOnce() -> Ended + Send>,
}

/// A situation, what is wanted, and how it comes about.
pub(super) fn row(
    situation: &'static str,
    wanted: &'static str,
    walk: impl FnOnce() -> Ended + Send + 'static,
) -> Row {
    Row { situation, wanted, walk: Box::new(walk) }
}

/// Requires that there are so many rows, and that all of them hold.
#[track_caller]
pub(super) fn all_hold(group: &str, count: usize, rows: Vec<Row>) {
    assert_eq!(rows.len(), count, "{group}: every situation of the list has its row");
    // Compiles the guest, which the rows would do side by side.
    Case::odd("passes").target(&shop()).run().is(0, "passed", "none");
    let rows = Mutex::new(rows.into_iter());
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(next) = rows.lock().unwrap().next() else { return };
                    failures.lock().unwrap().extend(failure_of(group, next));
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} rows do not hold:\n{}", failures.len(), failures.join("\n"));
}

/// How a row does not hold.
fn failure_of(group: &str, row: Row) -> Option<String> {
    let Row { situation, wanted, walk } = row;
    let ended = walk();
    let seen = seen(&ended);
    let is_wanted = wanted.split(" or ").any(|word| word == seen);
    let expected = if is_wanted { &*seen } else { wanted };
    let case = format!("attribution, {group}: {situation}");
    let holds = verify_row(&case, &json!(expected), &json!(seen));
    (!holds).then(|| format!("=== {situation}: wanted {wanted}, seen {seen}\n{ended}"))
}

/// Verdict and reason, if the exit code agrees with them; else the exit code alone.
fn seen(ended: &Ended) -> String {
    let finished = ended.json.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let Some(run) = finished.into_iter().find(|event| event["event"] == "run-finished") else {
        return format!("exit {:?}", ended.code.unwrap_or(-1));
    };
    let (verdict, reason) = (run["verdict"].as_str().unwrap(), run["reason"].as_str().unwrap());
    let code = match verdict {
        "passed" | "degraded" => 0,
        "failed" => 1,
        "broken" => 3,
        _ => 5,
    };
    if ended.code == Some(code) {
        format!("{verdict}/{reason}")
    } else {
        format!("{verdict}/{reason} with exit {:?}", ended.code)
    }
}
