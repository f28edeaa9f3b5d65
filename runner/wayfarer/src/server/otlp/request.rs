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
