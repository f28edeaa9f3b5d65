//! One run: with everything that was recorded of it, the runs around it, and its files.

use wayfarer_model::ids::{RunId, TenantName};
use wayfarer_store::{ArtifactContent, Neighbours, RunDetail, StoreError};

use super::{AccessError, Caller, UseCases};

/// Why a run is not shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("there is no run {0}, or it has not ended yet")]
    NoSuchRun(RunId),
    #[error("run {run} has no artifact `{name}`, or its content is not kept any more")]
    NoSuchArtifact { run: RunId, name: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCases {
    /// A run with everything that its attempts recorded.
    pub(crate) async fn run(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
        id: RunId,
    ) -> Result<RunDetail, RunError> {
        let scope = caller.scope(tenant)?;
        self.store.run(scope.as_ref(), id).await?.ok_or(RunError::NoSuchRun(id))
    }

    /// The runs around a run that the caller was shown.
    pub(crate) async fn neighbours(&self, run: &RunDetail) -> Result<Neighbours, RunError> {
        Ok(self.store.neighbours(run.row.cursor).await?)
    }

    /// The content of an artifact, of the last attempt that has it if none is named.
    pub(crate) async fn artifact(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
        run: RunId,
        (name, attempt): (&str, Option<u32>),
    ) -> Result<ArtifactContent, RunError> {
        let scope = caller.scope(tenant)?;
        let found = self.store.artifact(scope.as_ref(), run, (name, attempt)).await?;
        found.ok_or_else(|| RunError::NoSuchArtifact { run, name: name.to_owned() })
    }
}
