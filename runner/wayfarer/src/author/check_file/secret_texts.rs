//! Secrets within longer texts: bodies of any kind, URLs as values, rules. A text has one if a name of a secret stands before a value,
//! as in `password=x`, `"token": "x"`, `<apiKey>x`, or if a URL in it has a user.
//!
//! Nothing is read as any language: whatever the text is, the letters between a name and its value tell. The work grows with the
//! length of the text.

use std::borrow::Cow;

use wayfarer_model::secret_names::{is_secret_name, is_secret_parameter};

/// How often a text may be percent-encoded.
const DECODINGS: usize = 3;

/// The name of the first secret whose value stands in the text, encoded or not.
pub(crate) fn named_secret(text: &str) -> Option<String> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..=DECODINGS {
        if let Some(name) = named(&text) {
            return Some(name.to_owned());
        }
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if decoded == *text {
            return None;
        }
        text = Cow::Owned(decoded);
    }
    None
}

/// Whether a URL in the text names a user: `https://ana:x@a.example`.
pub(super) fn has_user(text: &str) -> bool {
    let mut text = Cow::Borrowed(text);
    for _ in 0..=DECODINGS {
        let has = text.match_indices("://").any(|(at, _)| {
            let authority = near(text.get(at + 3..).unwrap_or_default());
            let is_end = |letter: char| {
                matches!(letter, '/' | '\\' | '?' | '#' | '"' | '\'' | '<' | '>' | '`')
                    || letter.is_whitespace()
            };
            let end = authority.find(is_end).unwrap_or(authority.len());
            authority.get(..end).and_then(|authority| authority.rfind('@')).is_some_and(|user| user > 0)
        });
        if has {
            return true;
        }
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if decoded == *text {
            return false;
        }
        text = Cow::Owned(decoded);
    }
    false
}

fn named(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        let begin = rest.find(is_of_name)?;
        let end = rest.get(begin..)?.find(|letter| !is_of_name(letter)).map_or(rest.len(), |end| begin + end);
        let (name, after) = (rest.get(begin..end)?, rest.get(end..)?);
        let before = text.get(..text.len() - rest.len() + begin)?.chars().next_back();
        if has_value(name, before, after) {
            return Some(name);
        }
        rest = after;
    }
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.')
}

/// Whether a value stands behind a name of a secret. `before` is the letter before the name.
fn has_value(name: &str, before: Option<char>, after: &str) -> bool {
    let bare = after.trim_start_matches([']', '"', '\'', '\\']);
    let spaced = bare.trim_start();
    let (separator, value) = match (before, spaced.chars().next()) {
        // An element of XML, perhaps with attributes, which stand before the first `>`.
        (Some('<' | ':'), Some('>')) => ('>', spaced.get(1..)),
        (Some('<' | ':'), Some(letter)) if bare.len() != spaced.len() && letter.is_alphabetic() => {
            ('>', near(spaced).split_once('>').and_then(|(attributes, _)| spaced.get(attributes.len() + 1..)))
        }
        (_, Some(separator @ ('=' | ':'))) => (separator, spaced.get(1..)),
        (_, Some('!')) if spaced.starts_with("!=") => ('=', spaced.get(2..)),
        _ => return false,
    };
    // The type of a variable of GraphQL.
    if before == Some('$') && separator == ':' {
        return false;
    }
    let is_parameter = separator == '=' && matches!(before, Some('?' | '&' | '#' | ';'));
    let is_secret = if is_parameter { is_secret_parameter(name) } else { is_secret_name(name) };
    is_secret && value.is_some_and(says_something)
}

/// The beginning of a text, so that nothing is looked for to its end again and again.
fn near(text: &str) -> &str {
    const NEAR: usize = 400;
    let end = text.char_indices().nth(NEAR).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

/// Whether what follows is a value that could be a secret.
fn says_something(text: &str) -> bool {
    let text = text.trim_start_matches(|letter: char| letter.is_whitespace() || "=>\"'\\".contains(letter));
    let text = text.strip_prefix("<![CDATA[").unwrap_or(text);
    let is_end = |letter: char| letter.is_whitespace() || "\"'\\&<>;,})]#`".contains(letter);
    let value = near(text).split(is_end).next().unwrap_or_default();
    let is_variable =
        value.strip_prefix('$').is_some_and(|name| name.chars().all(is_of_name) && is_secret_name(name));
    let is_harmless = matches!(value, "" | "null" | "true" | "false" | "[" | "{") || is_variable;
    // A captured value is none of the file; a variable of the environment is.
    let is_captured = value.starts_with("${") && !value.starts_with("${env.");
    !is_harmless && !is_captured
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_behind_names_are_found_in_every_language() {
        for text in [
            "password=hunter2",
            "a=1&a=2&password=hunter2",
            "user[password]=hunter2",
            "a=1&user%5Bpassword%5D=hunter2",
            r#"{"user":"ana","password":"hunter2"}"#,
            r#"{"user": "ana", "pin" : 1234}"#,
            r"{'token': 'hunter2'}",
            r#"{"body": "{\"password\":\"hunter2\"}"}"#,
            "<login><password>hunter2</password></login>",
            "<wsse:Password Type=\"text\">hunter2</wsse:Password>",
            "<a:apiKey><![CDATA[hunter2]]></a:apiKey>",
            "<user name=\"ana\" password=\"hunter2\"/>",
            "password: hunter2\nuser: ana",
            "user: ana\npassword:\n  hunter2",
            "mutation { login(user: \"ana\", password: \"hunter2\") { id } }",
            "SELECT 1; password := 'hunter2'",
            "token => hunter2",
            "$.password == hunter2",
            "$.password != hunter2",
            "https://a.example/?token=hunter2",
            "/cb?code=hunter2",
            "https://a.example/?next=%2Fcb%3Fcode%3Dhunter2",
            "<password>${env.X}</password>",
        ] {
            assert!(named_secret(text).is_some(), "{text}");
        }
        for text in [
            "",
            "password",
            "password=",
            "{\"password\":\"\"}",
            "{\"token\": null, \"max_tokens\": 5}",
            "<input name=\"password\" type=\"password\">",
            "<password></password>",
            "Password: <input>",
            "query ($password: String!) { login(password: $password) { id } }",
            "{ users { id } }",
            "the password of ana",
            "$.token exists",
            "country_code=DE",
            "token=${access_token}",
            "text/html;charset=utf-8",
            "it's fine & well",
        ] {
            assert_eq!(named_secret(text), None, "{text}");
        }
        for text in ["https://ana:x@a.example", "a https%3A%2F%2Fana%3Ax%40a.example", "x://key@b"] {
            assert!(has_user(text), "{text}");
        }
        for text in ["https://a.example/@ana", "ana@a.example", "https://a.example/?mail=a@b", "http://@a"] {
            assert!(!has_user(text), "{text}");
        }
    }

    #[test]
    fn the_work_grows_with_the_length() {
        let pieces = ["a", "a=", "%25", "<a b ", "<key a ", "$key:", "key ", "key=\"\"&", "//", "://"];
        for text in pieces.map(|piece| piece.repeat(1 << 18)) {
            assert_eq!(named_secret(&text), None);
            assert!(!has_user(&text));
        }
    }
}
