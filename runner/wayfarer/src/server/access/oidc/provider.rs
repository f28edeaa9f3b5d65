//! The provider's side: what it says of itself, its keys, and the exchange of a code for a token.
//!
//! What it says of itself and its keys are kept for an hour. A token that names an unknown key has the keys fetched anew, at most once a
//! minute, so that a provider can change its keys at any time and nobody can make this server ask all the time.

use std::time::Duration;

use jsonwebtoken::jwk::Jwk;
use reqwest::{Certificate, Client, RequestBuilder};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;
use wayfarer_model::units::UnixMillis;

use super::error::OidcError;
use super::grants::Claims;
use super::id_token;
use super::settings::{OidcSettings, OidcSettingsError};
use crate::config::{Text, is_private};

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer, in bytes.
const LARGEST: usize = 512 << 10;
/// How long what it says of itself is believed, in milliseconds.
const FRESH_MS: u64 = 3_600_000;
/// How often its keys are fetched for tokens with unknown ones, in milliseconds.
const EACH_MS: u64 = 60_000;

/// One provider, as this server knows it.
pub(in super::super) struct Provider {
    http: Client,
    settings: OidcSettings,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    metadata: Option<(UnixMillis, Metadata)>,
    keys: Option<(UnixMillis, Vec<Jwk>)>,
    /// When they were last fetched because a token named an unknown one.
    searched: Option<UnixMillis>,
}

/// OpenID Connect Discovery 1.0, 3: what this server needs of it.
#[derive(Debug, Clone, Deserialize)]
pub(in super::super) struct Metadata {
    issuer: String,
    pub(in super::super) authorization_endpoint: Text<Url>,
    token_endpoint: Text<Url>,
    jwks_uri: Text<Url>,
    userinfo_endpoint: Option<Text<Url>>,
    pub(in super::super) end_session_endpoint: Option<Text<Url>>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
pub(in super::super) struct Tokens {
    pub(in super::super) id_token: String,
    pub(in super::super) access_token: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
    error_description: Option<String>,
}

impl Provider {
    /// Asks nobody yet.
    pub(in super::super) fn new(settings: OidcSettings) -> Result<Self, OidcSettingsError> {
        // It fails only if the same provider is installed already.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let mut builder = Client::builder()
            .user_agent(concat!("wayfarer/", env!("CARGO_PKG_VERSION")))
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none());
        for (path, pem) in &settings.authorities {
            let unusable = |reason: String| OidcSettingsError::Authorities { path: path.clone(), reason };
            let read = Certificate::from_pem_bundle(pem).map_err(|error| unusable(error.to_string()))?;
            if read.is_empty() {
                return Err(unusable("there is no `BEGIN CERTIFICATE` in it".to_owned()));
            }
            builder = builder.tls_certs_merge(read);
        }
        let http = builder.build().map_err(|error| OidcSettingsError::Http(error.to_string()))?;
        Ok(Self { http, settings, known: Mutex::default() })
    }

    pub(in super::super) fn settings(&self) -> &OidcSettings {
        &self.settings
    }

    /// What the provider says of itself.
    pub(in super::super) async fn metadata(&self, now: UnixMillis) -> Result<Metadata, OidcError> {
        let mut known = self.known.lock().await;
        if let Some((at, metadata)) = &known.metadata
            && is_fresh(*at, now)
        {
            return Ok(metadata.clone());
        }
        let url = format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'));
        let found: Metadata = self.fetch(self.http.get(&url), &url).await?;
        if found.issuer != self.settings.issuer {
            let expected = self.settings.issuer.clone();
            return Err(OidcError::OtherIssuer { expected, found: found.issuer });
        }
        let asked = [&found.authorization_endpoint, &found.token_endpoint, &found.jwks_uri];
        let all = asked.into_iter().chain(&found.userinfo_endpoint).chain(&found.end_session_endpoint);
        if let Some(clear) = all.into_iter().find(|url| !is_private(&url.0)) {
            return Err(OidcError::Clear(clear.0.to_string()));
        }
        known.metadata = Some((now, found.clone()));
        Ok(found)
    }

    /// The key that a token names.
    pub(in super::super) async fn key(
        &self,
        metadata: &Metadata,
        token: &str,
        now: UnixMillis,
    ) -> Result<Jwk, OidcError> {
        let name = id_token::key_name(token)?;
        let mut known = self.known.lock().await;
        if let Some((at, keys)) = &known.keys {
            let found = id_token::key(keys, name.as_deref()).cloned();
            let is_found = found.is_some();
            if let Some(found) = found.filter(|_| is_fresh(*at, now)) {
                return Ok(found);
            }
            if !is_found {
                if known.searched.is_some_and(|at| now.0.abs_diff(at.0) < EACH_MS) {
                    return Err(OidcError::NoKey(name.unwrap_or_default()));
                }
                known.searched = Some(now);
            }
        }
        let url = metadata.jwks_uri.0.as_str();
        let Keys { keys } = self.fetch(self.http.get(url), url).await?;
        // One of a kind that is not known here is none of ours.
        let keys: Vec<Jwk> = keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        let found = id_token::key(&keys, name.as_deref()).cloned();
        known.keys = Some((now, keys));
        found.ok_or_else(|| OidcError::NoKey(name.unwrap_or_default()))
    }

    /// Exchanges a code.
    pub(in super::super) async fn tokens(
        &self,
        metadata: &Metadata,
        code: &str,
        verifier: &str,
    ) -> Result<Tokens, OidcError> {
        let secret = self.settings.secret().map_err(OidcError::Secret)?;
        let (id, callback) = (self.settings.client_id.as_str(), self.settings.callback.as_str());
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", callback),
            ("code_verifier", verifier),
        ];
        let methods = &metadata.token_endpoint_auth_methods_supported;
        let knows = |method: &str| methods.iter().any(|known| known == method);
        let by_header = methods.is_empty() || knows("client_secret_basic") || !knows("client_secret_post");
        let mut request = self.http.post(metadata.token_endpoint.0.clone());
        match &secret {
            // RFC 6749, 2.3.1: both are encoded as in a form before they are put together.
            Some(secret) if by_header => request = request.basic_auth(encoded(id), Some(encoded(secret))),
            Some(secret) => form.extend([("client_id", id), ("client_secret", secret.as_str())]),
            None => form.push(("client_id", id)),
        }
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        let url = metadata.token_endpoint.0.as_str();
        let (status, bytes) = self.ask(request, url).await?;
        if let (400..=401, Ok(Refusal { error, error_description })) =
            (status, serde_json::from_slice(&bytes))
        {
            return Err(OidcError::Code { error, description: error_description });
        }
        read(status, &bytes, url)
    }

    /// What the provider says of the person beside the token: of the same subject, or nothing.
    pub(in super::super) async fn more_claims(
        &self,
        metadata: &Metadata,
        tokens: &Tokens,
        claims: &mut Claims,
    ) -> Result<(), OidcError> {
        let Some(Text(url)) = &metadata.userinfo_endpoint else { return Ok(()) };
        let request = self.http.get(url.clone()).bearer_auth(&tokens.access_token);
        let more: Claims = self.fetch(request, url.as_str()).await?;
        if more.get("sub") != claims.get("sub") {
            return Err(OidcError::Token(
                "the provider told of another person than the token is for".to_owned(),
            ));
        }
        for (name, value) in more {
            claims.entry(name).or_insert(value);
        }
        Ok(())
    }

    async fn fetch<T: DeserializeOwned>(&self, request: RequestBuilder, url: &str) -> Result<T, OidcError> {
        let (status, bytes) = self.ask(request, url).await?;
        read(status, &bytes, url)
    }

    /// The status and the body, as far as a body may go.
    async fn ask(&self, request: RequestBuilder, url: &str) -> Result<(u16, Vec<u8>), OidcError> {
        let failed =
            |error: reqwest::Error| OidcError::Unreachable { url: url.to_owned(), reason: cause(&error) };
        let mut answer = request.header("accept", "application/json").send().await.map_err(failed)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LARGEST {
                let reason = format!("it has more than {} KiB", LARGEST >> 10);
                return Err(OidcError::Unreadable { url: url.to_owned(), reason });
            }
        }
        Ok((answer.status().as_u16(), bytes))
    }
}

fn read<T: DeserializeOwned>(status: u16, bytes: &[u8], url: &str) -> Result<T, OidcError> {
    if status != 200 {
        return Err(OidcError::Status { url: url.to_owned(), status });
    }
    serde_json::from_slice(bytes)
        .map_err(|error| OidcError::Unreadable { url: url.to_owned(), reason: error.to_string() })
}

fn is_fresh(at: UnixMillis, now: UnixMillis) -> bool {
    now.0.abs_diff(at.0) < FRESH_MS
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The innermost error, which has no URL.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
