//! Slack, by an incoming webhook, whose URL is the secret.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use wayfarer_model::incident::Severity;
use wayfarer_model::notice::{Notice, NoticeKind, clip};

use super::request::{ChannelRequest, HttpRequest, RequestError};
use super::secret::{SecretReader, SecretSource};

/// Slack takes 3,000 characters a text, 150 in a header, and 10 fields a section.
const TEXT: usize = 2_900;
const FIELD: usize = 1_900;
const FIELDS: usize = 10;

/// `slack`: `url`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SlackTable {
    url: SecretSource,
}

#[derive(Debug)]
pub(crate) struct Slack {
    url: Url,
}

impl SlackTable {
    pub(super) fn read(&self, secrets: &mut SecretReader<'_>) -> Result<Slack, String> {
        Ok(Slack { url: secrets.read_url("slack.url", &self.url)? })
    }
}

impl Slack {
    pub(super) fn request(&self, notice: &Notice) -> Result<ChannelRequest, RequestError> {
        let mut blocks = vec![json!({
            "type": "header",
            "text": { "type": "plain_text", "text": clip(&format!("{} {}", mark(notice), notice.headline()), 150) },
        })];
        // What needs a line of its own stands below the pairs.
        let (short, long): (Vec<_>, Vec<_>) =
            notice.facts().into_iter().partition(|fact| fact.value.chars().count() <= 60);
        for pairs in short.chunks(FIELDS) {
            let fields: Vec<Value> = pairs
                .iter()
                .map(|fact| words(&clip(&format!("*{}*\n{}", fact.name, escape(&fact.value)), FIELD)))
                .collect();
            blocks.push(json!({ "type": "section", "fields": fields }));
        }
        for text in sections(long.iter().map(|fact| format!("*{}*\n{}", fact.name, escape(&fact.value)))) {
            blocks.push(json!({ "type": "section", "text": words(&text) }));
        }
        if let Some(link) = &notice.link {
            let button = json!({ "type": "button", "text": { "type": "plain_text", "text": "Show the run" }, "url": link });
            blocks.push(json!({ "type": "actions", "elements": [button] }));
        }
        // The text is what a telephone shows of it.
        let body = json!({ "text": escape(&notice.phone()), "blocks": blocks });
        Ok(ChannelRequest::Http(vec![HttpRequest::json(self.url.clone(), &body)?]))
    }
}

/// As few texts as hold all lines: what does not fit into one begins another.
fn sections(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for line in lines {
        let line = clip(&line, TEXT);
        match texts.last_mut() {
            Some(text) if text.chars().count() + 1 + line.chars().count() <= TEXT => {
                text.push('\n');
                text.push_str(&line);
            }
            _ => texts.push(line),
        }
    }
    texts
}

/// With `verbatim` Slack makes no links and no mentions of what looks like one.
fn words(text: &str) -> Value {
    json!({ "type": "mrkdwn", "text": text, "verbatim": true })
}

fn mark(notice: &Notice) -> &'static str {
    match (notice.kind, notice.severity) {
        (NoticeKind::Resolved, _) => "✅",
        (NoticeKind::Test | NoticeKind::Digest, _) => "ℹ️",
        (_, Severity::Page) => "🔴",
        (_, Severity::Ticket) => "🟡",
    }
}

/// The three characters that Slack reads as markup of its own; without `<` nobody is mentioned.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
