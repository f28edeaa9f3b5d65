//! Puts values where a request holds their placeholders: in header values (inside basic authentication too), the query,
//! JSON bodies and form bodies. Anywhere else a placeholder stays as it is, a harmless word.

use bytes::Bytes;
use data_encoding::BASE64;
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use wayfarer_model::traffic::{TrafficError, TrafficErrorKind};

use super::forms::{json_escaped, percent_encoded};
use super::sealed::{SealedSecret, SealedSecrets};
use crate::http::target::Origin;
use crate::net::fault::{journeys, malformed};

/// The places where a value may be put.
pub(in crate::http) struct Outgoing<'a> {
    pub(in crate::http) path_and_query: &'a mut String,
    pub(in crate::http) headers: &'a mut HeaderMap,
    pub(in crate::http) body: &'a mut Bytes,
}

/// How a place encodes a value.
type Write = fn(&str) -> String;

impl SealedSecrets {
    /// Puts the values in toward one origin. If this fails, nothing may be sent.
    pub(in crate::http) fn seal_out(
        &self,
        origin: &Origin,
        request: Outgoing<'_>,
    ) -> Result<(), TrafficError> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let Outgoing { path_and_query, headers, body } = request;
        if self.is_meant_for(origin) {
            // A value could hide in a compressed answer.
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        if let Some((path, query)) = path_and_query.split_once('?')
            && let Some(query) = self.filled(query, origin, |value| percent_encoded(value, "-._~"))?
        {
            *path_and_query = format!("{path}?{query}");
        }
        let write = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).and_then(write_of);
        for (name, value) in headers.iter_mut() {
            self.fill_header(name, value, origin)?;
        }
        if let Some(write) = write
            && let Ok(text) = std::str::from_utf8(body)
            && let Some(filled) = self.filled(text, origin, write)?
        {
            *body = filled.into();
        }
        Ok(())
    }

    fn fill_header(
        &self,
        name: &HeaderName,
        value: &mut HeaderValue,
        origin: &Origin,
    ) -> Result<(), TrafficError> {
        let Ok(text) = value.to_str() else { return Ok(()) };
        let filled = match basic(text) {
            Some(pair) => self
                .filled(&pair, origin, str::to_owned)?
                .map(|pair| format!("Basic {}", BASE64.encode(pair.as_bytes()))),
            None => self.filled(text, origin, str::to_owned)?,
        };
        if let Some(filled) = filled {
            *value = HeaderValue::from_bytes(filled.as_bytes()).map_err(|_| {
                malformed(format!(
                    "the secret in header `{name}` has a line break or control character: check its value"
                ))
            })?;
            // Keeps it out of HTTP/2's shared tables and of debug output.
            value.set_sensitive(true);
        }
        Ok(())
    }

    /// The text with every placeholder replaced by its value; none if it holds no placeholder.
    fn filled(&self, text: &str, origin: &Origin, write: Write) -> Result<Option<String>, TrafficError> {
        let mut filled: Option<String> = None;
        for entry in &self.entries {
            let current = filled.as_deref().unwrap_or(text);
            if current.contains(&entry.placeholder) {
                entry.check(origin)?;
                filled = Some(current.replace(&entry.placeholder, &write(&entry.secret.value)));
            }
        }
        Ok(filled)
    }
}

impl SealedSecret {
    /// Whether the value may be sent to an origin. The denial names the line to add.
    fn check(&self, origin: &Origin) -> Result<(), TrafficError> {
        let name = &self.secret.name;
        let denied = |message| Err(journeys(TrafficErrorKind::Denied, message));
        if !self.is_for(origin) {
            let host =
                if origin.host.contains(':') { format!("[{}]", origin.host) } else { origin.host.clone() };
            let place =
                if matches!(origin.port, 80 | 443) { host } else { format!("{host}:{}", origin.port) };
            return denied(format!(
                "secret `{name}` is not for host `{place}`: add \"{place}\" to secrets.{name}.hosts"
            ));
        }
        if !origin.tls && !self.secret.plaintext {
            return denied(format!(
                "secret `{name}` is sent over TLS only: use https, or set secrets.{name}.plaintext = true"
            ));
        }
        Ok(())
    }
}

/// How a body of this type encodes a value; none if no value may be put there.
fn write_of(content_type: &str) -> Option<Write> {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence.ends_with("json") {
        Some(json_escaped)
    } else if essence == "application/x-www-form-urlencoded" {
        Some(|value| url::form_urlencoded::byte_serialize(value.as_bytes()).collect())
    } else {
        None
    }
}

/// User and password of a basic authentication.
fn basic(value: &str) -> Option<String> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    String::from_utf8(BASE64.decode(encoded.trim().as_bytes()).ok()?).ok()
}
