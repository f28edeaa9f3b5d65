//! The two cookies: that of a session, and that which binds the form of `/sign-in` to its browser.
//!
//! Where the browser speaks TLS their names begin with `__Host-`: a browser takes such a cookie from this host alone, over TLS, for all paths,
//! so neither a subdomain nor an attacker on a plain connection can put one there. A server reached over plain HTTP has plain names, and
//! never reads those of the other kind.

use std::time::Duration;

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

use super::secret::Secret;

/// Which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    Session,
    /// Of a browser that is about to sign in.
    SignIn,
}

impl Cookie {
    fn name(self, is_secure: bool) -> &'static str {
        match (self, is_secure) {
            (Self::Session, true) => "__Host-wayfarer",
            (Self::Session, false) => "wayfarer",
            (Self::SignIn, true) => "__Host-wayfarer-sign-in",
            (Self::SignIn, false) => "wayfarer-sign-in",
        }
    }

    /// Its secret. None where the request has no such cookie, or several.
    pub(super) fn read(self, headers: &HeaderMap, is_secure: bool) -> Option<Secret> {
        let name = self.name(is_secure);
        let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut found = pairs.filter(|(of, _)| *of == name).map(|(_, value)| value);
        let value = found.next()?;
        if found.next().is_some() { None } else { Secret::read(value) }
    }

    /// The header that sets it for so long.
    pub(super) fn set(self, secret: &Secret, is_secure: bool, lasts: Duration) -> Option<HeaderValue> {
        self.header(secret.reveal(), is_secure, lasts.as_secs())
    }

    /// The header that removes it.
    pub(super) fn clear(self, is_secure: bool) -> Option<HeaderValue> {
        self.header("", is_secure, 0)
    }

    fn header(self, value: &str, is_secure: bool, lasts_s: u64) -> Option<HeaderValue> {
        let (name, secure) = (self.name(is_secure), if is_secure { "; Secure" } else { "" });
        let text = format!("{name}={value}; Path=/; Max-Age={lasts_s}; HttpOnly; SameSite=Lax{secure}");
        // Name and value are plain letters.
        HeaderValue::try_from(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_set_as_the_browser_s_connection_asks_for() {
        let secret = Secret::read(&"a".repeat(43)).unwrap_or_else(Secret::new);
        let day = Duration::from_hours(24);
        let text =
            |value: Option<HeaderValue>| value.unwrap().to_str().unwrap().replace(secret.reveal(), "SECRET");
        insta::assert_snapshot!(text(Cookie::Session.set(&secret, true, day)), @"__Host-wayfarer=SECRET; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure");
        insta::assert_snapshot!(text(Cookie::SignIn.set(&secret, false, day)), @"wayfarer-sign-in=SECRET; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax");
        insta::assert_snapshot!(text(Cookie::Session.clear(true)), @"__Host-wayfarer=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
    }

    #[test]
    fn only_the_cookie_of_the_connection_s_kind_is_read_and_only_if_there_is_one() {
        let secret = Secret::new();
        let read = |line: &str, is_secure| {
            let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(line).unwrap())]);
            Cookie::Session.read(&headers, is_secure)
        };
        let text = secret.reveal();
        assert_eq!(read(&format!("a=b; wayfarer={text};c=d"), false), Some(secret.clone()));
        assert_eq!(
            read(&format!("wayfarer={text}"), true),
            None,
            "anybody on the way could have put it there"
        );
        assert_eq!(read(&format!("__Host-wayfarer={text}"), true), Some(secret.clone()));
        assert_eq!(
            read(&format!("wayfarer={text}; wayfarer={text}"), false),
            None,
            "one of them is not ours"
        );
        assert_eq!(read("wayfarer=hello", false), None);
    }
}
