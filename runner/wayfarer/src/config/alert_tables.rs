//! `[[alerts]]` and `[[tenants.NAME.alerts]]`: who is told of which incidents, and when. `[alerting]`: what holds for all.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;
use wayfarer_model::ids::{ChannelName, JourneyName, NameError};
use wayfarer_model::incident::{IncidentKind, Severity};
use wayfarer_model::maintenance::Weekly;
use wayfarer_model::nearest::nearest;
use wayfarer_model::schedule::Timezone;
use wayfarer_model::verdict::Reason;

use super::one_or_many::one_or_many;
use super::schema_parts::one_or_many_schema;
use super::text::{FromText, Shape, Text};

/// One route. An incident takes the first route of its tenant that covers it, and also the next ones if that one says
/// `continue`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AlertTable {
    /// Any of these; every journey by default.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(schema_with = "one_or_many_schema::<Text<JourneyName>>")]
    pub(crate) journeys: Vec<Text<JourneyName>>,
    /// Any of these; whatever tags by default.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(schema_with = "one_or_many_schema::<String>")]
    pub(crate) tags: Vec<String>,
    pub(crate) severity: Option<Text<Severity>>,
    /// The kinds of incidents; every kind by default.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(schema_with = "one_or_many_schema::<Text<IncidentKind>>")]
    pub(crate) kinds: Vec<Text<IncidentKind>>,
    /// Reasons of the run that opened the incident; every reason by default.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(schema_with = "one_or_many_schema::<Text<Reason>>")]
    pub(crate) reasons: Vec<Text<Reason>>,
    /// The channels, of the tenant or of the platform. Empty: nobody is told.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(schema_with = "one_or_many_schema::<Text<ChannelName>>")]
    pub(crate) to: Vec<Text<ChannelName>>,
    /// Whether the next routes count too.
    #[serde(rename = "continue")]
    pub(crate) goes_on: bool,
    /// Beside `to`, after this long without an acknowledgement.
    pub(crate) escalate_after: Option<Text<Duration>>,
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(schema_with = "one_or_many_schema::<Text<ChannelName>>")]
    pub(crate) escalate_to: Vec<Text<ChannelName>>,
    /// The channels of `to` are told again this often, until somebody acknowledges it or it is over.
    pub(crate) remind_every: Option<Text<Duration>>,
    /// When nobody is told; what comes up meanwhile is one message afterwards.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(schema_with = "one_or_many_schema::<String>")]
    pub(crate) quiet: Vec<String>,
    /// Of `quiet`.
    pub(crate) timezone: Option<Text<Timezone>>,
}

impl AlertTable {
    /// The quiet hours.
    ///
    /// # Errors
    /// The rule that a window breaks.
    pub(crate) fn quiet(&self) -> Result<Vec<Weekly>, String> {
        let timezone = self.timezone.as_ref().map_or(Timezone::UTC, |timezone| timezone.0);
        self.quiet
            .iter()
            .map(|text| Weekly::parse(text, timezone).map_err(|error| format!("`quiet`: {error}")))
            .collect()
    }
}

/// `[alerting]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AlertingTable {
    run_url: Option<String>,
    group_within: Option<Text<Duration>>,
    join_within: Option<Text<Duration>>,
    give_up_after: Option<Text<Duration>>,
    fallback_after: Option<Text<Duration>>,
}

impl AlertingTable {
    /// The URL of a page that shows a run, with `{run}` in the place of its id; notices link there.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub(crate) fn run_url(&self) -> Result<Option<&str>, String> {
        let Some(text) = self.run_url.as_deref() else { return Ok(None) };
        let is_url = Url::from_text(&text.replace("{run}", "run")).is_ok();
        if is_url && text.contains("{run}") {
            return Ok(Some(text));
        }
        Err("`run_url` is no URL with `{run}` in it: write it like `https://grafana.example/d/run?var-run={run}`".to_owned())
    }

    /// How long a new incident waits for others like it, which are told of in the same notice.
    pub(crate) fn group_within(&self) -> Duration {
        self.group_within.as_ref().map_or(Duration::from_secs(10), |text| text.0)
    }

    /// How long after a message people are told of the incidents that joined its outage, by one further message.
    pub(crate) fn join_within(&self) -> Duration {
        self.join_within.as_ref().map_or(Duration::from_mins(5), |text| text.0)
    }

    /// How long a notice is tried on a channel that does not take it.
    pub(crate) fn give_up_after(&self) -> Duration {
        self.give_up_after.as_ref().map_or(Duration::from_hours(48), |text| text.0)
    }

    /// After how long of that its fallback channel is told too.
    pub(crate) fn fallback_after(&self) -> Duration {
        self.fallback_after.as_ref().map_or(Duration::from_mins(5), |text| text.0)
    }
}

impl FromText for ChannelName {
    const WHAT: &'static str = "the name of a channel such as `oncall`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: NameError| error.to_string())
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl FromText for JourneyName {
    const WHAT: &'static str = "the name of a journey such as `checkout`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: NameError| error.to_string())
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl FromText for Severity {
    const WHAT: &'static str = "`page` or `ticket`";
    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "page" => Ok(Self::Page),
            "ticket" => Ok(Self::Ticket),
            _ => Err(format!("`{text}` is no severity: write `page` or `ticket`")),
        }
    }
    fn to_text(&self) -> String {
        self.as_str().to_owned()
    }
    fn shape() -> Shape {
        Shape::OneOf(vec!["page", "ticket"])
    }
}

impl FromText for IncidentKind {
    const WHAT: &'static str = "a kind of incident such as `failing`";
    fn from_text(text: &str) -> Result<Self, String> {
        Self::of(text).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|kind| kind.as_str()).collect();
            format!("`{text}` is no kind of incident: use one of `{}`", known.join("`, `"))
        })
    }
    fn to_text(&self) -> String {
        self.as_str().to_owned()
    }
    fn shape() -> Shape {
        Shape::OneOf(Self::ALL.iter().map(|kind| kind.as_str()).collect())
    }
}

impl FromText for Reason {
    const WHAT: &'static str = "a reason such as `timeout`";
    fn from_text(text: &str) -> Result<Self, String> {
        let known = || Self::ALL.iter().map(|reason| reason.as_str());
        Self::ALL.iter().copied().find(|reason| reason.as_str() == text).ok_or_else(|| {
            let mend = nearest(text, known()).map_or_else(
                || "`wayfarer runs` and SCHEMA.md show reasons, such as `check` and `timeout`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            format!("`{text}` is no reason: {mend}")
        })
    }
    fn to_text(&self) -> String {
        self.as_str().to_owned()
    }
    fn shape() -> Shape {
        Shape::OneOf(Self::ALL.iter().map(|reason| reason.as_str()).collect())
    }
}
