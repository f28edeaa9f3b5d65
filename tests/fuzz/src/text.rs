//! Texts that somebody else wrote, on their way to a terminal.

use wayfarer_model::text::{check_text, printable, printable_json, printable_lines};

use crate::{Target, texts};

/// Any text.
pub(crate) const TEXT: Target = Target {
    name: "text",
    run: |data| {
        let text = String::from_utf8_lossy(data);
        let shown = printable(&text);
        assert!(!shown.chars().any(is_obeyed), "{shown:?}");
        assert_eq!(check_text(&shown, usize::MAX), Ok(()));
        assert_eq!(printable(&shown), shown, "what is shown is shown as it is");
        assert!(
            printable_lines(&text).chars().all(|letter| matches!(letter, '\n' | '\t') || !is_obeyed(letter))
        );
        assert_eq!(check_text(&text, usize::MAX).is_ok(), shown == text);
        if let Ok(value) = serde_json::from_slice::<serde_json::Value>(data) {
            for json in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                let shown = printable_json(&json);
                assert!(shown.chars().all(|letter| letter == '\n' || !is_obeyed(letter)), "{shown:?}");
                assert_eq!(
                    serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
                    value,
                    "it means the same"
                );
            }
        }
    },
    seeds: || {
        texts(&[
            "a\u{1b}[2Jb\r\nc\u{9b}1mA\u{202e}z",
            "{\"a\u{2028}\": \"\u{9b}1m\u{202e}é\u{7f}\", \"b\": [1, \"\\u001b\"]}",
            "注文する 🚀 é",
            "\u{61c}\u{200e}\u{2066}\u{feff}",
        ])
    },
    is_slow: false,
};

/// An oracle of its own: Unicode's category Cc, line and paragraph separators, and marks of direction (`Bidi_Control`).
fn is_obeyed(letter: char) -> bool {
    let code = u32::from(letter);
    code < 0x20
        || (0x7f..0xa0).contains(&code)
        || [0x61c, 0x200e, 0x200f, 0x2028, 0x2029].contains(&code)
        || (0x202a..=0x202e).contains(&code)
        || (0x2066..=0x2069).contains(&code)
}
