//! From rows of the store to what people are shown of them.

use wayfarer_model::trace_context::TraceId;
use wayfarer_store::{MaintenanceKey, RunDetail, RunRow, RunningRow};

use crate::protocol::{RunInFull, RunInfo, RunningInfo, VoidNote};

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
            revision: row.provenance.revision,
            labels: row.provenance.labels,
            started_ms: row.started.map(|at| at.0),
            finished_ms: row.finished.0,
            duration_us: row.duration.map(|duration| duration.0),
            verdict: row.verdict,
            first_verdict: row.first_verdict,
            reason: row.reason,
            attempts: row.attempts,
            maintenance: row.maintenance.map(MaintenanceKey::number),
            void: row.void.map(|void| VoidNote { voided_ms: void.at.0, voided_by: void.by, note: void.note }),
            message: row.message,
            fingerprint: row.fingerprint,
            failed_step: row.failed_step,
        }
    }
}

impl From<RunDetail> for RunInFull {
    fn from(detail: RunDetail) -> Self {
        let RunDetail { row, spec, attempts } = detail;
        Self {
            trace_id: TraceId::of(row.id).to_string(),
            run: row.into(),
            spec: spec.into(),
            attempts: attempts.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<RunningRow> for RunningInfo {
    fn from(row: RunningRow) -> Self {
        let RunningRow { id, tenant, journey, lane, slot, started } = row;
        Self { run: id, tenant, journey, lane, slot_ms: slot.0, started_ms: started.0 }
    }
}
