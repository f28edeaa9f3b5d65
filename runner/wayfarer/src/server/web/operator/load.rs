//! The server's figures in words, without the page around them.

use wayfarer_model::units::{Bytes, UnixMillis};

use crate::protocol::{LoadInfo, TaskInfo, TenantLoadInfo, UsageInfo};
use crate::server::web::figures::duration;
use crate::server::web::instants::Instant;

/// The template `operator.html` shows it.
#[derive(Debug)]
pub(super) struct LoadView {
    /// What is wrong with the server, in sentences.
    pub(super) wrong: Vec<String>,
    /// What matters most: a figure, and what it is.
    pub(super) figures: Vec<(String, String)>,
    pub(super) planned_until: Instant,
    /// The store and the disk: a name and a value each.
    pub(super) storage: Vec<(&'static str, String)>,
    pub(super) tenants: Vec<TenantLine>,
    pub(super) tasks: Vec<TaskLine>,
}

/// A tenant's part.
#[derive(Debug)]
pub(super) struct TenantLine {
    pub(super) name: String,
    pub(super) is_stopped: bool,
    pub(super) in_flight: String,
    pub(super) queued: usize,
    pub(super) memory: String,
    pub(super) stored: String,
    pub(super) today: UsageLine,
    pub(super) week: UsageLine,
}

/// What runs used.
#[derive(Debug)]
pub(super) struct UsageLine {
    pub(super) runs: u64,
    pub(super) cpu: String,
    /// Sent and received together.
    pub(super) bytes: String,
}

/// A background task.
#[derive(Debug)]
pub(super) struct TaskLine {
    pub(super) name: String,
    pub(super) passes: u64,
    pub(super) failures: u64,
    pub(super) fails: bool,
    pub(super) last_success: Option<Instant>,
    pub(super) took: String,
}

impl LoadView {
    pub(super) fn new(info: &LoadInfo, now: UnixMillis) -> Self {
        let late = &info.lateness;
        let lateness = if late.slots == 0 {
            ("–".to_owned(), "no slot since the start".to_owned())
        } else {
            let [median, longest] = [late.median_us, late.longest_us].map(duration);
            let slots = late.slots;
            (
                duration(late.p99_us),
                format!("late, 99 of 100 of the last {slots} slots (median {median}, longest {longest})"),
            )
        };
        let memory = format!("of {} memory", bytes(info.most_memory_bytes));
        Self {
            wrong: info.wrong(),
            figures: vec![
                (info.in_flight.to_string(), format!("of {} runs in flight", info.most_in_flight)),
                (info.queued.to_string(), "queued".to_owned()),
                lateness,
                (bytes(info.memory_bytes), memory),
            ],
            planned_until: Instant::new(info.planned_until_ms, now),
            storage: storage(info),
            tenants: info.tenants.iter().map(tenant).collect(),
            tasks: info.tasks.iter().map(|info| task(info, now)).collect(),
        }
    }
}

fn storage(info: &LoadInfo) -> Vec<(&'static str, String)> {
    let store = &info.store;
    let mut lines = vec![
        ("write-ahead log", bytes(store.wal_bytes)),
        ("commits", store.commits.to_string()),
        (
            "one took",
            format!(
                "{} on average, {} at most",
                duration(store.mean_commit_us),
                duration(store.longest_commit_us)
            ),
        ),
        ("runs that wait for a commit", store.queued.to_string()),
    ];
    if let Some(disk) = info.disk {
        lines.push(("disk free", bytes(disk.free_bytes)));
        lines.push((
            "reserved",
            format!("{}; {} wanted of both", bytes(disk.reserved_bytes), bytes(disk.wanted_bytes)),
        ));
    }
    if let Some(traces) = &info.traces {
        lines.push(("rows whose traces wait", traces.behind_runs.to_string()));
    }
    lines
}

fn tenant(info: &TenantLoadInfo) -> TenantLine {
    TenantLine {
        name: info.tenant.to_string(),
        is_stopped: info.stopped.is_some(),
        in_flight: of(info.in_flight, info.most_in_flight),
        queued: info.queued,
        memory: of(bytes(info.memory_bytes), bytes(info.most_memory_bytes)),
        stored: stored(info.stored_bytes, info.most_stored_bytes),
        today: usage(info.today),
        week: usage(info.week),
    }
}

/// What a tenant's recordings have.
pub(super) fn stored(now: u64, most: Option<u64>) -> String {
    most.map_or_else(|| bytes(now), |most| of(bytes(now), bytes(most)))
}

fn of(now: impl std::fmt::Display, most: impl std::fmt::Display) -> String {
    format!("{now} of {most}")
}

fn usage(info: UsageInfo) -> UsageLine {
    let UsageInfo { runs, cpu_us, sent_bytes, received_bytes, .. } = info;
    UsageLine { runs, cpu: duration(cpu_us), bytes: bytes(sent_bytes.saturating_add(received_bytes)) }
}

fn task(info: &TaskInfo, now: UnixMillis) -> TaskLine {
    TaskLine {
        name: info.task.clone(),
        passes: info.passes,
        failures: info.failures,
        fails: info.fails,
        last_success: info.last_success_ms.map(|at| Instant::new(at, now)),
        took: duration(info.took_us),
    }
}

fn bytes(count: u64) -> String {
    Bytes(count).to_string()
}
