//! Names that say that what they name is a secret: of headers, parameters, fields, members and variables.
//!
//! The one home of that question. The sandbox withholds the values of such names in what it keeps as evidence, and whoever writes a
//! file of checks keeps them out of it.
//!
//! Invariants: a name is decided by its words, so that one which nobody has thought of is covered, too: `X-Auth-Key`, `dbPass` and
//! `user[password]` are known in every spelling. What is harmless takes only its own words out: a name that has another telling word
//! stays a secret. In doubt a name is one of a secret.

/// Texts of which none is part of the name of something harmless.
const PARTS: [&str; 26] = [
    "token",
    "secret",
    "passw",
    "passphrase",
    "passcode",
    "passkey",
    "credential",
    "signature",
    "session",
    "sessid",
    "cookie",
    "apikey",
    "appkey",
    "authkey",
    "masterkey",
    "privatekey",
    "accesskey",
    "licensekey",
    "authorization",
    "csrf",
    "xsrf",
    "jwt",
    "assertion",
    "bearer",
    "hmac",
    "saml",
];

/// Words of a name that stand for a secret where they stand alone.
const WORDS: [&str; 23] = [
    "auth",
    "authcode",
    "authentication",
    "oauth",
    "xauth",
    "key",
    "keys",
    "xkey",
    "sid",
    "sig",
    "pass",
    "pwd",
    "pw",
    "psw",
    "otp",
    "totp",
    "pin",
    "verifier",
    "psk",
    "cred",
    "creds",
    "cvv",
    "cvc",
];

/// Words that end like a password and are none.
const NO_PASSWORDS: [&str; 7] =
    ["compass", "encompass", "bypass", "trespass", "overpass", "underpass", "surpass"];

/// What stands before `key` where it is no secret: `idempotency-key` helps to understand a failure.
const OF_HARMLESS_KEYS: [&str; 7] =
    ["idempotency", "surrogate", "cache", "websocket", "sort", "partition", "public"];

/// What stands before `tokens` where they are counted: `max_tokens`, `x-ratelimit-remaining-tokens`.
const OF_COUNTED_TOKENS: [&str; 13] = [
    "max",
    "min",
    "new",
    "total",
    "prompt",
    "completion",
    "input",
    "output",
    "remaining",
    "limit",
    "reset",
    "used",
    "cached",
];

/// Other pairs of words, and words, that tell of secrets and have none.
const HARMLESS_PAIRS: [(&str, &str); 4] =
    [("token", "type"), ("token", "count"), ("allow", "credentials"), ("authentication", "info")];
const HARMLESS_WORDS: [&str; 3] = ["tokentype", "maxtokens", "passwordless"];

/// Parameters of URLs and forms that are secrets by their whole name: `code` and `state` of OAuth, `ticket` of CAS.
const PARAMETERS: [&str; 6] = ["code", "state", "nonce", "ticket", "device_code", "user_code"];

/// Whether what has such a name is a secret, by its name alone.
pub fn is_secret_name(name: &str) -> bool {
    let words = without_harmless(words(name));
    let joined = words.concat();
    PARTS.iter().any(|part| joined.contains(part)) || words.iter().any(|word| is_secret_word(word))
}

/// The same for the decoded name of a parameter of a URL, or of a field of a form.
pub fn is_secret_parameter(name: &str) -> bool {
    PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known)) || is_secret_name(name)
}

fn is_secret_word(word: &str) -> bool {
    let word = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let is_password = word.ends_with("pass") && !NO_PASSWORDS.contains(&word);
    WORDS.contains(&word) || is_password || word.ends_with("pwd")
}

/// The words of a name in lower case: `accessToken`, `access_token` and `Access-Token` have the same.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in name.chars() {
        let begins = !character.is_alphanumeric() || was_lower && character.is_uppercase();
        was_lower = character.is_lowercase();
        if begins {
            words.push(String::new());
        }
        if character.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(character.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn without_harmless(words: Vec<String>) -> Vec<String> {
    let mut left: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        if HARMLESS_WORDS.contains(&word.as_str()) {
            continue;
        }
        if left.last().is_some_and(|before| is_harmless(before, &word)) {
            left.pop();
            continue;
        }
        left.push(word);
    }
    left
}

fn is_harmless(before: &str, word: &str) -> bool {
    match word {
        "key" | "keys" => OF_HARMLESS_KEYS.contains(&before),
        "tokens" => OF_COUNTED_TOKENS.contains(&before),
        _ => HARMLESS_PAIRS.contains(&(before, word)),
    }
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
            "apikey",
            "APIKey",
            "accessToken",
            "client-secret",
            "PASSWORD",
            "password2",
            "passwd",
            "Passwort",
            "Cookie",
            "JSESSIONID",
            "PHPSESSID",
            "sid",
            "connect.sid",
            "X-Auth-Key",
            "Ocp-Apim-Subscription-Key",
            "user_pass",
            "userpass",
            "dbPass",
            "pw",
            "userPwd",
            "passcode",
            "pin",
            "PIN_1",
            "CREDS",
            "WEBHOOK_TOKEN",
            "client[secret]",
            "X-Hub-Signature-256",
            "x-saml-response",
            // A telling word beside a harmless one
            "x-ratelimit-api-key",
            "access-control-token",
            "public-key-secret",
            "token_type_token",
            "idempotency-key-password",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn names_of_other_things_are_not() {
        for name in [
            "accept",
            "token_type",
            "tokenType",
            "max_tokens",
            "maxTokens",
            "x-ratelimit-remaining-tokens",
            "access-control-allow-credentials",
            "authentication-info",
            "www-authenticate",
            "idempotency-key",
            "sec-websocket-key",
            "public-key-pins",
            "x-cache-key",
            "sort_keys",
            "user",
            "author",
            "keyboard",
            "monkey",
            "x-compass",
            "bypass",
            "x-pinned",
            "x-request-id",
            "state",
            "country_code",
            "",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
        assert!(is_secret_parameter("code") && is_secret_parameter("State") && is_secret_parameter("token"));
        assert!(!is_secret_parameter("country_code") && !is_secret_parameter("page"));
    }
}
