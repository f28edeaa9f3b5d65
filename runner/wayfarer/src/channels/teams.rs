//! Microsoft Teams, by a workflow that takes an adaptive card. The workflow's URL is the secret.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use wayfarer_model::incident::Severity;
use wayfarer_model::notice::{Notice, NoticeKind};

use super::request::{ChannelRequest, HttpRequest, RequestError};
use super::secret::{SecretReader, SecretSource};

/// `teams`: `url`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TeamsTable {
    url: SecretSource,
}

#[derive(Debug)]
pub(crate) struct Teams {
    url: Url,
}

impl TeamsTable {
    pub(super) fn read(&self, secrets: &mut SecretReader<'_>) -> Result<Teams, String> {
        Ok(Teams { url: secrets.read_url("teams.url", &self.url)? })
    }
}

impl Teams {
    pub(super) fn request(&self, notice: &Notice) -> Result<ChannelRequest, RequestError> {
        let color = match (notice.kind, notice.severity) {
            (NoticeKind::Resolved, _) => "Good",
            (NoticeKind::Test | NoticeKind::Digest, _) => "Default",
            (_, Severity::Page) => "Attention",
            (_, Severity::Ticket) => "Warning",
        };
        // A card reads Markdown in its texts; runs of a rich text are shown as they are.
        let run = |text: &str, is_bold: bool, color: &str, size: &str| {
            json!({ "type": "TextRun", "text": text, "weight": if is_bold { "Bolder" } else { "Default" },
                    "color": color, "size": size })
        };
        let line = |runs: Vec<Value>| json!({ "type": "RichTextBlock", "inlines": runs });
        let mut body = vec![line(vec![run(&notice.headline(), true, color, "Large")])];
        body.extend(notice.facts().iter().map(|fact| {
            line(vec![
                run(&format!("{}: ", fact.name), true, "Default", "Default"),
                run(&fact.value, false, "Default", "Default"),
            ])
        }));
        let actions: Vec<Value> = notice
            .link
            .iter()
            .map(|link| json!({ "type": "Action.OpenUrl", "title": "Show the run", "url": link }))
            .collect();
        let card = json!({
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "fallbackText": notice.phone(),
            "msteams": { "width": "Full" },
            "body": body,
            "actions": actions,
        });
        let message = json!({
            "type": "message",
            "summary": notice.headline(),
            "attachments": [{ "contentType": "application/vnd.microsoft.card.adaptive", "content": card }],
        });
        Ok(ChannelRequest::Http(vec![HttpRequest::json(self.url.clone(), &message)?]))
    }
}
