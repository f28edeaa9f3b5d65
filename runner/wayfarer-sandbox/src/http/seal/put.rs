//! Puts values where a request holds their placeholders, at the places that the secret's entry declares and at no other.
//!
//! A placeholder at another place of a request is an error: a target could do nothing with it, and the journey's author
//! would have to find out why. Nothing is sent then.

use bytes::Bytes;
use data_encoding::BASE64;
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::Value;
use wayfarer_model::traffic::{TrafficError, TrafficErrorKind};

use super::encode::{json_escaped, percent_encoded};
use super::sealed::{SealedSecret, SealedSecrets};
use crate::http::target::Origin;
use crate::net::fault::{journeys, malformed};

/// The places where a value may be put.
pub(in crate::http) struct Outgoing<'a> {
    pub(in crate::http) path_and_query: &'a mut String,
    pub(in crate::http) headers: &'a mut HeaderMap,
    pub(in crate::http) body: &'a mut Bytes,
    /// Whether a redirect of the target made the URL. A value that stands there is one that the target put there.
    pub(in crate::http) is_url_targets: bool,
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
        let Outgoing { path_and_query, headers, body, is_url_targets } = request;
        if self.is_meant_for(origin) {
            // A value could hide in a compressed answer.
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(essence);
        for entry in &self.entries {
            if entry.is_in(path_and_query.as_bytes()) {
                entry.check(origin)?;
                *path_and_query = entry.put_into_url(path_and_query, is_url_targets)?;
            }
            for (name, value) in headers.iter_mut() {
                entry.put_into_header(name, value, origin)?;
            }
            if entry.is_in(body) {
                entry.check(origin)?;
                *body = entry.put_into_body(body, media_type.as_deref())?;
            }
        }
        Ok(())
    }
}

impl SealedSecret {
    fn is_in(&self, content: &[u8]) -> bool {
        memchr::memmem::find(content, self.placeholder.as_bytes()).is_some()
    }

    fn put_into_url(&self, path_and_query: &str, is_targets: bool) -> Result<String, TrafficError> {
        let value = percent_encoded(&self.secret.value, "-._~");
        if is_targets {
            return Ok(path_and_query.replace(&self.placeholder, &value));
        }
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        if path.contains(&self.placeholder) {
            return Err(self.misplaced("in the path of a url", "send it in a header"));
        }
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            self.check_field(&name, &value, "query parameter", "query", &self.secret.places.query)?;
        }
        Ok(format!("{path}?{}", query.replace(&self.placeholder, &value)))
    }

    fn put_into_header(
        &self,
        name: &HeaderName,
        value: &mut HeaderValue,
        origin: &Origin,
    ) -> Result<(), TrafficError> {
        let Ok(text) = value.to_str() else { return Ok(()) };
        let pair = if *name == AUTHORIZATION { basic(text) } else { None };
        let filled = if let Some(pair) = pair.filter(|pair| pair.contains(&self.placeholder)) {
            self.check(origin)?;
            if !self.secret.places.basic {
                return Err(self.undeclared("in basic authentication", "basic = true"));
            }
            let pair = pair.replace(&self.placeholder, &self.secret.value);
            format!("Basic {}", BASE64.encode(pair.as_bytes()))
        } else if text.contains(&self.placeholder) {
            self.check(origin)?;
            if !self.secret.places.headers.contains(name) {
                return Err(
                    self.undeclared(&format!("in the header `{name}`"), &format!("header = \"{name}\""))
                );
            }
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

    fn put_into_body(&self, body: &[u8], media_type: Option<&str>) -> Result<Bytes, TrafficError> {
        let text = std::str::from_utf8(body).ok();
        let filled = match (media_type, text) {
            (Some(media_type), Some(text)) if media_type.ends_with("json") => {
                self.check_json(text)?;
                text.replace(&self.placeholder, &json_escaped(&self.secret.value))
            }
            (Some("application/x-www-form-urlencoded"), Some(text)) => {
                for (name, value) in url::form_urlencoded::parse(body) {
                    self.check_field(&name, &value, "form field", "form", &self.secret.places.form)?;
                }
                let value: String =
                    url::form_urlencoded::byte_serialize(self.secret.value.as_bytes()).collect();
                text.replace(&self.placeholder, &value)
            }
            _ => {
                let mend = "send JSON or a form, with its content type";
                return Err(self.misplaced("in a body of this type", mend));
            }
        };
        Ok(filled.into())
    }

    fn check_field(
        &self,
        name: &str,
        value: &str,
        what: &str,
        key: &str,
        declared: &[String],
    ) -> Result<(), TrafficError> {
        if name.contains(&self.placeholder) {
            return Err(self.misplaced(&format!("in the name of a {what}"), "send it as a value"));
        }
        if value.contains(&self.placeholder) && !declared.iter().any(|declared| declared == name) {
            let name = name.escape_debug().to_string();
            return Err(self.undeclared(&format!("in the {what} `{name}`"), &format!("{key} = \"{name}\"")));
        }
        Ok(())
    }

    /// Whether the secret stands in declared members of a JSON document alone.
    fn check_json(&self, text: &str) -> Result<(), TrafficError> {
        let document: Value = serde_json::from_str(text).map_err(|error| {
            malformed(format!("the body is not JSON: {error}: mend it or its content type"))
        })?;
        let declared = self.secret.places.pointers(&document);
        let mut found =
            Found { placeholder: &self.placeholder, declared: &declared, count: 0, elsewhere: None };
        found.walk(&document, &mut String::new(), false);
        if let Some(pointer) = found.elsewhere {
            let place = path_of(&pointer);
            return Err(
                self.undeclared(&format!("at `{place}` of a JSON body"), &format!("json = '{place}'"))
            );
        }
        // Names of members, and members that another of the same name follows, are not values of the document.
        if found.count != text.matches(&self.placeholder).count() {
            let mend = "send it as a value, and no member twice";
            return Err(self.misplaced("in the name of a JSON member, or in a member that comes twice", mend));
        }
        Ok(())
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

/// The texts of a document that hold a placeholder.
struct Found<'a> {
    placeholder: &'a str,
    declared: &'a [String],
    count: usize,
    /// The first that is not within a declared member.
    elsewhere: Option<String>,
}

impl Found<'_> {
    fn walk(&mut self, value: &Value, pointer: &mut String, is_declared: bool) {
        let is_declared = is_declared || self.declared.contains(pointer);
        let length = pointer.len();
        match value {
            Value::String(text) => {
                let count = text.matches(self.placeholder).count();
                self.count += count;
                if count > 0 && !is_declared && self.elsewhere.is_none() {
                    self.elsewhere = Some(pointer.clone());
                }
            }
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    pointer.push('/');
                    pointer.push_str(&place.to_string());
                    self.walk(item, pointer, is_declared);
                    pointer.truncate(length);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    pointer.push('/');
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                    self.walk(member, pointer, is_declared);
                    pointer.truncate(length);
                }
            }
            _ => {}
        }
    }
}

/// A JSON pointer as the JSON path that a person would write.
fn path_of(pointer: &str) -> String {
    let part = |part: &str| {
        let name = part.replace("~1", "/").replace("~0", "~");
        let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        match (is_number, is_plain) {
            (true, _) => format!("[{name}]"),
            (_, true) => format!(".{name}"),
            _ => format!("[{}]", Value::from(name)),
        }
    };
    std::iter::once("$".to_owned()).chain(pointer.split('/').skip(1).map(part)).collect()
}

/// A media type without its parameters, in lower case.
fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// User and password of a basic authentication.
fn basic(value: &str) -> Option<String> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    String::from_utf8(BASE64.decode(encoded.trim().as_bytes()).ok()?).ok()
}
