//! What travels between server and command line: one type for each thing, read and written by the same code.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wayfarer_model::access::Role;
use wayfarer_model::context::Lane;
use wayfarer_model::deployment::JourneySpec;
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::{ComponentDigest, JourneyName, LocationName, RunId, TenantName};
use wayfarer_model::maintenance::MaintenanceMode;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::schedule::Timezone;
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{MaintenanceKey, RunRow, RunningRow};

/// Whose things are meant
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
pub(crate) struct OfTenant {
    /// The tenant; the token's own where nothing is said
    #[param(value_type = Option<String>)]
    pub(crate) tenant: Option<TenantName>,
}

/// One run, or a slot that ended without one
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct RunInfo {
    /// Its public id
    #[schema(value_type = String)]
    pub(crate) run: RunId,
    /// Grows with each; for `after`
    pub(crate) cursor: i64,
    /// Whose journey
    #[schema(value_type = String)]
    pub(crate) tenant: TenantName,
    /// Which journey
    #[schema(value_type = String)]
    pub(crate) journey: JourneyName,
    /// Where
    #[schema(value_type = String)]
    pub(crate) location: LocationName,
    /// Why it happened
    #[schema(value_type = String)]
    pub(crate) lane: Lane,
    /// When it was due or asked for, in unix milliseconds
    pub(crate) slot_ms: u64,
    /// The same as RFC 3339
    pub(crate) slot_at: String,
    /// The journey's version
    pub(crate) version: u32,
    /// When it was handed out, in unix milliseconds
    pub(crate) started_ms: Option<u64>,
    /// When it ended, in unix milliseconds
    pub(crate) finished_ms: u64,
    /// The last attempt's duration, in microseconds
    pub(crate) duration_us: Option<u64>,
    /// Its word
    #[schema(value_type = String)]
    pub(crate) verdict: Verdict,
    /// The first attempt's word
    #[schema(value_type = Option<String>)]
    pub(crate) first_verdict: Option<Verdict>,
    /// Why
    #[schema(value_type = String)]
    pub(crate) reason: Reason,
    /// How many attempts
    pub(crate) attempts: u32,
    /// The maintenance window in which it was due
    #[serde(default)]
    pub(crate) maintenance: Option<i64>,
    /// The failure that decided
    pub(crate) message: Option<String>,
}

impl From<RunRow> for RunInfo {
    fn from(row: RunRow) -> Self {
        Self {
            run: row.id,
            cursor: row.cursor.0,
            tenant: row.tenant,
            journey: row.journey,
            location: row.location,
            lane: row.lane,
            slot_ms: row.slot.0,
            slot_at: row.slot.rfc3339(),
            version: row.version,
            started_ms: row.started.map(|at| at.0),
            finished_ms: row.finished.0,
            duration_us: row.duration.map(|duration| duration.0),
            verdict: row.verdict,
            first_verdict: row.first_verdict,
            reason: row.reason,
            attempts: row.attempts,
            maintenance: row.maintenance.map(MaintenanceKey::number),
            message: row.message,
        }
    }
}

/// A run with everything that was recorded of it
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct RunInFull {
    /// The run
    pub(crate) run: RunInfo,
    /// The version that it ran
    #[schema(value_type = Object)]
    pub(crate) spec: JourneySpec,
    /// Every attempt, the first one first
    #[schema(value_type = Vec<Object>)]
    pub(crate) attempts: Vec<AttemptReport>,
}

/// A run under way
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct RunningInfo {
    /// Its public id
    #[schema(value_type = String)]
    pub(crate) run: RunId,
    /// Whose journey
    #[schema(value_type = String)]
    pub(crate) tenant: TenantName,
    /// Which journey
    #[schema(value_type = String)]
    pub(crate) journey: JourneyName,
    /// Why it happens
    #[schema(value_type = String)]
    pub(crate) lane: Lane,
    /// When it was due or asked for, in unix milliseconds
    pub(crate) slot_ms: u64,
    /// When it was handed out, in unix milliseconds
    pub(crate) started_ms: u64,
}

impl From<RunningRow> for RunningInfo {
    fn from(row: RunningRow) -> Self {
        let RunningRow { id, tenant, journey, lane, slot, started } = row;
        Self { run: id, tenant, journey, lane, slot_ms: slot.0, started_ms: started.0 }
    }
}

/// What was triggered
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct TriggeredInfo {
    /// The run's public id
    #[schema(value_type = String)]
    pub(crate) run: RunId,
    /// When it was asked for, in unix milliseconds
    pub(crate) slot_ms: u64,
    /// Its word; none while it is under way
    #[schema(value_type = Option<String>)]
    pub(crate) verdict: Option<Verdict>,
    /// Why
    #[schema(value_type = Option<String>)]
    pub(crate) reason: Option<Reason>,
}

/// A pause that lasts
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct PauseInfo {
    /// Since when, in unix milliseconds
    pub(crate) from_ms: u64,
    /// Who paused it
    pub(crate) by: String,
    /// Why; may be empty
    pub(crate) why: String,
}

/// How a journey has been since midnight UTC
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct TodayInfo {
    /// Slots that have their row
    pub(crate) n: u64,
    /// Runs that count
    pub(crate) counted: u64,
    /// Of these, good ones
    pub(crate) good: u64,
    /// Of these, good at the first attempt
    pub(crate) first_good: u64,
    /// Of good runs, in microseconds
    pub(crate) p95_us: Option<u64>,
}

/// A journey that is deployed
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct JourneyInfo {
    /// Whose
    #[schema(value_type = String)]
    pub(crate) tenant: TenantName,
    /// Its name
    #[schema(value_type = String)]
    pub(crate) journey: JourneyName,
    /// The newest version
    pub(crate) version: u32,
    /// From when on it owns the slots, in unix milliseconds
    pub(crate) valid_from_ms: u64,
    /// By whom
    pub(crate) deployed_by: String,
    /// What it says
    #[schema(value_type = Object)]
    pub(crate) spec: JourneySpec,
    /// The pause that lasts
    pub(crate) paused: Option<PauseInfo>,
    /// Whether the kill switch of its tenant, or of the whole runner, is thrown
    #[serde(default)]
    pub(crate) stopped: bool,
    /// The maintenance window that is in force for it
    #[serde(default)]
    pub(crate) maintenance: Option<i64>,
    /// When it is started next, in unix milliseconds
    pub(crate) next_ms: Option<u64>,
    /// The newest run of any lane
    pub(crate) last: Option<RunInfo>,
    /// Since midnight UTC
    pub(crate) today: TodayInfo,
}

/// Why a journey is to be paused, or runs are to be stopped
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct PauseRequest {
    /// For those who wonder
    #[serde(default)]
    pub(crate) why: String,
}

/// Whether something changed
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub(crate) struct Changed {
    /// False where it was so already
    pub(crate) changed: bool,
}

/// What a component is
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ComponentInfo {
    /// SHA-256 of its bytes
    #[schema(value_type = String)]
    pub(crate) digest: ComponentDigest,
    /// The journeys that it holds
    #[schema(value_type = Vec<Object>)]
    pub(crate) journeys: Vec<Descriptor>,
}

/// Everything that is to be deployed for a tenant
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct DeployRequest {
    /// The journeys; their components were uploaded before
    #[schema(value_type = Vec<Object>)]
    pub(crate) journeys: Vec<JourneySpec>,
    /// Whether only to say what would change
    #[serde(default)]
    pub(crate) preview: bool,
    /// Whether journeys of the tenant that are not in the list are removed
    #[serde(default)]
    pub(crate) prune: bool,
}

/// What becomes of a journey
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ChangeKind {
    /// It is new
    Added,
    /// It has a new version
    Changed,
    /// It ends
    Removed,
    /// It stays as it is
    Unchanged,
    /// It is not in the list and stays
    Left,
}

/// What becomes of a journey
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ChangeInfo {
    /// Which
    #[schema(value_type = String)]
    pub(crate) journey: JourneyName,
    /// What
    pub(crate) kind: ChangeKind,
    /// What is different, a few words each
    pub(crate) what: Vec<String>,
    /// When it is due; none if only a person starts it
    pub(crate) schedule: Option<String>,
    /// The next five starts, in the schedule's timezone
    pub(crate) next: Vec<String>,
}

/// What a deployment does, or would do
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct DeployInfo {
    /// By journey
    pub(crate) changes: Vec<ChangeInfo>,
    /// What the author should know
    pub(crate) warnings: Vec<String>,
    /// From when on the new versions own the slots, in unix milliseconds; none if nothing was deployed
    pub(crate) valid_from_ms: Option<u64>,
}

/// A token, without the token itself
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct TokenInfo {
    /// By which it is revoked
    pub(crate) id: i64,
    /// What people call it
    pub(crate) name: String,
    /// What its holder may do
    #[schema(value_type = String)]
    pub(crate) role: Role,
    /// Whose things; none for all of them
    #[schema(value_type = Option<String>)]
    pub(crate) tenant: Option<TenantName>,
    /// When it was made, in unix milliseconds
    pub(crate) created_ms: u64,
    /// Since when it opens nothing, in unix milliseconds
    pub(crate) revoked_ms: Option<u64>,
}

/// A token that is wanted
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct TokenRequest {
    /// What people call it
    pub(crate) name: String,
    /// What its holder may do
    #[schema(value_type = String)]
    pub(crate) role: Role,
    /// Whose things; none for all of them, which takes the role `operator`
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub(crate) tenant: Option<TenantName>,
}

/// A token that was made
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct NewTokenInfo {
    /// By which it is revoked
    pub(crate) id: i64,
    /// The token; it is shown this once
    pub(crate) token: String,
}

/// A tenant of the runner
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct TenantInfo {
    /// Its name
    #[schema(value_type = String)]
    pub(crate) tenant: TenantName,
    /// Its name for people
    pub(crate) title: Option<String>,
    /// How many of its runs may be under way at a time
    pub(crate) runs: u32,
    /// How many runs it has a day (UTC); none where there is no limit
    pub(crate) runs_per_day: Option<u64>,
    /// How many journeys it has
    pub(crate) journeys: usize,
    /// How many it may have
    pub(crate) most_journeys: u32,
    /// The kill switch that is thrown, its own or the whole runner's
    #[serde(default)]
    pub(crate) stopped: Option<StopInfo>,
}

/// A kill switch that is thrown
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct StopInfo {
    /// Since when, in unix milliseconds
    pub(crate) from_ms: u64,
    /// Who threw it
    pub(crate) by: String,
    /// Why; may be empty
    pub(crate) why: String,
    /// Whether it is the whole runner's
    pub(crate) all_tenants: bool,
}

/// Maintenance to be planned: once until an instant, or every week
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MaintenanceRequest {
    /// Whose journeys; the token's own tenant where nothing is said
    #[schema(value_type = Option<String>)]
    pub(crate) tenant: Option<TenantName>,
    /// Every tenant's
    pub(crate) all_tenants: bool,
    /// Which of the tenant's journeys; empty means all
    #[schema(value_type = Vec<String>)]
    pub(crate) journeys: Vec<JourneyName>,
    /// `skip`: slots are skipped; `mute`: they are run, and do not count
    #[schema(value_type = String)]
    pub(crate) mode: MaintenanceMode,
    /// For those who wonder
    pub(crate) why: String,
    /// Once: when it begins, in unix milliseconds; now where nothing is said
    pub(crate) from_ms: Option<u64>,
    /// Once: when it ends, in unix milliseconds
    pub(crate) until_ms: Option<u64>,
    /// Every week: such as `sat,sun 02:00-04:00`
    pub(crate) weekly: Option<String>,
    /// The timezone of these times; UTC where nothing is said
    #[schema(value_type = Option<String>)]
    pub(crate) timezone: Option<Timezone>,
}

/// Where a maintenance window is in relation to now
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MaintenancePhase {
    /// In force
    InForce,
    /// To come, or to come back
    Planned,
    /// It is over, or was ended
    Over,
}

/// A maintenance window
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct MaintenanceInfo {
    /// Its number
    pub(crate) id: i64,
    /// Whose journeys; none means every tenant's
    #[schema(value_type = Option<String>)]
    pub(crate) tenant: Option<TenantName>,
    /// Which of them; empty means all
    #[schema(value_type = Vec<String>)]
    pub(crate) journeys: Vec<JourneyName>,
    /// `skip` or `mute`
    #[schema(value_type = String)]
    pub(crate) mode: MaintenanceMode,
    /// Once: when it begins, in unix milliseconds
    pub(crate) from_ms: Option<u64>,
    /// Once: when it ends, in unix milliseconds
    pub(crate) until_ms: Option<u64>,
    /// Every week: on these days, at these times
    pub(crate) weekly: Option<String>,
    /// Where these times are
    #[schema(value_type = Option<String>)]
    pub(crate) timezone: Option<Timezone>,
    /// When it was planned, in unix milliseconds
    pub(crate) planned_ms: u64,
    /// Who planned it
    pub(crate) planned_by: String,
    /// Why; may be empty
    pub(crate) why: String,
    /// When it was ended by a person, in unix milliseconds
    pub(crate) ended_ms: Option<u64>,
    /// Who ended it
    pub(crate) ended_by: Option<String>,
    /// Where it is in relation to now
    pub(crate) phase: MaintenancePhase,
    /// When it is in force next, in unix milliseconds
    pub(crate) next_ms: Option<u64>,
}
