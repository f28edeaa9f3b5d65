//! Tokens: made, listed and revoked by operators. An operator of one tenant sees that tenant's tokens only.

use wayfarer_model::access::Role;
use wayfarer_store::{NewToken, StoreError, TokenKey, TokenRow};

use super::{AccessError, Caller, UseCases};
use crate::protocol::{Token, TokenRequest};

/// The longest name of a token, in bytes.
const LONGEST_NAME: usize = 100;

/// Why a token is not made, listed or revoked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokensError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("a token for all tenants takes the role `operator`: name a tenant for another role")]
    AllTenants,
    #[error("a token takes a name of 1 to {} bytes: give one such as `ci of the shop`", LONGEST_NAME)]
    Name,
    #[error("there is no token {0}, or it has been revoked: `wayfarer tokens list` lists them")]
    NoSuchToken(i64),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCases {
    /// The tokens that the caller sees, revoked ones too, in the order in which they were made.
    pub(crate) async fn tokens(&self, caller: &Caller) -> Result<Vec<TokenRow>, TokensError> {
        caller.must_be(Role::Operator)?;
        let mut tokens = self.store.tokens().await?;
        tokens.retain(|token| caller.tenant.is_none() || token.tenant == caller.tenant);
        Ok(tokens)
    }

    /// Makes a token. Only its hash is kept, so nobody can be shown it again.
    pub(crate) async fn add_token(
        &self,
        caller: &Caller,
        request: TokenRequest,
    ) -> Result<(TokenKey, Token), TokensError> {
        caller.must_be(Role::Operator)?;
        let TokenRequest { name, role, tenant } = request;
        let tenant = caller.scope(tenant.as_ref())?;
        match &tenant {
            Some(tenant) => drop(self.tenant(tenant)?),
            None if role == Role::Operator => {}
            None => return Err(TokensError::AllTenants),
        }
        if name.trim().is_empty() || name.len() > LONGEST_NAME {
            return Err(TokensError::Name);
        }
        let token = Token::new(rand::random());
        let kept = NewToken { hash: token.hash(), name, role, tenant };
        let key = self.store.add_token(kept, self.clock.now()).await?;
        Ok((key, token))
    }

    /// Revokes a token for good.
    pub(crate) async fn revoke_token(&self, caller: &Caller, id: i64) -> Result<(), TokensError> {
        let is_visible = self.tokens(caller).await?.iter().any(|token| token.key.number() == id);
        let now = self.clock.now();
        let is_revoked = is_visible && self.store.revoke_token(TokenKey::from_number(id), now).await?;
        if is_revoked { Ok(()) } else { Err(TokensError::NoSuchToken(id)) }
    }
}
