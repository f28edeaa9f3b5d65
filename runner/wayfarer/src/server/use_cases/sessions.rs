//! Sessions of browsers: listed and revoked by operators. An operator of one tenant sees that tenant's sessions only.

use wayfarer_model::access::Role;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{SessionFilter, SessionKey, SessionRow, StoreError};

use super::{AccessError, Caller, UseCases};

/// Why sessions are not listed or revoked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionsError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("there is no session {0}, or it has ended: `wayfarer sessions list` lists them")]
    NoSuchSession(i64),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which sessions.
#[derive(Debug, Clone, Default)]
pub(crate) struct SessionsWanted {
    pub(crate) tenant: Option<TenantName>,
    /// Those that are over, too.
    pub(crate) past: bool,
    /// Those with a smaller number.
    pub(crate) before: Option<i64>,
    pub(crate) limit: u32,
}

impl UseCases {
    /// The sessions that the caller sees, the newest first. `idle_ms` is how long one lasts without being used.
    pub(crate) async fn sessions(
        &self,
        caller: &Caller,
        wanted: SessionsWanted,
        idle_ms: u64,
    ) -> Result<Vec<SessionRow>, SessionsError> {
        caller.must_be(Role::Operator)?;
        let SessionsWanted { tenant, past, before, limit } = wanted;
        let tenant = caller.scope(tenant.as_ref())?;
        let now = self.clock.now();
        // The last use is known to the minute.
        let used = UnixMillis(now.0.saturating_sub(idle_ms).saturating_sub(60_000) + 1);
        let lasting = (!past).then_some((now, used));
        Ok(self.store.sessions(&SessionFilter { tenant, lasting, before, limit }).await?)
    }

    /// Ends a session for good.
    pub(crate) async fn revoke_session(&self, caller: &Caller, id: i64) -> Result<(), SessionsError> {
        caller.must_be(Role::Operator)?;
        let key = SessionKey::from_number(id);
        let is_ended = self.store.end_session(key, caller.tenant.clone(), self.clock.now()).await?;
        if is_ended { Ok(()) } else { Err(SessionsError::NoSuchSession(id)) }
    }
}
