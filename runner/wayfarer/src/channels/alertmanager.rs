//! Alertmanager, by its API v2.
//!
//! Labels are the identity of an alert, so nothing that changes stands in them. Alertmanager forgets an alert that it is not
//! told of again: an open incident is repeated every minute, with an end five minutes ahead, so that an instance that missed
//! the recovery resolves it by itself. Each instance is told, because instances do not share alerts.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;
use wayfarer_model::incident::IncidentKind;
use wayfarer_model::notice::{Notice, NoticeKind, Subject};
use wayfarer_model::units::UnixMillis;

use super::request::{ChannelRequest, HttpRequest, RequestError};
use super::secret::{Sealed, SecretReader, SecretSource};
use super::service::below;
use crate::config::{Text, one_or_many, one_or_many_schema};

/// How far ahead the end of an open alert is.
const AHEAD_MS: u64 = 300_000;

/// `alertmanager`: `urls`, one or a list, `labels`, and `token`, or `user` and `password`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AlertmanagerTable {
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(schema_with = "one_or_many_schema::<Text<Url>>")]
    urls: Vec<Text<Url>>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    token: Option<SecretSource>,
    user: Option<String>,
    password: Option<SecretSource>,
}

#[derive(Debug)]
pub(crate) struct Alertmanager {
    urls: Vec<Url>,
    labels: BTreeMap<String, String>,
    authorization: Option<Sealed>,
    basic: Option<(String, Sealed)>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Alert {
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<&'static str, String>,
    starts_at: String,
    ends_at: String,
    #[serde(rename = "generatorURL", skip_serializing_if = "Option::is_none")]
    generator_url: Option<String>,
}

impl AlertmanagerTable {
    pub(super) fn read(&self, secrets: &mut SecretReader<'_>) -> Result<Alertmanager, String> {
        let urls = self.urls.iter().map(|url| below(&url.0, &["api", "v2", "alerts"]));
        let urls = urls.collect::<Option<Vec<_>>>().filter(|urls| !urls.is_empty());
        let urls = urls.ok_or(
            "`alertmanager.urls` needs the URL of each instance, such as `http://alertmanager:9093`",
        )?;
        let is_label = |name: &str| {
            let mut letters = name.chars();
            letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
                && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        };
        if let Some(odd) = self.labels.keys().find(|name| !is_label(name)) {
            return Err(format!(
                "`alertmanager.labels` has `{odd}`, which is no name of a label: use letters, digits and `_`"
            ));
        }
        let authorization = secrets.read_if_there("alertmanager.token", self.token.as_ref())?;
        let password = secrets.read_if_there("alertmanager.password", self.password.as_ref())?;
        let basic = match (&self.user, password) {
            (Some(user), Some(password)) => Some((user.clone(), password)),
            (None, None) => None,
            _ => return Err("`alertmanager` needs `user` and `password`, or neither".to_owned()),
        };
        if authorization.is_some() && basic.is_some() {
            return Err("`alertmanager` takes `token`, or `user` and `password`, not both".to_owned());
        }
        Ok(Alertmanager { urls, labels: self.labels.clone(), authorization, basic })
    }
}

impl Alertmanager {
    pub(super) fn request(&self, notice: &Notice, at: UnixMillis) -> Result<ChannelRequest, RequestError> {
        let alerts: Vec<Alert> = if notice.subjects.is_empty() {
            vec![self.alert(notice, None, at)]
        } else {
            notice.subjects.iter().map(|subject| self.alert(notice, Some(subject), at)).collect()
        };
        let requests = self.urls.iter().map(|url| {
            let request = HttpRequest::json(url.clone(), &alerts)?;
            Ok(match (&self.authorization, &self.basic) {
                (Some(token), _) => request.with("authorization", format!("Bearer {}", token.reveal())),
                (None, Some((user, password))) => {
                    let pair = BASE64.encode(format!("{user}:{}", password.reveal()).as_bytes());
                    request.with("authorization", format!("Basic {pair}"))
                }
                (None, None) => request,
            })
        });
        Ok(ChannelRequest::Http(requests.collect::<Result<_, RequestError>>()?))
    }

    fn alert(&self, notice: &Notice, subject: Option<&Subject>, at: UnixMillis) -> Alert {
        let mut labels = self.labels.clone();
        let mut label = |name: &str, value: String| drop(labels.insert(name.to_owned(), value));
        label("alertname", name(notice).to_owned());
        label("severity", notice.severity.as_str().to_owned());
        if let Some(tenant) = &notice.tenant {
            label("tenant", tenant.to_string());
        }
        if let Some(matter) = &notice.matter {
            label("subject", matter.name.clone());
        }
        if let Some(subject) = subject {
            label("journey", subject.journey.to_string());
            label("location", subject.location.to_string());
        }
        let runbook = subject.map(|subject| subject.runbook.clone()).unwrap_or_default();
        let owner = subject.map(|subject| subject.owner.clone()).unwrap_or_default();
        let annotations = [
            ("summary", notice.headline()),
            ("description", notice.plain()),
            ("runbook_url", runbook),
            ("owner", owner),
            ("command", notice.command().unwrap_or_default()),
        ];
        let ends = match notice.kind {
            NoticeKind::Resolved => notice.resolved.unwrap_or(at).min(at),
            // A test ends by itself soon.
            NoticeKind::Test => UnixMillis(at.0 + 60_000),
            _ => UnixMillis(at.0 + AHEAD_MS),
        };
        Alert {
            labels,
            annotations: annotations.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
            starts_at: notice.opened.rfc3339(),
            ends_at: ends.rfc3339(),
            generator_url: notice.link.clone(),
        }
    }
}

/// A name that stays as long as the incident's kind does.
fn name(notice: &Notice) -> &'static str {
    if notice.kind == NoticeKind::Test {
        return "WayfarerTest";
    }
    let Some(kind) = notice.incident_kind else { return "JourneyTrouble" };
    match kind {
        IncidentKind::Failing => "JourneyFailing",
        IncidentKind::Broken => "JourneyBroken",
        IncidentKind::Unproven => "JourneyUnproven",
        IncidentKind::OverBudget => "JourneyOverBudget",
        IncidentKind::Flaky => "JourneyFlaky",
        IncidentKind::NoData => "JourneyWithoutData",
        IncidentKind::Certificate => "CertificateExpires",
        IncidentKind::Domain => "DomainExpires",
        IncidentKind::CommonMode => "RunnerCommonMode",
        IncidentKind::RunnerUnwell => "RunnerUnwell",
    }
}
