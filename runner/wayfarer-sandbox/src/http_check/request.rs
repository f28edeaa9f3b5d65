//! From a request of a check and what is known in a run to a request of the engine.
//!
//! A secret's placeholder of the template becomes the placeholder that the session knows, and the session puts the value in, as it
//! does for a guest: toward the secret's hosts, at its places, over TLS.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use data_encoding::BASE64;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;
use wayfarer_model::limits::Limits;
use wayfarer_model::units::Bytes as Size;

use super::check::{CheckBody, CheckCredentials, RequestCheck};
use super::template::{Piece, Template};
use crate::http::{HttpRequest, RedirectPolicy, SealedSecrets};
use crate::net::Timeouts;

/// What placeholders stand for in one attempt.
#[derive(Clone)]
pub(super) struct Values {
    pub(super) params: Arc<[(String, String)]>,
    pub(super) secrets: Arc<SealedSecrets>,
    /// What `${run.id}` stands for.
    pub(super) run: String,
    pub(super) captured: BTreeMap<String, String>,
}

impl Values {
    /// None for what has no value.
    pub(super) fn of(&self, piece: &Piece) -> Option<String> {
        match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Param(name) => {
                self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
            }
            Piece::Secret(name) => self.secrets.placeholder(name).map(str::to_owned),
            Piece::Captured(name) => self.captured.get(name).cloned(),
            Piece::RunId => Some(self.run.clone()),
        }
    }

    /// A text, filled. A placeholder without a value stays as it is written.
    pub(super) fn text(&self, template: &Template) -> String {
        template.filled(|piece| self.of(piece)).unwrap_or_else(|| template.to_string())
    }
}

/// Why a request cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unmade {
    #[error("`{0}` has a placeholder without a value: give the parameter or the secret a value")]
    NoValue(String),
    #[error("the request has more than {}: send less or raise `limits.request_body`", Size(*.0))]
    TooLarge(u64),
}

/// Fills texts of one request, no more of them than may be sent.
struct Filler<'a> {
    values: &'a Values,
    left: u64,
    most: u64,
}

impl Filler<'_> {
    fn text(&mut self, template: &Template) -> Result<String, Unmade> {
        let filled = template.filled(|piece| self.values.of(piece));
        let filled = filled.ok_or_else(|| Unmade::NoValue(template.to_string()))?;
        self.left = self.left.checked_sub(filled.len() as u64).ok_or(Unmade::TooLarge(self.most))?;
        Ok(filled)
    }

    fn pairs(&mut self, pairs: &[(String, Template)]) -> Result<Vec<(String, String)>, Unmade> {
        pairs.iter().map(|(name, template)| Ok((name.clone(), self.text(template)?))).collect()
    }

    /// The texts of a JSON value. A text that is no template was refused when the check was read.
    fn json(&mut self, value: &Value) -> Result<Value, Unmade> {
        Ok(match value {
            Value::String(text) => match text.parse::<Template>() {
                Ok(template) => Value::String(self.text(&template)?),
                Err(_) => value.clone(),
            },
            Value::Array(items) => items.iter().map(|item| self.json(item)).collect::<Result<_, _>>()?,
            Value::Object(members) => members
                .iter()
                .map(|(name, member)| Ok((name.clone(), self.json(member)?)))
                .collect::<Result<_, Unmade>>()?,
            other => other.clone(),
        })
    }

    /// The body, and the type that it has if the headers name none.
    fn body(&mut self, body: &CheckBody) -> Result<(Bytes, Option<&'static str>), Unmade> {
        Ok(match body {
            CheckBody::None => (Bytes::new(), None),
            CheckBody::Text(template) => (self.text(template)?.into(), None),
            CheckBody::Bytes(bytes) => (bytes.clone(), None),
            CheckBody::Json(value) => (self.json(value)?.to_string().into(), Some("application/json")),
            CheckBody::Form(fields) => {
                let form = Serializer::new(String::new()).extend_pairs(self.pairs(fields)?).finish();
                (form.into(), Some("application/x-www-form-urlencoded"))
            }
        })
    }
}

/// The request, ready to be sent but for what it belongs to.
pub(super) fn request(check: &RequestCheck, values: &Values, limits: &Limits) -> Result<HttpRequest, Unmade> {
    let most = limits.request_body;
    let mut filler = Filler { values, left: most, most };
    let url = with_query(filler.text(&check.url)?, &filler.pairs(&check.query)?);
    let mut headers = filler.pairs(&check.headers)?;
    if let Some(credentials) = &check.credentials {
        let value = match credentials {
            CheckCredentials::Basic(user, password) => {
                let pair = format!("{}:{}", filler.text(user)?, filler.text(password)?);
                format!("Basic {}", BASE64.encode(pair.as_bytes()))
            }
            CheckCredentials::Bearer(token) => format!("Bearer {}", filler.text(token)?),
        };
        headers.push(("authorization".to_owned(), value));
    }
    let (body, media_type) = filler.body(&check.body)?;
    if let Some(media_type) = media_type
        && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
    {
        headers.push(("content-type".to_owned(), media_type.to_owned()));
    }
    let authority = check.host.as_ref().map(|host| filler.text(host)).transpose()?;
    let connect = Some(check.connect_timeout.unwrap_or(limits.wall));
    let (dns, tls) = (connect, connect);
    let timeouts = Timeouts { dns, connect, tls, wait: check.response_timeout, ..Timeouts::default() };
    let redirects =
        if check.follow == 0 { RedirectPolicy::Manual } else { RedirectPolicy::Follow(check.follow) };
    Ok(HttpRequest {
        headers,
        body,
        authority,
        timeouts,
        redirects,
        jar: Some(0),
        max_body: check.is_body_unread().then_some(0),
        ..HttpRequest::new(check.method.as_str(), url)
    })
}

/// The URL with more parameters. What is no URL is left to the engine to refuse.
fn with_query(url: String, query: &[(String, String)]) -> String {
    if query.is_empty() {
        return url;
    }
    let Ok(mut parsed) = Url::parse(&url) else { return url };
    parsed.query_pairs_mut().extend_pairs(query);
    parsed.into()
}

/// A value that a capture found, as later requests have it.
pub(super) fn captured(value: &Value) -> Cow<'_, str> {
    value.as_str().map_or_else(|| value.to_string().into(), Cow::Borrowed)
}
