//! Every text with placeholders of a request, and where it stands.

use serde_json::Value;
use wayfarer_sandbox::http_check::{
    Capture, CheckBody, CheckCredentials, HeaderTest, JsonTest, RequestCheck, Template,
};

/// Visits each text. Beside it: where a secret in it would stand, as a descriptor writes places (`header:x-key`, `basic`); none where
/// nothing is known of that, or where the text is only compared with.
pub(super) fn each_template(request: &RequestCheck, visit: &mut impl FnMut(&Template, Option<&str>)) {
    url(&request.url, visit);
    for (name, template) in &request.query {
        visit(template, Some(&format!("query:{name}")));
    }
    for (name, template) in &request.headers {
        visit(template, Some(&format!("header:{}", name.to_ascii_lowercase())));
    }
    if let Some(host) = &request.host {
        visit(host, None);
    }
    match &request.credentials {
        Some(CheckCredentials::Basic(user, password)) => {
            visit(user, Some("basic"));
            visit(password, Some("basic"));
        }
        Some(CheckCredentials::Bearer(token)) => visit(token, Some("header:authorization")),
        None => {}
    }
    match &request.body {
        CheckBody::None | CheckBody::Bytes(_) => {}
        // It may be JSON or a form: which member or field it is, the sandbox finds out.
        CheckBody::Text(text) => visit(text, None),
        CheckBody::Json(value) => json(value, "$", visit),
        CheckBody::Form(fields) => {
            for (name, template) in fields {
                visit(template, Some(&format!("form:{name}")));
            }
        }
    }
    compared(request, visit);
}

/// A URL, and the parameters in it, in the values of which a secret may stand.
fn url(url: &Template, visit: &mut impl FnMut(&Template, Option<&str>)) {
    let text = url.to_string();
    for pair in text.split_once('?').map_or("", |(_, query)| query).split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if let Ok(value) = value.parse::<Template>() {
            // The entry of a secret names parameters as a target reads them.
            let name = name.replace('+', " ");
            let name = percent_encoding::percent_decode_str(&name).decode_utf8_lossy();
            visit(&value, Some(&format!("query:{name}")));
        }
    }
    visit(url, None);
}

fn json(value: &Value, path: &str, visit: &mut impl FnMut(&Template, Option<&str>)) {
    match value {
        Value::String(text) => {
            if let Ok(template) = text.parse() {
                visit(&template, Some(&format!("json:{path}")));
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                json(item, &format!("{path}[{place}]"), visit);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                json(member, &format!("{path}{}", json_segment(name)), visit);
            }
        }
        _ => {}
    }
}

/// A member's name as a JSON path writes it.
pub(crate) fn json_segment(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain { format!(".{name}") } else { format!("[{}]", Value::from(name)) }
}

fn compared(request: &RequestCheck, visit: &mut impl FnMut(&Template, Option<&str>)) {
    let rules = &request.rules;
    let patterns =
        rules.matches.iter().chain(&rules.not_matches).map(wayfarer_sandbox::http_check::Pattern::template);
    let headers = rules.headers.iter().filter_map(|rule| match &rule.test {
        HeaderTest::Equals(value) | HeaderTest::Differs(value) | HeaderTest::Contains(value) => Some(value),
        HeaderTest::Matches(pattern) => Some(pattern.template()),
        HeaderTest::Exists | HeaderTest::Absent => None,
    });
    let json = rules.json.iter().filter_map(|rule| match &rule.test {
        JsonTest::Equals(value)
        | JsonTest::Differs(value)
        | JsonTest::Compares(_, value)
        | JsonTest::Contains(value) => Some(value),
        JsonTest::Matches(pattern) => Some(pattern.template()),
        JsonTest::Exists | JsonTest::Absent | JsonTest::Length(..) | JsonTest::Is(_) => None,
    });
    let captures = request.captures.iter().filter_map(|(_, capture)| match capture {
        Capture::Regex(pattern) => Some(pattern.template()),
        Capture::Json(_) | Capture::Header(_) => None,
    });
    let texts = rules.contains.iter().chain(&rules.not_contains).chain(patterns);
    for template in texts.chain(headers).chain(json).chain(captures) {
        visit(template, None);
    }
}
