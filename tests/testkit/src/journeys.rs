//! Journeys that state nothing but their name.

use std::collections::BTreeMap;

use wayfarer_model::deployment::{AlertSettings, Code, JourneySpec, Timing};
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::limits::Limits;
use wayfarer_model::retry::RetryPolicy;

/// A journey that declares nothing.
pub fn descriptor(name: &str) -> Descriptor {
    Descriptor {
        name: name.parse().unwrap(),
        title: String::new(),
        owner: String::new(),
        runbook: String::new(),
        schedule: None,
        timezone: None,
        timeout: None,
        tags: vec![],
        steps: vec![],
        parameters: vec![],
        secrets: vec![],
        hosts: vec![],
        cleanups: vec![],
        retries: None,
    }
}

/// A version of a journey without code, due every minute, everything else by default. Its table is empty: it is stored and
/// planned, and cannot be run.
pub fn spec(name: &str) -> JourneySpec {
    JourneySpec {
        descriptor: descriptor(name),
        code: Code::HttpCheck("{}".to_owned()),
        timing: Some(Timing::of("every 1m".parse().unwrap())),
        params: BTreeMap::new(),
        secrets: BTreeMap::new(),
        allow: vec![],
        limits: Limits::default(),
        retry: RetryPolicy::default(),
        group: None,
        alert: AlertSettings::default(),
    }
}
