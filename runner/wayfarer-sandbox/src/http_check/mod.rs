//! The built-in journey: it calls one URL and checks the answer, without a component.
//!
//! It uses the same session and tape as a guest's calls. Its step, checks and requests are therefore recorded and judged
//! as any other journey's. The one step is named after the request. Every expectation is checked, even after one that
//! does not hold.
//!
//! Checks of status, text and JSON are hard. Those of latency, unless asked otherwise, and of the certificate's
//! remaining days are soft: the run is degraded at worst.

mod expectation;
mod json_path;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;
use std::time::Duration;

use bytes::Bytes;
use wayfarer_model::failure::Failure;
use wayfarer_model::judge::Ending;
use wayfarer_model::report::CheckRecord;

pub use self::json_path::{JsonPath, JsonPathError};
use crate::http::{HttpRequest, HttpResponse, HttpSession, RedirectPolicy, SendError};
use crate::net::Timeouts;
use crate::tape::{Stop, Tape};

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
    Ok(failure.map_or(Ending::Returned, Ending::Failed))
}

/// Records the checks. The first hard one that does not hold is the failure.
fn record(checks: Vec<CheckRecord>, tape: &Tape) -> Result<Option<Failure>, Stop> {
    let mut failure = None;
    for check in checks {
        let failed = (failure.is_none() && !check.is_soft && !check.is_passed).then(|| check.clone());
        let number = tape.check(check)?;
        failure = failure.or(failed.map(|check| check.failure(number)));
    }
    Ok(failure)
}
