//! A check without code: its requests in order, and what each answer must satisfy.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::capture::Capture;
use super::header_rule::HeaderRule;
use super::json_rule::JsonRule;
use super::pattern::Pattern;
use super::template::{Piece, Template};
use crate::net::Families;

/// The requests of a check, at least one.
#[derive(Debug, Clone)]
pub struct HttpCheck {
    /// In the order in which they are sent. After one that fails, no other is.
    pub requests: Vec<Arc<RequestCheck>>,
}

/// What a request sends behind its headers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CheckBody {
    /// The request has no body.
    #[default]
    None,
    /// The text with its placeholders filled in, sent without a content type of its own.
    Text(Template),
    /// Bytes as they are.
    Bytes(Bytes),
    /// JSON, in the texts of which placeholders may stand.
    Json(serde_json::Value),
    /// The fields of a form.
    Form(Vec<(String, Template)>),
}

/// Credentials of a request, which become its header `authorization`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckCredentials {
    /// Basic authentication: a user and a password.
    Basic(Template, Template),
    /// What follows `Bearer ` in the header.
    Bearer(Template),
}

/// One request, and what its answer must satisfy.
#[derive(Debug, Clone)]
pub struct RequestCheck {
    /// What its step is called in reports and roll-ups.
    pub name: String,
    /// Absolute, `http` or `https`.
    pub url: Template,
    /// Appended to the URL's own, percent-encoded.
    pub query: Vec<(String, Template)>,
    /// Any token but `CONNECT`.
    pub method: String,
    /// Names in any case; none that only the runner sets.
    pub headers: Vec<(String, Template)>,
    /// What the `host` header says in place of the URL's host and port.
    pub host: Option<Template>,
    /// Who asks; in place of a header `authorization`.
    pub credentials: Option<CheckCredentials>,
    /// With a content type of its own where the headers have none.
    pub body: CheckBody,
    /// What the answer must satisfy.
    pub rules: AnswerRules,
    /// Names, and what they stand for in later requests.
    pub captures: Vec<(String, Capture)>,
    /// The most redirects that are followed.
    pub follow: u32,
    /// How long each of name, connection and handshake may take; the attempt's time if none.
    pub connect_timeout: Option<Duration>,
    /// How long the answer's beginning may take; the attempt's time if none.
    pub response_timeout: Option<Duration>,
    /// The only addresses that are called.
    pub families: Families,
}

/// What an answer must satisfy. All of it is checked, even after something that does not hold.
#[derive(Debug, Clone, Default)]
pub struct AnswerRules {
    /// The statuses that pass.
    pub status: Vec<RangeInclusive<u16>>,
    /// Each is about one header of the answer.
    pub headers: Vec<HeaderRule>,
    /// Texts that the body must contain.
    pub contains: Vec<Template>,
    /// Texts that the body must not contain.
    pub not_contains: Vec<Template>,
    /// What the body must match.
    pub matches: Vec<Pattern>,
    /// What the body must not match.
    pub not_matches: Vec<Pattern>,
    /// About places in a JSON body.
    pub json: Vec<JsonRule>,
    /// The longest that the request may take, redirects included.
    pub max_latency: Option<Duration>,
    /// How many days each certificate of the chain must still be valid for.
    pub certificate_days: Option<u32>,
}

/// The statuses that pass where nothing is said of them.
pub const GOOD_STATUSES: RangeInclusive<u16> = 200..=399;

/// So many redirects are followed where nothing is said of them.
pub const REDIRECTS: u32 = 10;

impl HttpCheck {
    /// One `GET` without placeholders: up to ten redirects, a status of 200 to 399.
    pub fn new(url: &str) -> Self {
        Self { requests: vec![Arc::new(RequestCheck::new(Template::literal(url)))] }
    }

    /// The URLs as far as parameters say them, each cut off before anything that only a run knows. A URL whose host only a run
    /// knows is not among them.
    pub fn urls(&self, param: impl Fn(&str) -> Option<String>) -> Vec<Url> {
        self.requests.iter().filter_map(|request| known_url(&request.url, &param)).collect()
    }

    /// What the `host` headers name, each with its own port or that of its request's URL, as far as parameters say them.
    pub fn authorities(&self, param: impl Fn(&str) -> Option<String>) -> Vec<String> {
        let known = |piece: &Piece| if let Piece::Param(name) = piece { param(name) } else { None };
        let named = |request: &Arc<RequestCheck>| {
            let host = request.host.as_ref()?.filled(known)?;
            let port = known_url(&request.url, &param)?.port_or_known_default()?;
            Some(if has_port(&host) { host } else { format!("{host}:{port}") })
        };
        self.requests.iter().filter_map(named).collect()
    }
}

fn has_port(host: &str) -> bool {
    host.rsplit_once(':')
        .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

fn known_url(url: &Template, param: &impl Fn(&str) -> Option<String>) -> Option<Url> {
    let mut text = String::new();
    let mut is_whole = true;
    for piece in url.pieces() {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Param(name) => text.push_str(&param(name)?),
            Piece::Secret(_) | Piece::Captured(_) | Piece::RunId => {
                is_whole = false;
                break;
            }
        }
    }
    let (_, rest) = text.split_once("://")?;
    if is_whole || rest.contains(['/', '?', '#']) { Url::parse(&text).ok() } else { None }
}

impl RequestCheck {
    /// A `GET` with default values.
    pub fn new(url: Template) -> Self {
        Self {
            name: default_name("GET", &url),
            url,
            query: Vec::new(),
            method: "GET".to_owned(),
            headers: Vec::new(),
            host: None,
            credentials: None,
            body: CheckBody::None,
            rules: AnswerRules { status: vec![GOOD_STATUSES], ..AnswerRules::default() },
            captures: Vec::new(),
            follow: REDIRECTS,
            connect_timeout: None,
            response_timeout: None,
            families: Families::Both,
        }
    }

    /// Whether nothing is asked of the body.
    pub(super) fn is_body_unread(&self) -> bool {
        let AnswerRules { contains, not_contains, matches, not_matches, json, .. } = &self.rules;
        let texts = contains.is_empty() && not_contains.is_empty();
        let patterns = matches.is_empty() && not_matches.is_empty();
        let is_of_head = |(_, capture): &(String, Capture)| matches!(capture, Capture::Header(_));
        texts && patterns && json.is_empty() && self.captures.iter().all(is_of_head)
    }

    /// Whether the body is read as JSON.
    pub(super) fn is_json_read(&self) -> bool {
        !self.rules.json.is_empty()
            || self.captures.iter().any(|(_, capture)| matches!(capture, Capture::Json(_)))
    }
}

/// `METHOD path`, with placeholders as they are written: one step's name for all runs.
pub fn default_name(method: &str, url: &Template) -> String {
    let url = url.to_string();
    let behind_host = match url.split_once("://") {
        Some((_, rest)) => rest.find(['/', '?', '#']).and_then(|at| rest.get(at..)),
        // The host is in a parameter.
        None => url.split_once('}').map(|(_, rest)| rest),
    };
    let path = behind_host.unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
    let path = if path.is_empty() { "/" } else { path };
    let name = format!("{method} {path}");
    // The bound of a step's name.
    wayfarer_model::text::clip(&name, 200)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_named_by_method_and_path() {
        let name = |url: &str| default_name("GET", &url.parse().unwrap());
        assert_eq!(name("https://shop.example"), "GET /");
        assert_eq!(name("https://shop.example?a=/b"), "GET /");
        assert_eq!(name("https://shop.example/orders/${id}?x=1#y"), "GET /orders/${id}");
        assert_eq!(name("${param.base_url}/orders"), "GET /orders");
        assert_eq!(name("${param.base_url}"), "GET /");
    }

    #[test]
    fn a_url_is_known_as_far_as_parameters_say_it() {
        let known = |url: &str| {
            let check = HttpCheck { requests: vec![Arc::new(RequestCheck::new(url.parse().unwrap()))] };
            let param = |name: &str| (name == "base").then(|| "http://a.example:81".to_owned());
            check.urls(param).first().map(ToString::to_string)
        };
        assert_eq!(known("https://b.example/x").as_deref(), Some("https://b.example/x"));
        assert_eq!(known("${param.base}/x").as_deref(), Some("http://a.example:81/x"));
        assert_eq!(known("${param.base}/x/${id}").as_deref(), Some("http://a.example:81/x/"));
        assert_eq!(known("https://b.example/?q=${id}").as_deref(), Some("https://b.example/?q="));
        for unknown in ["${param.none}/x", "${next}", "https://b.example${id}/", "https://${id}.example/"] {
            assert_eq!(known(unknown), None, "{unknown}");
        }
    }
}
