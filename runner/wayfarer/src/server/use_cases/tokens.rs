//! Tokens: made, listed and revoked by operators. An operator of one tenant sees that tenant's tokens only.

use wayfarer_model::access::Role;
use wayfarer_model::text::{TextError, check_text};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{NewToken, StoreError, TokenKey, TokenRow};

use super::{AccessError, Caller, UseCases};
use crate::protocol::{Token, TokenRequest};

/// The longest name of a token, in bytes.
const LONGEST_NAME: usize = 100;

/// The last millisecond of the year 9999.
const LATEST: u64 = 253_402_300_799_999;

/// Why a token is not made, listed or revoked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokensError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("a token for all tenants takes the role `operator`: name a tenant for another role")]
    AllTenants,
    #[error("a token takes a name of 1 to {} bytes: give one such as `ci of the shop`", LONGEST_NAME)]
    Name,
    #[error("the token's name {0}")]
    Letters(TextError),
    #[error("there is a token `{0}` already: give this one another name, or revoke that one first")]
    Taken(String),
    #[error("a token that ends at once is of no use: give a longer time")]
    Expired,
    #[error("there is no token {0}, or it has been revoked: `wayfarer tokens list` lists them")]
    NoSuchToken(i64),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCases {
    /// The tokens that the caller sees, revoked ones too, in the order in which they were made: of those with a greater number than
    /// `after`, as many as `limit` says.
    pub(crate) async fn tokens(
        &self,
        caller: &Caller,
        after: i64,
        limit: u32,
    ) -> Result<Vec<TokenRow>, TokensError> {
        caller.must_be(Role::Operator)?;
        Ok(self.store.tokens_page(caller.tenant.as_ref(), after, limit).await?)
    }

    /// Makes a token. Only its hash is kept, so nobody can be shown it again.
    pub(crate) async fn add_token(
        &self,
        caller: &Caller,
        request: TokenRequest,
    ) -> Result<(TokenKey, Token), TokensError> {
        caller.must_be(Role::Operator)?;
        let TokenRequest { name, role, tenant, expires_in_ms } = request;
        let tenant = caller.scope(tenant.as_ref())?;
        match &tenant {
            Some(tenant) => drop(self.tenant(tenant)?),
            None if role == Role::Operator => {}
            None => return Err(TokensError::AllTenants),
        }
        if name.trim().is_empty() || name.len() > LONGEST_NAME {
            return Err(TokensError::Name);
        }
        check_text(&name, LONGEST_NAME).map_err(TokensError::Letters)?;
        if expires_in_ms == Some(0) {
            return Err(TokensError::Expired);
        }
        let (token, now) = (Token::new(rand::random()), self.clock.now());
        let expires = expires_in_ms.map(|after| UnixMillis(now.0.saturating_add(after).min(LATEST)));
        let kept = NewToken { hash: token.hash(), name: name.clone(), role, tenant, expires };
        let key = self.store.add_token(kept, now).await?.ok_or(TokensError::Taken(name))?;
        Ok((key, token))
    }

    /// Revokes a token for good.
    pub(crate) async fn revoke_token(&self, caller: &Caller, id: i64) -> Result<(), TokensError> {
        let found = self.tokens(caller, id.saturating_sub(1), 1).await?;
        let is_visible = found.iter().any(|token| token.key.number() == id);
        let now = self.clock.now();
        let is_revoked = is_visible && self.store.revoke_token(TokenKey::from_number(id), now).await?;
        if is_revoked { Ok(()) } else { Err(TokensError::NoSuchToken(id)) }
    }
}
