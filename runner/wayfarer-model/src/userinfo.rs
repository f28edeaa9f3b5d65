//! Users and passwords in URLs (`https://ana:secret@shop.example`). Wayfarer refuses such URLs, because it records URLs, and
//! shows them without that part until then.

use std::borrow::Cow;

use url::Url;

/// Stands for a user and password.
const MASK: &str = "…@";

/// The schemes in whose URLs a backslash is read as a slash.
const SPECIAL: [&str; 6] = ["http", "https", "ws", "wss", "ftp", "file"];

/// Whether a URL names a user or a password.
pub fn has_userinfo(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// A URL, or what is meant to be one, without user and password.
pub fn without_userinfo(text: &str) -> Cow<'_, str> {
    // A URL may be written in many ways, with backslashes for instance. Parsers agree on where its authority ends: at the
    // last `@` before the path.
    let Some(scheme) = text.find(':') else { return text.into() };
    // In URLs of other schemes a backslash ends nothing: it may be a part of a user's name.
    let name: String =
        text.chars().take_while(|letter| *letter != ':').filter(|c| c.is_alphanumeric()).collect();
    let is_special = SPECIAL.iter().any(|special| name.eq_ignore_ascii_case(special));
    let rest = text.get(scheme + 1..).unwrap_or_default();
    let slashes = rest.len() - rest.trim_start_matches(['/', '\\', '\t', '\r', '\n']).len();
    let begin = scheme + 1 + slashes;
    let authority = text.get(begin..).unwrap_or_default();
    let is_end = |letter: char| matches!(letter, '/' | '?' | '#') || letter == '\\' && is_special;
    let end = authority.find(is_end).unwrap_or(authority.len());
    match authority.get(..end).and_then(|authority| authority.rfind('@')) {
        Some(at) => {
            let (before, after) = (text.get(..begin), text.get(begin + at + 1..));
            format!("{}{MASK}{}", before.unwrap_or_default(), after.unwrap_or_default()).into()
        }
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_user_and_password_are_left_out() {
        for (text, shown) in [
            ("https://ana:secret@shop.example/a@b", "https://…@shop.example/a@b"),
            ("http:ana:secret@shop.example", "http:…@shop.example"),
            ("http:\\\\ana@shop.example\\x@y", "http:\\\\…@shop.example\\x@y"),
            ("https://ana@x:secret@shop.example?k=a@b", "https://…@shop.example?k=a@b"),
            ("https://shop.example/?mail=ana@shop.example", "https://shop.example/?mail=ana@shop.example"),
            ("foo://a\\b:secret@shop.example/", "foo://…@shop.example/"),
            (" ht\ntp://ana:secret@shop.example\\x@y", " ht\ntp://…@shop.example\\x@y"),
            ("not a url", "not a url"),
        ] {
            assert_eq!(without_userinfo(text), shown);
        }
    }

    proptest! {
        #[test]
        fn what_a_parser_takes_for_a_password_is_left_out(
            scheme in "https?:[/\\\\]{0,3}",
            user in "[a-z:@%]{0,6}",
            rest in "[a-z.]{1,8}[/?#\\\\]?[a-z@:]{0,6}",
        ) {
            let text = format!("{scheme}{user}:PASSWORD@{rest}");
            if Url::parse(&text).is_ok_and(|url| url.password().is_some_and(|word| word.contains("PASSWORD"))) {
                prop_assert!(!without_userinfo(&text).contains("PASSWORD"), "{}", without_userinfo(&text));
            }
        }
    }
}
