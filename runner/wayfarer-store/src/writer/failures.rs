//! Each journey's last failure, written with the run itself: retention leaves that run where it is, and to look for
//! it among all runs would take longer than the writer may be held.

use sqlx::SqliteConnection;
use wayfarer_model::context::Lane;
use wayfarer_model::verdict::Verdict;

use super::message::Ending;
use super::statement::{ManyRows, Value};
use crate::error::StoreError;

/// Writes the table `last_failure`.
pub(super) struct Failures(ManyRows);

impl Failures {
    pub(super) fn new() -> Self {
        Self(ManyRows::new(
            "writing to the table last_failure",
            "INSERT INTO last_failure (journey, run, slot_ms) VALUES",
            3,
            // Runs may end in another order than they were due in.
            "ON CONFLICT (journey) DO UPDATE SET run = excluded.run, slot_ms = excluded.slot_ms
             WHERE excluded.slot_ms >= last_failure.slot_ms",
        ))
    }

    /// Looks at runs whose rows are numbered from `first` on.
    pub(super) async fn write(
        &self,
        first: i64,
        endings: &[&Ending],
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        let mut values: Vec<Value> = Vec::new();
        for (number, ending) in (first..).zip(endings) {
            let identity = &ending.identity;
            if identity.lane == Lane::Scheduled && ending.verdict == Verdict::Failed {
                values.extend([identity.journey.0.into(), number.into(), identity.slot.0.into()]);
            }
        }
        self.0.execute(&values, connection).await.map(drop)
    }
}
