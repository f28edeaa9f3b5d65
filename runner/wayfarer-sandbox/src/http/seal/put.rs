//! Puts values where a request holds their placeholders, at the places that the secret's entry declares and at no other.
//!
//! A placeholder at another place of a request is an error: a target could do nothing with it, and the journey's author
//! would have to find out why. Nothing is sent then.
//!
//! Invariants: everything is checked before the first value is put in, so that no error can quote one; runner and target
//! read a body in the same way, so that a declared place is one for both.

use bytes::Bytes;
use data_encoding::BASE64;
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, IF_RANGE, RANGE};
use wayfarer_model::traffic::{TrafficError, TrafficErrorKind};

use super::encode::{json_escaped, percent_encoded};
use super::json_body::{JsonBody, Misplaced};
use super::sealed::{SealedSecret, SealedSecrets};
use crate::http::target::Origin;
use crate::net::fault::{journeys, malformed};

/// The places where a value may be put.
pub(in crate::http) struct Outgoing<'a> {
    pub(in crate::http) path_and_query: &'a mut String,
    pub(in crate::http) headers: &'a mut HeaderMap,
    pub(in crate::http) body: &'a mut Bytes,
    /// The most bytes that the body may have.
    pub(in crate::http) most_body: u64,
    /// Whether a redirect of the target made the URL, and every placeholder in it stands for a value that the target put
    /// there.
    pub(in crate::http) is_url_targets: bool,
}

/// How a body writes a value.
#[derive(Clone, Copy)]
enum BodyType {
    Json,
    Form,
    Other,
}

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
        let Outgoing { path_and_query, headers, body, most_body, is_url_targets } = request;
        if self.is_meant_for(origin) && (headers.contains_key(RANGE) || headers.contains_key(IF_RANGE)) {
            let message = format!(
                "{} may know a secret, and a range could cut its value in two: ask for the whole body",
                origin.host
            );
            return Err(journeys(TrafficErrorKind::Denied, message));
        }
        let body_type = body_type(headers);
        let in_body: Vec<&SealedSecret> = self.entries.iter().filter(|entry| entry.is_in(body)).collect();
        let in_url: Vec<&SealedSecret> =
            self.entries.iter().filter(|entry| entry.is_in(path_and_query.as_bytes())).collect();
        for entry in &self.entries {
            for (name, value) in headers.iter() {
                entry.check_header(name, value, origin)?;
            }
        }
        for entry in &in_url {
            entry.check(origin)?;
            if !is_url_targets {
                entry.check_url(path_and_query)?;
            }
        }
        check_body(&in_body, body, body_type, headers, (origin, most_body))?;

        for entry in &in_url {
            let value = percent_encoded(&entry.secret.value, "-._~");
            *path_and_query = path_and_query.replace(&entry.placeholder, &value);
        }
        for entry in &self.entries {
            for (name, value) in headers.iter_mut() {
                entry.put_into_header(name, value)?;
            }
        }
        for entry in in_body {
            let filled = std::str::from_utf8(body).unwrap_or_default();
            *body = filled.replace(&entry.placeholder, &entry.in_body(body_type)).into();
        }
        Ok(())
    }
}

fn check_body(
    entries: &[&SealedSecret],
    body: &[u8],
    body_type: BodyType,
    headers: &HeaderMap,
    (origin, most): (&Origin, u64),
) -> Result<(), TrafficError> {
    let Some(first) = entries.first() else { return Ok(()) };
    for entry in entries {
        entry.check(origin)?;
    }
    if headers.get_all(CONTENT_TYPE).iter().count() > 1 {
        return Err(first.misplaced("in a body with two content types", "send one"));
    }
    let misplaced =
        || first.misplaced("in a body of this type", "send JSON or a form, with its content type");
    let text = std::str::from_utf8(body).map_err(|_| misplaced())?;
    match body_type {
        BodyType::Json => {
            let document = JsonBody::read(text).map_err(malformed)?;
            for entry in entries {
                entry.check_json(&document)?;
            }
        }
        BodyType::Form => {
            for entry in entries {
                entry.check_fields(text, "form field", "form", &entry.secret.places.form)?;
            }
        }
        BodyType::Other => return Err(misplaced()),
    }
    let size = entries.iter().fold(body.len(), |size, entry| {
        let count = text.matches(&entry.placeholder).count();
        size.saturating_add(count.saturating_mul(entry.in_body(body_type).len()))
    });
    if size as u64 > most {
        let message = "the body is too long with its secrets: send less or raise `limits.request_body`";
        return Err(journeys(TrafficErrorKind::TooLarge, message));
    }
    Ok(())
}

impl SealedSecret {
    fn is_in(&self, content: &[u8]) -> bool {
        memchr::memmem::find(content, self.placeholder.as_bytes()).is_some()
    }

    fn in_body(&self, body_type: BodyType) -> String {
        match body_type {
            BodyType::Json => json_escaped(&self.secret.value),
            BodyType::Form => url::form_urlencoded::byte_serialize(self.secret.value.as_bytes()).collect(),
            BodyType::Other => String::new(),
        }
    }

    fn check_url(&self, path_and_query: &str) -> Result<(), TrafficError> {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        if path.contains(&self.placeholder) {
            return Err(self.misplaced("in the path of a url", "send it in a header"));
        }
        self.check_fields(query, "query parameter", "query", &self.secret.places.query)
    }

    /// The fields of a query or a form: as a target reads them, the secret stands in declared ones alone.
    fn check_fields(
        &self,
        text: &str,
        what: &str,
        key: &str,
        declared: &[String],
    ) -> Result<(), TrafficError> {
        for field in text.split('&').filter(|field| field.contains(&self.placeholder)) {
            // Some targets separate fields by it.
            if field.contains(';') {
                return Err(self.misplaced(&format!("in a {what} with `;`"), "write `%3B`"));
            }
            let escapes = field.match_indices(&self.placeholder).any(|(at, _)| {
                field.get(at.saturating_sub(2)..at).is_some_and(|before| before.contains('%'))
            });
            if escapes {
                return Err(self.misplaced("behind a percent sign", "write `%25` for it"));
            }
        }
        let mut count = 0;
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            if name.contains(&self.placeholder) {
                return Err(self.misplaced(&format!("in the name of a {what}"), "send it as a value"));
            }
            let here = value.matches(&self.placeholder).count();
            count += here;
            if here > 0 && !declared.iter().any(|declared| *declared == name) {
                let name = name.escape_debug().to_string();
                let line = format!("{key} = \"{name}\"");
                return Err(self.undeclared(&format!("in the {what} `{name}`"), &line));
            }
        }
        if count != text.matches(&self.placeholder).count() {
            return Err(self.misplaced(&format!("in a {what} with escapes"), "write it as it is"));
        }
        Ok(())
    }

    fn check_json(&self, document: &JsonBody<'_>) -> Result<(), TrafficError> {
        match document.check(self) {
            Ok(()) => Ok(()),
            Err(Misplaced::Undeclared(path)) => {
                Err(self.undeclared(&format!("at `{path}` of a JSON body"), &format!("json = '{path}'")))
            }
            Err(Misplaced::Name) => Err(self.misplaced("in the name of a JSON member", "send it as a value")),
            Err(Misplaced::Escaped) => {
                Err(self.misplaced("in a JSON body with escapes", "write it as it is"))
            }
        }
    }

    fn check_header(
        &self,
        name: &HeaderName,
        value: &HeaderValue,
        origin: &Origin,
    ) -> Result<(), TrafficError> {
        let Ok(text) = value.to_str() else { return Ok(()) };
        if self.is_in_basic(name, text).is_some() {
            self.check(origin)?;
            if !self.secret.places.basic {
                return Err(self.undeclared("in basic authentication", "basic = true"));
            }
        } else if text.contains(&self.placeholder) {
            self.check(origin)?;
            if !self.secret.places.headers.contains(name) {
                return Err(
                    self.undeclared(&format!("in the header `{name}`"), &format!("header = \"{name}\""))
                );
            }
        }
        Ok(())
    }

    fn put_into_header(&self, name: &HeaderName, value: &mut HeaderValue) -> Result<(), TrafficError> {
        let Ok(text) = value.to_str() else { return Ok(()) };
        let filled = if let Some(pair) = self.is_in_basic(name, text) {
            let pair = pair.replace(&self.placeholder, &self.secret.value);
            format!("Basic {}", BASE64.encode(pair.as_bytes()))
        } else if text.contains(&self.placeholder) {
            text.replace(&self.placeholder, &self.secret.value)
        } else {
            return Ok(());
        };
        *value = HeaderValue::from_bytes(filled.as_bytes()).map_err(|_| {
            malformed(format!(
                "the secret in header `{name}` has a line break or control character: check its value"
            ))
        })?;
        // Keeps it out of HTTP/2's shared tables and of debug output.
        value.set_sensitive(true);
        Ok(())
    }

    /// User and password of basic authentication, if the placeholder stands in them.
    fn is_in_basic(&self, name: &HeaderName, text: &str) -> Option<String> {
        let pair = if *name == AUTHORIZATION { basic(text) } else { None };
        pair.filter(|pair| pair.contains(&self.placeholder))
    }

    fn misplaced(&self, place: &str, mend: &str) -> TrafficError {
        let message = format!("secret `{}` cannot stand {place}: {mend}", self.secret.name);
        journeys(TrafficErrorKind::Denied, message)
    }

    fn undeclared(&self, place: &str, line: &str) -> TrafficError {
        let name = &self.secret.name;
        let message = format!("secret `{name}` may not stand {place}: add {line} to secrets.{name}");
        journeys(TrafficErrorKind::Denied, message)
    }

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

fn body_type(headers: &HeaderMap) -> BodyType {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence.ends_with("json") {
        BodyType::Json
    } else if essence == "application/x-www-form-urlencoded" {
        BodyType::Form
    } else {
        BodyType::Other
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
