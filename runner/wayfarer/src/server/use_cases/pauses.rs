//! Pauses: a paused journey's slots are skipped until somebody resumes it.

use wayfarer_model::access::Role;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_store::{JourneyKey, Pause, PauseChange, StoreError};

use super::note::{NoteError, check_note};
use super::{AccessError, Caller, NoSuchJourney, UseCases};

/// Why a journey is neither paused nor resumed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PauseError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    NoSuchJourney(#[from] NoSuchJourney),
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCases {
    /// The pause of a journey that nobody has resumed. The caller has seen the journey.
    pub(crate) async fn pause_of(&self, journey: JourneyKey) -> Result<Option<Pause>, StoreError> {
        let paused = self.store.pauses_reaching(self.clock.now()).await?;
        Ok(paused.into_iter().find(|pause| pause.journey == journey && pause.until.is_none()))
    }

    /// Pauses a journey from now on. False if it was paused already.
    pub(crate) async fn pause(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
        journey: &JourneyName,
        note: &str,
    ) -> Result<bool, PauseError> {
        let tenant = self.author_of(caller, tenant)?;
        check_note(note)?;
        let change = self.store.pause(&tenant, journey, &caller.signature(), note, self.clock.now()).await?;
        is_changed(change, &tenant, journey)
    }

    /// Resumes a journey from now on. False if it was not paused.
    pub(crate) async fn resume(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
        journey: &JourneyName,
    ) -> Result<bool, PauseError> {
        let tenant = self.author_of(caller, tenant)?;
        let change = self.store.resume(&tenant, journey, &caller.signature(), self.clock.now()).await?;
        is_changed(change, &tenant, journey)
    }

    fn author_of(&self, caller: &Caller, tenant: Option<&TenantName>) -> Result<TenantName, AccessError> {
        caller.must_be(Role::Author)?;
        let tenant = caller.tenant(tenant)?;
        self.tenant(&tenant)?;
        Ok(tenant)
    }
}

fn is_changed(change: PauseChange, tenant: &TenantName, journey: &JourneyName) -> Result<bool, PauseError> {
    match change {
        PauseChange::Changed => Ok(true),
        PauseChange::Already => Ok(false),
        PauseChange::NoSuchJourney => Err(NoSuchJourney::new(tenant, journey).into()),
    }
}
