//! Whether a text is a token that holds: asked by the API for its header, and by the form of `/sign-in`.

use wayfarer_model::units::UnixMillis;
use wayfarer_store::{StoreError, TokenRow};

use super::Access;
use crate::protocol::{Token, TokenError};
use crate::server::use_cases::{Caller, Credential};

/// Why a token is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenRefused {
    #[error(transparent)]
    NoToken(#[from] TokenError),
    #[error("the server does not know this token, or it was revoked: ask for a new one")]
    Unknown,
    /// The caller is known all the same.
    #[error("the token expired at {}: ask for a new one", at.rfc3339())]
    Expired { caller: Box<Caller>, at: UnixMillis },
    /// The runner's own fault.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The token of that text and whom it makes of its holder. Notes that it was used.
pub(crate) async fn checked_token(access: &Access, text: &str) -> Result<(TokenRow, Caller), TokenRefused> {
    let token: Token = text.trim().parse()?;
    let row = access.store().token(token.hash()).await?.ok_or(TokenRefused::Unknown)?;
    let now = access.now();
    let caller = Caller {
        by: Credential::Token(row.key.number()),
        name: row.name.clone(),
        role: row.role,
        tenant: row.tenant.clone(),
    };
    if let Some(at) = row.expires.filter(|expires| *expires <= now) {
        return Err(TokenRefused::Expired { caller: Box::new(caller), at });
    }
    access.uses().note(access.store(), &row, now);
    Ok((row, caller))
}
