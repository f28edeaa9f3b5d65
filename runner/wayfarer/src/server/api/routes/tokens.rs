//! Tokens: made, listed and revoked by operators.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use wayfarer_model::access::Role;
use wayfarer_store::{NewToken, TokenKey, TokenRow};

use crate::protocol::Kind;
use crate::protocol::ProblemDetails;
use crate::protocol::Token;
use crate::protocol::{NewTokenInfo, TokenInfo, TokenRequest};
use crate::server::api::caller::Caller;
use crate::server::api::problem::Problem;
use crate::server::api::state::{Shared, body};

fn info(row: TokenRow) -> TokenInfo {
    TokenInfo {
        id: row.key.number(),
        name: row.name,
        role: row.role,
        tenant: row.tenant,
        created_ms: row.created.0,
        revoked_ms: row.revoked.map(|at| at.0),
    }
}

/// Those that the caller may see: all, or its own tenant's.
async fn visible(shared: &Shared, caller: &Caller) -> Result<Vec<TokenRow>, Problem> {
    caller.must_be(Role::Operator)?;
    let mut tokens = shared.store.tokens().await.map_err(Problem::internal)?;
    tokens.retain(|token| caller.tenant.is_none() || token.tenant == caller.tenant);
    Ok(tokens)
}

/// Every token, revoked ones too
#[utoipa::path(get, path = "/tokens", responses((status = 200, description = "In the order in which they were made", body = Vec<TokenInfo>)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    caller: Caller,
) -> Result<Json<Vec<TokenInfo>>, Problem> {
    Ok(Json(visible(&shared, &caller).await?.into_iter().map(info).collect()))
}

/// Make a token
#[utoipa::path(post, path = "/tokens", request_body = TokenRequest, responses(
    (status = 201, description = "The only time that it is shown", body = NewTokenInfo)
))]
pub(super) async fn add(
    State(shared): State<Shared>,
    caller: Caller,
    bytes: Bytes,
) -> Result<(StatusCode, Json<NewTokenInfo>), Problem> {
    caller.must_be(Role::Operator)?;
    let TokenRequest { name, role, tenant } = body(&bytes)?;
    let tenant = caller.scope(tenant.as_ref())?;
    match &tenant {
        Some(tenant) => drop(super::tenants::known(&shared, tenant)?),
        None if role == Role::Operator => {}
        None => {
            let detail = "a token for all tenants takes the role `operator`: name a tenant for another role";
            return Err(Problem::new(Kind::Refused, detail));
        }
    }
    if name.trim().is_empty() || name.len() > 100 {
        return Err(Problem::new(
            Kind::Refused,
            "give the token a name of 1 to 100 bytes, such as `ci of the shop`",
        ));
    }
    let token = Token::new(rand::random());
    let kept = NewToken { hash: token.hash(), name, role, tenant };
    let key = shared.store.add_token(kept, shared.clock.now()).await.map_err(Problem::internal)?;
    let made = NewTokenInfo { id: key.number(), token: token.reveal().to_owned() };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Make a token open nothing any more
#[utoipa::path(delete, path = "/tokens/{id}", params(("id" = i64, Path, description = "As listed")), responses(
    (status = 204, description = "It opens nothing any more"),
    (status = 404, description = "There is none, or it was revoked before", body = ProblemDetails)
))]
pub(super) async fn revoke(
    State(shared): State<Shared>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    let is_there = visible(&shared, &caller).await?.iter().any(|token| token.key.number() == id);
    let now = shared.clock.now();
    let revoked = is_there
        && shared.store.revoke_token(TokenKey::from_number(id), now).await.map_err(Problem::internal)?;
    if revoked {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::new(
        Kind::NotFound,
        format!("there is no token {id} that opens anything: `wayfarer tokens list` lists them"),
    ))
}
