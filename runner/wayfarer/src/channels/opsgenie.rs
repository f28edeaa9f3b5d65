//! Opsgenie, by its alert API. The notice's thread is the alias that joins an alarm and its recovery.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;
use wayfarer_model::incident::Severity;
use wayfarer_model::notice::{Fact, Notice, NoticeKind, clip};

use super::request::{ChannelRequest, HttpRequest, RequestError};
use super::secret::{Sealed, SecretReader, SecretSource};
use super::service::{below, service};
use crate::config::Text;

const API: &str = "https://api.opsgenie.com/";

/// `opsgenie`: `api_key`, and `url` for the service region of the EU.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OpsgenieTable {
    api_key: SecretSource,
    url: Option<Text<Url>>,
}

#[derive(Debug)]
pub(crate) struct Opsgenie {
    api_key: Sealed,
    url: Url,
}

impl OpsgenieTable {
    pub(super) fn read(&self, secrets: &mut SecretReader<'_>) -> Result<Opsgenie, String> {
        let api_key = secrets.read("opsgenie.api_key", &self.api_key)?;
        let url = service(self.url.as_ref(), API)?;
        Ok(Opsgenie { api_key, url })
    }
}

impl Opsgenie {
    pub(super) fn request(&self, notice: &Notice) -> Result<ChannelRequest, RequestError> {
        let url = |path: &[&str]| {
            below(&self.url, path).ok_or_else(|| RequestError("`opsgenie.url` takes no path".to_owned()))
        };
        let (url, body) = if notice.is_over() {
            let mut url = url(&["v2", "alerts", &notice.thread, "close"])?;
            url.query_pairs_mut().append_pair("identifierType", "alias");
            (url, json!({ "source": "Wayfarer", "note": clip(&notice.plain(), 25_000) }))
        } else {
            (url(&["v2", "alerts"])?, open(notice))
        };
        let request = HttpRequest::json(url, &body)?;
        let request = request.with("authorization", format!("GenieKey {}", self.api_key.reveal()));
        Ok(ChannelRequest::Http(vec![request]))
    }
}

fn open(notice: &Notice) -> Value {
    let details: Map<String, Value> =
        notice.facts().into_iter().map(|Fact { name, value }| (name.to_owned(), value.into())).collect();
    let first = notice.subjects.first();
    let priority = match (notice.kind, notice.severity) {
        (NoticeKind::Test | NoticeKind::Digest, _) => "P5",
        (_, Severity::Page) => "P1",
        (_, Severity::Ticket) => "P3",
    };
    json!({
        "message": clip(&notice.headline(), 130),
        "alias": notice.thread,
        "description": clip(&notice.plain(), 15_000),
        "details": details,
        "tags": first.map(|subject| subject.tags.clone()).unwrap_or_default(),
        "entity": first.map(|subject| subject.journey.as_str()).unwrap_or_default(),
        "source": "Wayfarer",
        "priority": priority,
    })
}
