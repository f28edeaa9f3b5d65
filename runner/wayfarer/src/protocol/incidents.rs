//! Incidents as the API shows them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_model::ids::{JourneyName, LocationName, RunId, TenantName};
use wayfarer_model::incident::IncidentKind;

/// An incident: a journey that fails, from its first bad run to its recovery; or the runner that is unwell
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct IncidentInfo {
    /// Its number, which the command line takes
    pub(crate) incident: i64,
    /// The tenant; none if it is the platform's own, which only tokens without a tenant see
    #[schema(value_type = Option<String>)]
    pub(crate) tenant: Option<TenantName>,
    /// The journey; none if it is of no journey
    #[schema(value_type = Option<String>)]
    pub(crate) journey: Option<JourneyName>,
    /// The host that it is of; empty for a journey and for the runner
    pub(crate) subject: String,
    /// The location of the run that opened it, or of the runner
    #[schema(value_type = String)]
    pub(crate) location: LocationName,
    /// `failing` and `no-data` page, and so do the platform's `common-mode` and `runner-unwell`; `over-budget`, `flaky`, `unproven`, `broken` and `certificate` are tickets
    #[schema(value_type = String)]
    pub(crate) kind: IncidentKind,
    /// `open`, `acknowledged`, `muted` or `resolved`
    pub(crate) state: IncidentState,
    /// The end of the first bad run, or when it began, in unix milliseconds
    pub(crate) began_ms: u64,
    /// When it opened, in unix milliseconds
    pub(crate) opened_ms: u64,
    /// When it was over, in unix milliseconds; none while it is open
    pub(crate) resolved_ms: Option<u64>,
    /// The first bad run; none if retention removed it
    #[schema(value_type = Option<String>)]
    pub(crate) first_run: Option<RunId>,
    /// The run that opened it; none if retention removed it
    #[schema(value_type = Option<String>)]
    pub(crate) opening_run: Option<RunId>,
    /// The last good run before the first bad one; none if there is none
    #[schema(value_type = Option<String>)]
    pub(crate) last_good_run: Option<RunId>,
    /// Runs from the first bad one to the one that opened it
    pub(crate) looks: u64,
    /// How many of them were bad
    pub(crate) bad_looks: u64,
    /// The evidence when it opened: a healthy journey reaches it once in so many runs on average, at most. For a plain rule the runs between its
    /// false alarms, by the journey's own history
    pub(crate) statistic: f64,
    /// What the evidence had to reach; 0 for a plain rule
    pub(crate) bound: f64,
    /// What the run that opened it says, or what was found where it is of no journey
    pub(crate) message: Option<String>,
    /// Who acknowledged it
    pub(crate) acknowledged_by: Option<String>,
    /// When it was acknowledged, in unix milliseconds
    pub(crate) acknowledged_ms: Option<u64>,
    /// Until when nobody is told of it, in unix milliseconds
    pub(crate) muted_until_ms: Option<u64>,
    /// The URL of its analysis; may be empty
    pub(crate) post_mortem: String,
}

/// What an incident is now
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum IncidentState {
    /// Nobody has acknowledged it
    Open,
    /// Somebody works on it
    Acknowledged,
    /// Nobody is told of it for a while
    Muted,
    /// It is over
    Resolved,
}

/// An event of an incident's time line
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct IncidentEventInfo {
    /// When, in unix milliseconds
    pub(crate) occurred_ms: u64,
    /// `opened`, `reopened`, `reminded`, `resolved`, `acknowledged`, `muted`, `noted`, `published` or `analysed`
    pub(crate) kind: String,
    /// The run that moved the incident; none for what a person did
    #[schema(value_type = Option<String>)]
    pub(crate) run: Option<RunId>,
    /// The person; empty for what a run did
    pub(crate) actor: String,
    /// The person's note; may be empty
    pub(crate) note: String,
}

/// An incident with its time line
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct IncidentDetail {
    /// The incident
    #[serde(flatten)]
    pub(crate) incident: IncidentInfo,
    /// The oldest event first
    pub(crate) events: Vec<IncidentEventInfo>,
}

/// What a person does about an incident
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum IncidentAction {
    /// Says that somebody works on it, until it is over or until an instant
    Acknowledge,
    /// Has nobody told of it until an instant
    Mute,
    /// Writes a note into its time line, or where its analysis is
    Note,
    /// Writes words for the public: the tenant's status page shows them
    Publish,
    /// Says that it is over; if the journey goes on failing, another one opens
    Resolve,
}

impl IncidentAction {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Mute => "mute",
            Self::Note => "note",
            Self::Publish => "publish",
            Self::Resolve => "resolve",
        }
    }
}

/// A change of an incident
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IncidentRequest {
    /// What is done
    pub(crate) action: IncidentAction,
    /// The person's words; may be empty but for a note and for what is published
    #[serde(default)]
    pub(crate) note: String,
    /// Until when an acknowledgement or a mute lasts, in unix milliseconds; an acknowledgement lasts until the incident is over by default
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until_ms: Option<u64>,
    /// With a note: the URL of the incident's analysis
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) post_mortem: Option<String>,
}
