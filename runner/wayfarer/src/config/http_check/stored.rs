//! The stored form of a deployed check: JSON with the keys of a request, for each of its requests, and with a format number.
//!
//! Keys that the journey's descriptor and timing hold are not in it. Rows of before there was a number are read too: one request, in
//! which `json` has rules of the form `PATH=VALUE`, no text has placeholders, and the step is named by the method and the whole URL.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use wayfarer_sandbox::http_check::{HttpCheck, JsonPath, Template};

use super::check::checked;
use super::table::{HttpCheckTable, RequestTable};

const FORMAT: u32 = 2;

/// A check as `journey_version` holds it: JSON, with a number for the format.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredCheck {
    format: u32,
    request: Vec<RequestTable>,
}

impl StoredCheck {
    /// The stored form of a table.
    ///
    /// # Errors
    /// The table has no request, or a request beside a list of them, or too many ([`HttpCheckTable::requests`]).
    pub(crate) fn of(table: &HttpCheckTable) -> Result<Self, String> {
        Ok(Self { format: FORMAT, request: table.requests()? })
    }

    /// Writes the JSON that [`from_json`](Self::from_json) reads.
    ///
    /// # Errors
    /// If serde cannot write it, which no value of this type leads to.
    pub(crate) fn to_json(&self) -> Result<String, String> {
        serde_json::to_string(self).map_err(|error| error.to_string())
    }

    /// Reads it, of any format so far.
    ///
    /// # Errors
    /// What cannot be read. A newer format is refused.
    pub(crate) fn from_json(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match value.get("format") {
            None => {
                let old: FirstForm = serde_json::from_value(value).map_err(|error| error.to_string())?;
                old.now()
            }
            Some(format) if *format == FORMAT => {
                serde_json::from_str(text).map_err(|error| error.to_string())
            }
            Some(format) => {
                Err(format!("it has format {format}, and this version of wayfarer reads {FORMAT}"))
            }
        }
    }

    /// Converts it to what the sandbox runs.
    ///
    /// # Errors
    /// A rule that is broken, as when it was deployed.
    pub(crate) fn check(&self) -> Result<HttpCheck, String> {
        checked(&self.request)
    }
}

/// The form without a number. Nothing stands for anything else in its texts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstForm {
    url: String,
    method: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    status: Option<String>,
    #[serde(default)]
    contains: Vec<String>,
    #[serde(default)]
    not_contains: Vec<String>,
    #[serde(default)]
    json: Vec<String>,
    max_latency: Option<String>,
    certificate_days: Option<u32>,
    follow: Option<u32>,
}

impl FirstForm {
    fn now(self) -> Result<StoredCheck, String> {
        let Self { url, method, headers, body, status, contains, not_contains, json, .. } = self;
        let text = |text: &str| Value::from(Template::literal(text).to_string());
        let texts = |texts: &[String]| texts.iter().map(|one| text(one)).collect::<Value>();
        let method = method.unwrap_or_else(|| "GET".to_owned()).to_ascii_uppercase();
        let mut now = Map::new();
        let mut put = |key: &str, value: Value| drop(now.insert(key.to_owned(), value));
        put("name", wayfarer_model::text::clip(&format!("{method} {url}"), 200).into());
        put("url", text(&url));
        put("method", method.into());
        if !headers.is_empty() {
            put("headers", headers.iter().map(|(name, value)| (name.clone(), text(value))).collect());
        }
        if !body.is_empty() {
            put("body", text(&body));
        }
        if let Some(status) = status {
            put("status", status.into());
        }
        put("contains", texts(&contains));
        put("not_contains", texts(&not_contains));
        let rules: Vec<String> = json.iter().map(|rule| rule_now(rule)).collect::<Result<_, _>>()?;
        put("json_path", rules.into());
        if let Some(limit) = self.max_latency {
            put("max_latency", limit.into());
        }
        for (key, value) in [("certificate_days", self.certificate_days), ("follow", self.follow)] {
            if let Some(value) = value {
                put(key, value.into());
            }
        }
        let request = json!({"format": FORMAT, "request": [now]});
        serde_json::from_value(request).map_err(|error| error.to_string())
    }
}

/// `PATH=VALUE` as `PATH == VALUE`. A filter has an `=` of its own: the path ends where it can be read.
fn rule_now(rule: &str) -> Result<String, String> {
    let mut splits = rule.match_indices('=').filter_map(|(at, _)| rule.split_at_checked(at));
    let read = splits.find_map(|(path, value)| Some((path.parse::<JsonPath>().ok()?, value)));
    let (path, value) = read.ok_or_else(|| format!("`{rule}` has no path"))?;
    let value = Template::literal(value.trim_start_matches('=').trim());
    Ok(format!("{path} == {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_before_there_was_a_number_means_the_same() {
        let old = r#"{"url":"https://a.example/${x}?y=1","method":"post","headers":{"accept":"text/${html}"},"body":"{}","status":"2xx,404","contains":["Welcome ${name}"],"not_contains":["Error","Sorry"],"json":["$.status=ok","$.items[?@.n == 1].count=3"],"max_latency":"1500ms","certificate_days":14,"follow":0}"#;
        let stored = StoredCheck::from_json(old).unwrap();
        insta::assert_snapshot!(stored.to_json().unwrap(), @r#"{"format":2,"request":[{"name":"POST https://a.example/${x}?y=1","url":"https://a.example/$${x}?y=1","method":"POST","headers":{"accept":"text/$${html}"},"body":"{}","status":"2xx, 404","contains":"Welcome $${name}","not_contains":["Error","Sorry"],"json_path":["$.status == ok","$.items[?@.n == 1].count == 3"],"max_latency":"1500ms","certificate_days":14,"follow":0}]}"#);
        let check = stored.check().unwrap();
        assert_eq!(check.requests[0].url.as_literal(), Some("https://a.example/${x}?y=1"));
        assert!(StoredCheck::from_json(r#"{"url":"http://a.example"}"#).unwrap().check().is_ok());
        let error = |text: &str| StoredCheck::from_json(text).unwrap_err();
        assert!(error(r#"{"url":"http://a.example","statsu":"200"}"#).contains("statsu"));
        insta::assert_snapshot!(error(r#"{"format":3,"request":[]}"#), @"it has format 3, and this version of wayfarer reads 2");
    }
}
