//! The cookie jars of one attempt. The crate `cookie_store` keeps cookies and matches them (RFC 6265); this file adds what
//! RFC 6265bis asks for beyond it: public suffixes, the prefixes `__Host-` and `__Secure-`, bounds, and cookies that a
//! plaintext answer may not set.
//!
//! A jar holds what servers sent, values of secrets included. It is the host's: what a guest reads of it has passed the seal.

use cookie_store::{Cookie, CookieDomain, CookieExpiration, CookieStore, RawCookie};
use http::HeaderMap;
use http::header::SET_COOKIE;
use parking_lot::Mutex;
use url::Url;

use super::exchange::text_of;
use crate::tape::{Stop, Tape};

/// The most bytes of a name with its value, and of one attribute (RFC 6265bis, 5.7).
const PAIR: usize = 4_096;
const ATTRIBUTES: usize = 4_096;
/// The most cookies that one jar holds, and the most jars of an attempt.
const COOKIES: usize = 1_000;
const JARS: usize = 1_000;
/// What a cookie takes beside its text, in bytes.
const COOKIE: u64 = 512;

/// A cookie, as a guest reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CookieFacts {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) domain: String,
    pub(crate) is_host_only: bool,
    pub(crate) path: String,
    pub(crate) is_secure: bool,
    pub(crate) is_http_only: bool,
    /// In unix milliseconds; none at the end of the attempt.
    pub(crate) expires_ms: Option<i64>,
}

/// See the module. Jar 0 is there from the beginning.
pub(crate) struct Jars {
    tape: Tape,
    jars: Mutex<Vec<CookieStore>>,
}

impl Jars {
    pub(super) fn new(tape: Tape) -> Self {
        Self { tape, jars: Mutex::new(vec![CookieStore::default()]) }
    }

    /// Makes an empty jar; none beyond the limit.
    pub(crate) fn create(&self) -> Option<u32> {
        let mut jars = self.jars.lock();
        let number = u32::try_from(jars.len()).ok()?;
        (jars.len() < JARS).then(|| jars.push(CookieStore::default()))?;
        Some(number)
    }

    /// Whether a number names a jar.
    pub(crate) fn has(&self, jar: u32) -> bool {
        (jar as usize) < self.jars.lock().len()
    }

    /// The header `cookie` of a request to this URL.
    pub(super) fn header(&self, jar: u32, url: &Url) -> Option<String> {
        self.with(jar, |jar| {
            let mut sent = jar.matches(url);
            // Longer paths first (RFC 6265bis, 5.8.3).
            sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
            let pairs: Vec<String> =
                sent.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value())).collect();
            (!pairs.is_empty()).then(|| pairs.join("; "))
        })?
    }

    /// Stores what an answer sets. What breaks a rule is left out, as in a browser.
    pub(super) fn store(&self, jar: u32, url: &Url, headers: &HeaderMap) -> Result<(), Stop> {
        for value in headers.get_all(SET_COOKIE) {
            let _ = self.set(jar, url, &text_of(value.as_bytes()))?;
        }
        Ok(())
    }

    /// Stores one cookie, or says why not.
    pub(crate) fn set(&self, jar: u32, url: &Url, text: &str) -> Result<Result<(), String>, Stop> {
        let cookie = match checked(text, url) {
            Ok(cookie) => cookie,
            Err(why) => return Ok(Err(why)),
        };
        self.tape.keep(text.len() as u64 + COOKIE)?;
        let stored = self.with(jar, |jar| {
            if jar.iter_any().count() >= COOKIES {
                return Err(format!("the jar holds {COOKIES} cookies already"));
            }
            if !is_secure(url) && shadows(jar, &cookie, url) {
                return Err("a plaintext answer may not replace a cookie that is `Secure`".to_owned());
            }
            match jar.insert(cookie.into_owned(), url) {
                // It removes one that is not there.
                Err(cookie_store::CookieError::Expired) | Ok(_) => Ok(()),
                Err(error) => Err(error.to_string()),
            }
        });
        Ok(stored.unwrap_or(Ok(())))
    }

    /// The value of the cookie that a request to this URL would send first.
    pub(crate) fn get(&self, jar: u32, url: &Url, name: &str) -> Option<String> {
        self.with(jar, |jar| {
            let mut sent = jar.matches(url);
            sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
            sent.iter().find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
        })?
    }

    /// Every cookie that has not expired.
    pub(crate) fn all(&self, jar: u32) -> Vec<CookieFacts> {
        self.with(jar, |jar| jar.iter_unexpired().map(facts).collect()).unwrap_or_default()
    }

    /// Removes every cookie.
    pub(crate) fn clear(&self, jar: u32) {
        self.with(jar, CookieStore::clear);
    }

    fn with<T>(&self, jar: u32, change: impl FnOnce(&mut CookieStore) -> T) -> Option<T> {
        self.jars.lock().get_mut(jar as usize).map(change)
    }
}

/// A cookie that an answer of this URL may set.
fn checked<'a>(text: &'a str, url: &Url) -> Result<Cookie<'a>, String> {
    if text.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
        return Err("it has a control character".to_owned());
    }
    let mut raw = RawCookie::parse(text).map_err(|error| error.to_string())?;
    let pair = raw.name().len() + raw.value().len();
    if pair > PAIR || text.len() - pair.min(text.len()) > ATTRIBUTES {
        return Err(format!("it is longer than {PAIR} bytes"));
    }
    check_prefix(&raw)?;
    if raw.secure() == Some(true) && !is_secure(url) {
        return Err("it is `Secure`, and the answer came without TLS".to_owned());
    }
    if let Some(domain) = raw.domain().map(str::to_owned).filter(|domain| is_public_suffix(domain)) {
        if url.host_str() != Some(domain.as_str()) {
            return Err(format!("every owner of a domain below `{domain}` would get it"));
        }
        // The host itself is a public suffix: the cookie is for it alone.
        raw.unset_domain();
    }
    Cookie::try_from_raw_cookie(&raw, url).map_err(|error| error.to_string())
}

/// RFC 6265bis, 4.1.3.
fn check_prefix(raw: &RawCookie<'_>) -> Result<(), String> {
    let begins =
        |prefix: &str| raw.name().get(..prefix.len()).is_some_and(|name| name.eq_ignore_ascii_case(prefix));
    let (is_host, is_secure) = (begins("__Host-"), raw.secure() == Some(true));
    if (is_host || begins("__Secure-")) && !is_secure {
        return Err("its name demands `Secure`".to_owned());
    }
    if is_host && (raw.domain().is_some() || raw.path() != Some("/")) {
        return Err("its name demands `Path=/` and no `Domain`".to_owned());
    }
    Ok(())
}

fn is_public_suffix(domain: &str) -> bool {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    psl::suffix(domain.as_bytes()).is_some_and(|suffix| suffix == domain.as_bytes())
}

/// Whether a cookie would stand in the way of one that is sent over TLS only (RFC 6265bis, 5.7, step 14).
fn shadows(jar: &CookieStore, cookie: &Cookie<'_>, url: &Url) -> bool {
    jar.iter_unexpired().any(|known| {
        known.secure() == Some(true) && known.name() == cookie.name() && known.domain.matches(url)
    })
}

/// Over TLS, or to this machine itself, as browsers see it.
fn is_secure(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(url::Host::Domain(domain)) => domain == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || is_loopback
}

fn facts(cookie: &Cookie<'_>) -> CookieFacts {
    let (domain, is_host_only) = match &cookie.domain {
        CookieDomain::HostOnly(domain) => (domain.clone(), true),
        CookieDomain::Suffix(domain) => (domain.clone(), false),
        CookieDomain::NotPresent | CookieDomain::Empty => (String::new(), true),
    };
    CookieFacts {
        name: cookie.name().to_owned(),
        value: cookie.value().to_owned(),
        domain,
        is_host_only,
        path: cookie.path.to_string(),
        is_secure: cookie.secure() == Some(true),
        is_http_only: cookie.http_only() == Some(true),
        expires_ms: match cookie.expires {
            CookieExpiration::AtUtc(at) => i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok(),
            CookieExpiration::SessionEnd => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::limits::Limits;

    use super::*;

    fn jars() -> Jars {
        Jars::new(Tape::live(Limits::default(), [7; 32], None))
    }

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn set(jars: &Jars, at: &str, text: &str) -> Result<(), String> {
        jars.set(0, &url(at), text).unwrap()
    }

    #[test]
    fn a_request_sends_what_its_host_and_path_match_longer_paths_first() {
        let jars = jars();
        set(&jars, "https://shop.example/orders/1", "a=1; Path=/").unwrap();
        set(&jars, "https://shop.example/orders/1", "b=2").unwrap();
        set(&jars, "https://www.shop.example/", "c=3; Domain=shop.example; Secure").unwrap();
        let sent = |at| jars.header(0, &url(at));
        assert_eq!(sent("https://shop.example/orders/2").unwrap().split("; ").next(), Some("b=2"));
        assert_eq!(sent("http://shop.example/").as_deref(), Some("a=1"));
        assert_eq!(sent("https://api.shop.example/").as_deref(), Some("c=3"));
        assert_eq!(sent("https://other.example/"), None);
        set(&jars, "https://shop.example/", "a=; Max-Age=0").unwrap();
        assert_eq!(sent("http://shop.example/"), None);
        assert_eq!(jars.get(0, &url("https://shop.example/orders/"), "b").as_deref(), Some("2"));
        let other = jars.create().unwrap();
        assert_eq!((other, jars.all(other).len(), jars.all(0).len()), (1, 0, 2));
        jars.clear(0);
        assert!(jars.all(0).is_empty());
    }

    #[test]
    fn what_a_browser_refuses_is_refused_in_words() {
        let jars = jars();
        let refused = |at, text: &str| set(&jars, at, text).unwrap_err();
        assert!(refused("https://a.co.uk/", "s=1; Domain=co.uk").contains("below `co.uk`"));
        assert!(refused("https://a.github.io/", "s=1; Domain=github.io").contains("below `github.io`"));
        assert!(refused("https://a.example/", "s=1; Domain=b.example").contains("domain-match"));
        assert!(refused("http://a.example/", "s=1; Secure").contains("without TLS"));
        assert!(refused("https://a.example/", "__Secure-s=1").contains("demands `Secure`"));
        assert!(
            refused("https://a.example/", "__host-s=1; Secure; Path=/; Domain=a.example")
                .contains("no `Domain`")
        );
        assert!(refused("https://a.example/", "s=a\u{1}b").contains("control character"));
        assert!(refused("https://a.example/", &format!("s={}", "x".repeat(5_000))).contains("longer than"));
        set(&jars, "https://a.example/", "session=1; Secure; Path=/").unwrap();
        assert!(refused("http://a.example/", "session=2").contains("may not replace"));
        set(&jars, "http://localhost:8080/", "s=1; Secure").unwrap();
        set(&jars, "https://a.example/", "__Host-s=1; Secure; Path=/").unwrap();
    }

    #[test]
    fn a_jar_and_an_attempt_have_bounds() {
        let jars = jars();
        let at = url("https://a.example/");
        let refused =
            (0..=COOKIES).find(|number| jars.set(0, &at, &format!("c{number}=1")).unwrap().is_err());
        assert_eq!(refused, Some(COOKIES));
        assert_eq!((1..=JARS).find(|_| jars.create().is_none()), Some(JARS));
        assert!(jars.has(999) && !jars.has(1_000));
    }
}
