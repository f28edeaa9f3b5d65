//! What targets make of a secret's value, by the encoders of their languages. `seal` promises to undo any two of them inside
//! each other.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

/// None where the bytes are no text and the encoder takes text.
type Encoder = fn(&[u8]) -> Option<Vec<u8>>;

/// Bytes to bytes.
pub(crate) const ENCODERS: &[(&str, Encoder)] = &[
    ("as it is", |bytes| Some(bytes.to_vec())),
    ("upper case", |bytes| Some(bytes.to_ascii_uppercase())),
    ("base64", |bytes| Some(BASE64.encode(bytes).into())),
    ("base64 of URLs", |bytes| Some(BASE64URL_NOPAD.encode(bytes).into())),
    ("hexadecimal", |bytes| Some(HEXLOWER.encode(bytes).into())),
    ("upper hexadecimal", |bytes| Some(HEXUPPER.encode(bytes).into())),
    ("percent, every byte", |bytes| {
        Some(bytes.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect())
    }),
    ("percent, as forms have it", |bytes| {
        Some(::url::form_urlencoded::byte_serialize(bytes).collect::<String>().into())
    }),
    ("JSON", |bytes| {
        let quoted = serde_json::Value::from(text(bytes)?).to_string();
        Some(quoted[1..quoted.len() - 1].into())
    }),
    ("JSON, every unit", |bytes| units(bytes, |unit| format!("\\u{unit:04x}").into())),
    ("HTML, numbers", |bytes| characters(bytes, |code| format!("&#{code};"))),
    ("HTML, hexadecimal numbers", |bytes| characters(bytes, |code| format!("&#x{code:X};"))),
    ("UTF-16", |bytes| units(bytes, |unit| unit.to_le_bytes().into())),
    ("UTF-16, big end first", |bytes| units(bytes, |unit| unit.to_be_bytes().into())),
];

/// Some encoder, by any number.
pub(crate) fn encoder(number: u8) -> (&'static str, Encoder) {
    ENCODERS[usize::from(number) % ENCODERS.len()]
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn units(bytes: &[u8], write: impl Fn(u16) -> Vec<u8>) -> Option<Vec<u8>> {
    Some(text(bytes)?.encode_utf16().flat_map(write).collect())
}

fn characters(bytes: &[u8], write: impl Fn(u32) -> String) -> Option<Vec<u8>> {
    Some(text(bytes)?.chars().map(|letter| write(u32::from(letter))).collect::<String>().into())
}
