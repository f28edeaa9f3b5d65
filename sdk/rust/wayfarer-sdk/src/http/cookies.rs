//! The cookie jar (RFC 6265). It has no list of public suffixes, because a journey calls hosts that its author
//! knows.

use std::cell::RefCell;
use std::rc::Rc;

use super::date;
use crate::host;
use crate::url::Url;

/// The cookies. The copies of a client share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Jar(Rc<RefCell<Vec<Cookie>>>);

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: String,
    domain: String,
    /// Whether only `domain` itself gets the cookie, and no host below it.
    host_only: bool,
    path: String,
    secure: bool,
    /// In unix milliseconds; none if it lasts for the attempt.
    expires_ms: Option<i64>,
}

impl Jar {
    /// Stores the cookies that a response from `url` sets.
    pub(super) fn keep(&self, url: &Url, headers: &[(String, String)]) {
        let now_ms = now_ms();
        let mut cookies = self.0.borrow_mut();
        for (_, value) in headers.iter().filter(|(name, _)| name == "set-cookie") {
            let Some(cookie) = Cookie::read(value, url, now_ms) else { continue };
            let place = cookies.iter().position(|known| known.is_same(&cookie));
            let gone = cookie.is_over(now_ms);
            match place {
                Some(place) if gone => {
                    cookies.remove(place);
                }
                Some(place) => {
                    if let Some(known) = cookies.get_mut(place) {
                        *known = cookie;
                    }
                }
                None if gone => {}
                None => cookies.push(cookie),
            }
        }
    }

    /// The `cookie` header for a request to `url`. Longer paths come first.
    pub(super) fn header(&self, url: &Url) -> Option<String> {
        let now_ms = now_ms();
        let cookies = self.0.borrow();
        let mut sent: Vec<&Cookie> = cookies.iter().filter(|cookie| cookie.goes_to(url, now_ms)).collect();
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<_> = sent.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    pub(super) fn value(&self, url: &Url, name: &str) -> Option<String> {
        let now_ms = now_ms();
        let cookies = self.0.borrow();
        let found = cookies.iter().find(|cookie| cookie.name == name && cookie.goes_to(url, now_ms));
        found.map(|cookie| cookie.value.clone())
    }
}

/// The wall clock of the attempt, estimated: an attempt begins about when its slot is due.
fn now_ms() -> i64 {
    let slot_ms = host::attempt().slot_ms;
    i64::try_from(slot_ms + host::elapsed_us() / 1_000).unwrap_or(i64::MAX)
}

impl Cookie {
    /// Reads a `set-cookie` value. Returns none if it is malformed, or if the host may not set the cookie.
    fn read(text: &str, url: &Url, now_ms: i64) -> Option<Self> {
        let mut parts = text.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let name = name.trim();
        if name.is_empty() {
            return None;
        }
        let mut cookie = Self {
            name: name.to_owned(),
            value: value.trim().to_owned(),
            domain: url.host().to_owned(),
            host_only: true,
            path: default_path(url),
            secure: false,
            expires_ms: None,
        };
        let mut max_age = None;
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "domain" => cookie.set_domain(value, url)?,
                "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
                "secure" => cookie.secure = true,
                "expires" => cookie.expires_ms = date::parse_ms(value).or(cookie.expires_ms),
                "max-age" => max_age = value.parse::<i64>().ok().or(max_age),
                _ => {}
            }
        }
        if let Some(seconds) = max_age {
            // Overrides `expires` in any order.
            cookie.expires_ms = Some(if seconds <= 0 {
                i64::MIN
            } else {
                now_ms.saturating_add(seconds.saturating_mul(1_000))
            });
        }
        Some(cookie)
    }

    /// Returns none if the host may not set cookies for that domain.
    fn set_domain(&mut self, value: &str, url: &Url) -> Option<()> {
        let domain = value.trim_start_matches('.').to_ascii_lowercase();
        if domain.is_empty() || domain == url.host() {
            self.host_only = domain.is_empty();
            return Some(());
        }
        // A domain without a dot would reach every host under a top-level domain.
        if !domain.contains('.') || !is_below(url.host(), &domain) {
            return None;
        }
        self.domain = domain;
        self.host_only = false;
        Some(())
    }

    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.domain == other.domain && self.path == other.path
    }

    fn is_over(&self, now_ms: i64) -> bool {
        self.expires_ms.is_some_and(|expires_ms| expires_ms <= now_ms)
    }

    fn goes_to(&self, url: &Url, now_ms: i64) -> bool {
        let host = url.host();
        let below = self.path.ends_with('/') || url.path().as_bytes().get(self.path.len()) == Some(&b'/');
        !self.is_over(now_ms)
            && (host == self.domain || (!self.host_only && is_below(host, &self.domain)))
            && (url.path() == self.path || (url.path().starts_with(&self.path) && below))
            && (!self.secure || url.is_secure() || is_loopback(host))
    }
}

/// Whether `host` is a name below `domain`. An address is below no domain.
fn is_below(host: &str, domain: &str) -> bool {
    let is_address = host.starts_with('[') || host.chars().all(|c| c.is_ascii_digit() || c == '.');
    !is_address && host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Browsers send secure cookies to the local machine without TLS. Tests against a local target need that.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host == "[::1]" || host.starts_with("127.")
}

/// The path up to its last `/`.
fn default_path(url: &Url) -> String {
    match url.path().rsplit_once('/') {
        Some((folder, _)) if !folder.is_empty() => folder.to_owned(),
        _ => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect(text)
    }

    fn jar(from: &str, set: &[&str]) -> Jar {
        let jar = Jar::default();
        let headers: Vec<_> =
            set.iter().map(|value| ("set-cookie".to_owned(), (*value).to_owned())).collect();
        jar.keep(&url(from), &headers);
        jar
    }

    #[test]
    fn go_back_to_their_host_and_path() {
        let jar =
            jar("http://shop.test/account/login", &["a=1; HttpOnly", "b=2; Path=/", "c=3; path=/account/me"]);
        let sent = |to: &str| jar.header(&url(to));
        assert_eq!(sent("http://shop.test/account").as_deref(), Some("a=1; b=2"));
        assert_eq!(sent("http://shop.test/account/me/x").as_deref(), Some("c=3; a=1; b=2"));
        assert_eq!(sent("http://shop.test/accounts").as_deref(), Some("b=2"));
        assert_eq!(sent("http://www.shop.test/"), None);
        assert_eq!(jar.value(&url("http://shop.test/"), "b").as_deref(), Some("2"));
    }

    #[test]
    fn a_domain_reaches_hosts_below_and_no_others() {
        let wide = jar(
            "http://www.shop.test/",
            &["a=1; Domain=.shop.test", "b=2; domain=other.test", "c=3; domain=test"],
        );
        assert_eq!(wide.header(&url("http://api.shop.test/")).as_deref(), Some("a=1"));
        assert_eq!(wide.header(&url("http://myshop.test/")), None);
        assert_eq!(wide.header(&url("http://other.test/")), None);
        assert_eq!(jar("http://127.0.0.1/", &["a=1; domain=0.0.1"]).header(&url("http://127.0.0.1/")), None);
    }

    #[test]
    fn end_with_their_time_and_are_replaced() {
        let jar =
            jar("https://shop.test/", &["a=1", "b=2; Secure", "c=3; expires=Thu, 01 Jan 1970 00:00:00 GMT"]);
        assert_eq!(jar.header(&url("http://shop.test/")).as_deref(), Some("a=1"));
        assert_eq!(jar.header(&url("https://shop.test/")).as_deref(), Some("a=1; b=2"));
        let set = |value: &str| {
            jar.keep(&url("https://shop.test/"), &[("set-cookie".to_owned(), value.to_owned())]);
        };
        set("a=9; max-age=60; expires=Thu, 01 Jan 1970 00:00:00 GMT");
        set("b=; Max-Age=0");
        assert_eq!(jar.header(&url("https://shop.test/")).as_deref(), Some("a=9"));
    }
}
