//! Uploads: a component's bytes, from a caller to the store.

use std::path::PathBuf;

use bytes::Bytes;
use futures_util::Stream;
use tokio::task::JoinSet;
use wayfarer_model::access::Role;
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::{ComponentDigest, TenantName};
use wayfarer_sandbox::{DescribeError, LoadError};
use wayfarer_store::{NewComponent, StoreError};

use super::{AccessError, Caller, UseCases};
use crate::server::uploads::{QueueFull, ReceiveError, UploadQueue, receive};
use crate::server::{SandboxedRuns, Unready};

/// How uploads are taken. Clones share the queue.
#[derive(Clone)]
pub(crate) struct Uploads {
    pub(crate) queue: UploadQueue,
    /// Where bodies wait for their turn.
    pub(crate) folder: PathBuf,
    /// The largest component that is accepted, in bytes.
    pub(crate) largest: u64,
}

/// Why a component is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Unready(Unready),
    #[error(transparent)]
    Full(#[from] QueueFull),
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    #[error("these bytes have the digest {found}, not {wanted}: upload again")]
    Digest { found: ComponentDigest, wanted: ComponentDigest },
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It does not describe its journeys, or one of them breaks a rule.
    #[error(transparent)]
    Describe(#[from] DescribeError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCases {
    /// Takes a component and returns the journeys that it holds. What the caller may not do is refused before the body is
    /// read. Dropping the future ends the upload, its compilation included.
    ///
    /// Whether another tenant has uploaded the same bytes makes no difference to what is done, so the time tells nobody.
    pub(crate) async fn upload<E: ToString>(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
        wanted: ComponentDigest,
        body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Vec<Descriptor>, UploadError> {
        caller.must_be(Role::Author)?;
        let name = caller.tenant(tenant)?;
        let most = self.tenant(&name)?.components();
        if let Err(unready @ (Unready::DiskFull { .. } | Unready::Stopping)) = self.control.readiness() {
            return Err(UploadError::Unready(unready));
        }
        let ticket = self.uploads.queue.admit(&name)?;
        let received = receive(&self.uploads.folder, self.uploads.largest, body).await?;
        let found = received.digest();
        if found != wanted {
            return Err(UploadError::Digest { found, wanted });
        }
        if let Some(journeys) = self.store.component_journeys(&name, wanted).await? {
            return Ok(journeys);
        }
        let _turn = ticket.turn().await;
        let content = received.read().await?;
        let journeys = described(&self.runs, content.clone()).await?;
        let (content, known) = (content.into(), journeys.clone());
        let component = NewComponent { digest: wanted, content, journeys: known, most };
        self.store.put_component(&name, component, self.clock.now()).await?;
        Ok(journeys)
    }
}

/// Compiles a component and asks which journeys it holds. On the threads of guests, because that computes over a tenant's
/// bytes and calls its code. Dropping the future ends both.
async fn described(runs: &SandboxedRuns, content: Bytes) -> Result<Vec<Descriptor>, UploadError> {
    let own = runs.clone();
    let mut task = JoinSet::new();
    let describing = async move {
        // The component itself is dropped: code that nobody has deployed holds no memory and no descriptor.
        let component = own.sandbox().load_anew(content).await?;
        Ok(own.sandbox().describe(&component).await?)
    };
    task.spawn_on(describing, &runs.threads().least_busy());
    // The threads end after the server has.
    task.join_next().await.and_then(Result::ok).unwrap_or(Err(UploadError::Unready(Unready::Stopping)))
}
