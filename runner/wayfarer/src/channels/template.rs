//! A request of an operator's own making, for what has no file here: URL, headers and body, the body from a template.
//!
//! The template is Jinja's (crate `minijinja`). It sees the notice's own fields (`docs` of the webhook's `data`), `headline`, `text`,
//! `plain`, `markdown`, `facts`, and `secret.NAME`. It is strict: a name that is not there is an error, and so is a template
//! that takes too long or makes too much. All of this is tried when the file is read.

use std::collections::BTreeMap;

use http::HeaderName;
use minijinja::value::Serde;
use minijinja::{Environment, ErrorKind, UndefinedBehavior, context};
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;
use wayfarer_model::notice::{Fact, Notice, NoticeKind};
use wayfarer_model::units::{Bytes, UnixMillis};

use super::request::{ChannelRequest, HttpRequest, RequestError};
use super::secret::{Sealed, SecretReader, SecretSource};
use crate::config::Text;

/// What the template engine may use up: one for a step and one for each 64 bytes that a value or the output takes, which the engine counts
/// before it makes them. So a template takes 6.4 MB of memory at most. One of a page uses a few thousand.
const FUEL: u64 = 100_000;

/// The longest body, in bytes.
const BODY: usize = 256 << 10;

/// The longest value of a header, in bytes; servers take about that much.
const HEADER: usize = 8 << 10;

const TEMPLATE: &str = "body";

/// `template`: `url`, `method`, `headers`, `body`, `secrets`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TemplateTable {
    url: Text<Url>,
    method: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: String,
    #[serde(default)]
    secrets: BTreeMap<String, SecretSource>,
}

pub(crate) struct Template {
    url: Url,
    method: http::Method,
    engine: Environment<'static>,
    headers: Vec<HeaderName>,
    secrets: BTreeMap<String, Sealed>,
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Template({} {})", self.method, self.url)
    }
}

impl TemplateTable {
    pub(super) fn read(&self, secrets: &mut SecretReader<'_>) -> Result<Box<Template>, String> {
        let method = self.method.as_deref().unwrap_or("POST").to_ascii_uppercase();
        let method = match method.as_str() {
            "POST" => http::Method::POST,
            "PUT" => http::Method::PUT,
            "PATCH" => http::Method::PATCH,
            _ => return Err(format!("`template.method` is `{method}`: use `POST`, `PUT` or `PATCH`")),
        };
        let values = self.secrets.iter().map(|(name, source)| {
            Ok((name.clone(), secrets.read(&format!("template.secrets.{name}"), source)?))
        });
        let values = values.collect::<Result<_, String>>()?;
        let mut engine = Environment::new();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        engine.set_fuel(Some(FUEL));
        engine.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            let header = name.parse::<HeaderName>();
            let header = header
                .map_err(|_| format!("`template.headers` has `{name}`, which is no name of a header"))?;
            add(&mut engine, &format!("header {header}"), value, "template.headers")?;
            headers.push(header);
        }
        add(&mut engine, TEMPLATE, &self.body, "template.body")?;
        let template = Template { url: self.url.0.clone(), method, engine, headers, secrets: values };
        // Every kind, bare and with every fact, because a name may be there in one and not in the other.
        for kind in NoticeKind::ALL {
            let bare = Notice { kind, ..Notice::test("x", None, "n-0".to_owned(), UnixMillis(0)) };
            for notice in std::iter::once(bare).chain(Notice::example(kind)) {
                template.request(&notice).map_err(|error| {
                    format!("`template` fails for a notice of the kind `{}`: {error}", kind.as_str())
                })?;
            }
        }
        Ok(Box::new(template))
    }
}

fn add(engine: &mut Environment<'static>, name: &str, source: &str, key: &str) -> Result<(), String> {
    engine
        .add_template_owned(name.to_owned(), source.to_owned())
        .map_err(|error| format!("`{key}`: {}", told(&error)))
}

/// The engine's error on one line, without the template around it.
fn told(error: &minijinja::Error) -> String {
    let place = error.line().map(|line| format!(" (line {line})")).unwrap_or_default();
    if error.kind() == ErrorKind::OutOfFuel {
        let bytes = Bytes(FUEL * 64);
        return format!(
            "it takes more than {FUEL} steps, or makes more than {bytes} of text and values{place}: loop over less, and let no value grow"
        );
    }
    match error.detail() {
        Some(detail) => format!("{}: {detail}{place}", error.kind()),
        None => format!("{}{place}", error.kind()),
    }
}

impl Template {
    pub(super) fn request(&self, notice: &Notice) -> Result<ChannelRequest, RequestError> {
        let secret: BTreeMap<&str, &str> =
            self.secrets.iter().map(|(name, value)| (name.as_str(), value.reveal())).collect();
        let facts: Vec<BTreeMap<&str, String>> = notice
            .facts()
            .into_iter()
            .map(|Fact { name, value }| BTreeMap::from([("name", name.to_owned()), ("value", value)]))
            .collect();
        let values = context! {
            headline => notice.headline(),
            text => notice.phone(),
            plain => notice.plain(),
            markdown => notice.markdown(),
            facts => Serde(facts),
            secret => Serde(secret),
            is_over => notice.is_over(),
            ..Serde(notice)
        };
        let render = |name: &str| {
            let template = self.engine.get_template(name).map_err(|error| RequestError(told(&error)))?;
            template.render(&values).map_err(|error| RequestError(told(&error)))
        };
        let body = render(TEMPLATE)?;
        if body.len() > BODY {
            return Err(RequestError(format!("the template makes {} bytes: {BODY} are allowed", body.len())));
        }
        let own_headers = self.headers.iter().map(|name| {
            let value = render(&format!("header {name}"))?;
            if value.len() > HEADER {
                let length = value.len();
                return Err(RequestError(format!(
                    "the header {name} has {length} bytes: {HEADER} are allowed"
                )));
            }
            if value.contains(['\r', '\n', '\0']) {
                return Err(RequestError(format!("the header {name} has a line break in it")));
            }
            Ok((name.clone(), value))
        });
        let own_headers = own_headers.collect::<Result<_, RequestError>>()?;
        let (method, url) = (self.method.clone(), self.url.clone());
        Ok(ChannelRequest::Http(vec![HttpRequest {
            method,
            url,
            headers: Vec::new(),
            own_headers,
            body: body.into(),
        }]))
    }
}
