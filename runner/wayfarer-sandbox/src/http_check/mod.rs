//! The built-in journey: one URL, called and looked at, for those who want no toolchain.
//!
//! It is written natively against the same session and tape that a guest's calls end in, so its steps,
//! checks and requests are recorded and judged as any other journey's. One step, named after the request;
//! every expectation is checked even when an earlier one does not hold.
//!
//! Hard: status, text, JSON and, if so asked, latency. Soft, so that the run is degraded at worst: latency
//! and the certificate's remaining days.

mod expectation;
mod json_path;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;
use std::time::Duration;

use bytes::Bytes;
use wayfarer_model::failure::{Failure, FailureKind};
use wayfarer_model::judge::Ending;
use wayfarer_model::report::CheckRecord;

pub use self::json_path::{JsonPath, JsonPathError};
use crate::http::{HttpRequest, HttpResponse, HttpSession, RedirectPolicy, SendError, Timeouts};
use crate::tape::{Stop, Tape};

/// What to call and what to expect.
#[derive(Debug, Clone)]
pub struct HttpCheck {
    /// The URL.
    pub url: String,
    /// The method.
    pub method: String,
    /// Request headers.
    pub headers: Vec<(String, String)>,
    /// Request body.
    pub body: Bytes,
    /// The statuses that are good.
    pub expect_status: Vec<RangeInclusive<u16>>,
    /// Texts that the body has to contain.
    pub contains: Vec<String>,
    /// Texts that the body must not contain.
    pub not_contains: Vec<String>,
    /// Places in a JSON body and what has to be there: a JSON value, or a text as it is.
    pub json: Vec<(JsonPath, String)>,
    /// The longest that the whole may take, redirects included.
    pub max_latency: Option<Duration>,
    /// Whether being slower is a failure; otherwise it is a degradation.
    pub hard_latency: bool,
    /// How many days the certificate has to be valid for.
    pub certificate_days: Option<u32>,
    /// What to do with redirects.
    pub redirects: RedirectPolicy,
    /// Limits in time.
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

    fn request(&self) -> HttpRequest {
        HttpRequest {
            headers: self.headers.clone(),
            body: self.body.clone(),
            timeouts: self.timeouts,
            redirects: self.redirects,
            discard_body: self.contains.is_empty() && self.not_contains.is_empty() && self.json.is_empty(),
            ..HttpRequest::new(self.method.as_str(), self.url.as_str())
        }
    }

    /// Every expectation, compared.
    fn compare(&self, response: &HttpResponse) -> Vec<CheckRecord> {
        let mut checks = vec![expectation::status(response.status, &self.expect_status)];
        let text = String::from_utf8_lossy(&response.body);
        checks
            .extend(self.contains.iter().map(|part| expectation::contains(&text, part, response.truncated)));
        checks.extend(self.not_contains.iter().map(|part| expectation::lacks(&text, part)));
        if !self.json.is_empty() {
            let document = serde_json::from_slice(&response.body).map_err(|error| error.to_string());
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

/// Walks the journey. The ending is judged as any other's.
pub async fn walk(check: &HttpCheck, session: &HttpSession, tape: &Tape) -> Ending {
    match step(check, session, tape).await {
        Ok(ending) => ending,
        Err(Stop::Exhausted(limit, why)) => Ending::Exhausted(limit, why),
        Err(Stop::Misused(why)) => Ending::Misused(why),
    }
}

async fn step(check: &HttpCheck, session: &HttpSession, tape: &Tape) -> Result<Ending, Stop> {
    let step = tape.begin_step(&format!("{} {}", check.method, check.url))?;
    let failure = match session.send(check.request()).await {
        Ok(response) => record(check.compare(&response), tape)?,
        Err(SendError::Failed(error)) => Some(Failure::message(error.message)),
        Err(SendError::Stop(limit)) => return Err(limit),
    };
    tape.end_step(step, failure.clone())?;
    Ok(failure.map_or(Ending::Content, Ending::Failed))
}

/// Puts the checks on the tape; the first hard one that does not hold is the failure.
fn record(checks: Vec<CheckRecord>, tape: &Tape) -> Result<Option<Failure>, Stop> {
    let failure = checks.iter().find(|check| !check.is_soft && !check.is_passed).map(|check| Failure {
        message: format!("check failed: {}", check.name),
        kind: FailureKind::Check,
        actual: check.actual.clone(),
        expected: check.expected.clone(),
        ..Failure::default()
    });
    for check in checks {
        tape.check(check)?;
    }
    Ok(failure)
}
