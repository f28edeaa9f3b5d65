//! Recordings on their way to the database: whole where their tenant has bytes left for them, reduced where it has not. A run gets
//! its row either way.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use wayfarer_model::fingerprint::FailureOrigin;
use wayfarer_model::ids::TenantName;

use crate::blobs::AttemptContents;
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

    /// Packs a run, with whole recordings if they fit. What is large has its file then.
    pub(crate) async fn admitted(&self, run: &Finished) -> RunCompletion {
        let origins: Vec<_> = run.attempts.iter().map(|attempt| FailureOrigin::of(attempt)).collect();
        let whole = RunCompletion::of_run(run, contents(run).await, &origins);
        let Some(tenant) = run.attempts.first().map(|attempt| &attempt.context.tenant) else { return whole };
        let of_contents = whole.bytes_of_contents();
        match self.quotas().admit(tenant, whole.stored_bytes() + of_contents, of_contents) {
            Admitted::Whole(reservation) => {
                let whole = RunCompletion { reservation: Some(reservation), ..whole };
                if whole.has_large_contents() { self.with_files(whole).await } else { whole }
            }
            Admitted::Full { is_news } => {
                if is_news {
                    tracing::warn!(
                        %tenant,
                        "the tenant's stored bytes are used up: runs get their rows, and their recordings are reduced"
                    );
                }
                let attempts = run.attempts.iter().map(|attempt| Arc::new(reduced(attempt))).collect();
                let left = RunCompletion::of_run(&Finished { attempts, ..run.clone() }, Vec::new(), &origins);
                let reservation = self.quotas().reserve(tenant, left.stored_bytes());
                RunCompletion { reservation: Some(reservation), ..left }
            }
        }
    }

    /// Gives the large contents of a run their files.
    async fn with_files(&self, mut run: RunCompletion) -> RunCompletion {
        let (data_dir, id) = (self.data_dir().to_owned(), HEXLOWER.encode(&run.run().into_bytes()));
        let taken: Vec<_> = run
            .attempts
            .iter_mut()
            .map(|attempt| (attempt.number, std::mem::take(&mut attempt.contents)))
            .collect();
        let written = tokio::task::spawn_blocking(move || {
            let write = |(number, mut contents): (u32, AttemptContents)| {
                contents.write_files(&data_dir, &format!("{id}-{number}"));
                contents
            };
            taken.into_iter().map(write).collect::<Vec<_>>()
        });
        // It fails only if the process ends.
        for (attempt, contents) in run.attempts.iter_mut().zip(written.await.unwrap_or_default()) {
            attempt.contents = contents;
        }
        run
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

/// Bytes that are packed at once, where other runs wait for the thread. More are packed on a thread of their own.
const AT_ONCE: usize = 64 << 10;

/// The contents of a run's attempts, packed.
async fn contents(run: &Finished) -> Vec<AttemptContents> {
    let bytes: usize = run.attempts.iter().map(|attempt| AttemptContents::bytes_to_pack(attempt)).sum();
    if bytes == 0 {
        return Vec::new();
    }
    let attempts = run.attempts.clone();
    let pack = move || attempts.iter().map(|attempt| AttemptContents::of(attempt)).collect();
    // It fails only if the process ends.
    if bytes > AT_ONCE { tokio::task::spawn_blocking(pack).await.unwrap_or_default() } else { pack() }
}
