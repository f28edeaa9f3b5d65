//! The layer above the routes that makes an audit event of each request that changes something, and of each that was refused for
//! its token. No route has to remember that.
//!
//! What was carried out is written before the answer. A client that hangs up first does not get around it: what it asked for is
//! then `cut-off`. Actor, action and object come from the token, the route and the path; a route whose path does not say what was
//! changed adds that to its answer ([`Concerning`]).

use std::sync::Arc;

use axum::extract::{MatchedPath, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use wayfarer_model::audit::{Actor, AuditAction, AuditOutcome};
use wayfarer_store::AuditEvent;

use super::concerning::Concerning;
use super::registered::Change;
use super::state::Shared;
use crate::protocol::{OfTenant, Token};
use crate::server::access::Witness;
use crate::server::audit::AuditTrail;
use crate::server::use_cases::Caller;

/// The longest object of an event, in bytes.
const LONGEST_OBJECT: usize = 200;

/// Makes the event of one request.
pub(super) async fn audited(
    State((shared, changes)): State<(Shared, Arc<[Change]>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(event) = asked(&shared.trail, &changes, &request) else { return next.run(request).await };
    let former = Former::of(&request);
    let line = cut(format!("{} {}", request.method(), request.uri().path()));
    let witness = request.extensions().get::<Witness>().cloned().unwrap_or_default();
    request.extensions_mut().insert(witness.clone());
    let is_change = !request.method().is_safe();
    let mut open =
        OpenEvent { trail: shared.trail.clone(), event: is_change.then_some(event.clone()), witness };
    let response = next.run(request).await;
    open.event = None;
    let caller = open.witness.caller();
    let concerning = response.extensions().get::<Concerning>();
    match outcome(response.status()) {
        _ if concerning == Some(&Concerning::Nothing) => {}
        // A form is answered with where to go. Nothing was done if the answer does not say what: that way leads to the sign-in.
        _ if response.status().is_redirection() && concerning.is_none() => {}
        AuditOutcome::Done if is_change => {
            shared.trail.record(concerned(of_caller(event, caller), concerning, caller)).await;
        }
        AuditOutcome::Refused if response.status() == StatusCode::UNAUTHORIZED => {
            let action = AuditAction::Authenticate;
            // Not in this request's own time: its client may hang up.
            tokio::spawn(async move {
                shared
                    .trail
                    .count(former.holding(AuditEvent { action, object: line, ..event }, &shared).await);
            });
        }
        outcome if is_change || response.status() == StatusCode::FORBIDDEN => {
            shared.trail.count(AuditEvent { outcome, ..of_caller(event, caller) });
        }
        _ => {}
    }
    response
}

/// The event of a request, as far as its head says it. None for a path or a method without a route.
fn asked(trail: &AuditTrail, changes: &[Change], request: &Request) -> Option<AuditEvent> {
    let (method, path) = (request.method(), request.uri().path());
    let route = request.extensions().get::<MatchedPath>()?.as_str();
    let change = changes.iter().find(|change| change.method == method && change.path == route);
    if change.is_none() && !method.is_safe() {
        return None;
    }
    let named = || route.split('/').zip(path.split('/')).filter(|(part, _)| part.starts_with('{'));
    let of_path = named().find(|(part, _)| *part == "{tenant}").and_then(|(_, name)| name.parse().ok());
    let (action, object) = match change {
        Some(Change { action, noun, .. }) => {
            (*action, named().last().map_or_else(|| (*noun).to_owned(), |(_, name)| format!("{noun} {name}")))
        }
        None => (AuditAction::Read, format!("{method} {path}")),
    };
    let of_query = || Query::<OfTenant>::try_from_uri(request.uri()).ok().and_then(|query| query.0.tenant);
    Some(AuditEvent {
        occurred: trail.now(),
        // The tenant of the path, or of the query.
        tenant: of_path.or_else(of_query),
        actor: Actor::Nobody,
        action,
        object: cut(object),
        outcome: AuditOutcome::Refused,
        count: 1,
    })
}

/// The event under its caller. The token of one tenant speaks for that one alone, whatever it asks.
fn of_caller(event: AuditEvent, caller: Option<&Caller>) -> AuditEvent {
    let Some(caller) = caller else { return AuditEvent { tenant: None, ..event } };
    let actor = caller.actor();
    let tenant = caller.tenant.clone().or(event.tenant);
    AuditEvent { actor, tenant, ..event }
}

/// The event of what was carried out.
fn concerned(event: AuditEvent, concerning: Option<&Concerning>, caller: Option<&Caller>) -> AuditEvent {
    let outcome = AuditOutcome::Done;
    let Some(Concerning::Change { object, tenant }) = concerning else {
        return AuditEvent { outcome, ..event };
    };
    let own = caller.and_then(|caller| caller.tenant.clone());
    let tenant = own.or_else(|| tenant.clone()).or(event.tenant);
    AuditEvent { outcome, object: cut(object.clone()), tenant, ..event }
}

fn outcome(status: StatusCode) -> AuditOutcome {
    if status.is_success() || status.is_redirection() {
        AuditOutcome::Done
    } else if status.is_server_error() {
        AuditOutcome::Failed
    } else {
        AuditOutcome::Refused
    }
}

fn cut(mut object: String) -> String {
    object.truncate(object.floor_char_boundary(LONGEST_OBJECT));
    object
}

/// The token of a request, which the server may have known once.
struct Former(Option<Token>);

impl Former {
    fn of(request: &Request) -> Self {
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        Self(header.and_then(|value| value.strip_prefix("Bearer ")).and_then(|text| text.trim().parse().ok()))
    }

    /// The event under the token's name, if the server knew it.
    async fn holding(self, event: AuditEvent, shared: &Shared) -> AuditEvent {
        let event = of_caller(event, None);
        let Some(token) = self.0 else { return event };
        match shared.use_cases.store.former_token(token.hash()).await {
            Ok(Some((number, name, tenant))) => {
                AuditEvent { actor: Actor::Token { number, name }, tenant, ..event }
            }
            Ok(None) => event,
            Err(error) => {
                tracing::warn!(%error, "whose token was refused is not known");
                event
            }
        }
    }
}

/// The event of a request under way. If the client hangs up, the request is dropped, and this with it.
struct OpenEvent {
    trail: AuditTrail,
    /// None once the request is answered.
    event: Option<AuditEvent>,
    witness: Witness,
}

impl Drop for OpenEvent {
    fn drop(&mut self) {
        if let (Some(event), Some(caller)) = (self.event.take(), self.witness.caller()) {
            let outcome = AuditOutcome::CutOff;
            self.trail.count(AuditEvent { outcome, ..of_caller(event, Some(caller)) });
        }
    }
}
