//! Recordings on their way to the database: whole where their tenant has bytes left for them, reduced where it has not. A run gets
//! its row either way.

use std::sync::Arc;

use wayfarer_model::ids::TenantName;

use crate::error::StoreError;
use crate::pack::reduced;
use crate::records::Finished;
use crate::storage_quota::{Admitted, StoredFigures};
use crate::store::Store;
use crate::stored_bytes::totals;
use crate::writer::{RunCompletion, Then};

impl Store {
    /// Sets the most bytes that a tenant's recordings may take; none: as many as there are. A run whose recordings do not fit gets
    /// its row all the same, and the recordings are reduced.
    pub fn limit_stored_bytes(&self, tenant: &TenantName, limit: Option<u64>) {
        self.quotas().limit(tenant, limit);
    }

    /// What a tenant's recordings take.
    pub fn stored_bytes(&self, tenant: &TenantName) -> StoredFigures {
        self.quotas().figures(tenant)
    }

    /// Packs a run, with whole recordings if they fit.
    pub(crate) fn admitted(&self, run: &Finished) -> RunCompletion {
        let whole = RunCompletion::of_run(run);
        let Some(tenant) = run.attempts.first().map(|attempt| &attempt.context.tenant) else { return whole };
        match self.quotas().admit(tenant, whole.stored_bytes()) {
            Admitted::Whole(reservation) => RunCompletion { reservation: Some(reservation), ..whole },
            Admitted::Full { is_news } => {
                if is_news {
                    tracing::warn!(
                        %tenant,
                        "the tenant's stored bytes are used up: runs get their rows, and their recordings are reduced"
                    );
                }
                let attempts = run.attempts.iter().map(|attempt| Arc::new(reduced(attempt))).collect();
                let left = RunCompletion::of_run(&Finished { attempts, ..run.clone() });
                let reservation = self.quotas().reserve(tenant, left.stored_bytes());
                RunCompletion { reservation: Some(reservation), ..left }
            }
        }
    }

    /// Has the accounts say what the database says.
    pub(crate) async fn recount_stored(&self) -> Result<(), StoreError> {
        let quotas = Arc::clone(self.quotas());
        let work = self.write_measured(Then::Keep, move |connection| {
            Box::pin(async move {
                // Here, where no other transaction comes in between.
                quotas.recount(&totals(connection).await?);
                Ok(())
            })
        });
        work.await.map(drop)
    }
}
