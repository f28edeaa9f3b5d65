//! Every journey at a glance, as the API and the page show it: its state, its last slots, its rates and durations.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_model::ids::{JourneyName, RunId, TenantName};
use wayfarer_model::incident::IncidentKind;
use wayfarer_model::verdict::Verdict;

/// How a journey is now, the worst first
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum JourneyState {
    /// An incident says so
    Failing,
    /// Nobody knows: an incident says so, or its last three slots led to no counted run
    NoData,
    /// Its newest run failed, and no incident is open yet
    Suspected,
    /// The journey itself is at fault, and not its target
    Broken,
    /// It works, but soft checks or latency budgets do not hold
    Degraded,
    /// It fails by chance now and then, as an incident says
    Flaky,
    /// Its newest counted run was good
    Passing,
    /// It has no run yet
    Waiting,
    /// A maintenance window is in force
    Maintenance,
    /// A person paused it
    Paused,
    /// A kill switch stops it
    Stopped,
}

impl JourneyState {
    /// In the order in which pages list them: the worst first.
    pub(crate) const ALL: [Self; 11] = [
        Self::Failing,
        Self::NoData,
        Self::Suspected,
        Self::Broken,
        Self::Degraded,
        Self::Flaky,
        Self::Passing,
        Self::Waiting,
        Self::Maintenance,
        Self::Paused,
        Self::Stopped,
    ];

    /// The word in JSON and in URLs.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::NoData => "no-data",
            Self::Suspected => "suspected",
            Self::Broken => "broken",
            Self::Degraded => "degraded",
            Self::Flaky => "flaky",
            Self::Passing => "passing",
            Self::Waiting => "waiting",
            Self::Maintenance => "maintenance",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
        }
    }
}

/// A slot in brief
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct SlotInfo {
    /// Its run, or its row if it had no run
    #[schema(value_type = String)]
    pub(crate) run: RunId,
    #[schema(value_type = String)]
    pub(crate) verdict: Verdict,
    /// Whether it was good, and its first attempt was not
    pub(crate) flaky: bool,
    /// Whether it was due within a maintenance window
    pub(crate) maintenance: bool,
    /// Whether a person has taken it out of the rates
    pub(crate) void: bool,
}

/// How often a journey was good over a period
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct RatesInfo {
    /// Slots that have a row
    pub(crate) slots: u64,
    /// Runs that count in rates; `counted / slots` is the coverage
    pub(crate) counted: u64,
    /// Counted runs that were good
    pub(crate) good: u64,
    /// Counted runs that were good at the first attempt
    pub(crate) good_first_attempt: u64,
}

/// An hour of a journey
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct HourInfo {
    /// Its beginning, in unix milliseconds
    pub(crate) from_ms: u64,
    /// The 95th percentile of good runs' durations at the slowest location, in microseconds
    pub(crate) p95_us: u64,
}

/// An open incident in brief
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct OpenIncidentInfo {
    /// Its number
    pub(crate) incident: i64,
    #[schema(value_type = String)]
    pub(crate) kind: IncidentKind,
    /// The end of its first bad run, in unix milliseconds
    pub(crate) began_ms: u64,
    /// Who acknowledged it
    pub(crate) acknowledged_by: Option<String>,
    /// Until when nobody is told of it, in unix milliseconds
    pub(crate) muted_until_ms: Option<u64>,
}

/// A journey at a glance
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct OverviewInfo {
    #[schema(value_type = String)]
    pub(crate) tenant: TenantName,
    #[schema(value_type = String)]
    pub(crate) journey: JourneyName,
    /// One sentence for people; may be empty
    pub(crate) title: String,
    /// Who is to be told if it fails; may be empty
    pub(crate) owner: String,
    /// The URL of what to do if it fails; may be empty
    pub(crate) runbook: String,
    /// Words to select by
    pub(crate) tags: Vec<String>,
    pub(crate) state: JourneyState,
    /// What failed, if its newest run did
    pub(crate) message: Option<String>,
    /// Its open incident: one that pages, or else the newest ticket
    pub(crate) incident: Option<OpenIncidentInfo>,
    /// Its schedule as written; none if only a person starts it
    pub(crate) schedule: Option<String>,
    /// When its next slot at the server's location is due, in unix milliseconds
    pub(crate) next_ms: Option<u64>,
    /// Its last 60 slots, the oldest first
    pub(crate) slots: Vec<SlotInfo>,
    /// The current hour and the 23 before
    pub(crate) day: RatesInfo,
    /// The current UTC day and the 6 before
    pub(crate) week: RatesInfo,
    /// The current UTC day and the 29 before
    pub(crate) month: RatesInfo,
    /// The 95th percentile of good runs' durations in the last 24 hours, in microseconds
    pub(crate) p95_us: Option<u64>,
    /// The same a week earlier
    pub(crate) p95_week_before_us: Option<u64>,
    /// The last 24 hours, the oldest first; hours without a good run are left out
    pub(crate) hours: Vec<HourInfo>,
}
