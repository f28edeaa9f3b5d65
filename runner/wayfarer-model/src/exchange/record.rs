//! What is kept of one exchange.
//!
//! Values of secrets are masked and the values of credentials withheld in all of it. It is as the guest saw it: redirects are exchanges
//! of their own, and bodies are decoded.

use std::borrow::Cow;

use data_encoding::BASE64;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeRecord {
    /// The place of the request among the attempt's requests.
    pub request: u32,
    /// As the guest gave it, with what the runner added, and placeholders for secrets.
    pub sent: MessageRecord,
    /// The answer, as far as it came; none if not even its head did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<MessageRecord>,
}

/// The head and body of a request or an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MessageRecord {
    /// Names in lower case and values, in the order sent or received.
    pub headers: Vec<(String, String)>,
    /// How many headers more there were, beyond the bound on a head.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub headers_left_out: u32,
    /// Empty if there was none, or if none was kept.
    #[serde(default, skip_serializing_if = "BodyRecord::is_empty")]
    pub body: BodyRecord,
}

/// The beginning of a body, or all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BodyRecord {
    /// Decoded from its content encodings, with placeholders for secrets; at most as long as the bound on a body.
    pub content: Vec<u8>,
    /// Whether there was more.
    pub is_cut: bool,
    /// Whether it was kept and cannot be read back. The content is empty then.
    pub is_lost: bool,
}

impl MessageRecord {
    /// The first header of that name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl BodyRecord {
    /// What people read in place of a body that is lost.
    pub const LOST: &str = "this body was kept, and its file in the folder `blobs` is missing or damaged: \
        restore it from a backup; `wayfarer db check` tells how many are";

    /// Whether nothing was kept and nothing left out.
    pub fn is_empty(&self) -> bool {
        self.content.is_empty() && !self.is_cut && !self.is_lost
    }

    /// The body as text, if it is UTF-8 without control characters that no text has. A character that the cut parted is left out.
    pub fn text(&self) -> Option<&str> {
        let text = match std::str::from_utf8(&self.content) {
            Ok(text) => text,
            Err(error) if self.is_cut && error.error_len().is_none() => {
                std::str::from_utf8(self.content.get(..error.valid_up_to())?).ok()?
            }
            Err(_) => return None,
        };
        let is_binary = text.bytes().take(1_024).any(|byte| byte == 0);
        (!is_binary).then_some(text)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// In JSON: `text` if it is text, `base64` otherwise.
#[derive(Serialize, Deserialize)]
struct BodyInJson<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<Cow<'a, str>>,
    is_cut: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_lost: bool,
}

impl Serialize for BodyRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.text().map(Cow::Borrowed);
        let base64 = text.is_none().then(|| BASE64.encode(&self.content).into());
        BodyInJson { text, base64, is_cut: self.is_cut, is_lost: self.is_lost }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for BodyRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let BodyInJson { text, base64, is_cut, is_lost } = BodyInJson::deserialize(deserializer)?;
        let content = match (text, base64) {
            (Some(text), _) => text.into_owned().into_bytes(),
            (None, Some(base64)) => BASE64.decode(base64.as_bytes()).map_err(D::Error::custom)?,
            (None, None) => Vec::new(),
        };
        Ok(Self { content, is_cut, is_lost })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(content: &[u8], is_cut: bool) -> BodyRecord {
        BodyRecord { content: content.to_vec(), is_cut, is_lost: false }
    }

    #[test]
    fn a_body_is_text_where_it_can_be_and_survives_the_way_through_json() {
        for (content, is_cut, text) in [
            (&b"{\"error\":\"inventory\"}"[..], false, Some("{\"error\":\"inventory\"}")),
            (&"caf\u{e9}".as_bytes()[..4], true, Some("caf")),
            (&"caf\u{e9}".as_bytes()[..4], false, None),
            (b"\xff\xd8\xff", false, None),
            (b"GIF89a\0\0", false, None),
            (b"", true, Some("")),
        ] {
            let body = body(content, is_cut);
            assert_eq!(body.text(), text);
            let json = serde_json::to_string(&body).unwrap();
            let again: BodyRecord = serde_json::from_str(&json).unwrap();
            assert_eq!(again.is_cut, is_cut);
            assert_eq!(again.content, text.map_or(content, str::as_bytes), "{json}");
        }
        let lost = BodyRecord { is_lost: true, ..body(b"", false) };
        let json = serde_json::to_string(&lost).unwrap();
        assert_eq!(serde_json::from_str::<BodyRecord>(&json).unwrap(), lost, "{json}");
        assert!(!lost.is_empty(), "something was there");
    }
}
