//! How busy the server is, for operators of all tenants.

use std::collections::HashMap;

use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{StoreError, Usage, WriterHealth};

use super::tenants::stop_info;
use super::{AccessError, Caller, UseCases};
use crate::protocol::{
    DiskInfo, LatenessInfo, LoadInfo, StoreLoadInfo, TaskInfo, TenantLoadInfo, TraceExportInfo, UsageInfo,
};
use crate::server::dispatcher::Suspensions;
use crate::server::metrics::{Figures, Lateness, TaskFigures, TenantLoad, TraceFigures};

const DAY_MS: u64 = 24 * 3_600_000;

/// Why the figures are not shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("the runner is stopping: its figures are gone")]
    Stopping,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is said of each tenant beside its load.
struct Beside {
    suspensions: Suspensions,
    today: HashMap<TenantName, Usage>,
    week: HashMap<TenantName, Usage>,
}

impl UseCases {
    /// The server's figures at this instant.
    pub(crate) async fn load(&self, caller: &Caller) -> Result<LoadInfo, LoadError> {
        caller.must_speak_for_all()?;
        let now = self.clock.now();
        let six_days_ago = UnixMillis(now.0.saturating_sub(6 * DAY_MS));
        let beside = Beside {
            suspensions: Suspensions::now(&self.store, now).await?,
            today: self.store.usage_since(now).await?.into_iter().collect(),
            week: self.store.usage_since(six_days_ago).await?.into_iter().collect(),
        };
        let Figures { load, store, disk, lateness, unwell, tasks, traces } =
            self.control.figures().await.ok_or(LoadError::Stopping)?;
        Ok(LoadInfo {
            unready: self.control.readiness().err().map(|unready| unready.to_string()),
            unwell: unwell.into_iter().map(|part| part.as_str().to_owned()).collect(),
            stopped: beside.suspensions.own_kill_switch(None).map(stop_info),
            lateness: lateness_info(lateness),
            queued: load.queued,
            in_flight: load.in_flight,
            most_in_flight: load.concurrency_limit,
            memory_bytes: load.memory.0,
            most_memory_bytes: load.memory.1,
            planned_until_ms: load.planned_until.0,
            store: store_info(store),
            disk: disk.map(|disk| DiskInfo {
                free_bytes: disk.free,
                reserved_bytes: disk.held,
                wanted_bytes: disk.wanted,
                is_enough: disk.is_enough,
            }),
            tasks: tasks.into_iter().map(task_info).collect(),
            traces: traces.map(trace_export_info),
            tenants: load.tenants.into_iter().map(|tenant| self.tenant_load(tenant, &beside)).collect(),
        })
    }

    fn tenant_load(&self, load: TenantLoad, beside: &Beside) -> TenantLoadInfo {
        let TenantLoad { tenant, queued, in_flight, memory, stored, .. } = load;
        let used = |of: &HashMap<TenantName, Usage>| usage_info(of.get(&tenant).copied().unwrap_or_default());
        TenantLoadInfo {
            stopped: beside.suspensions.own_kill_switch(Some(&tenant)).map(stop_info),
            queued,
            in_flight,
            most_in_flight: self.runs.tenants().get(&tenant).map_or(0, |tenant| tenant.runs()),
            memory_bytes: memory.0,
            most_memory_bytes: memory.1,
            stored_bytes: stored.bytes,
            most_stored_bytes: stored.limit,
            today: used(&beside.today),
            week: used(&beside.week),
            tenant,
        }
    }
}

fn lateness_info(lateness: Lateness) -> LatenessInfo {
    let Lateness { slots, median, p99, longest } = lateness;
    let [median_us, p99_us, longest_us] = [median, p99, longest].map(|late| late.as_micros() as u64);
    LatenessInfo { slots, median_us, p99_us, longest_us }
}

fn store_info(health: WriterHealth) -> StoreLoadInfo {
    StoreLoadInfo {
        error: health.last_error,
        queued: health.queued,
        commits: health.commits,
        mean_commit_us: health.commit_sum_us.checked_div(health.commits).unwrap_or(0),
        longest_commit_us: health.commit_max_us,
        wal_bytes: health.wal_bytes,
    }
}

fn task_info(figures: TaskFigures) -> TaskInfo {
    let TaskFigures { task, passes, failures, fails, last_success, took } = figures;
    TaskInfo {
        task: task.to_owned(),
        passes,
        failures,
        fails,
        last_success_ms: last_success.map(|at| at.0),
        took_us: took.as_micros() as u64,
    }
}

fn trace_export_info(figures: TraceFigures) -> TraceExportInfo {
    let TraceFigures { behind_runs, behind_ms, error } = figures;
    TraceExportInfo { behind_runs, behind_ms, error }
}

fn usage_info(usage: Usage) -> UsageInfo {
    let Usage { runs, attempts, cpu, requests, sent_bytes, received_bytes } = usage;
    UsageInfo { runs, attempts, cpu_us: cpu.0, requests, sent_bytes, received_bytes }
}
