//! One request to the receiver, and what its answer means.
//!
//! OTLP lets a client send again after 429, 502, 503 and 504. Wayfarer also waits where a person has to mend something: a key that is
//! refused, a path that is wrong, a receiver that cannot read gzip. Only what will never be taken is given up.

use std::time::Duration;

use serde::Deserialize;
use wayfarer_model::notice::clip;
use wayfarer_model::text::printable;

use super::{Batch, OtlpSettings};
use crate::channels::HttpRequest;
use crate::server::exchange::{Bounds, ExchangeError, exchange};

/// What is read of an answer, in bytes.
const READ: usize = 64 << 10;

/// How long its body may take after its head, which says already whether the receiver has taken the spans.
const BODY_WITHIN: Duration = Duration::from_secs(2);

/// The longest error that is said, in characters.
const ERROR: usize = 300;

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The receiver has it, but for so many spans; for those it says why.
    Taken { refused: u64, why: String },
    /// It may take it later. `after` is what it asks for.
    Later { error: String, after: Option<Duration> },
    /// It never will.
    Refused { error: String },
}

/// `ExportTraceServiceResponse`. Numbers of 64 bits are texts, and some write numbers.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Response {
    partial_success: PartialSuccess,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PartialSuccess {
    rejected_spans: serde_json::Value,
    error_message: String,
}

/// Sends a batch, within the time that the configuration allows. What it returns holds no secret.
pub(crate) async fn send(to: &OtlpSettings, batch: &Batch) -> Answer {
    let request = HttpRequest {
        method: http::Method::POST,
        url: to.url.clone(),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("content-encoding", "gzip".to_owned()),
            ("accept", "application/json".to_owned()),
        ],
        own_headers: to
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.reveal().to_owned()))
            .collect(),
        body: batch.body.clone(),
    };
    let bounds = Bounds { connect: to.timeout, body: READ, body_within: BODY_WITHIN };
    let answered = tokio::time::timeout(to.timeout, exchange(&to.network, &request, bounds)).await;
    let later = |error: String, after| Answer::Later { error: clean(to, &error), after };
    let answered = match answered {
        Ok(Ok(answered)) => answered,
        Ok(Err(ExchangeError::NotReached(error))) => return later(error.message, None),
        Ok(Err(error)) => return later(error.to_string(), None),
        Err(_elapsed) => return later(format!("it took longer than {:?}", to.timeout), None),
    };
    let status = answered.head.status;
    let body = answered.body.as_deref().unwrap_or_default();
    let text = String::from_utf8_lossy(body);
    let said = if text.is_empty() { status.to_string() } else { format!("{status}: {text}") };
    match status.as_u16() {
        200..=299 => taken(to, body),
        400 | 413 | 422 => Answer::Refused { error: clean(to, &format!("it answered {said}")) },
        _ => later(format!("it answered {said}"), answered.retry_after()),
    }
}

/// A receiver may take a part. What it did not take it does not want again.
fn taken(to: &OtlpSettings, body: &[u8]) -> Answer {
    let response: Response = serde_json::from_slice(body).unwrap_or_default();
    let PartialSuccess { rejected_spans, error_message } = response.partial_success;
    let written = rejected_spans.as_str().and_then(|text| text.parse().ok());
    let refused = rejected_spans.as_u64().or(written).unwrap_or(0);
    Answer::Taken { refused, why: clean(to, &error_message) }
}

/// On one line and cut, in this order: what is left of a secret at a cut would not be found.
fn clean(to: &OtlpSettings, text: &str) -> String {
    let text = to.without_secrets(text);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    clip(&printable(&line), ERROR)
}
