//! Kill switches: thrown and taken back by operators. A tenant's is thrown by its own operators too, the whole runner's by
//! operators of all tenants only.

use wayfarer_model::access::Role;
use wayfarer_model::ids::TenantName;
use wayfarer_store::StoreError;

use super::note::{NoteError, check_note};
use super::{AccessError, Caller, UseCases};

/// Why a switch is neither thrown nor taken back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KillSwitchError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCases {
    /// Throws a tenant's switch, or the whole runner's if no tenant is named. False if it was thrown already.
    pub(crate) async fn stop_runs(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
        note: &str,
    ) -> Result<bool, KillSwitchError> {
        self.may_switch(caller, tenant)?;
        check_note(note)?;
        Ok(self.store.stop_runs(tenant, &caller.signature(), note, self.clock.now()).await?)
    }

    /// Takes it back. False if it was not thrown.
    pub(crate) async fn start_runs(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
    ) -> Result<bool, KillSwitchError> {
        self.may_switch(caller, tenant)?;
        Ok(self.store.start_runs(tenant, &caller.signature(), self.clock.now()).await?)
    }

    fn may_switch(&self, caller: &Caller, tenant: Option<&TenantName>) -> Result<(), AccessError> {
        let Some(tenant) = tenant else { return caller.must_speak_for_all() };
        caller.must_be(Role::Operator)?;
        self.tenant(&caller.tenant(Some(tenant))?)?;
        Ok(())
    }
}
