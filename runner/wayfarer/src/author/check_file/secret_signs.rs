//! Which names and values look like secrets. What does goes into no file that a command writes; a value too many there costs its
//! owner a variable, one too few costs a password.

use std::borrow::Cow;

/// Parts of names, without what stands between words.
const PARTS: [&str; 19] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "authorization",
    "authentication",
    "cookie",
    "session",
    "signature",
    "jwt",
    "csrf",
    "xsrf",
    "assertion",
];
/// Names that mean a secret only where they are the whole name: `monkey` has `key` in it.
const WHOLE: [&str; 10] = ["auth", "key", "sig", "sid", "pass", "otp", "xauth", "xkey", "appkey", "authkey"];
/// Names with such a part that hold something else.
const HARMLESS: [&str; 5] = ["tokentype", "maxtokens", "tokens", "requestedtokentype", "passwordless"];

/// How the tokens of well-known issuers begin.
const BEGINNINGS: [&str; 26] = [
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "sk-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xapp-",
    "akia",
    "asia",
    "aiza",
    "ya29.",
    "sg.",
    "shpat_",
    "npm_",
    "pypi-",
    "dop_v1_",
    "hvs.",
    "wf_",
];

/// Whether what has such a name is a secret, by its name alone.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let name: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    !HARMLESS.contains(&name.as_str())
        && (WHOLE.contains(&name.as_str()) || PARTS.iter().any(|part| name.contains(part)))
}

/// Whether a value is a secret, whatever its name.
pub(crate) fn is_secret_value(value: &str) -> bool {
    is_known_token(value) || value.split(is_between).any(is_random)
}

/// Whether a value has the form of a known kind of token.
pub(super) fn is_known_token(value: &str) -> bool {
    value.split(is_between).any(|word| {
        let is_issued = BEGINNINGS.iter().any(|begin| {
            word.len() >= begin.len() + 12
                && word.get(..begin.len()).is_some_and(|start| start.eq_ignore_ascii_case(begin))
                && word.bytes().any(|b| b.is_ascii_digit())
        });
        is_issued || (word.len() >= 30 && word.starts_with("eyJ") && word.matches('.').count() >= 2)
    }) || is_key(value)
}

/// Whether a text has a private key, over several words and lines.
fn is_key(text: &str) -> bool {
    text.contains("PRIVATE KEY-----")
}

fn is_between(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(
            letter,
            '"' | '\'' | ',' | ';' | ':' | '/' | '?' | '&' | '=' | '<' | '>' | '{' | '}' | '(' | ')'
        )
}

/// Whether a word looks drawn by lot: long, with letters and digits mixed. A UUID is a name, not a secret.
fn is_random(word: &str) -> bool {
    const LEAST: usize = 32;
    let is_alphabet = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'_' | b'-' | b'.' | b'~');
    if word.len() < LEAST || !word.bytes().all(is_alphabet) || is_uuid(word) {
        return false;
    }
    let kinds = |is: fn(&u8) -> bool| word.bytes().filter(&is).count();
    let (digits, letters) = (kinds(u8::is_ascii_digit), kinds(u8::is_ascii_alphabetic));
    let changes =
        word.as_bytes().windows(2).filter(|pair| matches!(pair, [a, b] if kind(*a) != kind(*b))).count();
    digits >= 3 && letters >= 3 && changes * 5 >= word.len()
}

fn kind(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    }
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36
        && word.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// A text for people, without values that look like secrets.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    if !is_secret_value(text) && !text.contains("://") {
        return text.into();
    }
    if is_key(text) {
        return "…".into();
    }
    let mut shown = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        if is_secret_value(bare) {
            shown.push('…');
        } else {
            shown.push_str(&wayfarer_model::userinfo::without_userinfo(bare));
        }
        shown.push_str(word.get(bare.len()..).unwrap_or_default());
    }
    shown.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        for name in [
            "Authorization",
            "X-Api-Key",
            "api_key",
            "accessToken",
            "client-secret",
            "PASSWORD",
            "Cookie",
            "sid",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["accept", "token_type", "user", "keyboard", "max_tokens", "monkey", "x-request-id"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn values_that_were_drawn_by_lot_are_known() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJlLW9mLWl0";
        let drawn = [
            "ghp_0123456789abcdefABCD",
            jwt,
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
            "-----BEGIN RSA PRIVATE KEY-----",
        ];
        for value in drawn {
            assert!(is_secret_value(value), "{value}");
            assert!(!masked(&format!("see {value} there")).contains(value));
        }
        for value in [
            "application/json",
            "01234567-89ab-cdef-0123-456789abcdef",
            "a very long text of several words that says 1 2 3",
            "https://shop.example/a/b/c/d/e/f/g/h/i/j/k",
            "12345678901234567890123456789012",
            "text/html;q=0.9",
        ] {
            assert!(!is_secret_value(value), "{value}");
        }
        assert_eq!(masked("at https://ana:pw@shop.example/x now"), "at https://…@shop.example/x now");
    }
}
