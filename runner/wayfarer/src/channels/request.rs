//! What is to be sent, before anybody dials.

use std::fmt;

use bytes::Bytes;
use lettre::address::Envelope;
use url::Url;

use super::secret::Sealed;

/// One request, or the same one to each of several instances.
#[derive(Debug)]
pub(crate) enum ChannelRequest {
    /// It has been told when one of them has taken it.
    Http(Vec<HttpRequest>),
    Mail(Box<MailRequest>),
}

/// A request of HTTP.
#[derive(Clone)]
pub(crate) struct HttpRequest {
    pub(crate) method: http::Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Headers of an operator's own choice.
    pub(crate) own_headers: Vec<(http::HeaderName, String)>,
    pub(crate) body: Bytes,
}

/// Without the path, the headers' values and the body: they may be secrets.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpRequest({} {})", self.method, self.url.host_str().unwrap_or_default())
    }
}

impl HttpRequest {
    /// A POST of JSON.
    pub(super) fn json(url: Url, body: &impl serde::Serialize) -> Result<Self, RequestError> {
        let body = serde_json::to_vec(body).map_err(|error| RequestError(error.to_string()))?.into();
        let headers = vec![("content-type", "application/json".to_owned())];
        Ok(Self { method: http::Method::POST, url, headers, own_headers: Vec::new(), body })
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// How the way to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MailSecurity {
    /// In clear at first; no mail goes without TLS.
    #[default]
    Starttls,
    /// From the first byte.
    Tls,
    /// Never.
    None,
}

/// A message, and the server that takes it.
#[derive(Debug)]
pub(crate) struct MailRequest {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: MailSecurity,
    /// User and password.
    pub(crate) credentials: Option<(String, Sealed)>,
    pub(crate) envelope: Envelope,
    pub(crate) message: Vec<u8>,
}

/// A notice for which a channel has no request. Trying again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct RequestError(pub(crate) String);
