//! Where a visitor goes after signing in: a page of this server, never another site's.
//!
//! Whoever writes a link to `/sign-in?next=…` chooses the text. Browsers read `//host`, `/\host` and a path with line breaks or tabs in it as
//! another host's address, so only what can be nothing else than a path is taken; else it is the first page.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The longest destination, in bytes.
const LONGEST: usize = 2_000;
/// What stays as it is in a query.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'/');

/// A path of this server with its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination(String);

impl Default for Destination {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl Destination {
    /// What the text names, if that is a page of this server; else the first page.
    pub(super) fn read(text: &str) -> Self {
        let is_plain = |byte: u8| {
            byte.is_ascii_graphic() && byte != b'\\' && byte != b'"' && byte != b'<' && byte != b'>'
        };
        let is_ours = text.starts_with('/') && !text.starts_with("//") && text.bytes().all(is_plain);
        let path = text.split(['?', '#']).next().unwrap_or(text);
        // A visitor who has signed in does not want to do so again.
        let is_door = ["/sign-in", "/sign-out"]
            .iter()
            .any(|door| path.strip_prefix(door).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
        if is_ours && !is_door && text.len() <= LONGEST { Self(text.to_owned()) } else { Self::default() }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of the form that leads there.
    pub(super) fn sign_in(&self) -> String {
        self.below("/sign-in")
    }

    /// A path that takes it as `next`.
    pub(super) fn below(&self, path: &str) -> String {
        if *self == Self::default() {
            return path.to_owned();
        }
        format!("{path}?next={}", utf8_percent_encode(&self.0, IN_QUERY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_this_server_is_taken_with_its_query() {
        for text in
            ["/", "/journeys/checkout?range=7d&tenant=shop", "/a//b", "/sign-ins", "/?tag=%2F%2Fevil.example"]
        {
            assert_eq!(Destination::read(text).as_str(), text);
        }
        let there = Destination::read("/runs?a=b&c=d");
        assert_eq!(there.sign_in(), "/sign-in?next=/runs%3Fa%3Db%26c%3Dd");
        assert_eq!(Destination::default().sign_in(), "/sign-in");
    }

    #[test]
    fn every_way_to_another_site_leads_to_the_first_page() {
        let long = format!("/{}", "a".repeat(LONGEST));
        for text in [
            "",
            "evil.example",
            "https://evil.example/",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "/ /evil.example",
            "/a\\..\\b",
            "/é",
            "javascript:alert(1)",
            "data:text/html,hi",
            "/\"><script>",
            "/sign-in",
            "/sign-in?next=/sign-in",
            "/sign-out",
            "/sign-in/provider",
            &long,
        ] {
            assert_eq!(Destination::read(text), Destination::default(), "{text}");
        }
    }
}
