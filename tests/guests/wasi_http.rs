//! The shared code of the Rust smoke guests. Each guest has in its crate root the bindings of its world, and a function
//! `get`, which sends the request over plain `wasi:http` with its own client.

use crate::bindings::exports::wayfarer::journey::guest::{
    Cleaned, Cleanup, Descriptor, Failure, Guest, Parameter, ParameterKind,
};
use crate::bindings::wayfarer::journey::checks::Check;
use crate::bindings::wayfarer::journey::failures::FailureKind;
use crate::bindings::wayfarer::journey::{checks, metrics, params, steps};
use crate::get;

pub(crate) struct Smoke;

impl Guest for Smoke {
    fn describe() -> Vec<Descriptor> {
        let base_url = Parameter {
            name: "base_url".into(),
            title: "Where the page is.".into(),
            kind: ParameterKind::Url,
            required: true,
            preset: None,
        };
        vec![Descriptor {
            name: "smoke".into(),
            title: "Gets one page and looks at it.".into(),
            owner: String::new(),
            runbook: String::new(),
            schedule: None,
            timezone: None,
            timeout_ms: Some(10_000),
            retries: None,
            tags: vec!["smoke".into()],
            steps: vec!["get page".into(), "compare".into()],
            parameters: vec![base_url],
            secrets: vec![],
            hosts: vec!["127.0.0.1".into()],
            cleanups: vec![],
            extensions: vec![],
        }]
    }

    fn run(journey: String) -> Result<(), Failure> {
        match journey.as_str() {
            "smoke" => smoke(),
            _ => Err(failure(FailureKind::Error, format!("no journey named {journey}"))),
        }
    }

    fn clean(cleanup: Cleanup) -> Result<Cleaned, Failure> {
        Err(failure(FailureKind::Error, format!("no cleanup of kind {}", cleanup.kind)))
    }
}

fn smoke() -> Result<(), Failure> {
    let page = step("get page", || {
        let base_url = params::get("base_url").unwrap_or_default();
        let (status, page) =
            get(&format!("{base_url}/")).map_err(|error| failure(FailureKind::Error, error))?;
        let status = check("status is 200", status.into(), 200);
        checks::hard(&status);
        if status.is_passed { Ok(page) } else { Err(failure(FailureKind::Check, status.name)) }
    })?;
    step("compare", || {
        checks::soft(&check("body has text", (!page.is_empty()).into(), 1));
        metrics::observe("body_size", page.len() as f64, "bytes", &[]);
        Ok(())
    })
}

pub(crate) fn step<T>(name: &str, body: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let number = steps::open(name, None);
    let ended = body();
    steps::close(number, ended.as_ref().err());
    ended
}

pub(crate) fn check(name: &str, actual: u64, expected: u64) -> Check {
    Check {
        name: name.into(),
        is_passed: actual == expected,
        actual: Some(actual.to_string()),
        expected: Some(expected.to_string()),
        source: None,
    }
}

pub(crate) fn failure(kind: FailureKind, message: String) -> Failure {
    Failure {
        message,
        kind,
        request: None,
        eventually: false,
        source: None,
        actual: None,
        expected: None,
        extensions: vec![],
    }
}
