//! The forms that a value may take in an answer or a record: as it is, JSON-escaped, percent-encoded, HTML-escaped and
//! inside base64. Searches for all of them at once.
//!
//! Inside base64 a value has one of three forms, by the number of bytes before it. Its first and last character may hold
//! bits of its neighbours: those characters stay, and the middle is replaced.

use data_encoding::{BASE64, BASE64URL};

/// Shorter values are not searched for.
const SHORTEST: usize = 4;

/// A shorter middle of a base64 form would be found by accident.
const SHORTEST_BASE64: usize = 8;

struct Form {
    bytes: Vec<u8>,
    entry: usize,
    /// The placeholder, not the value.
    is_placeholder: bool,
}

/// All forms of all secrets of an attempt.
pub(super) struct Forms {
    /// The longest first, so that a value that contains another is found whole.
    forms: Vec<Form>,
    /// The bytes that a form may begin with. The search skips all others.
    begins: [bool; 256],
}

impl Default for Forms {
    fn default() -> Self {
        Self { forms: Vec::new(), begins: [false; 256] }
    }
}

impl Forms {
    /// From values and their placeholders, in the order of the entries.
    pub(super) fn of<'a>(secrets: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut all = Self::default();
        for (entry, (value, placeholder)) in secrets.enumerate() {
            all.forms.push(Form { bytes: placeholder.into(), entry, is_placeholder: true });
            if value.len() >= SHORTEST {
                let forms = forms_of(value).into_iter();
                all.forms.extend(forms.map(|bytes| Form { bytes, entry, is_placeholder: false }));
            }
        }
        all.forms.sort_by_key(|form| std::cmp::Reverse(form.bytes.len()));
        for form in &all.forms {
            if let Some(begins) = form.bytes.first().and_then(|byte| all.begins.get_mut(usize::from(*byte))) {
                *begins = true;
            }
        }
        all
    }

    /// The content with each form replaced; none if it holds no form. Stops after about `limit` bytes.
    pub(super) fn replaced<'a>(
        &self,
        content: &[u8],
        placeholders_too: bool,
        limit: usize,
        stand_in: impl Fn(usize) -> Option<&'a str>,
    ) -> Option<Vec<u8>> {
        let mut out: Option<Vec<u8>> = None;
        let (mut done, mut at) = (0, 0);
        while let Some(found) = self.find(content, at) {
            let end = found.at + found.form.bytes.len();
            at = end;
            if found.form.is_placeholder && !placeholders_too {
                continue;
            }
            let out = out.get_or_insert_with(|| Vec::with_capacity(content.len()));
            out.extend_from_slice(content.get(done..found.at).unwrap_or_default());
            out.extend_from_slice(stand_in(found.form.entry).unwrap_or_default().as_bytes());
            done = end;
            if out.len() >= limit {
                done = content.len();
                break;
            }
        }
        if let Some(out) = &mut out {
            out.extend_from_slice(content.get(done..).unwrap_or_default());
        }
        out
    }

    /// How many bytes at the end of the content are the beginning of a value.
    pub(super) fn begun_at_end(&self, content: &[u8]) -> usize {
        let begun = |form: &Form| {
            let begins =
                |length: &usize| form.bytes.get(..*length).is_some_and(|start| content.ends_with(start));
            (1..form.bytes.len()).rev().find(begins).unwrap_or(0)
        };
        self.forms.iter().filter(|form| !form.is_placeholder).map(begun).max().unwrap_or(0)
    }

    fn find(&self, content: &[u8], from: usize) -> Option<Found<'_>> {
        let mut at = from;
        loop {
            let rest = content.get(at..)?;
            let begins = |byte: &u8| self.begins.get(usize::from(*byte)).copied().unwrap_or(false);
            at += rest.iter().position(begins)?;
            let rest = content.get(at..)?;
            if let Some(form) = self.forms.iter().find(|form| rest.starts_with(&form.bytes)) {
                return Some(Found { at, form });
            }
            at += 1;
        }
    }
}

struct Found<'a> {
    at: usize,
    form: &'a Form,
}

fn forms_of(value: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![value.as_bytes().to_vec()];
    let json = json_escaped(value);
    forms.push(json.replace('/', "\\/").into_bytes());
    forms.push(ascii_only(&json).into_bytes());
    forms.push(json.into_bytes());
    for kept in ["-._~", "-_.!~*'()", "-._~!$&'()*+,;=:@/?"] {
        let encoded = percent_encoded(value, kept);
        forms.push(encoded.replace("%20", "+").into_bytes());
        forms.push(lower_hex(&encoded).into_bytes());
        forms.push(encoded.into_bytes());
    }
    forms.push(url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().into_bytes());
    let html = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    forms.push(html.replace('\'', "&#39;").into_bytes());
    forms.push(html.replace('\'', "&#x27;").into_bytes());
    forms.push(html.into_bytes());
    for encoding in [&BASE64, &BASE64URL] {
        forms.extend((0..3).filter_map(|shift| inside_base64(encoding, value.as_bytes(), shift)));
    }
    forms.sort();
    forms.dedup();
    forms
}

/// A value as it stands between the quotes of a JSON string.
pub(super) fn json_escaped(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// A value with everything percent-encoded but letters, digits and what is in `kept`.
pub(super) fn percent_encoded(value: &str, kept: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(value.len() * 3);
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) {
            out.push(char::from(byte));
        } else {
            let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().map_or('0', char::from);
            out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    out
}

/// The same with the digits in lower case.
fn lower_hex(encoded: &str) -> String {
    let mut out = String::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((before, pair)) = rest.find('%').and_then(|at| rest.split_at_checked(at)) {
        let (pair, after) = pair.split_at_checked(3).unwrap_or((pair, ""));
        out.push_str(before);
        out.push_str(&pair.to_ascii_lowercase());
        rest = after;
    }
    out + rest
}

/// Every character beyond ASCII as `\uXXXX`, as some JSON writers have it.
fn ascii_only(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
}

/// The part of a base64 text that only depends on the value, with `shift` bytes before it modulo three.
fn inside_base64(encoding: &data_encoding::Encoding, value: &[u8], shift: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; shift];
    bytes.extend_from_slice(value);
    let text = encoding.encode(&bytes);
    // Without the characters that hold bits of the bytes before, and those that hold bits of the bytes after.
    let start = (shift * 8).div_ceil(6);
    let end = bytes.len() * 8 / 6;
    let middle = text.as_bytes().get(start..end)?;
    (middle.len() >= SHORTEST_BASE64).then(|| middle.to_vec())
}
