//! Tokens: made, listed and revoked by operators.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use wayfarer_store::TokenRow;

use super::request::page;
use crate::protocol::{NewTokenInfo, ProblemDetails, ProblemKind, TokenInfo, TokenQuery, TokenRequest};
use crate::server::api::concerning::Concerning;
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Named, Shared, body};
use crate::server::use_cases::{Caller, TokensError};

fn info(row: TokenRow) -> TokenInfo {
    TokenInfo {
        id: row.key.number(),
        name: row.name,
        role: row.role,
        tenant: row.tenant,
        created_ms: row.created.0,
        revoked_ms: row.revoked.map(|at| at.0),
        expires_ms: row.expires.map(|at| at.0),
        used_ms: row.used.map(|at| at.0),
    }
}

/// Every token, revoked ones too
#[utoipa::path(get, path = "/tokens", operation_id = "list_tokens", params(TokenQuery), responses((status = 200, description = "In the order in which they were made", body = Vec<TokenInfo>)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(query): Asked<TokenQuery>,
) -> Result<Json<Vec<TokenInfo>>, Problem> {
    let rows = shared.use_cases.tokens(&caller, query.after.unwrap_or(0), page(query.limit)).await?;
    Ok(Json(rows.into_iter().map(info).collect()))
}

/// Make a token
#[utoipa::path(post, path = "/tokens", operation_id = "add_token", request_body = TokenRequest, responses(
    (status = 201, description = "The only time that it is shown", body = NewTokenInfo)
))]
pub(super) async fn add(
    State(shared): State<Shared>,
    caller: Caller,
    bytes: Bytes,
) -> Result<(StatusCode, Extension<Concerning>, Json<NewTokenInfo>), Problem> {
    let request: TokenRequest = body(&bytes)?;
    let (words, tenant) = (format!("{} ({})", request.name, request.role), request.tenant.clone());
    let (key, token) = shared.use_cases.add_token(&caller, request).await?;
    let made = NewTokenInfo { id: key.number(), token: token.reveal().to_owned() };
    let concerning = Concerning::Change { object: format!("token {} {words}", made.id), tenant };
    Ok((StatusCode::CREATED, Extension(concerning), Json(made)))
}

/// Revoke a token
#[utoipa::path(delete, path = "/tokens/{id}", operation_id = "revoke_token", params(("id" = i64, Path, description = "As listed")), responses(
    (status = 204, description = "It has been revoked"),
    (status = 404, description = "There is none, or it was revoked before", body = ProblemDetails)
))]
pub(super) async fn revoke(
    State(shared): State<Shared>,
    caller: Caller,
    Named(id): Named<i64>,
) -> Result<StatusCode, Problem> {
    shared.use_cases.revoke_token(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<TokensError> for Problem {
    fn from(error: TokensError) -> Self {
        match error {
            TokensError::Access(error) => error.into(),
            TokensError::Store(error) => error.into(),
            TokensError::NoSuchToken(_) => Self::new(ProblemKind::NotFound, error),
            TokensError::AllTenants
            | TokensError::Name
            | TokensError::Letters(_)
            | TokensError::Taken(_)
            | TokensError::Expired => Self::new(ProblemKind::Refused, error),
        }
    }
}
