//! Which parts of a head are credentials, and what is shown in their place: between the engine, which notes heads as evidence, and whoever
//! stores them.
//!
//! A header whose name says so has its value withheld, whoever chose it, before it is noted ([`shown_value`]). In every other value, the
//! parameters of URLs whose names say so are withheld once the values of secrets are masked ([`withhold_parameters`]): a part of such a value
//! would otherwise be left where it has the form of a parameter.
//!
//! Invariants: [`secret_names`](wayfarer_model::secret_names) says which names are those of credentials. In doubt a value is withheld.

use std::borrow::Cow;

use http::header::{AUTHORIZATION, COOKIE, HeaderName, PROXY_AUTHORIZATION, SET_COOKIE};
use percent_encoding::percent_decode_str;
use wayfarer_model::secret_names::{is_secret_name, is_secret_parameter};
use wayfarer_model::text::CUT;

/// Stands for the value of a credential.
const WITHHELD: &str = "[withheld]";

/// What the mask of a secret's value begins with; it ends with a bracket.
const MASK: &str = "[secret ";

/// How often a URL inside a URL may be encoded.
const DECODINGS: usize = 3;

/// The most bytes that the search through one value looks at, each time that it does: about thirty times the longest value that is kept. A URL
/// with a handful of parameters and another URL in it takes five times its length.
const SEARCHED: usize = 32 << 10;

/// What is shown of a credential; none for any other header.
pub(super) fn shown_value<'v>(name: &HeaderName, value: &'v str) -> Option<Cow<'v, str>> {
    if *name == COOKIE {
        let pairs: Vec<String> = value.split(';').map(|pair| withheld_pair(pair.trim())).collect();
        return Some(pairs.join("; ").into());
    }
    if *name == SET_COOKIE {
        let (pair, attributes) = value.split_once(';').map_or((value, ""), |(pair, rest)| (pair, rest));
        let separator = if attributes.is_empty() { "" } else { ";" };
        return Some(format!("{}{separator}{attributes}", withheld_pair(pair)).into());
    }
    if !is_secret_name(name.as_str()) {
        return None;
    }
    let is_scheme = |word: &&str| {
        ["basic", "bearer", "digest", "negotiate", "hmac"].contains(&word.to_ascii_lowercase().as_str())
    };
    let has_scheme = *name == AUTHORIZATION || *name == PROXY_AUTHORIZATION;
    let scheme = value.split(' ').next().filter(|_| has_scheme).filter(is_scheme);
    Some(scheme.map_or_else(|| WITHHELD.into(), |scheme| format!("{scheme} {WITHHELD}").into()))
}

/// A cookie's name beside what stands for its value. A cookie without a name is all value.
fn withheld_pair(pair: &str) -> String {
    pair.split_once('=').map_or_else(|| WITHHELD.to_owned(), |(name, _)| format!("{name}={WITHHELD}"))
}

/// A header's value without the users, passwords and telling parameters of the URLs in it. None if there are none.
pub(crate) fn withhold_parameters(value: &str) -> Option<String> {
    let (text, end) = value.strip_suffix(CUT).map_or((value, ""), |text| (text, CUT));
    let mut search = Search { left: SEARCHED };
    let shown = search.shown(&without_users(text)).unwrap_or_else(|| WITHHELD.to_owned());
    (shown != text).then(|| shown + end)
}

fn is_telling_parameter(name: &str) -> bool {
    let name = percent_decode_str(name).decode_utf8_lossy();
    is_secret_parameter(&name)
}

/// Withholds what stands between `//` and `@`.
fn without_users(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("//") {
        shown.push_str(before);
        shown.push_str("//");
        let is_end = |character: char| {
            matches!(character, '/' | '?' | '#' | '"' | '<' | '>') || character.is_whitespace()
        };
        let authority = after.split(is_end).next().unwrap_or_default();
        rest = after;
        if let Some((_, host)) = authority.rsplit_once('@') {
            shown.push_str(WITHHELD);
            shown.push('@');
            rest = after.get(authority.len() - host.len()..).unwrap_or_default();
        }
    }
    shown + rest
}

/// A search for telling parameters. URLs may stand in URLs, encoded as often as somebody likes, and the work grows with the power of that: what
/// takes more than [`SEARCHED`] is withheld.
struct Search {
    /// Bytes that it may still look at.
    left: usize,
}

impl Search {
    /// None if the whole is to be withheld: a URL that is encoded in the path of another one cannot be parted from it.
    fn shown(&mut self, text: &str) -> Option<String> {
        let shown = self.without_parameters(text)?;
        (!self.hides_some(&shown)?).then_some(shown)
    }

    /// Withholds the values of telling parameters, and those that are URLs with such parameters. None if that takes too long.
    fn without_parameters(&mut self, text: &str) -> Option<String> {
        self.look_at(text)?;
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        loop {
            // What stands before the first separator may be a parameter, too.
            let piece_end = rest.find(is_separator).unwrap_or(rest.len());
            let (piece, after) = rest.split_at(piece_end);
            match piece.split_once('=') {
                Some((name, _)) if !name.is_empty() && !name.contains(is_outside) => {
                    let begin = name.len() + 1;
                    let (value, behind) = value_of(rest.get(begin..).unwrap_or_default());
                    shown.push_str(rest.get(..begin).unwrap_or_default());
                    if !self.is_withheld(name, value)? {
                        // It may be a URL itself.
                        rest = rest.get(begin..).unwrap_or_default();
                        continue;
                    }
                    shown.push_str(WITHHELD);
                    rest = behind;
                }
                _ => {
                    shown.push_str(piece);
                    rest = after;
                }
            }
            let Some(separator) = rest.chars().next() else { return Some(shown) };
            shown.push(separator);
            rest = rest.get(separator.len_utf8()..).unwrap_or_default();
        }
    }

    fn is_withheld(&mut self, name: &str, value: &str) -> Option<bool> {
        self.look_at(value)?;
        let is_masked = value.starts_with(MASK) && value.find(']') == Some(value.len() - 1);
        if value.is_empty() || is_masked {
            return Some(false);
        }
        Some(is_telling_parameter(name) || self.hides_some(value)?)
    }

    /// Whether a text has telling parameters once it is decoded.
    fn hides_some(&mut self, text: &str) -> Option<bool> {
        for text in decoded(text) {
            if self.without_parameters(&text)? != text {
                return Some(true);
            }
        }
        Some(false)
    }

    fn look_at(&mut self, text: &str) -> Option<()> {
        self.left = self.left.checked_sub(text.len())?;
        Some(())
    }
}

/// A parameter's value, and what follows it. The mask of a secret has a space, and no other value has.
fn value_of(text: &str) -> (&str, &str) {
    let mask = if text.starts_with(MASK) { text.find(']').map_or(0, |end| end + 1) } else { 0 };
    let behind = text.get(mask..).unwrap_or_default();
    let is_end = |character: char| matches!(character, '&' | '#') || is_outside(character);
    text.split_at(mask + behind.find(is_end).unwrap_or(behind.len()))
}

/// Where a parameter may begin behind.
fn is_separator(character: char) -> bool {
    matches!(character, '?' | '&' | '#' | ';') || is_outside(character)
}

/// What no URL has in it.
fn is_outside(character: char) -> bool {
    matches!(character, '"' | '\'' | '<' | '>') || character.is_whitespace()
}

/// What a text is once it is decoded, again and again, as long as that changes it.
fn decoded(text: &str) -> impl Iterator<Item = String> {
    let next = |text: &String| {
        let decoded = percent_decode_str(text).decode_utf8_lossy().into_owned();
        (decoded != *text).then_some(decoded)
    };
    std::iter::successors(Some(text.to_owned()), next).skip(1).take(DECODINGS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_too_often_is_withheld_in_bounded_time() {
        let encode = |text: &str| format!("a={}", text.replace('%', "%25").replace('=', "%3D"));
        let nested = (0..40).fold("a=1".to_owned(), |text, _| encode(&text));
        let flat = "a=".repeat(500) + "%252541";
        for hostile in [nested.as_str(), flat.as_str()] {
            assert_eq!(withhold_parameters(hostile).as_deref(), Some(WITHHELD));
        }
        let usual = "https://shop.example/log-in?next=https%3A%2F%2Fshop.example%2Forders%3Fpage%3D2%26sort%3Ddate&lang=de&from=mail";
        assert_eq!(withhold_parameters(usual), None);
    }

    #[test]
    fn headers_whose_names_say_so_are_withheld() {
        let shown =
            |name: &str, value: &'static str| shown_value(&name.parse().unwrap(), value).map(Cow::into_owned);
        for name in [
            "x-auth",
            "x-auth-token",
            "private-key",
            "x-api-key",
            "api-key",
            "apikey",
            "x-apikey",
            "x-access-key",
            "ocp-apim-subscription-key",
            "x-functions-key",
            "dd-application-key",
            "x-goog-api-key",
            "x-amz-security-token",
            "x-vault-token",
            "x-csrf-token",
            "x-xsrf",
            "csrf",
            "x-session-id",
            "sessionid",
            "x-sid",
            "x-password",
            "x-passwd",
            "x-pwd",
            "x-otp",
            "x-hub-signature-256",
            "signature",
            "x-sig",
            "x-jwt-assertion",
            "x-secret",
            "client-secret",
            "x-credentials",
            "x-forwarded-authorization",
            "x-original-cookie",
            "set-cookie2",
            "x-saml-response",
            "x-key",
        ] {
            assert_eq!(shown(name, "abc").as_deref(), Some("[withheld]"), "{name}");
        }
        for name in [
            "content-type",
            "etag",
            "location",
            "www-authenticate",
            "proxy-authenticate",
            "authentication-info",
            "access-control-allow-credentials",
            "access-control-allow-headers",
            "idempotency-key",
            "surrogate-key",
            "sec-websocket-key",
            "x-ratelimit-remaining-tokens",
            "x-cache-key",
            "cache-control",
            "x-request-id",
            "traceparent",
            "public-key-pins",
            "author",
            "x-keyboard",
            "x-compass",
            "x-pinned",
            "content-encoding",
            "date",
            "server",
            "age",
        ] {
            assert_eq!(shown(name, "abc"), None, "{name}");
        }
        for (name, value, expected) in [
            ("authorization", "Bearer abc", "Bearer [withheld]"),
            ("proxy-authorization", "Basic YTpi", "Basic [withheld]"),
            ("authorization", "abc def", "[withheld]"),
            ("x-auth", "Bearer abc", "[withheld]"),
            ("cookie", "sid=1; theme=dark", "sid=[withheld]; theme=[withheld]"),
            ("set-cookie", "sid=1; Path=/; HttpOnly", "sid=[withheld]; Path=/; HttpOnly"),
            ("set-cookie", "sid=1", "sid=[withheld]"),
            ("cookie", "abc; sid=1", "[withheld]; sid=[withheld]"),
            ("set-cookie", "abc; Path=/", "[withheld]; Path=/"),
        ] {
            assert_eq!(shown(name, value).as_deref(), Some(expected), "{name}: {value}");
        }
    }

    #[test]
    fn parameters_of_urls_are_withheld_by_their_names_wherever_the_url_stands() {
        for (value, expected) in [
            // `location`
            ("/cb?code=4/abc&state=xyz", "/cb?code=[withheld]&state=[withheld]"),
            (
                "https://app.example/#access_token=ey.J.x&token_type=bearer&expires_in=3600",
                "https://app.example/#access_token=[withheld]&token_type=bearer&expires_in=3600",
            ),
            ("https://a.example/?id_token=ey#key=1", "https://a.example/?id_token=[withheld]#key=[withheld]"),
            (
                "https://s3.example/x?X-Amz-Signature=ab&X-Amz-Credential=AK%2F1&X-Amz-Date=2026",
                "https://s3.example/x?X-Amz-Signature=[withheld]&X-Amz-Credential=[withheld]&X-Amz-Date=2026",
            ),
            ("https://b.example/x?sv=2024&sig=a%2Bb&se=1", "https://b.example/x?sv=2024&sig=[withheld]&se=1"),
            (
                "/x?PASSWORD=a&accessToken=b&client[secret]=c&q=shoes",
                "/x?PASSWORD=[withheld]&accessToken=[withheld]&client[secret]=[withheld]&q=shoes",
            ),
            ("/x;jsessionid=ABC", "/x;jsessionid=[withheld]"),
            ("/x?to%6Ben=abc&page=2", "/x?to%6Ben=[withheld]&page=2"),
            ("/x?token=a=b?c", "/x?token=[withheld]"),
            ("https://ana:pw@a.example/x", "https://[withheld]@a.example/x"),
            ("//ana:pw@a.example/x", "//[withheld]@a.example/x"),
            // A URL in a URL
            ("/login?next=%2Fcb%3Fcode%3Dabc&lang=de", "/login?next=[withheld]&lang=de"),
            ("/login?next=%252Fcb%253Fcode%253Dabc", "/login?next=[withheld]"),
            ("/go/https%3A%2F%2Fa.example%2F%3Ftoken%3Dx", "[withheld]"),
            // `refresh`, `link`, what is a form
            ("5; url=https://a.example/?token=abc", "5; url=https://a.example/?token=[withheld]"),
            (
                "</x?page=2&api_key=a>; rel=\"next\", </y?key=b>; rel=\"last\"",
                "</x?page=2&api_key=[withheld]>; rel=\"next\", </y?key=[withheld]>; rel=\"last\"",
            ),
            ("access_token=abc&scope=read", "access_token=[withheld]&scope=read"),
            // What was masked or cut before
            (
                "/x?token=[secret api-key]&page=2&key=[secret api-key]x",
                "/x?token=[secret api-key]&page=2&key=[withheld]",
            ),
            ("/x?page=2&token=abc…[cut]", "/x?page=2&token=[withheld]…[cut]"),
        ] {
            assert_eq!(withhold_parameters(value).as_deref(), Some(expected), "{value}");
            assert_eq!(withhold_parameters(expected), None, "once is enough: {expected}");
        }
        for value in [
            "",
            "/orders?page=2&sort=name&q=a%20b",
            "https://a.example/x?error_code=5&country_code=DE&promo_code=A",
            "text/html; charset=utf-8",
            "max-age=31536000; includeSubDomains",
            "</x?page=2>; rel=\"next\"",
            "W/\"abc\"",
            "h3=\":443\"; ma=86400",
            "/x?token=",
            "multipart/form-data; boundary=key",
            "100%",
            "/x?token=[withheld]",
        ] {
            assert_eq!(withhold_parameters(value), None, "{value}");
        }
    }
}
