//! What an operator of all tenants looks at: how busy the server is, and whether its parts are well.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::Micros;

use super::StopInfo;

/// The server's figures at one instant
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct LoadInfo {
    /// Why the server does not do its work now; none if it does
    pub(crate) unready: Option<String>,
    /// The parts of the runner itself that are unwell: `processor`, `descriptors`, `store`, `clock`, `network`
    pub(crate) unwell: Vec<String>,
    /// The kill switch of the whole runner, if it is thrown
    pub(crate) stopped: Option<StopInfo>,
    /// How late the last slots were
    pub(crate) lateness: LatenessInfo,
    /// Runs that wait for a permit
    pub(crate) queued: usize,
    /// Runs that are in flight
    pub(crate) in_flight: u32,
    /// How many may be in flight at a time
    pub(crate) most_in_flight: u32,
    /// What runs hold in memory, in bytes
    pub(crate) memory_bytes: u64,
    /// What they may hold
    pub(crate) most_memory_bytes: u64,
    /// Every slot before this instant is settled or started, in unix milliseconds
    pub(crate) planned_until_ms: u64,
    /// The database
    pub(crate) store: StoreLoadInfo,
    /// The disk of the data directory; none before it was looked at first
    pub(crate) disk: Option<DiskInfo>,
    /// Background tasks, by name
    pub(crate) tasks: Vec<TaskInfo>,
    /// The export of traces; none if nothing is exported
    #[serde(default)]
    pub(crate) traces: Option<TraceExportInfo>,
    /// Each tenant's part, by name
    pub(crate) tenants: Vec<TenantLoadInfo>,
}

impl LoadInfo {
    /// What is wrong with the server, in sentences for people.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let store = self.store.error.as_ref().map(|error| format!("the store does not commit: {error}"));
        let unready = self.unready.iter().cloned().chain(store.filter(|_| self.unready.is_none()));
        let unwell = self
            .unwell
            .iter()
            .map(|part| format!("the runner's {part} is unwell, so runs may be inconclusive"));
        let failing = self.tasks.iter().filter(|task| task.fails);
        let failing =
            failing.map(|task| format!("the background task `{}` fails: the log says why", task.task));
        let traces = self.traces.as_ref().and_then(TraceExportInfo::wrong);
        unready.chain(unwell).chain(failing).chain(traces).collect()
    }
}

/// The export of traces by OTLP
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct TraceExportInfo {
    /// Rows of runs and slots that it has not come to yet
    pub(crate) behind_runs: u64,
    /// Since when the oldest of them has waited, in milliseconds
    pub(crate) behind_ms: u64,
    /// The receiver's host, and why it took nothing the last time; none if it did
    pub(crate) error: Option<String>,
}

impl TraceExportInfo {
    fn wrong(&self) -> Option<String> {
        let error = self.error.as_ref()?;
        let (runs, waited) = (self.behind_runs, Micros(self.behind_ms.saturating_mul(1_000)));
        Some(format!(
            "the receiver of traces takes nothing, and {runs} rows wait, the oldest for {waited}: {error}"
        ))
    }
}

/// From a slot's instant until it was handed to the sandbox, of the last 1,000 slots since the start
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub(crate) struct LatenessInfo {
    /// How many slots these are
    pub(crate) slots: usize,
    /// Half of them were not later, in microseconds
    pub(crate) median_us: u64,
    /// 99 of 100 were not later, in microseconds
    pub(crate) p99_us: u64,
    /// The latest, in microseconds
    pub(crate) longest_us: u64,
}

/// The database and its one writer, since the start
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct StoreLoadInfo {
    /// Why the last transaction failed; none after one that was committed
    pub(crate) error: Option<String>,
    /// Runs that have ended and wait for their commit
    pub(crate) queued: usize,
    /// Transactions that were committed
    pub(crate) commits: u64,
    /// How long one took on average, in microseconds
    pub(crate) mean_commit_us: u64,
    /// How long the longest took, in microseconds
    pub(crate) longest_commit_us: u64,
    /// The size of the write-ahead log, in bytes
    pub(crate) wal_bytes: u64,
}

/// A disk
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub(crate) struct DiskInfo {
    /// What is free, in bytes
    pub(crate) free_bytes: u64,
    /// What is reserved for results and cleanups, in bytes
    pub(crate) reserved_bytes: u64,
    /// The least that both together have to be, in bytes
    pub(crate) wanted_bytes: u64,
    /// Whether a run may start
    pub(crate) is_enough: bool,
}

/// A background task, since the start
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct TaskInfo {
    /// Its name
    pub(crate) task: String,
    /// How often it has run
    pub(crate) passes: u64,
    /// How often it failed
    pub(crate) failures: u64,
    /// Whether it failed the last time
    pub(crate) fails: bool,
    /// When it last ended without an error, in unix milliseconds
    pub(crate) last_success_ms: Option<u64>,
    /// How long it took the last time, in microseconds
    pub(crate) took_us: u64,
}

/// A tenant's part of the load
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct TenantLoadInfo {
    /// Its name
    #[schema(value_type = String)]
    pub(crate) tenant: TenantName,
    /// Its own kill switch, if it is thrown
    pub(crate) stopped: Option<StopInfo>,
    /// Its runs that wait for a permit
    pub(crate) queued: usize,
    /// Its runs that are in flight
    pub(crate) in_flight: u32,
    /// How many of them may be in flight at a time
    pub(crate) most_in_flight: u32,
    /// What its runs hold in memory, in bytes
    pub(crate) memory_bytes: u64,
    /// What they may hold
    pub(crate) most_memory_bytes: u64,
    /// What its recordings have in the database, in bytes
    pub(crate) stored_bytes: u64,
    /// What they may have; none if there is no limit
    pub(crate) most_stored_bytes: Option<u64>,
    /// What its runs used today (UTC)
    pub(crate) today: UsageInfo,
    /// What they used today and in the six days before
    pub(crate) week: UsageInfo,
}

/// What runs used
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct UsageInfo {
    /// Runs that were made
    pub(crate) runs: u64,
    /// Their attempts
    pub(crate) attempts: u64,
    /// Processor time of their guests, in microseconds
    pub(crate) cpu_us: u64,
    /// Requests that they sent
    pub(crate) requests: u64,
    /// Bytes that they sent
    pub(crate) sent_bytes: u64,
    /// Bytes that they received
    pub(crate) received_bytes: u64,
}
