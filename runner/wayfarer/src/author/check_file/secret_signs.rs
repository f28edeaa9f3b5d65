//! Which values look like secrets, whatever they are called. What does goes into no file that a command writes; a value too many
//! there costs its owner a variable, one too few costs a password. Which names do, [`secret_names`](wayfarer_model::secret_names) says.

use std::borrow::Cow;

use url::Url;

use super::secret_texts::{has_user, named_secret};

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

/// Hosts with the beginning of a path behind which stands a token: whoever knows such a URL may use it.
const TOKENS_IN_PATHS: [(&str, &str); 12] = [
    ("hooks.slack.com", "/"),
    ("discord.com", "/api/webhooks/"),
    ("discordapp.com", "/api/webhooks/"),
    ("api.telegram.org", "/bot"),
    ("api.telegram.org", "/file/bot"),
    ("webhook.office.com", "/webhook"),
    ("outlook.office.com", "/webhook/"),
    ("hooks.zapier.com", "/hooks/"),
    ("maker.ifttt.com", "/trigger/"),
    ("hc-ping.com", "/"),
    ("api.day.app", "/"),
    ("events.pagerduty.com", "/integration/"),
];

/// Whether a value is a secret by its form, by a name in it, or as a URL that has one.
pub(crate) fn is_secret_value(value: &str) -> bool {
    is_key(value)
        || value.split(is_between).any(|word| is_issued(word) || is_random(word))
        || has_user(value)
        || named_secret(value).is_some()
        || urls(value).any(|url| has_path_secret(&url))
}

/// Whether a word begins like the tokens of a known issuer, or is a JWT.
fn is_issued(word: &str) -> bool {
    let begins = BEGINNINGS.iter().any(|begin| {
        word.len() >= begin.len() + 12
            && word.get(..begin.len()).is_some_and(|start| start.eq_ignore_ascii_case(begin))
            && word.bytes().any(|b| b.is_ascii_digit())
    });
    begins || (word.len() >= 30 && word.starts_with("eyJ") && word.matches('.').count() >= 2)
}

/// Whether a text has a private key, over several words and lines.
fn is_key(text: &str) -> bool {
    text.contains("PRIVATE KEY-----")
}

fn is_between(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(
            letter,
            '"' | '\'' | ',' | ';' | ':' | '/' | '?' | '&' | '=' | '<' | '>' | '{' | '}' | '(' | ')' | '@'
        )
}

/// Whether a word looks drawn by lot: long, with letters and digits mixed. A UUID is a name, not a secret.
fn is_random(word: &str) -> bool {
    const LEAST: usize = 32;
    is_mixed(word, LEAST)
}

fn is_mixed(word: &str, least: usize) -> bool {
    let is_alphabet = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'_' | b'-' | b'.' | b'~');
    if word.len() < least || !word.bytes().all(is_alphabet) || is_uuid(word) {
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

/// Whether the path of a URL holds a secret: by its form, by the name before it, or because this host has them there.
pub(super) fn has_path_secret(url: &Url) -> bool {
    let path = percent_encoding::percent_decode_str(url.path()).decode_utf8_lossy();
    let host = url.host_str().unwrap_or_default();
    let is_of =
        |known: &str| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let is_known = TOKENS_IN_PATHS
        .iter()
        .any(|(known, begin)| is_of(known) && path.strip_prefix(begin).is_some_and(|rest| !rest.is_empty()));
    let segments = path.split('/').zip(path.split('/').skip(1));
    let is_named = |(name, value): (&str, &str)| {
        let is_hook = ["hook", "hooks", "webhook", "webhooks"].contains(&name.to_ascii_lowercase().as_str());
        (is_hook || wayfarer_model::secret_names::is_secret_name(name)) && is_mixed(value, 16)
    };
    is_known
        || path.split(is_between).any(|word| is_issued(word) || is_random(word))
        || named_secret(&path).is_some()
        || segments.into_iter().any(is_named)
}

/// The URLs among the words of a text.
fn urls(text: &str) -> impl Iterator<Item = Url> + '_ {
    let words =
        text.split(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '<' | '>' | '`'));
    words.filter(|word| word.contains("://")).filter_map(|word| {
        let begin = word.find("http")?;
        Url::parse(word.get(begin..)?).ok()
    })
}

/// A text for people, without values that look like secrets. Of a URL it has host and path, and no query.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    if is_key(text) {
        return "…".into();
    }
    let mut shown = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        shown.push_str(&masked_word(bare));
        shown.push_str(word.get(bare.len()..).unwrap_or_default());
    }
    if shown == text { text.into() } else { shown.into() }
}

fn masked_word(word: &str) -> Cow<'_, str> {
    if !word.contains("://") {
        return if is_secret_value(word) { "…".into() } else { word.into() };
    }
    let end = word.find(['?', '#']).unwrap_or(word.len());
    let (base, query) = word.split_at_checked(end).unwrap_or((word, ""));
    let base = wayfarer_model::userinfo::without_userinfo(base);
    if is_secret_value(&base.replace("…@", "")) {
        return "…".into();
    }
    if query.is_empty() { base } else { format!("{base}?…").into() }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "https://shop.example/@ana/tokens",
        ] {
            assert!(!is_secret_value(value), "{value}");
        }
    }

    #[test]
    fn paths_of_urls_hold_secrets_too() {
        for url in [
            "https://hooks.slack.com/services/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",
            "https://discord.com/api/webhooks/123/abcdefg",
            "https://api.telegram.org/bot123456789:AAF1dxyz/getMe",
            "https://acme.webhook.office.com/webhookb2/x@y/IncomingWebhook/z",
            "https://hc-ping.com/01234567-89ab-cdef-0123-456789abcdef",
            "https://chat.example/hooks/q7wz3klm9tyui2op8asdfghjkl",
            "https://a.example/x;jsessionid=ABC",
            "https://a.example/x;to%6Ben=hunter2",
            "https://a.example/token/a1b2c3d4e5f6g7h8",
            "https://a.example/t/ghp_0123456789abcdefABCD",
        ] {
            assert!(has_path_secret(&Url::parse(url).unwrap()), "{url}");
            assert!(is_secret_value(&format!("see {url} there")), "{url}");
            assert_eq!(masked(url), "…");
        }
        for url in [
            "https://shop.example/auth/login",
            "https://shop.example/password/reset",
            "https://shop.example/session/new",
            "https://hooks.slack.com/",
            "https://shop.example/orders/01234567-89ab-cdef-0123-456789abcdef",
            "https://shop.example/key/customer-orders-of-the-year",
        ] {
            assert!(!has_path_secret(&Url::parse(url).unwrap()), "{url}");
        }
    }

    #[test]
    fn people_see_no_user_and_no_query() {
        for (text, shown) in [
            ("at https://ana:pw@shop.example/x now", "at https://…@shop.example/x now"),
            ("at https://shop.example/x?page=2 now", "at https://shop.example/x?… now"),
            ("`--user=ana:hunter2`", "`--user=ana:hunter2`"),
            ("condition `[BODY].password == hunter2`", "condition `[BODY].password == hunter2`"),
            ("its password=hunter2", "its …"),
            ("a secret: a secret can stand", "a secret: a secret can stand"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }
}
