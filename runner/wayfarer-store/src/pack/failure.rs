//! Failures and errors of requests, as packed: objects, since most of their fields are usually absent.
//!
//! The fields' names are the file's (views read `$.f.actual`). The words of the enums are the public ones, which a new kind
//! only adds to.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use wayfarer_model::failure::{Failure, FailureKind, SourceLocation};
use wayfarer_model::traffic::{Blame, Phase, TrafficError, TrafficErrorKind};

#[derive(Serialize, Deserialize)]
pub(super) struct PackedFailure<'a> {
    message: Cow<'a, str>,
    kind: FailureKind,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    eventually: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    check: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<PackedSource<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actual: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected: Option<Cow<'a, str>>,
}

/// Line and column are 0 where unknown.
#[derive(Serialize, Deserialize)]
struct PackedSource<'a> {
    file: Cow<'a, str>,
    line: u32,
    column: u32,
}

impl<'a> From<&'a Failure> for PackedFailure<'a> {
    fn from(failure: &'a Failure) -> Self {
        let Failure { message, kind, eventually, request, check, source, actual, expected } = failure;
        Self {
            message: message.into(),
            kind: *kind,
            eventually: *eventually,
            request: *request,
            check: *check,
            source: source.as_ref().map(|SourceLocation { file, line, column }| PackedSource {
                file: file.into(),
                line: *line,
                column: *column,
            }),
            actual: actual.as_ref().map(Into::into),
            expected: expected.as_ref().map(Into::into),
        }
    }
}

impl From<PackedFailure<'_>> for Failure {
    fn from(packed: PackedFailure<'_>) -> Self {
        Self {
            message: packed.message.into_owned(),
            kind: packed.kind,
            eventually: packed.eventually,
            request: packed.request,
            check: packed.check,
            source: packed.source.map(|source| SourceLocation {
                file: source.file.into_owned(),
                line: source.line,
                column: source.column,
            }),
            actual: packed.actual.map(Cow::into_owned),
            expected: packed.expected.map(Cow::into_owned),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct PackedError<'a> {
    kind: TrafficErrorKind,
    message: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phase: Option<Phase>,
    blame: Blame,
}

impl<'a> From<&'a TrafficError> for PackedError<'a> {
    fn from(error: &'a TrafficError) -> Self {
        let TrafficError { kind, message, phase, blame } = error;
        Self { kind: *kind, message: message.into(), phase: *phase, blame: *blame }
    }
}

impl From<PackedError<'_>> for TrafficError {
    fn from(packed: PackedError<'_>) -> Self {
        Self {
            kind: packed.kind,
            message: packed.message.into_owned(),
            phase: packed.phase,
            blame: packed.blame,
        }
    }
}
