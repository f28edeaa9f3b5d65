//! One request of a check as a chain of calls.

use std::time::Duration;

use wayfarer_sandbox::http_check::{CheckBody, CheckCredentials, REDIRECTS, RequestCheck, Template};

use super::expressions::{Scope, quoted};

/// The calls from the method to `send`, a line each. Bytes of a body are in the file that `bytes` names.
pub(super) fn calls(request: &RequestCheck, scope: &Scope<'_>, bytes: &str) -> Vec<String> {
    let mut calls = vec![format!(".request({}, {})", quoted(&request.method), scope.text(&request.url))];
    calls.extend(
        request.query.iter().map(|(name, value)| format!(".query({}, {})", quoted(name), scope.text(value))),
    );
    for (name, values) in grouped(&request.headers) {
        let value = match values.as_slice() {
            [one] => scope.text(one),
            several => {
                let several: Vec<String> =
                    several.iter().map(|value| format!("{}.to_string()", scope.text(value))).collect();
                // Cookies of several headers are those of one, which has its own separator.
                let separator = if name == "cookie" { "; " } else { ", " };
                format!("[{}].join({})", several.join(", "), quoted(separator))
            }
        };
        calls.push(format!(".header({}, {value})", quoted(&name)));
    }
    match &request.credentials {
        None => {}
        Some(CheckCredentials::Basic(user, password)) => {
            calls.push(format!(".basic({}, {})", scope.text(user), scope.text(password)));
        }
        Some(CheckCredentials::Bearer(token)) => calls.push(format!(".bearer({})", scope.text(token))),
    }
    calls.extend(body(request, scope, bytes));
    match request.follow {
        0 => calls.push(".redirects(Redirects::Manual)".to_owned()),
        REDIRECTS => {}
        most => calls.push(format!(".redirects(Redirects::Follow({most}))")),
    }
    calls.extend(timeouts(request));
    calls.push(".send()?".to_owned());
    calls
}

/// Values by their names in lower case, in order.
fn grouped(pairs: &[(String, Template)]) -> Vec<(String, Vec<&Template>)> {
    let mut groups: Vec<(String, Vec<&Template>)> = Vec::new();
    for (name, value) in pairs {
        let name = name.to_ascii_lowercase();
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => groups.push((name, vec![value])),
        }
    }
    groups
}

fn body(request: &RequestCheck, scope: &Scope<'_>, bytes: &str) -> Option<String> {
    // A type of the headers goes before this one.
    const NO_TYPE: &str = "\"application/octet-stream\"";
    Some(match &request.body {
        CheckBody::None => return None,
        CheckBody::Text(text) => format!(".body({NO_TYPE}, {})", scope.text(text)),
        CheckBody::Bytes(_) => format!(".body({NO_TYPE}, include_bytes!({}).as_slice())", quoted(bytes)),
        CheckBody::Json(value) => format!(".json(&json!({}))", scope.json(value)),
        CheckBody::Form(fields) => {
            let field = |(name, values): (String, Vec<&Template>)| {
                let values: Vec<String> = values.into_iter().map(|value| scope.text(value)).collect();
                let value = if let [one] = values.as_slice() {
                    one.clone()
                } else {
                    format!("[{}]", values.join(", "))
                };
                format!("{}: {value}", quoted(&name))
            };
            let fields: Vec<String> = kept(fields).into_iter().map(field).collect();
            format!(".form(&json!({{{}}}))", fields.join(", "))
        }
    })
}

/// Fields by their names, as they are written.
fn kept(pairs: &[(String, Template)]) -> Vec<(String, Vec<&Template>)> {
    let mut groups: Vec<(String, Vec<&Template>)> = Vec::new();
    for (name, value) in pairs {
        match groups.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value),
            None => groups.push((name.clone(), vec![value])),
        }
    }
    groups
}

fn timeouts(request: &RequestCheck) -> Option<String> {
    let connect = request.connect_timeout.map(duration);
    let connect = connect.map(|limit| format!(".dns({limit}).connect({limit}).tls({limit})"));
    let wait = request.response_timeout.map(|limit| format!(".wait({})", duration(limit)));
    let limits: String = connect.into_iter().chain(wait).collect();
    (!limits.is_empty()).then(|| format!(".timeouts(Timeouts::new(){limits})"))
}

/// A duration as an expression.
pub(super) fn duration(duration: Duration) -> String {
    let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if ms.is_multiple_of(1_000) { format!("secs({})", ms / 1_000) } else { format!("millis({ms})") }
}
