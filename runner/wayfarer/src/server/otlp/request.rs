//! A hop of a request as a client's span, by OpenTelemetry's semantic conventions for HTTP.

use url::Url;
use wayfarer_model::traffic::TrafficRecord;
use wayfarer_model::units::Micros;

use super::wire::{Attributes, Status};

/// Methods that the conventions know; any other is `_OTHER`, so that names stay few.
const METHODS: [&str; 9] = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];
const OTHER: &str = "_OTHER";

/// What the span is called: the method.
pub(super) fn name(record: &TrafficRecord) -> String {
    let http = record.kind.as_request();
    let known = METHODS.contains(&http.method.as_str());
    // Where the method is `_OTHER`, the conventions want this word in the name.
    if known { http.method.clone() } else { "HTTP".to_owned() }
}

pub(super) fn attributes(record: &TrafficRecord) -> Attributes {
    let http = record.kind.as_request();
    let is_known = METHODS.contains(&http.method.as_str());
    // A URL that is none was never called.
    let url = Url::parse(&http.url).ok();
    let host = url.as_ref().and_then(Url::host_str).map(|host| host.trim_matches(['[', ']']).to_owned());
    let port = url.as_ref().and_then(Url::port_or_known_default).map(u64::from);
    let protocol = http.protocol.as_deref().map(|protocol| protocol.trim_start_matches("HTTP/"));
    let peer = record.remote_address.as_deref().and_then(|peer| peer.rsplit_once(':'));
    let tls = record.tls_version.as_deref().map(|version| version.trim_start_matches("TLSv"));
    let all = Attributes::default()
        .text("http.request.method", if is_known { http.method.as_str() } else { OTHER })
        .text_if("http.request.method_original", (!is_known).then_some(&http.method))
        .text("url.full", &http.url)
        .text_if("server.address", host)
        .number_if("server.port", port)
        .number_if("http.response.status_code", http.status.map(u64::from))
        .text_if("error.type", error_type(record))
        .text_if("network.protocol.name", protocol.map(|_| "http"))
        .text_if("network.protocol.version", protocol)
        .text_if("network.peer.address", peer.map(|(address, _)| address.trim_matches(['[', ']'])))
        .number_if("network.peer.port", peer.and_then(|(_, port)| port.parse().ok()))
        .text_if("tls.protocol.name", tls.map(|_| "tls"))
        .text_if("tls.protocol.version", tls)
        .number("http.request.body.size", record.sent_bytes)
        .number("http.response.body.size", record.received_bytes)
        .truth("wayfarer.connection.reused", record.reused)
        .truth("wayfarer.redirect.followed", http.redirected);
    let took = record.phases;
    let phases = [
        ("dns", took.dns_us),
        ("connect", took.connect_us),
        ("tls", took.tls_us),
        ("wait", took.wait_us),
        ("receive", took.receive_us),
    ];
    let phases = phases.into_iter().filter(|(_, took)| *took > Micros(0));
    phases.fold(all, |all, (phase, took)| all.number(format!("wayfarer.phase.{phase}_us"), took.0))
}

/// A client's answer of 400 or above is an error, whatever the journey makes of it: the span of its step says that.
pub(super) fn status(record: &TrafficRecord) -> Status {
    match &record.error {
        Some(error) => Status::error(&error.message),
        None if error_type(record).is_some() => Status::error(""),
        None => Status::default(),
    }
}

fn error_type(record: &TrafficRecord) -> Option<String> {
    if let Some(error) = &record.error {
        return Some(error.kind.as_str().to_owned());
    }
    let status = record.kind.as_request().status?;
    (status >= 400).then(|| status.to_string())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::{Value, json};
    use wayfarer_model::traffic::{Blame, HttpFacts, TrafficError, TrafficErrorKind};

    use super::*;

    fn record(method: &str, url: &str, status: Option<u16>) -> TrafficRecord {
        let facts = HttpFacts { status, ..HttpFacts::request(method, url) };
        TrafficRecord::http(None, Micros(0), facts)
    }

    /// The attributes of these names, as JSON.
    fn named(record: &TrafficRecord, names: &[&str]) -> Vec<Value> {
        let all = serde_json::to_value(attributes(record)).unwrap();
        let all = all.as_array().unwrap();
        let of = |name: &&str| {
            all.iter().find(|one| one["key"] == **name).map_or(Value::Null, |one| one["value"].clone())
        };
        names.iter().map(of).collect()
    }

    #[test]
    fn an_answer_of_400_or_above_and_a_failure_have_a_type_and_others_none() {
        let said = |record: &TrafficRecord| {
            (named(record, &["error.type"]).remove(0), serde_json::to_value(status(record)).unwrap())
        };
        assert_eq!(said(&record("GET", "http://a/", Some(200))), (Value::Null, json!({"code": 0})));
        assert_eq!(said(&record("GET", "http://a/", Some(302))), (Value::Null, json!({"code": 0})));
        assert_eq!(
            said(&record("GET", "http://a/", Some(404))),
            (json!({"stringValue": "404"}), json!({"code": 2}))
        );
        let error = TrafficError {
            kind: TrafficErrorKind::TooLarge,
            message: "the body is too long".to_owned(),
            phase: None,
            blame: Blame::Target,
        };
        let failed = TrafficRecord { error: Some(error), ..record("GET", "http://a/", Some(200)) };
        assert_eq!(
            said(&failed),
            (json!({"stringValue": "too-large"}), json!({"code": 2, "message": "the body is too long"}))
        );
    }

    #[test]
    fn hosts_ports_and_protocols_are_told_apart_whatever_their_form() {
        let names = [
            "server.address",
            "server.port",
            "network.peer.address",
            "network.peer.port",
            "network.protocol.version",
            "tls.protocol.version",
        ];
        let mut over_tls = record("GET", "https://[2001:db8::7]/a?b=1", Some(200));
        over_tls.remote_address = Some("[2001:db8::7]:443".to_owned());
        over_tls.tls_version = Some(Cow::Borrowed("TLSv1.3"));
        over_tls.kind.http_mut().unwrap().protocol = Some(Cow::Borrowed("HTTP/2"));
        let text = |text: &str| json!({ "stringValue": text });
        assert_eq!(
            named(&over_tls, &names),
            [
                text("2001:db8::7"),
                json!({"intValue": "443"}),
                text("2001:db8::7"),
                json!({"intValue": "443"}),
                text("2"),
                text("1.3")
            ]
        );
        assert_eq!(named(&record("GET", "no url", None), &names), vec![Value::Null; 6]);
    }

    #[test]
    fn a_method_that_nobody_knows_is_no_name_of_a_span() {
        let odd = record("BREW", "http://a/", None);
        assert_eq!(name(&odd), "HTTP");
        assert_eq!(
            named(&odd, &["http.request.method", "http.request.method_original"]),
            [json!({"stringValue": "_OTHER"}), json!({"stringValue": "BREW"})]
        );
        assert_eq!(name(&record("POST", "http://a/", None)), "POST");
    }

    #[test]
    fn the_words_of_kinds_are_those_of_their_json() {
        for kind in [
            TrafficErrorKind::Denied,
            TrafficErrorKind::Dns,
            TrafficErrorKind::Connect,
            TrafficErrorKind::Tls,
            TrafficErrorKind::Credentials,
            TrafficErrorKind::Clock,
            TrafficErrorKind::Timeout,
            TrafficErrorKind::Protocol,
            TrafficErrorKind::Malformed,
            TrafficErrorKind::TooLarge,
            TrafficErrorKind::Cancelled,
            TrafficErrorKind::Other,
        ] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
