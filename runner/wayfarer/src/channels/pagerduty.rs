//! PagerDuty, by its Events API v2. The notice's thread is the key that joins an alarm and its recovery.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;
use wayfarer_model::ids::TenantName;
use wayfarer_model::incident::{IncidentKind, Severity};
use wayfarer_model::notice::{Fact, Notice, NoticeKind, clip};

use super::request::{ChannelRequest, HttpRequest, RequestError};
use super::secret::{Sealed, SecretReader, SecretSource};
use super::service::service;
use crate::config::Text;

const EVENTS: &str = "https://events.pagerduty.com/v2/enqueue";

/// `pagerduty`: `routing_key`, and `url` for the service region of the EU.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PagerdutyTable {
    routing_key: SecretSource,
    url: Option<Text<Url>>,
}

#[derive(Debug)]
pub(crate) struct Pagerduty {
    routing_key: Sealed,
    url: Url,
}

impl PagerdutyTable {
    pub(super) fn read(&self, secrets: &mut SecretReader<'_>) -> Result<Pagerduty, String> {
        let routing_key = secrets.read("pagerduty.routing_key", &self.routing_key)?;
        let url = service(self.url.as_ref(), EVENTS)?;
        Ok(Pagerduty { routing_key, url })
    }
}

impl Pagerduty {
    pub(super) fn request(&self, notice: &Notice) -> Result<ChannelRequest, RequestError> {
        let action = if notice.is_over() { "resolve" } else { "trigger" };
        let details: Map<String, Value> =
            notice.facts().into_iter().map(|Fact { name, value }| (name.to_owned(), value.into())).collect();
        let severity = match (notice.kind, notice.severity) {
            (NoticeKind::Test | NoticeKind::Digest, _) => "info",
            (_, Severity::Page) => "critical",
            (_, Severity::Ticket) => "warning",
        };
        let first = notice.subjects.first();
        let source = notice.evidence.as_ref().and_then(|evidence| evidence.host.clone());
        let links: Vec<Value> = notice
            .link
            .iter()
            .map(|link| (link, "the run"))
            .chain(first.iter().map(|subject| (&subject.runbook, "runbook")))
            .filter(|(link, _)| link.starts_with("http"))
            .map(|(href, text)| json!({ "href": href, "text": text }))
            .collect();
        let body = json!({
            "routing_key": self.routing_key.reveal(),
            "event_action": action,
            "dedup_key": notice.thread,
            "client": "Wayfarer",
            "links": links,
            "payload": {
                "summary": clip(&notice.headline(), 1_024),
                "source": source.unwrap_or_else(|| "wayfarer".to_owned()),
                "severity": severity,
                "timestamp": notice.at.rfc3339(),
                "component": first.map(|subject| subject.journey.as_str()),
                "group": notice.tenant.as_ref().map(TenantName::as_str),
                "class": notice.incident_kind.map_or("test", IncidentKind::as_str),
                "custom_details": details,
            },
        });
        Ok(ChannelRequest::Http(vec![HttpRequest::json(self.url.clone(), &body)?]))
    }
}
