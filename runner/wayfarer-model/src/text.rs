//! Texts that somebody else wrote: what they may hold where people give names, how they are cut, and how they go before a terminal.
//!
//! A terminal obeys some characters. An escape sequence can clear the screen, change a title, or write into the input of some
//! terminals; a line break forges a line; a bidirectional mark shows a line in another order than it has. Whoever prints a
//! text of another person passes it through [`printable`], [`printable_lines`] or [`printable_json`].

use std::borrow::Cow;
use std::fmt::Write as _;

/// The end of a text that was cut. Whoever takes secrets out of the text then knows that a part of a value may stand before it.
pub const CUT: &str = "…[cut]";

/// At most `max` bytes of a text. If that is not all of it, it ends with [`CUT`].
pub fn clip(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let kept = text.get(..text.floor_char_boundary(max.saturating_sub(CUT.len()))).unwrap_or_default();
    format!("{kept}{CUT}")
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It is too long.
    #[error("has {bytes} bytes: {most} are allowed")]
    Long {
        /// Its length.
        bytes: usize,
        /// The longest that is allowed.
        most: usize,
    },
    /// A terminal would obey a character of it.
    #[error("has the control character {}: take it out", escaped(*.0))]
    Control(char),
}

/// Whether a terminal obeys this character rather than showing it.
fn is_control(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Checks a name, a title or a note: its length in bytes, and that nothing in it controls a terminal.
///
/// # Errors
/// What is wrong with it.
pub fn check_text(text: &str, most: usize) -> Result<(), TextError> {
    if text.len() > most {
        return Err(TextError::Long { bytes: text.len(), most });
    }
    text.chars().find(|letter| is_control(*letter)).map_or(Ok(()), |letter| Err(TextError::Control(letter)))
}

fn escaped(letter: char) -> String {
    match letter {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        other => format!("\\u{{{:x}}}", u32::from(other)),
    }
}

fn shown(text: &str, keeps: impl Fn(char) -> bool) -> Cow<'_, str> {
    let is_shown = |letter: char| !is_control(letter) || keeps(letter);
    if text.chars().all(is_shown) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_shown(letter) {
            shown.push(letter);
        } else {
            // Writing to a string does not fail.
            let _ = write!(shown, "{}", escaped(letter));
        }
    }
    Cow::Owned(shown)
}

/// The text on one line, with every character that a terminal would obey written out, as in `\u{1b}`.
pub fn printable(text: &str) -> Cow<'_, str> {
    shown(text, |_| false)
}

/// The same for a text of several lines: line feeds and tabs stay.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    shown(text, |letter| matches!(letter, '\n' | '\t'))
}

/// JSON text with what a terminal would obey as `\u` escapes. It means the same JSON: outside of its texts JSON has line
/// breaks and nothing else of the kind.
pub fn printable_json(json: &str) -> Cow<'_, str> {
    let is_shown = |letter: char| letter == '\n' || !is_control(letter);
    if json.chars().all(is_shown) {
        return Cow::Borrowed(json);
    }
    let escaped = |letter: char| format!("\\u{:04x}", u32::from(letter));
    json.chars().map(|letter| if is_shown(letter) { letter.to_string() } else { escaped(letter) }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(
            printable("a\u{1b}[2Jb\r\nc\u{9b}1mA\u{202e}z"),
            "a\\u{1b}[2Jb\\r\\nc\\u{9b}1mA\\u{202e}z"
        );
        assert_eq!(printable_lines("one\ntwo\r\tthree\u{7}"), "one\ntwo\\r\tthree\\u{7}");
        assert!(matches!(printable("注文する 🚀 é"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_keeps_its_meaning() {
        assert_eq!(
            printable_json("{\n  \"a\": \"\u{9b}1m\u{202e}é\"\n}"),
            "{\n  \"a\": \"\\u009b1m\\u202eé\"\n}"
        );
        assert!(matches!(printable_json("{\"a\": 1}"), Cow::Borrowed(_)));
    }

    #[test]
    fn names_take_no_control_characters_and_end_somewhere() {
        assert_eq!(check_text("ci of the shop", 100), Ok(()));
        let said = |text: &str| check_text(text, 10).unwrap_err().to_string();
        assert_eq!(said("a\u{1b}]0;x"), "has the control character \\u{1b}: take it out");
        assert_eq!(said("a\nb"), "has the control character \\n: take it out");
        assert_eq!(said("elevenbytes"), "has 11 bytes: 10 are allowed");
    }

    proptest! {
        #[test]
        fn nothing_that_a_terminal_obeys_is_left(text in "\\PC*|.*", letters: Vec<char>) {
            let text = letters.into_iter().chain(text.chars()).collect::<String>();
            prop_assert!(!printable(&text).chars().any(is_control));
            prop_assert!(printable_lines(&text).chars().all(|c| !is_control(c) || matches!(c, '\n' | '\t')));
            prop_assert_eq!(check_text(&printable(&text), usize::MAX), Ok(()));
        }
    }
}
