//! What the runs of each tenant used, by the roll-up of days.

use wayfarer_model::ids::TenantName;
use wayfarer_model::units::{Micros, UnixMillis};

use crate::error::StoreError;
use crate::periods::DAY_MS;
use crate::store::Store;

/// What runs of every lane used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Runs that were made.
    pub runs: u64,
    /// Their attempts.
    pub attempts: u64,
    /// Processor time of their guests.
    pub cpu: Micros,
    /// Requests that they sent.
    pub requests: u64,
    /// Bytes that they sent.
    pub sent_bytes: u64,
    /// Bytes that they received.
    pub received_bytes: u64,
}

impl Store {
    /// What the runs of each tenant used since the beginning of that instant's day (UTC). Tenants without a run are missing.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn usage_since(&self, since: UnixMillis) -> Result<Vec<(TenantName, Usage)>, StoreError> {
        let rows: Vec<(String, i64, i64, i64, i64, i64, i64)> = sqlx::query_as(
            "SELECT t.name, sum(u.runs), sum(u.attempts), sum(u.cpu_us), sum(u.requests), sum(u.sent_bytes), sum(u.received_bytes)
             FROM usage_daily u JOIN tenant t ON t.id = u.tenant WHERE u.from_ms >= ? GROUP BY t.id ORDER BY t.name",
        )
        .bind((since.0 / DAY_MS * DAY_MS).cast_signed())
        .fetch_all(self.readers())
        .await
        .map_err(StoreError::sql("reading the table usage_daily"))?;
        let count = |value: i64| u64::try_from(value).unwrap_or(0);
        let usage = |(tenant, runs, attempts, cpu, requests, sent, received): (String, _, _, _, _, _, _)| {
            let usage = Usage {
                runs: count(runs),
                attempts: count(attempts),
                cpu: Micros(count(cpu)),
                requests: count(requests),
                sent_bytes: count(sent),
                received_bytes: count(received),
            };
            Some((tenant.parse().ok()?, usage))
        };
        Ok(rows.into_iter().filter_map(usage).collect())
    }
}
