//! The request and its expectations.

use std::ops::RangeInclusive;
use std::time::Duration;

use bytes::Bytes;
use wayfarer_model::report::CheckRecord;
use wayfarer_model::units::Bytes as Size;

use super::expectation;
use crate::http::{HttpRequest, HttpResponse, RedirectPolicy};
use crate::json_path::JsonPath;
use crate::net::Timeouts;

/// The most of a body that is read as JSON, in bytes: its values are made in one go.
const JSON: usize = 4 << 20;

/// How many times as much memory as a text the values that are read from it take.
const JSON_FACTOR: u64 = 20;

/// The request, and what its answer must satisfy.
#[derive(Debug, Clone)]
pub struct HttpCheck {
    /// Absolute, `http` or `https`.
    pub url: String,
    /// Any token but `CONNECT`.
    pub method: String,
    /// Names in any case.
    pub headers: Vec<(String, String)>,
    /// Empty for none.
    pub body: Bytes,
    /// The statuses that pass.
    pub expect_status: Vec<RangeInclusive<u16>>,
    /// Texts that the body must contain.
    pub contains: Vec<String>,
    /// Texts that the body must not contain.
    pub not_contains: Vec<String>,
    /// Places in a JSON body, each of which must hold one value: this JSON, or this text as it is.
    pub json: Vec<(JsonPath, String)>,
    /// The longest that the request may take, redirects included.
    pub max_latency: Option<Duration>,
    /// Whether a slower answer is a failure; otherwise it is a degradation.
    pub hard_latency: bool,
    /// How many days the certificate must still be valid for.
    pub certificate_days: Option<u32>,
    /// At most ten are followed by default.
    pub redirects: RedirectPolicy,
    /// They cover the redirects too.
    pub timeouts: Timeouts,
}

impl HttpCheck {
    /// `GET`, up to ten redirects, a status of 200 to 399.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            method: "GET".to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
            expect_status: vec![200..=399],
            contains: Vec::new(),
            not_contains: Vec::new(),
            json: Vec::new(),
            max_latency: None,
            hard_latency: false,
            certificate_days: None,
            redirects: RedirectPolicy::Follow(10),
            timeouts: Timeouts::default(),
        }
    }

    pub(super) fn request(&self) -> HttpRequest {
        let is_unread = self.contains.is_empty() && self.not_contains.is_empty() && self.json.is_empty();
        HttpRequest {
            headers: self.headers.clone(),
            body: self.body.clone(),
            timeouts: self.timeouts,
            redirects: self.redirects,
            jar: Some(0),
            max_body: is_unread.then_some(0),
            ..HttpRequest::new(self.method.as_str(), self.url.as_str())
        }
    }

    /// What comparing takes in memory, in bytes.
    pub(super) fn room(&self, response: &HttpResponse) -> u64 {
        let times = if self.json.is_empty() { 1 } else { JSON_FACTOR };
        times * response.body.len() as u64
    }

    /// Every expectation, compared.
    pub(super) fn compare(&self, response: &HttpResponse) -> Vec<CheckRecord> {
        let mut checks = vec![expectation::status(response.status, &self.expect_status)];
        let text = response.text();
        checks
            .extend(self.contains.iter().map(|part| expectation::contains(&text, part, response.truncated)));
        checks.extend(self.not_contains.iter().map(|part| expectation::lacks(&text, part)));
        if !self.json.is_empty() {
            let document = document(&text);
            checks.extend(
                self.json.iter().map(|(path, expected)| expectation::json(&document, path, expected)),
            );
        }
        if let Some(limit) = self.max_latency {
            checks.push(expectation::latency(response.phases.total_us, limit, self.hard_latency));
        }
        if let Some(days) = self.certificate_days {
            let now = crate::clock::unix_now();
            checks.push(expectation::certificate(response.certificate_expires_ms, days, now));
        }
        checks
    }
}

fn document(body: &str) -> Result<serde_json::Value, String> {
    if body.len() > JSON {
        return Err(format!("it is larger than the {} that are read as JSON", Size(JSON as u64)));
    }
    serde_json::from_str(body).map_err(|error| error.to_string())
}
