//! HAR 1.2, an archive of recorded requests: one check with the requests of the walk, in their order.

use serde_json::Value;
use url::Url;
use wayfarer_model::secret_names::is_secret_name;

use super::ImportError;
use super::fields::Fields;
use super::har_entries::{left_out, site};
use super::har_values::Answer;
use crate::author::check_file::{
    DraftCheck, DraftFile, DraftRequest, RawBody, RawRequest, is_secret_value, literal, sealed,
};
use crate::config::MOST_REQUESTS;

/// Headers that a browser sends by itself and that say nothing about the walk.
const BROWSERS: [&str; 13] = [
    "host",
    "user-agent",
    "referer",
    "dnt",
    "upgrade-insecure-requests",
    "cache-control",
    "pragma",
    "priority",
    "te",
    "if-none-match",
    "if-modified-since",
    "accept-language",
    "save-data",
];

pub(super) fn import(text: &str, document: &Value, file: &mut DraftFile) -> Result<(), ImportError> {
    let entries = document.pointer("/log/entries").and_then(Value::as_array);
    let entries = entries.ok_or_else(|| {
        ImportError::at(text, "\"entries\"", "it has no list `log.entries`: this is no HAR")
    })?;
    let mut walk = Walk::default();
    for (at, entry) in entries.iter().enumerate() {
        let item = item(entry, at);
        if let Err(why) = walk.take(&item, entry, file) {
            file.lose(item, why);
        }
    }
    let Some(first) = &walk.first else { return Ok(()) };
    let title =
        document.pointer("/log/pages/0/title").and_then(Value::as_str).filter(|title| !title.contains("://"));
    let wanted = title.map_or_else(|| first.host_str().unwrap_or_default().to_owned(), str::to_owned);
    file.note("the archive does not say how often: write `schedule`");
    let name = file.names.next(&wanted);
    let check = DraftCheck { name, title: wanted.clone(), requests: walk.requests, ..DraftCheck::default() };
    if let Err(why) = file.add(check) {
        file.lose(wanted, why);
    }
    Ok(())
}

/// The entry as people know it again.
fn item(entry: &Value, at: usize) -> String {
    let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let url = text("/request/url").split(['?', '#']).next().unwrap_or_default();
    let shown: String = url.chars().take(120).collect();
    format!("{}: {} {shown}", at + 1, text("/request/method"))
}

/// The requests so far, and what is known of their answers.
#[derive(Debug, Default)]
struct Walk {
    requests: Vec<DraftRequest>,
    answers: Vec<Answer>,
    first: Option<Url>,
    /// Names of cookies that an answer has set.
    cookies: Vec<String>,
}

impl Walk {
    fn take(&mut self, item: &str, entry: &Value, file: &mut DraftFile) -> Result<(), String> {
        let mut request = Fields::of(entry).below("request");
        let written = request.raw_text("url").unwrap_or_default();
        let url = Url::parse(&written).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or("it is no http or https URL")?;
        if let Some(why) = left_out(entry, &url, self.first.as_ref().map(site).as_deref()) {
            return Err(why.to_owned());
        }
        if self.requests.len() >= MOST_REQUESTS {
            return Err(format!("a check has at most {MOST_REQUESTS} requests"));
        }
        let raw = self.raw_request(item, &mut request, &written, file)?;
        let mut draft = sealed(file, item, &raw)?;
        let status = entry.pointer("/response/status").and_then(Value::as_u64).unwrap_or(200);
        // The request goes without the validators that a browser's cache added, and without a range.
        draft.status = Some(if matches!(status, 206 | 304) { "200".to_owned() } else { status.to_string() });
        // What a redirect leads to is the next entry.
        draft.follow = (status != 304 && (300..400).contains(&status)).then_some(0);
        if status >= 400 {
            file.note(format!(
                "{item}: it was answered with {status} when it was recorded, and the check expects that again"
            ));
        }
        self.first.get_or_insert(url);
        self.cookies.extend(set_cookies(entry));
        self.answers.extend(Answer::of(entry, self.requests.len()));
        self.requests.push(draft);
        Ok(())
    }

    fn raw_request(
        &mut self,
        item: &str,
        request: &mut Fields<'_>,
        url: &str,
        file: &mut DraftFile,
    ) -> Result<RawRequest, String> {
        let url = self.url(item, url, file);
        let mut raw = RawRequest { method: request.raw_text("method"), url, ..RawRequest::default() };
        for header in request.list("headers") {
            let mut header = Fields::of(header);
            let (name, value) = (
                header.raw_text("name").unwrap_or_default().to_ascii_lowercase(),
                header.raw_text("value").unwrap_or_default(),
            );
            let is_browsers =
                BROWSERS.contains(&name.as_str()) || name.starts_with("sec-") || name.starts_with(':');
            let is_get = raw.method.as_deref() == Some("GET");
            if name.is_empty() || is_browsers || name == "range" || (name == "origin" && is_get) {
                continue;
            }
            let value = if name == "cookie" {
                self.cookie(item, &value, file)
            } else {
                Some(self.value(item, &name, &value, file))
            };
            raw.headers.extend(value.map(|value| (name, value)));
        }
        let mut body = request.below("postData");
        let kind = body.raw_text("mimeType").unwrap_or_default();
        if kind.starts_with("multipart/") {
            return Err("its body has several parts, and a check has no such body".to_owned());
        }
        let mut fields: Vec<(String, String)> = Vec::new();
        for pair in body.list("params") {
            let mut pair = Fields::of(pair);
            let Some(name) = pair.text("name") else { continue };
            let value = pair.raw_text("value").unwrap_or_default();
            let value = self.known(item, &format!("field `{name}`"), &value, file);
            fields.push((name, value));
        }
        raw.body = match body.raw_text("text").filter(|text| !text.is_empty()) {
            Some(text) => Some(self.body(item, &text, file)),
            None => (!fields.is_empty()).then_some(RawBody::Form(fields)),
        };
        if raw.body.is_some() && raw.header("content-type").is_none() && !kind.is_empty() {
            raw.headers.push(("content-type".to_owned(), kind));
        }
        Ok(raw)
    }

    /// Cookies that an answer of the walk has set come by themselves; the others are one secret.
    fn cookie(&self, item: &str, value: &str, file: &mut DraftFile) -> Option<String> {
        let pairs = value.split(';').map(str::trim).filter(|pair| !pair.is_empty());
        let own: Vec<&str> = pairs
            .filter(|pair| !self.cookies.iter().any(|known| pair.split('=').next() == Some(known.as_str())))
            .collect();
        if own.is_empty() {
            return None;
        }
        file.note(format!("{item}: its cookies were there before the recording: they are a secret now, and end when their session does"));
        Some(literal(&own.join("; ")))
    }

    /// The value of a header. A token that an earlier answer gave is captured from it.
    fn value(&mut self, item: &str, name: &str, value: &str, file: &mut DraftFile) -> String {
        if !is_secret_name(name) && !is_secret_value(value) {
            return literal(value);
        }
        let (scheme, token) =
            value.split_once(' ').map_or(("", value), |(scheme, token)| (scheme, token.trim()));
        let place = format!("header `{name}`");
        let Some(captured) = self.found(item, &place, token, file) else {
            file.note(format!("{item}: the value of its {place} is a secret now; a token that ends soon has to be captured from an answer instead"));
            return literal(value);
        };
        if scheme.is_empty() { captured } else { format!("{scheme} {captured}") }
    }

    /// The URL with what earlier answers gave: segments of its path, and values of its parameters.
    fn url(&mut self, item: &str, url: &str, file: &mut DraftFile) -> String {
        let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
        let segments: Vec<String> =
            base.split('/').map(|segment| self.encoded(item, "path", segment, file)).collect();
        let pairs = query.into_iter().flat_map(|query| query.split('&'));
        let pairs: Vec<String> = pairs
            .map(|pair| match pair.split_once('=') {
                None => literal(pair),
                Some((name, value)) => {
                    format!(
                        "{}={}",
                        literal(name),
                        self.encoded(item, &format!("parameter `{name}`"), value, file)
                    )
                }
            })
            .collect();
        let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
        segments.join("/") + &query
    }

    /// The body with what earlier answers gave: members of JSON, and fields of a form.
    fn body(&mut self, item: &str, text: &str, file: &mut DraftFile) -> RawBody {
        if let Ok(value @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str::<Value>(text) {
            let filled = self.json(item, &value, file);
            return if filled == value {
                RawBody::Text(literal(text))
            } else {
                RawBody::Text(filled.to_string())
            };
        }
        let pairs: Vec<String> = text
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) if !name.contains(char::is_whitespace) => {
                    format!(
                        "{}={}",
                        literal(name),
                        self.encoded(item, &format!("field `{name}`"), value, file)
                    )
                }
                _ => literal(pair),
            })
            .collect();
        RawBody::Text(pairs.join("&"))
    }

    fn json(&mut self, item: &str, value: &Value, file: &mut DraftFile) -> Value {
        match value {
            Value::String(text) => Value::String(self.known(item, "JSON", text, file)),
            Value::Array(items) => items.iter().map(|one| self.json(item, one, file)).collect(),
            Value::Object(members) => Value::Object(
                members.iter().map(|(name, member)| (name.clone(), self.json(item, member, file))).collect(),
            ),
            other => other.clone(),
        }
    }

    /// A text that is percent-encoded.
    fn encoded(&mut self, item: &str, place: &str, text: &str, file: &mut DraftFile) -> String {
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        self.found(item, place, &decoded, file).unwrap_or_else(|| literal(text))
    }

    fn known(&mut self, item: &str, place: &str, text: &str, file: &mut DraftFile) -> String {
        self.found(item, place, text, file).unwrap_or_else(|| literal(text))
    }

    /// The placeholder of a value that an earlier answer gave.
    fn found(&mut self, item: &str, place: &str, value: &str, file: &mut DraftFile) -> Option<String> {
        let (at, (path, wanted)) =
            self.answers.iter().rev().find_map(|answer| Some((answer.request, answer.find(value)?)))?;
        file.note(format!("{item}: a value of its {place} is captured from an earlier answer, at `{path}`"));
        Some(self.captured(at, &path, &wanted))
    }

    /// The placeholder of a value of an earlier answer.
    fn captured(&mut self, at: usize, path: &str, wanted: &str) -> String {
        let taken: Vec<String> =
            self.requests.iter().flat_map(|request| &request.capture).map(|(name, _)| name.clone()).collect();
        let Some(request) = self.requests.get_mut(at) else { return String::new() };
        if let Some((name, _)) = request.capture.iter().find(|(_, known)| known == path) {
            return format!("${{{name}}}");
        }
        let mut names =
            std::iter::once(wanted.to_owned()).chain((2..).map(|number| format!("{wanted}_{number}")));
        let name = names.find(|name| !taken.contains(name)).unwrap_or_default();
        request.capture.push((name.clone(), path.to_owned()));
        format!("${{{name}}}")
    }
}

fn set_cookies(entry: &Value) -> impl Iterator<Item = String> + '_ {
    let headers = entry.pointer("/response/headers").and_then(Value::as_array).into_iter().flatten();
    headers.filter_map(|header| {
        let mut header = Fields::of(header);
        let name = header.raw_text("name")?;
        let value = header.raw_text("value")?;
        let cookie = value.split('=').next().map(|name| name.trim().to_owned());
        cookie.filter(|_| name.eq_ignore_ascii_case("set-cookie"))
    })
}
