//! Absolute `http` and `https` URLs: parse, join, append, add a query.
//!
//! This is not the `url` crate, because its IDNA tables are larger than the rest of a journey. The runner parses
//! every URL again with a full parser. Invariant: `path` begins with `/`, and the text is `scheme://authority`
//! followed by `path`.

use std::fmt;

use crate::percent::{self, Space};

/// An absolute `http` or `https` URL without user, password and fragment.
///
/// ```
/// use wayfarer_sdk::Url;
///
/// let url = Url::parse("https://shop.test/api/")?;
/// assert_eq!(url.append("/orders").as_str(), "https://shop.test/api/orders");
/// assert_eq!(url.join("/orders?page=2")?.as_str(), "https://shop.test/orders?page=2");
/// assert!(Url::parse("shop.test").is_err());
/// # Ok::<(), wayfarer_sdk::UrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Url {
    text: String,
    secure: bool,
    /// The host in lower case, and the port unless it is the scheme's default.
    authority: String,
    /// Path and query.
    path: String,
}

/// Why a text is not a URL that a journey can call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlError(String);

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UrlError {}

impl Url {
    /// Reads an absolute URL.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let wrong = |rule: &str| UrlError(format!("`{text}` {rule}"));
        let (scheme, rest) =
            text.split_once("://").ok_or_else(|| wrong("does not begin with `http://` or `https://`"))?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(wrong("does not begin with `http://` or `https://`")),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if authority.contains('@') {
            // The error does not repeat the text, because it may contain a password.
            let rule = "the URL contains a user or password: pass them with `.basic(user, password)`";
            return Err(UrlError(rule.to_owned()));
        }
        let authority = normal_authority(authority, secure).map_err(wrong)?;
        Ok(Self::new(secure, authority, path))
    }

    fn new(secure: bool, authority: String, path: &str) -> Self {
        let mut legal = String::with_capacity(path.len() + 1);
        if !path.starts_with('/') {
            legal.push('/');
        }
        percent::push_illegal(&mut legal, path);
        let scheme = if secure { "https" } else { "http" };
        Self { text: format!("{scheme}://{authority}{legal}"), secure, authority, path: legal }
    }

    /// The whole URL.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether its scheme is `https`.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host, in lower case; an IPv6 address with its brackets.
    pub fn host(&self) -> &str {
        split_port(&self.authority).0
    }

    /// The port, if it is not the scheme's default.
    pub fn port(&self) -> Option<u16> {
        split_port(&self.authority).1.and_then(|port| port.parse().ok())
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        self.path.split('?').next().unwrap_or("/")
    }

    /// Whether scheme, host and port are the same.
    pub fn same_origin(&self, other: &Self) -> bool {
        self.secure == other.secure && self.authority == other.authority
    }

    /// Resolves a reference against this URL as a browser does: `/x` replaces the path, `x` replaces its last
    /// segment, and `?x` replaces the query.
    pub fn join(&self, reference: &str) -> Result<Self, UrlError> {
        let reference = reference.split('#').next().unwrap_or_default();
        if is_absolute(reference) {
            return Self::parse(reference);
        }
        if reference.starts_with("//") {
            return Self::parse(&format!("{}:{reference}", if self.secure { "https" } else { "http" }));
        }
        let path = match reference.chars().next() {
            None => self.path.clone(),
            Some('/') => without_dots(reference),
            Some('?') => format!("{}{reference}", self.path()),
            Some(_) => {
                let folder = self.path().rsplit_once('/').map_or("", |(folder, _)| folder);
                without_dots(&format!("{folder}/{reference}"))
            }
        };
        Ok(Self::new(self.secure, self.authority.clone(), &path))
    }

    /// Appends a path to this URL's path, with one slash between them. Drops the query of this URL.
    #[must_use]
    pub fn append(&self, path: &str) -> Self {
        let own = self.path();
        let joined = match path.chars().next() {
            None | Some('?') => format!("{own}{path}"),
            Some(_) => format!("{}/{}", own.trim_end_matches('/'), path.trim_start_matches('/')),
        };
        Self::new(self.secure, self.authority.clone(), &joined)
    }

    /// Adds pairs to the query, percent-encoded.
    pub(crate) fn with_query(&self, pairs: &[(String, String)]) -> Self {
        if pairs.is_empty() {
            return self.clone();
        }
        let between = if self.path.contains('?') { '&' } else { '?' };
        let path = format!("{}{between}{}", self.path, percent::pairs(pairs, Space::Percent));
        Self::new(self.secure, self.authority.clone(), &path)
    }
}

/// Whether a reference has a scheme.
pub(crate) fn is_absolute(reference: &str) -> bool {
    reference.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    // The last colon of `[::1]` belongs to the address.
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn normal_authority(authority: &str, secure: bool) -> Result<String, &'static str> {
    let (host, port) = split_port(authority);
    if host.is_empty() {
        return Err("has no host");
    }
    if !host.is_ascii() {
        return Err("has a host with characters beyond ASCII: write its `xn--` form");
    }
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '[' | ']' | ':');
    let bracketed = host.starts_with('[') && host.ends_with(']');
    if !host.chars().all(legal) || (!bracketed && host.contains([':', '[', ']'])) {
        return Err("has a host with a character that is not allowed in a host");
    }
    let host = host.to_ascii_lowercase();
    match port.unwrap_or_default() {
        "" => Ok(host),
        port => match port.parse::<u16>() {
            Ok(80) if !secure => Ok(host),
            Ok(443) if secure => Ok(host),
            Ok(port) => Ok(format!("{host}:{port}")),
            Err(_) => Err("has a port that is not a number from 0 to 65535"),
        },
    }
}

/// Removes `.` and `..` from a path. Leaves the query unchanged.
fn without_dots(path: &str) -> String {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let mut kept: Vec<&str> = Vec::new();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    for part in &parts {
        match *part {
            "." => {}
            ".." => {
                kept.pop();
            }
            part => kept.push(part),
        }
    }
    let mut out = format!("/{}", kept.join("/"));
    // `/a/..` is a directory, as `/a/` is.
    if matches!(parts.last(), Some(&("." | ".."))) && !out.ends_with('/') {
        out.push('/');
    }
    if let Some(query) = query {
        out.push('?');
        out.push_str(query);
    }
    out
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl AsRef<str> for Url {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::Url;

    fn url(text: &str) -> Url {
        Url::parse(text).expect(text)
    }

    #[test]
    fn parses_into_a_normal_form() {
        for (text, normal) in [
            ("http://Shop.Test", "http://shop.test/"),
            ("HTTPS://shop.test:443/a b#c", "https://shop.test/a%20b"),
            ("http://shop.test?q=ü", "http://shop.test/?q=%C3%BC"),
            ("http://[::1]:80/x", "http://[::1]/x"),
            ("http://127.0.0.1:7301/x?a=1&b=%20", "http://127.0.0.1:7301/x?a=1&b=%20"),
        ] {
            assert_eq!(url(text).as_str(), normal);
        }
        assert_eq!(url("http://[::1]:81/").host(), "[::1]");
        assert_eq!(url("http://[::1]:81/").port(), Some(81));
    }

    #[test]
    fn refuses_what_is_no_url() {
        for text in [
            "",
            "shop.test",
            "ftp://a/",
            "http://",
            "http:///x",
            "http://a b/",
            "http://a:99999/",
            "http://ü/",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
        let error = Url::parse("http://ana:pw@shop.test/").unwrap_err().to_string();
        assert!(error.contains(".basic("), "{error}");
    }

    #[test]
    fn joins_as_a_browser_does() {
        let base = url("http://shop.test/a/b?q=1");
        for (reference, joined) in [
            ("", "http://shop.test/a/b?q=1"),
            ("c", "http://shop.test/a/c"),
            ("./c/", "http://shop.test/a/c/"),
            ("../c", "http://shop.test/c"),
            ("../../..", "http://shop.test/"),
            ("/c?d=1#e", "http://shop.test/c?d=1"),
            ("?d=2", "http://shop.test/a/b?d=2"),
            ("//other.test/x", "http://other.test/x"),
            ("https://other.test", "https://other.test/"),
        ] {
            assert_eq!(base.join(reference).expect(reference).as_str(), joined, "{reference}");
        }
        assert!(base.join("mailto:ana@shop.test").is_err());
    }

    #[test]
    fn appends_behind_a_base_path() {
        let base = url("http://shop.test/api/?x=1");
        assert_eq!(base.append("orders").as_str(), "http://shop.test/api/orders");
        assert_eq!(base.append("/orders").as_str(), "http://shop.test/api/orders");
        assert_eq!(base.append("").as_str(), "http://shop.test/api/");
        assert_eq!(base.append("?q=1").as_str(), "http://shop.test/api/?q=1");
    }
}
