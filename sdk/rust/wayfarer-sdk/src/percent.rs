//! Percent-encoding for queries and form bodies.

use std::fmt::Write as _;

/// How a space is written.
#[derive(Clone, Copy)]
pub(crate) enum Space {
    /// `%20`, as in a query.
    Percent,
    /// `+`, as in a form body.
    Plus,
}

/// Appends `text` and encodes every byte that is not unreserved.
pub(crate) fn push(out: &mut String, text: &str, space: Space) {
    for byte in text.bytes() {
        match (byte, space) {
            (b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~', _) => {
                out.push(char::from(byte));
            }
            (b' ', Space::Plus) => out.push('+'),
            _ => push_byte(out, byte),
        }
    }
}

/// Appends `text` and encodes only bytes that no part of a URL may contain.
pub(crate) fn push_illegal(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            0..=b' ' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | 0x7f.. => {
                push_byte(out, byte);
            }
            _ => out.push(char::from(byte)),
        }
    }
}

fn push_byte(out: &mut String, byte: u8) {
    // Writing to a `String` cannot fail.
    let _ = write!(out, "%{byte:02X}");
}

/// Writes `name=value&name=value`.
pub(crate) fn pairs(pairs: &[(String, String)], space: Space) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        push(&mut out, name, space);
        out.push('=');
        push(&mut out, value, space);
    }
    out
}
