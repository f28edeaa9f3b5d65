//! From the tables to the sandbox's type, and the rules that concern several keys.
//!
//! An error is the rest of a sentence that begins with the check's name.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use data_encoding::BASE64;
use wayfarer_sandbox::http_check::{
    AnswerRules, CheckBody, CheckCredentials, GOOD_STATUSES, HttpCheck, Pattern, Piece, REDIRECTS,
    RequestCheck, Template, default_name,
};
use wayfarer_sandbox::net::Families;

use super::scope::Scope;
use super::table::{HttpCheckTable, RequestTable};
use super::texts::{OneOrMany, Texts};
use crate::config::Text;

/// The most requests of a check.
pub(crate) const MOST_REQUESTS: usize = 50;

impl HttpCheckTable {
    /// Its requests in order: the one that is written at the check itself, or its list.
    ///
    /// # Errors
    /// None, both, or too many.
    pub(crate) fn requests(&self) -> Result<Vec<RequestTable>, String> {
        let own = self.own_request();
        let Some(list) = &self.request else { return Ok(vec![own]) };
        let beside = own.written();
        if !beside.is_empty() {
            return Err(format!(
                "`{}` stands beside its list `request`: write it in the requests that it is for, or under \
                 [http-check-defaults] for all",
                beside.join("`, `")
            ));
        }
        match list.len() {
            0 => Err("its list `request` is empty: write a request, or `url` at the check itself".to_owned()),
            count if count > MOST_REQUESTS => {
                Err(format!("it has {count} requests, and {MOST_REQUESTS} are allowed: split it"))
            }
            _ => Ok(list.clone()),
        }
    }

    /// Converts the table to the sandbox's type.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub(crate) fn check(&self) -> Result<HttpCheck, String> {
        checked(&self.requests()?)
    }
}

/// The sandbox's type for some requests.
pub(super) fn checked(tables: &[RequestTable]) -> Result<HttpCheck, String> {
    let (mut scope, mut names) = (Scope::default(), BTreeSet::new());
    let mut requests = Vec::new();
    for (number, table) in (1..).zip(tables) {
        let place = if tables.len() > 1 { format!("request {number}: ") } else { String::new() };
        let mut request = request(table).map_err(|why| format!("{place}{why}"))?;
        scope.check(&request).map_err(|why| format!("{place}{why}"))?;
        request.name = free(&request.name, &mut names);
        requests.push(Arc::new(request));
    }
    Ok(HttpCheck { requests })
}

/// A name that no earlier step has.
fn free(name: &str, taken: &mut BTreeSet<String>) -> String {
    let others = (2..).map(|number| format!("{name} ({number})"));
    let free = std::iter::once(name.to_owned()).chain(others).find(|name| !taken.contains(name));
    let free = free.unwrap_or_default();
    taken.insert(free.clone());
    free
}

fn request(table: &RequestTable) -> Result<RequestCheck, String> {
    let given = table.clone();
    let Some(Text(url)) = given.url else {
        return Err(
            "it has no `url`: write what to call, such as `url = \"https://shop.example.com/\"`".to_owned()
        );
    };
    let body = body(table)?;
    let usual = if body == CheckBody::None { "GET" } else { "POST" };
    let method = given.method.map_or_else(|| usual.to_owned(), |method| method.0.0);
    let (headers, host) = headers(table)?;
    Ok(RequestCheck {
        name: given.name.unwrap_or_else(|| default_name(&method, &url.0)),
        query: pairs(given.query.unwrap_or_default()),
        credentials: credentials(table)?,
        rules: rules(table),
        captures: given
            .capture
            .unwrap_or_default()
            .into_iter()
            .map(|(name, from)| (name.0.0, from.0))
            .collect(),
        follow: given.follow.unwrap_or(REDIRECTS),
        connect_timeout: given.connect_timeout.map(|limit| limit.0),
        response_timeout: given.response_timeout.map(|limit| limit.0),
        families: given.family.map_or(Families::Both, |family| family.0),
        method,
        headers,
        host,
        body,
        ..RequestCheck::new(url.0)
    })
}

fn pairs<K: Into<String>>(table: impl IntoIterator<Item = (K, Texts)>) -> Vec<(String, Template)> {
    let named = |(name, texts): (K, Texts)| {
        let name = name.into();
        texts.0.into_iter().map(move |text| (name.clone(), text)).collect::<Vec<_>>()
    };
    table.into_iter().flat_map(named).collect()
}

fn body(table: &RequestTable) -> Result<CheckBody, String> {
    const KEYS: [&str; 5] = ["body", "body_json", "body_form", "body_file", "body_base64"];
    let written: Vec<&str> = table.written().into_iter().filter(|key| KEYS.contains(key)).collect();
    if written.len() > 1 {
        return Err(format!("it has both `{}`: leave all but one of them out", written.join("` and `")));
    }
    if let Some(Text(text)) = &table.body {
        let is_empty = text.as_literal() == Some("");
        return Ok(if is_empty { CheckBody::None } else { CheckBody::Text(text.clone()) });
    }
    if let Some(json) = &table.body_json {
        return Ok(CheckBody::Json(json.0.clone()));
    }
    if let Some(form) = &table.body_form {
        return Ok(CheckBody::Form(pairs(form.clone())));
    }
    if let Some(text) = &table.body_base64 {
        let bytes = BASE64.decode(text.trim().as_bytes());
        return bytes
            .map(|bytes| CheckBody::Bytes(Bytes::from(bytes)))
            .map_err(|error| format!("its `body_base64` is not base64: {error}"));
    }
    match &table.body_file {
        None => Ok(CheckBody::None),
        Some(file) => Err(format!("its `body_file` {} was not read", file.display())),
    }
}

/// Names and values in order, and what the header `host` says.
type Headers = (Vec<(String, Template)>, Option<Template>);

/// The headers, without that named `host`.
fn headers(table: &RequestTable) -> Result<Headers, String> {
    let (mut headers, mut host) = (Vec::new(), None);
    for (Text(name), Texts(values)) in table.headers.iter().flatten() {
        if !name.is("host") {
            headers.extend(values.iter().map(|value| (name.0.clone(), value.clone())));
            continue;
        }
        let [one] = values.as_slice() else {
            return Err("its header `host` needs one value".to_owned());
        };
        if one.pieces().iter().any(|piece| matches!(piece, Piece::Secret(_))) {
            return Err(
                "its header `host` has a secret, which no host can be called by: write its name".to_owned()
            );
        }
        host = Some(one.clone());
    }
    Ok((headers, host))
}

fn credentials(table: &RequestTable) -> Result<Option<CheckCredentials>, String> {
    let has_header = table.headers.iter().flatten().any(|(name, _)| name.0.is("authorization"));
    let written = [
        ("basic", table.basic.is_some()),
        ("bearer", table.bearer.is_some()),
        ("headers.authorization", has_header),
    ];
    let written: Vec<&str> = written.into_iter().filter_map(|(key, is)| is.then_some(key)).collect();
    if written.len() > 1 {
        return Err(format!("it has both `{}`: leave all but one of them out", written.join("` and `")));
    }
    let basic = table.basic.clone().map(|basic| CheckCredentials::Basic(basic.user.0, basic.password.0));
    Ok(basic.or_else(|| table.bearer.clone().map(|token| CheckCredentials::Bearer(token.0))))
}

fn rules(table: &RequestTable) -> AnswerRules {
    let given = table.clone();
    let patterns = |patterns: Option<OneOrMany<Text<Pattern>>>| {
        patterns.unwrap_or_default().0.into_iter().map(|pattern| pattern.0).collect()
    };
    AnswerRules {
        status: given.status.map_or_else(|| vec![GOOD_STATUSES], |rule| rule.0.0),
        headers: given.header_rules.unwrap_or_default().0.into_iter().map(|rule| rule.0).collect(),
        contains: given.contains.unwrap_or_default().0,
        not_contains: given.not_contains.unwrap_or_default().0,
        matches: patterns(given.matches),
        not_matches: patterns(given.not_matches),
        json: given.json_path.unwrap_or_default().0.into_iter().map(|rule| rule.0).collect(),
        max_latency: given.max_latency.map(|limit| limit.0),
        certificate_days: given.certificate_days,
    }
}
