//! A run in the protocol's words.

use std::io::Read as _;

use serde_json::{Value, json};
use url::Url;
use wayfarer_model::failure::{Failure, FailureKind, SourceLocation};
use wayfarer_store::RunDetail;

use super::batch;
use super::spans::exception;

/// What is sent of these runs, read back.
fn sent(runs: &[RunDetail], pages: Option<&str>) -> Option<Value> {
    let pages = pages.map(|url| url.parse::<Url>().unwrap());
    let batch = batch(runs, pages.as_ref()).unwrap()?;
    let mut json = String::new();
    flate2::read::GzDecoder::new(&*batch.body).read_to_string(&mut json).unwrap();
    Some(serde_json::from_str(&json).unwrap())
}

#[test]
fn nothing_is_sent_of_nothing() {
    assert_eq!(sent(&[], None), None);
}

#[test]
fn what_ended_a_step_is_an_exception_unless_it_is_a_check() {
    let source = SourceLocation { file: "src/lib.rs".to_owned(), line: 17, column: 9 };
    let failure =
        Failure { kind: FailureKind::Panic, source: Some(source), ..Failure::message("index out of bounds") };
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    assert_eq!(
        serde_json::to_value(exception(&failure, 1_790_000_000_000_000_001)).unwrap(),
        json!({"timeUnixNano": "1790000000000000001", "name": "exception", "attributes": [
            text("exception.type", "panic"),
            text("exception.message", "index out of bounds"),
            text("code.file.path", "src/lib.rs"),
            {"key": "code.line.number", "value": {"intValue": "17"}},
        ]})
    );
    assert!(exception(&Failure { kind: FailureKind::Check, ..failure }, 1).is_none());
}

#[test]
fn the_words_of_kinds_are_those_of_their_json() {
    for kind in [
        FailureKind::Check,
        FailureKind::Panic,
        FailureKind::Unmet,
        FailureKind::Misuse,
        FailureKind::Parameter,
        FailureKind::Error,
    ] {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
}
