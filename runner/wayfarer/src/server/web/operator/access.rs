//! The page of tokens and sessions, and the forms that revoke them.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use wayfarer_model::access::Role;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{SessionRow, SignedInWith, TokenRow};

use crate::protocol::ProblemKind;
use crate::server::access::Signed;
use crate::server::api::{Asked, Concerning, Named, Problem, Shared};
use crate::server::use_cases::SessionsWanted;
use crate::server::web::answer;
use crate::server::web::frame::{Frame, Part};
use crate::server::web::instants::Instant;
use crate::server::web::said::Done;
use crate::server::web::visitor::{Refusal, Visitor};

/// Tokens and sessions of one page.
const PAGE: u32 = 100;
const URL: &str = "/operator/access";

#[derive(Template)]
#[template(path = "web/operator_access.html")]
struct AccessPage {
    frame: Frame,
    tokens: Vec<TokenLine>,
    /// Where more of them are.
    more_tokens: Option<String>,
    sessions: Vec<SessionLine>,
    more_sessions: Option<String>,
    form_token: String,
}

#[derive(Debug)]
struct TokenLine {
    id: i64,
    name: String,
    role: &'static str,
    tenant: String,
    created: Instant,
    used: Option<Instant>,
    expires: Option<Instant>,
    /// Why it opens nothing any more.
    over: Option<&'static str>,
}

#[derive(Debug)]
struct SessionLine {
    id: String,
    name: String,
    /// By what the server knows the person.
    with: String,
    role: &'static str,
    tenant: String,
    created: Instant,
    used: Instant,
    expires: Instant,
}

/// Where both lists go on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::server::web) struct AccessQuery {
    after_token: i64,
    before_session: Option<i64>,
}

/// Tokens and sessions
pub(in crate::server::web) async fn access(
    State(shared): State<Shared>,
    visitor: Visitor,
    Asked(query): Asked<AccessQuery>,
) -> Result<Response, Refusal> {
    let (use_cases, caller) = (&shared.use_cases, &visitor.caller);
    let tokens = use_cases.tokens(caller, query.after_token, PAGE).await?;
    let wanted = SessionsWanted { before: query.before_session, limit: PAGE, ..SessionsWanted::default() };
    let idle_ms = shared.access.settings().idle.as_millis() as u64;
    let sessions = use_cases.sessions(caller, wanted, idle_ms).await?;
    let now = use_cases.clock.now();
    let is_full = |rows: usize| rows == PAGE as usize;
    let last_token = tokens.last().filter(|_| is_full(tokens.len())).map(|token| token.key.number());
    let last_session = sessions.last().filter(|_| is_full(sessions.len())).map(|row| row.key.number());
    let page = AccessPage {
        frame: Frame::new("Tokens and sessions", Part::Operator, Some(caller)).saying(visitor.said.clone()),
        more_tokens: last_token.map(|last| format!("{URL}?after_token={last}")),
        more_sessions: last_session.map(|last| format!("{URL}?before_session={last}")),
        tokens: tokens.into_iter().map(|row| token_line(row, now)).collect(),
        sessions: sessions.into_iter().map(|row| session_line(row, now)).collect(),
        form_token: visitor.form_token(Role::Operator).unwrap_or_default(),
    };
    Ok(answer::page(StatusCode::OK, &visitor.headers, &page))
}

/// Revokes a token
pub(in crate::server::web) async fn revoke_token(
    State(shared): State<Shared>,
    Named(id): Named<String>,
    Signed { visitor, .. }: Signed<Nothing>,
) -> Result<Response, Refusal> {
    shared.use_cases.revoke_token(&visitor.caller, number(&id)?).await?;
    Ok(Done::TokenRevoked.at(URL, Concerning::Path))
}

/// Revokes a session
pub(in crate::server::web) async fn revoke_session(
    State(shared): State<Shared>,
    Named(id): Named<String>,
    Signed { visitor, .. }: Signed<Nothing>,
) -> Result<Response, Refusal> {
    shared.use_cases.revoke_session(&visitor.caller, number(&id)?).await?;
    Ok(Done::SessionRevoked.at(URL, Concerning::Path))
}

/// The form has no field of its own.
#[derive(Debug, Deserialize)]
pub(in crate::server::web) struct Nothing {}

fn number(id: &str) -> Result<i64, Problem> {
    id.parse().map_err(|_not_a_number| Problem::new(ProblemKind::NotFound, format!("`{id}` is no number")))
}

fn token_line(row: TokenRow, now: UnixMillis) -> TokenLine {
    let over = if row.revoked.is_some() {
        Some("revoked")
    } else if row.expires.is_some_and(|at| at <= now) {
        Some("expired")
    } else {
        None
    };
    let instant = |at: UnixMillis| Instant::new(at.0, now);
    TokenLine {
        id: row.key.number(),
        name: row.name,
        role: row.role.as_str(),
        tenant: tenant(row.tenant),
        created: instant(row.created),
        used: row.used.map(instant),
        expires: row.expires.map(instant),
        over,
    }
}

fn session_line(row: SessionRow, now: UnixMillis) -> SessionLine {
    let with = match row.with {
        SignedInWith::Token(key) => format!("token {}", key.number()),
        SignedInWith::Provider { issuer, .. } => issuer,
    };
    SessionLine {
        id: row.key.to_string(),
        name: row.name,
        with,
        role: row.role.as_str(),
        tenant: tenant(row.tenant),
        created: Instant::new(row.created.0, now),
        used: Instant::new(row.used.0, now),
        expires: Instant::new(row.expires.0, now),
    }
}

fn tenant(name: Option<TenantName>) -> String {
    name.map_or_else(|| "all tenants".to_owned(), |name| name.to_string())
}
