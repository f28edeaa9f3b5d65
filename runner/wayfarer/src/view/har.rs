//! The requests of a run as HTTP Archive, version 1.2 (<http://www.softwareishard.com/blog/har-12-spec/>): what browsers' tools, Charles
//! and Insomnia read.
//!
//! Each step is a page, and so is what an attempt did outside of steps. Every request is an entry; heads and bodies are there where they were
//! kept, and an entry without them says so. Times are milliseconds. What did not happen, and what is not known, is -1, as the format has it.

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
        "time": milliseconds(total(&record.phases)),
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
        // The format has a word for another encoding in answers only.
        let comment = comment_on(&sent.body).or(sent.body.text().is_none().then_some(IN_BASE64));
        if let Some(comment) = comment {
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
    let mut content = json!({
        "size": size(record, received),
        "mimeType": received.map_or(UNKNOWN_TYPE, media_type),
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
        "bodySize": http.status.map_or(json!(-1), |_| record.received_bytes.into()),
    })
}

/// The size of the decoded content: that of the body where all of it was kept, else what was received. -1 where that was compressed, and
/// where no answer came.
fn size(record: &TrafficRecord, received: Option<&MessageRecord>) -> Value {
    if record.kind.as_request().status.is_none() {
        return json!(-1);
    }
    let is_whole = |body: &BodyRecord| !body.is_empty() && !body.is_cut && !body.is_lost;
    match received {
        Some(answer) if is_whole(&answer.body) => answer.body.content.len().into(),
        Some(answer) if answer.header("content-encoding").is_some() && record.received_bytes > 0 => json!(-1),
        _ => record.received_bytes.into(),
    }
}

const CUT: &str = "only the beginning was kept";
const IN_BASE64: &str = "the text is base64 of bytes that are no text";

/// What browsers write for an answer without a known media type.
const UNKNOWN_TYPE: &str = "x-unknown";

fn comment_on(body: &BodyRecord) -> Option<&'static str> {
    if body.is_lost { Some(BodyRecord::LOST) } else { body.is_cut.then_some(CUT) }
}

fn media_type(message: &MessageRecord) -> &str {
    message.header("content-type").unwrap_or(UNKNOWN_TYPE)
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

/// The parts of a request's time that have a place of their own.
fn known(phases: &Phases) -> Micros {
    let Phases { dns_us, connect_us, tls_us, wait_us, receive_us, total_us: _ } = phases;
    Micros([dns_us, connect_us, tls_us, wait_us, receive_us].iter().map(|time| time.0).sum())
}

/// The format wants it to be the sum of all timings.
fn total(phases: &Phases) -> Micros {
    phases.total_us.max(known(phases))
}

/// `connect` includes `ssl`; sending is a part of waiting here. What is left of the total stands before the rest, as waiting for a connection.
fn timings(phases: &Phases) -> Value {
    let or_never = |time: Micros| if time == Micros(0) { -1.0 } else { milliseconds(time) };
    json!({
        "blocked": or_never(total(phases).since(known(phases))),
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

    /// What the format says in words, and no schema does.
    fn rules_broken(archive: &Value) -> Vec<String> {
        let mut broken = Vec::new();
        let log = &archive["log"];
        let of_pages: Vec<&Value> = log["pages"].as_array().unwrap().iter().map(|page| &page["id"]).collect();
        for (place, entry) in log["entries"].as_array().unwrap().iter().enumerate() {
            let mut must = |holds: bool, what: &str| {
                if !holds {
                    broken.push(format!("entry {place}: {what}"));
                }
            };
            must(of_pages.iter().filter(|id| **id == &entry["pageref"]).count() == 1, "has one page");
            let timing = |name: &str| entry["timings"][name].as_f64().unwrap();
            let parts = ["blocked", "dns", "connect", "send", "wait", "receive"].map(timing);
            let sum: f64 = parts.iter().filter(|part| **part >= 0.0).sum();
            must((sum - entry["time"].as_f64().unwrap()).abs() < 0.001, "its time is the sum of its timings");
            must(parts[3..].iter().all(|part| *part >= 0.0), "send, wait and receive are not left out");
            must(
                parts.iter().all(|part| *part >= 0.0 || (*part + 1.0).abs() < f64::EPSILON),
                "what did not happen is -1",
            );
            must(timing("ssl") <= timing("connect"), "the time of ssl is part of connect");
            let (content, response) = (&entry["response"]["content"], &entry["response"]);
            must(!content["mimeType"].as_str().unwrap().is_empty(), "its content has a type");
            let text = content["text"].as_str().filter(|_| content["encoding"].is_null());
            let (size, wire) = (content["size"].as_i64().unwrap(), response["bodySize"].as_i64().unwrap());
            if let Some(text) = text.filter(|_| content["comment"].is_null()) {
                must(size == text.len() as i64, "the size of its content is that of the text");
            }
            must(size >= -1 && wire >= -1, "a size that is not known is -1");
            must(size != 0 || wire <= 0, "content that was received is not empty");
            let is_answered = response["status"] != 0;
            must(is_answered || wire == -1 && size == -1, "nothing is known of an answer that did not come");
        }
        broken
    }

    #[test]
    fn every_sample_is_an_archive_of_version_1_2() {
        let mut dialled = answered_wrong();
        dialled.recording.traffic[0].remote_address = Some("127.0.0.1:7301".to_owned());
        dialled.recording.traffic[1].remote_address = Some("[::1]:7301".to_owned());
        dialled.recording.traffic[1].phases.total_us = Micros(700_000);
        let mut attempts = [dialled, passed(2), broken(), open()];
        for (number, attempt) in (1..).zip(&mut attempts) {
            attempt.context.number = number;
        }
        let archive = har(&attempts);
        assert_eq!(check(&archive), Vec::<String>::new(), "{archive:#}");
        assert_eq!(rules_broken(&archive), Vec::<String>::new(), "{archive:#}");
        let mut wrong = archive.clone();
        wrong["log"]["entries"][0]["request"].as_object_mut().unwrap().remove("headers");
        assert_eq!(check(&wrong).len(), 1, "the schema looks into entries");
    }

    #[test]
    fn a_body_that_was_not_kept_has_the_size_that_was_received() {
        let size = |head: Option<&[(&str, &str)]>, body: BodyRecord, status: Option<u16>| {
            let mut report = answered_wrong();
            let record = &mut report.recording.traffic[1];
            record.received_bytes = 5_000;
            record.kind.http_mut().unwrap().status = status;
            let headers = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            let received = head.map(|head| MessageRecord {
                headers: head.iter().map(headers).collect(),
                headers_left_out: 0,
                body,
            });
            report.recording.exchanges[1].received = received;
            let archive = har(&[report]);
            assert_eq!(check(&archive), Vec::<String>::new(), "{archive:#}");
            assert_eq!(rules_broken(&archive), Vec::<String>::new(), "{archive:#}");
            let content = &archive["log"]["entries"][1]["response"]["content"];
            (content["size"].as_i64().unwrap(), content["mimeType"].as_str().unwrap().to_owned())
        };
        let of = |size: i64, kind: &str| (size, kind.to_owned());
        let html: &[_] = &[("content-type", "text/html")];
        let packed: &[_] = &[("content-type", "text/html"), ("content-encoding", "br")];
        let whole = || BodyRecord { content: b"decoded".to_vec(), ..BodyRecord::default() };
        let cut = || BodyRecord { is_cut: true, ..whole() };
        let lost = || BodyRecord { is_lost: true, ..BodyRecord::default() };
        assert_eq!(size(Some(html), BodyRecord::default(), Some(200)), of(5_000, "text/html"));
        assert_eq!(size(Some(html), lost(), Some(200)), of(5_000, "text/html"));
        assert_eq!(size(Some(html), cut(), Some(200)), of(5_000, "text/html"));
        assert_eq!(size(Some(packed), BodyRecord::default(), Some(200)), of(-1, "text/html"));
        assert_eq!(size(Some(packed), cut(), Some(200)), of(-1, "text/html"));
        assert_eq!(size(Some(packed), whole(), Some(200)), of(7, "text/html"));
        assert_eq!(size(Some(&[]), whole(), Some(200)), of(7, "x-unknown"));
        assert_eq!(size(None, BodyRecord::default(), Some(200)), of(5_000, "x-unknown"));
        assert_eq!(size(None, BodyRecord::default(), None), of(-1, "x-unknown"));
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
