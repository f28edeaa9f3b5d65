//! The life of a session: it begins with a sign-in, is noted as used, and ends.
//!
//! A sign-in always makes a new secret, and ends the session that the browser had: a secret that somebody else has put into the browser
//! before is worth nothing afterwards.

use std::time::Duration;

use axum::http::request::Parts;
use wayfarer_model::access::Role;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{NewSession, SessionKey, SessionRow, SignedInWith, StoreError};

use super::Access;
use super::cookies::Cookie;
use super::peer::Client;
use super::secret::Secret;
use crate::server::use_cases::{Caller, Credential};

/// A browser's session that lasts.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) key: SessionKey,
    pub(super) secret: Secret,
    pub(super) caller: Caller,
}

/// Who has signed in.
#[derive(Debug, Clone)]
pub(super) struct SignedIn {
    pub(super) with: SignedInWith,
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) tenant: Option<TenantName>,
    /// Until when the credential itself is valid.
    pub(super) expires: Option<UnixMillis>,
}

impl SignedIn {
    pub(super) fn caller(&self) -> Caller {
        caller(&self.with, &self.name, self.role, self.tenant.as_ref())
    }
}

fn caller(with: &SignedInWith, name: &str, role: Role, tenant: Option<&TenantName>) -> Caller {
    let by = match with {
        SignedInWith::Token(key) => Credential::Token(key.number()),
        SignedInWith::Provider { .. } => Credential::Provider,
    };
    Caller { by, name: name.to_owned(), role, tenant: tenant.cloned() }
}

/// The session that a request's cookie names. None if there is none, or if it is over.
pub(super) async fn of_request(
    access: &Access,
    parts: &Parts,
    client: &Client,
) -> Result<Option<Session>, StoreError> {
    let Some(secret) = Cookie::Session.read(&parts.headers, client.is_secure) else { return Ok(None) };
    let Some(row) = access.store().session(secret.hash()).await? else { return Ok(None) };
    let now = access.now();
    if is_over(&row, now, access.settings().idle) {
        return Ok(None);
    }
    note_use(access, &row, now);
    let caller = caller(&row.with, &row.name, row.role, row.tenant.as_ref());
    Ok(Some(Session { key: row.key, secret, caller }))
}

/// Whether its time is up.
pub(super) fn is_over(row: &SessionRow, now: UnixMillis, idle: Duration) -> bool {
    // Its last use is known to the minute.
    let idle_until = row.used.0.saturating_add(60_000).saturating_add(idle.as_millis() as u64);
    row.ended.is_some() || row.expires <= now || idle_until <= now.0
}

/// Nobody waits for the write.
fn note_use(access: &Access, row: &SessionRow, now: UnixMillis) {
    if now.0 / 60_000 <= row.used.0 / 60_000 {
        return;
    }
    let (store, key) = (access.store().clone(), row.key);
    tokio::spawn(async move {
        if let Err(error) = store.session_used(key, now).await {
            tracing::debug!(%error, "the last use of a session was not written");
        }
    });
}

/// Begins a session. Also returns how long its cookie lasts.
pub(super) async fn begin(
    access: &Access,
    who: SignedIn,
) -> Result<(SessionKey, Secret, Duration), StoreError> {
    let (now, secret) = (access.now(), Secret::new());
    let longest = now.0.saturating_add(access.settings().lifetime.as_millis() as u64);
    let expires = UnixMillis(who.expires.map_or(longest, |at| at.0.min(longest)));
    let SignedIn { with, name, role, tenant, .. } = who;
    let kept = NewSession { hash: secret.hash(), with, name, role, tenant, expires };
    let key = access.store().begin_session(kept, now).await?;
    Ok((key, secret, Duration::from_millis(expires.0.saturating_sub(now.0))))
}

#[cfg(test)]
mod tests {
    use wayfarer_store::TokenKey;

    use super::*;

    #[test]
    fn a_session_is_over_when_it_is_idle_too_long_or_its_time_is_up() {
        let at = |minutes: u64| UnixMillis(1_790_000_040_000 + minutes * 60_000);
        let row = SessionRow {
            key: SessionKey::from_number(1),
            with: SignedInWith::Token(TokenKey::from_number(1)),
            name: "ci".to_owned(),
            role: Role::Viewer,
            tenant: None,
            created: at(0),
            used: at(10),
            expires: at(100),
            ended: None,
        };
        let is_over = |row: &SessionRow, minutes| is_over(row, at(minutes), Duration::from_mins(30));
        assert!(!is_over(&row, 10) && !is_over(&row, 40) && is_over(&row, 41), "idle");
        let busy = SessionRow { used: at(99), ..row.clone() };
        assert!(!is_over(&busy, 99) && is_over(&busy, 100), "its time is up, used or not");
        assert!(is_over(&SessionRow { ended: Some(at(11)), ..row }, 11));
    }
}
