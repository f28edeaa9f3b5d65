//! Whether a form was sent by a page of ours: by what the browser says of it, beside the form's own token.
//!
//! Browsers send `Origin` with every form and `Sec-Fetch-Site` with every request of a secure page; a script of another site can change
//! neither. A client that sends neither of them is no browser, and has no cookies but its own.

use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, HeaderValue};
use url::Url;

use super::peer::Client;

/// Whether the request comes from a page at that host.
pub(super) fn is_ours(headers: &HeaderMap, client: &Client) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
        return false;
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let Some(url) = origin.to_str().ok().and_then(|text| Url::parse(text).ok()) else { return false };
    let scheme = if client.is_secure { "https" } else { "http" };
    // Read by the same rules, so that the scheme's own port is none on both sides.
    let asked = Url::parse(&format!("{scheme}://{}/", client.host));
    asked.is_ok_and(|asked| asked.origin() == url.origin() && asked.origin().is_tuple())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    #[test]
    fn only_the_very_host_that_was_asked_is_ours() {
        let ours = |headers: &[(&'static str, &str)], is_secure: bool, host: &str| {
            let pair = |(name, value): &(&'static str, &str)| {
                (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
            };
            let client = Client { address: [127, 0, 0, 1].into(), is_secure, host: host.to_owned() };
            is_ours(&headers.iter().map(pair).collect(), &client)
        };
        assert!(ours(&[("origin", "https://w.example")], true, "w.example"));
        assert!(ours(&[("origin", "https://w.example")], true, "w.example:443"));
        assert!(ours(
            &[("origin", "http://127.0.0.1:7300"), ("sec-fetch-site", "same-origin")],
            false,
            "127.0.0.1:7300"
        ));
        assert!(ours(&[], true, "w.example"), "no browser");
        for origin in [
            "https://evil.example",
            "http://w.example",
            "https://w.example:8443",
            "https://w.example.evil.example",
            "null",
            "",
        ] {
            assert!(!ours(&[("origin", origin)], true, "w.example"), "{origin}");
        }
        assert!(!ours(&[("sec-fetch-site", "cross-site")], true, "w.example"));
        assert!(!ours(&[("sec-fetch-site", "same-site")], true, "w.example"), "a neighbour is not us");
        assert!(!ours(&[("origin", "https://w.example")], true, ""), "the request names no host");
    }
}
