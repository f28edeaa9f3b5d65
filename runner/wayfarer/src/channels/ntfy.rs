//! ntfy: a message on a topic, for a telephone.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use url::Url;
use wayfarer_model::incident::Severity;
use wayfarer_model::notice::{Notice, NoticeKind};

use super::request::{ChannelRequest, HttpRequest, RequestError};
use super::secret::{Sealed, SecretReader, SecretSource};
use super::service::service;
use crate::config::Text;

const SERVER: &str = "https://ntfy.sh/";

/// `ntfy`: `topic`, `url` of a server of one's own, `token`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NtfyTable {
    topic: SecretSource,
    url: Option<Text<Url>>,
    token: Option<SecretSource>,
}

#[derive(Debug)]
pub(crate) struct Ntfy {
    url: Url,
    /// Whoever knows it may write and read there.
    topic: Sealed,
    token: Option<Sealed>,
}

impl NtfyTable {
    pub(super) fn read(&self, secrets: &mut SecretReader<'_>) -> Result<Ntfy, String> {
        Ok(Ntfy {
            url: service(self.url.as_ref(), SERVER)?,
            topic: secrets.read("ntfy.topic", &self.topic)?,
            token: secrets.read_if_there("ntfy.token", self.token.as_ref())?,
        })
    }
}

impl Ntfy {
    pub(super) fn request(&self, notice: &Notice) -> Result<ChannelRequest, RequestError> {
        let (priority, tag) = match (notice.kind, notice.severity) {
            (NoticeKind::Resolved, _) => (3, "white_check_mark"),
            (NoticeKind::Test | NoticeKind::Digest, _) => (3, "information_source"),
            (_, Severity::Page) => (5, "rotating_light"),
            (_, Severity::Ticket) => (3, "warning"),
        };
        let text = notice.phone();
        // The headline is the title.
        let message = text.split_once('\n').map_or("", |(_, rest)| rest);
        let message = if message.is_empty() { &text } else { message };
        let mut body = json!({
            "topic": self.topic.reveal(),
            "title": notice.headline(),
            "message": message,
            "priority": priority,
            "tags": [tag],
        });
        if let (Some(link), Some(body)) = (&notice.link, body.as_object_mut()) {
            body.insert("click".to_owned(), link.clone().into());
        }
        let request = HttpRequest::json(self.url.clone(), &body)?;
        let request = match &self.token {
            Some(token) => request.with("authorization", format!("Bearer {}", token.reveal())),
            None => request,
        };
        Ok(ChannelRequest::Http(vec![request]))
    }
}
