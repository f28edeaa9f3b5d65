//! A request with what was kept of its heads and bodies, ready to be shown.

use wayfarer_model::exchange::{BodyRecord, ExchangeRecord, MessageRecord};
use wayfarer_model::traffic::{Phase, TrafficRecord};
use wayfarer_model::units::Micros;

use crate::view::curl;

/// The most of a body that a page shows, in characters. JSON and HAR have all that was kept.
const BODY: usize = 6_000;

/// The details of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exchange {
    /// Those that took any time.
    pub(super) phases: Vec<(&'static str, String)>,
    /// What else is known: protocol, address, TLS, sizes.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) error: Option<String>,
    pub(super) sent: Option<Message>,
    pub(super) received: Option<Message>,
    pub(super) curl: String,
}

/// A request or an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) headers: Vec<(String, String)>,
    pub(super) headers_left_out: u32,
    pub(super) body: Option<Body>,
}

/// A body as text, or what is said in place of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) text: Option<String>,
    /// Such as that there was more.
    pub(super) remark: Option<String>,
}

impl Exchange {
    pub(super) fn new(record: &TrafficRecord, kept: Option<&ExchangeRecord>) -> Self {
        let excerpt = record.kind.as_request().excerpt.clone();
        let received = kept.and_then(|kept| kept.received.as_ref()).map(message);
        // Where nothing was kept, the beginning of a bad answer's body may have been.
        let received = received.or_else(|| {
            let body = Body { text: Some(excerpt?), remark: Some("its beginning".to_owned()) };
            Some(Message { headers: Vec::new(), headers_left_out: 0, body: Some(body) })
        });
        Self {
            phases: phases(record),
            facts: facts(record),
            error: record.error.as_ref().map(|error| error.message.clone()),
            sent: kept.map(|kept| message(&kept.sent)),
            received,
            curl: curl(record, kept.map(|kept| &kept.sent)),
        }
    }
}

fn phases(record: &TrafficRecord) -> Vec<(&'static str, String)> {
    let took = record.phases;
    let all = [
        (Phase::Dns, took.dns_us),
        (Phase::Connect, took.connect_us),
        (Phase::Tls, took.tls_us),
        (Phase::Wait, took.wait_us),
        (Phase::Receive, took.receive_us),
    ];
    let taken = all.into_iter().filter(|(_, took)| *took > Micros(0));
    taken.map(|(phase, took)| (phase.as_str(), took.to_string())).collect()
}

fn facts(record: &TrafficRecord) -> Vec<(&'static str, String)> {
    let http = record.kind.as_request();
    let connection = if record.reused { "kept from an earlier request" } else { "" };
    let all = [
        ("protocol", http.protocol.as_deref().unwrap_or_default().to_owned()),
        ("address", record.remote_address.clone().unwrap_or_default()),
        ("TLS", record.tls_version.as_deref().unwrap_or_default().to_owned()),
        ("connection", connection.to_owned()),
        ("redirect", if http.redirected { "followed" } else { "" }.to_owned()),
        ("sent", bytes(record.sent_bytes)),
        ("received", bytes(record.received_bytes)),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// Empty for none.
fn bytes(number: u64) -> String {
    match number {
        0 => String::new(),
        1 => "1 byte".to_owned(),
        2..10_000 => format!("{number} bytes"),
        _ => format!("{:.1} KB", number as f64 / 1_000.0),
    }
}

fn message(record: &MessageRecord) -> Message {
    let kind = record.header("content-type").unwrap_or("no text");
    Message {
        headers: record.headers.clone(),
        headers_left_out: record.headers_left_out,
        body: body(&record.body, kind),
    }
}

fn body(record: &BodyRecord, kind: &str) -> Option<Body> {
    if record.is_lost {
        return Some(Body { text: None, remark: Some(BodyRecord::LOST.to_owned()) });
    }
    if record.content.is_empty() {
        return record.is_cut.then(|| Body { text: None, remark: Some("it was not kept".to_owned()) });
    }
    let Some(text) = record.text() else {
        return Some(Body {
            text: None,
            remark: Some(format!("{} of {kind}", bytes(record.content.len() as u64))),
        });
    };
    let shown: String = text.chars().take(BODY).collect();
    let remark = match (shown.len() < text.len(), record.is_cut) {
        (true, _) => Some("the page shows its beginning: JSON and HAR have more"),
        (false, true) => Some("there was more, which was not kept"),
        (false, false) => None,
    };
    Some(Body { text: Some(shown), remark: remark.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_its_text_or_what_is_said_of_it() {
        let of = |content: &[u8], is_cut, is_lost| {
            body(&BodyRecord { content: content.to_vec(), is_cut, is_lost }, "image/png")
                .map(|body| (body.text, body.remark))
        };
        assert_eq!(of(b"", false, false), None);
        assert_eq!(of(b"abc", false, false), Some((Some("abc".to_owned()), None)));
        assert_eq!(of(b"\x89PNG\0", false, false), Some((None, Some("5 bytes of image/png".to_owned()))));
        assert!(of(b"abc", true, false).unwrap().1.unwrap().contains("more"));
        assert_eq!(of(b"", false, true).unwrap().1.as_deref(), Some(BodyRecord::LOST));
        let long = of(&b"x".repeat(BODY + 1), false, false).unwrap();
        assert_eq!(long.0.map(|text| text.len()), Some(BODY));
    }
}
