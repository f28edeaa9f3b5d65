//! The requests of a run as HTTP Archive, version 1.2 (<http://www.softwareishard.com/blog/har-12-spec/>): what browsers' tools, Charles
//! and Insomnia read.
//!
//! Each step is a page, and so is what an attempt did outside of steps. Every request is an entry; heads and bodies are there where they were
//! kept, and an entry without them says so. Times are milliseconds. What did not happen is -1, as the format has it.

#![expect(
    clippy::indexing_slicing,
    reason = "an index by a name puts a member into an object that was just made"
)]

use data_encoding::BASE64;
use serde_json::{Value, json};
use wayfarer_model::exchange::{BodyRecord, ExchangeRecord, MessageRecord};
use wayfarer_model::report::AttemptReport;
use wayfarer_model::traffic::{Phases, TrafficRecord};
use wayfarer_model::units::{Micros, UnixMillis};

/// The archive of all attempts of a run.
pub(crate) fn har(attempts: &[AttemptReport]) -> Value {
    let pages: Vec<Value> = attempts.iter().flat_map(pages).collect();
    let entries: Vec<Value> = attempts.iter().flat_map(entries).collect();
    json!({"log": {
        "version": "1.2",
        "creator": {"name": "wayfarer", "version": env!("CARGO_PKG_VERSION")},
        "pages": pages,
        "entries": entries,
    }})
}

/// The id of the page of a step, or of what is outside of steps.
fn page_of(report: &AttemptReport, step: Option<u32>) -> String {
    let attempt = report.context.number;
    step.map_or_else(|| format!("attempt-{attempt}"), |step| format!("attempt-{attempt}-step-{step}"))
}

fn pages(report: &AttemptReport) -> impl Iterator<Item = Value> {
    let (journey, number) = (&report.context.journey, report.context.number);
    let outside = std::iter::once((None, Micros(0), format!("{journey}, attempt {number}")));
    let steps = (0..).zip(&report.recording.steps);
    let steps = steps.map(|(step, record)| (Some(step), record.started_us, record.name.clone()));
    let is_used = |step: Option<u32>| report.recording.traffic.iter().any(|record| record.step == step);
    outside.chain(steps).filter(move |(step, _, _)| is_used(*step)).map(|(step, since, title)| {
        json!({
            "startedDateTime": at(report, since),
            "id": page_of(report, step),
            "title": title,
            "pageTimings": {"onContentLoad": -1, "onLoad": -1},
        })
    })
}

fn entries(report: &AttemptReport) -> impl Iterator<Item = Value> {
    (0..).zip(&report.recording.traffic).map(move |(place, record)| {
        let exchange = report.recording.exchanges.iter().find(|exchange| exchange.request == place);
        entry(report, record, exchange)
    })
}

fn entry(report: &AttemptReport, record: &TrafficRecord, exchange: Option<&ExchangeRecord>) -> Value {
    let http = record.kind.as_request();
    let version = http.protocol.as_deref().unwrap_or("unknown");
    let mut entry = json!({
        "pageref": page_of(report, record.step),
        "startedDateTime": at(report, record.started_us),
        "time": milliseconds(record.phases.total_us),
        "request": request(record, version, exchange.map(|exchange| &exchange.sent)),
        "response": response(record, version, exchange.and_then(|exchange| exchange.received.as_ref())),
        "cache": {},
        "timings": timings(&record.phases),
    });
    let host = record.remote_address.as_deref().and_then(|address| address.rsplit_once(':'));
    if let Some((host, port)) = host {
        entry["serverIPAddress"] = host.trim_matches(['[', ']']).into();
        entry["connection"] = port.into();
    }
    let error = record.error.as_ref().map(|error| error.message.as_str());
    if let Some(comment) = error.or(exchange.is_none().then_some("heads and bodies were not kept")) {
        entry["comment"] = comment.into();
    }
    entry
}

fn request(record: &TrafficRecord, version: &str, sent: Option<&MessageRecord>) -> Value {
    let http = record.kind.as_request();
    let query = url::Url::parse(&http.url).ok();
    let query: Vec<Value> = query
        .iter()
        .flat_map(url::Url::query_pairs)
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    let mut request = json!({
        "method": http.method,
        "url": http.url,
        "httpVersion": version,
        "cookies": [],
        "headers": headers(sent),
        "queryString": query,
        "headersSize": -1,
        "bodySize": record.sent_bytes,
    });
    if let Some(sent) = sent.filter(|sent| !sent.body.is_empty()) {
        let mut data =
            json!({"mimeType": media_type(sent), "text": text_or_base64(&sent.body).0, "params": []});
        if let Some(comment) = comment_on(&sent.body) {
            data["comment"] = comment.into();
        }
        request["postData"] = data;
    }
    request
}

fn response(record: &TrafficRecord, version: &str, received: Option<&MessageRecord>) -> Value {
    let http = record.kind.as_request();
    let status = http.status.unwrap_or(0);
    let reason = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let size = received.filter(|answer| !answer.body.is_cut).map(|answer| answer.body.content.len() as u64);
    let mut content = json!({
        "size": size.unwrap_or(record.received_bytes),
        "mimeType": received.map_or("", media_type),
    });
    let excerpt = http.excerpt.as_deref();
    match received.filter(|answer| !answer.body.is_empty()) {
        Some(answer) => {
            let kept = (!answer.body.is_lost).then(|| text_or_base64(&answer.body));
            if let Some((text, encoding)) = kept {
                content["text"] = text.into();
                if let Some(encoding) = encoding {
                    content["encoding"] = encoding.into();
                }
            }
            if let Some(comment) = comment_on(&answer.body) {
                content["comment"] = comment.into();
            }
        }
        None => {
            if let Some(excerpt) = excerpt {
                content["text"] = excerpt.into();
                content["comment"] = CUT.into();
            }
        }
    }
    json!({
        "status": status,
        "statusText": reason.unwrap_or(""),
        "httpVersion": version,
        "cookies": [],
        "headers": headers(received),
        "content": content,
        "redirectURL": received.and_then(|answer| answer.header("location")).unwrap_or(""),
        "headersSize": -1,
        "bodySize": record.received_bytes,
    })
}

const CUT: &str = "only the beginning was kept";

fn comment_on(body: &BodyRecord) -> Option<&'static str> {
    if body.is_lost { Some(BodyRecord::LOST) } else { body.is_cut.then_some(CUT) }
}

fn media_type(message: &MessageRecord) -> &str {
    message.header("content-type").unwrap_or("")
}

fn text_or_base64(body: &BodyRecord) -> (String, Option<&'static str>) {
    body.text().map_or_else(|| (BASE64.encode(&body.content), Some("base64")), |text| (text.to_owned(), None))
}

fn headers(message: Option<&MessageRecord>) -> Vec<Value> {
    let headers = message.iter().flat_map(|message| &message.headers);
    headers.map(|(name, value)| json!({"name": name, "value": value})).collect()
}

fn at(report: &AttemptReport, since: Micros) -> String {
    UnixMillis(report.started_at.0 + since.0 / 1_000).rfc3339()
}

fn milliseconds(time: Micros) -> f64 {
    time.0 as f64 / 1_000.0
}

/// `connect` includes `ssl`; sending is a part of waiting here.
fn timings(phases: &Phases) -> Value {
    let or_never = |time: Micros| if time == Micros(0) { -1.0 } else { milliseconds(time) };
    json!({
        "blocked": -1.0,
        "dns": or_never(phases.dns_us),
        "connect": or_never(Micros(phases.connect_us.0 + phases.tls_us.0)),
        "ssl": or_never(phases.tls_us),
        "send": 0.0,
        "wait": milliseconds(phases.wait_us),
        "receive": milliseconds(phases.receive_us),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::samples::{answered_wrong, broken, open, passed};

    /// The JSON schema of `har-schema` 2.0.0 (npm), put together: what it requires, and of which type.
    fn check(archive: &Value) -> Vec<String> {
        let schema = serde_json::from_str(include_str!("har-1.2.schema.json")).unwrap();
        let options = jsonschema::options().should_validate_formats(true);
        let validator = options.build(&schema).unwrap();
        validator.iter_errors(archive).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    #[test]
    fn every_sample_is_an_archive_of_version_1_2() {
        let mut dialled = answered_wrong();
        dialled.recording.traffic[0].remote_address = Some("127.0.0.1:7301".to_owned());
        dialled.recording.traffic[1].remote_address = Some("[::1]:7301".to_owned());
        let archive = har(&[dialled, passed(2), broken(), open()]);
        assert_eq!(check(&archive), Vec::<String>::new(), "{archive:#}");
        let mut wrong = archive.clone();
        wrong["log"]["entries"][0]["request"].as_object_mut().unwrap().remove("headers");
        assert_eq!(check(&wrong).len(), 1, "the schema looks into entries");
    }

    #[test]
    fn an_entry_has_what_was_kept_and_says_what_was_not() {
        let archive = har(&[answered_wrong()]);
        let entries = archive["log"]["entries"].as_array().unwrap();
        let page = &entries[1];
        assert_eq!(
            page["response"]["content"]["text"],
            "<!doctype html>\n<title>Down for maintenance</title>"
        );
        assert_eq!(page["response"]["content"]["comment"], CUT);
        assert_eq!(page["request"]["postData"]["text"], "{\"sku\":\"A1\"}");
        assert_eq!(
            (&page["response"]["status"], &page["response"]["statusText"]),
            (&json!(200), &json!("OK"))
        );
        assert_eq!(page["timings"]["connect"], 1.2);
        assert_eq!(page["pageref"], "attempt-1-step-1");
        assert_eq!(entries[0]["response"]["content"]["encoding"], "base64");
        assert_eq!(archive["log"]["pages"][1]["title"], "place order");
        let archive = har(&[passed(1)]);
        assert_eq!(archive["log"]["entries"][0]["comment"], "heads and bodies were not kept");
        let mut lost = answered_wrong();
        let answer = lost.recording.exchanges[1].received.as_mut().unwrap();
        answer.body = BodyRecord { is_lost: true, ..BodyRecord::default() };
        let archive = har(&[lost]);
        assert_eq!(check(&archive), Vec::<String>::new(), "{archive:#}");
        let content = &archive["log"]["entries"][1]["response"]["content"];
        assert_eq!((&content["text"], &content["comment"]), (&Value::Null, &BodyRecord::LOST.into()));
    }
}
