//! Heads and bodies of a request and its answer as they travel.

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_model::exchange::{BodyRecord, ExchangeRecord, MessageRecord};

/// Heads and bodies of one request and its answer, secrets masked
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExchangeBody {
    /// The request's place among `requests`
    pub(crate) request: u32,
    /// The request as it was sent
    pub(crate) sent: MessageBody,
    /// The answer, as far as it came
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) received: Option<MessageBody>,
}

/// The head and the body of a request or an answer
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct MessageBody {
    /// Pairs of a name in lower case and a value; values of credentials are withheld
    #[schema(value_type = Vec<Vec<String>>)]
    pub(crate) headers: Vec<(String, String)>,
    /// How many headers more there were
    #[serde(default)]
    pub(crate) headers_left_out: u32,
    /// Its beginning, or all of it; absent if it is empty or none was kept
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<ContentBody>,
}

/// A body, decoded: as text if it is text
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ContentBody {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    /// In base64, if it is no text
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) base64: Option<String>,
    /// Whether there was more of it
    pub(crate) is_cut: bool,
    /// Whether it was kept, and its file is missing or damaged; there is neither text nor base64 then
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_lost: bool,
}

impl From<ExchangeRecord> for ExchangeBody {
    fn from(ExchangeRecord { request, sent, received }: ExchangeRecord) -> Self {
        Self { request, sent: sent.into(), received: received.map(Into::into) }
    }
}

impl From<ExchangeBody> for ExchangeRecord {
    fn from(ExchangeBody { request, sent, received }: ExchangeBody) -> Self {
        Self { request, sent: sent.into(), received: received.map(Into::into) }
    }
}

impl From<MessageRecord> for MessageBody {
    fn from(MessageRecord { headers, headers_left_out, body }: MessageRecord) -> Self {
        let body = (!body.is_empty()).then(|| body.into());
        Self { headers, headers_left_out, body }
    }
}

impl From<MessageBody> for MessageRecord {
    fn from(MessageBody { headers, headers_left_out, body }: MessageBody) -> Self {
        Self { headers, headers_left_out, body: body.map(Into::into).unwrap_or_default() }
    }
}

impl From<BodyRecord> for ContentBody {
    fn from(body: BodyRecord) -> Self {
        let text = body.text().filter(|_| !body.is_lost).map(str::to_owned);
        let base64 = (text.is_none() && !body.is_lost).then(|| BASE64.encode(&body.content));
        Self { text, base64, is_cut: body.is_cut, is_lost: body.is_lost }
    }
}

impl From<ContentBody> for BodyRecord {
    /// What is no base64 is no body.
    fn from(ContentBody { text, base64, is_cut, is_lost }: ContentBody) -> Self {
        let decoded = || base64.and_then(|base64| BASE64.decode(base64.as_bytes()).ok());
        let content = text.map(String::into_bytes).or_else(decoded).unwrap_or_default();
        Self { content, is_cut, is_lost }
    }
}
