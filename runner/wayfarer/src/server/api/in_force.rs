//! The layer above the routes that makes an answer mean "in force": a kill switch that was thrown holds back runs, a journey
//! that was paused is paused. No route has to remember that.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::state::Shared;

/// If configuration rows were written during the request, waits until the background tasks have put them in force. A server
/// that stops does not wait.
pub(super) async fn in_force(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let before = shared.applied.written();
    let response = next.run(request).await;
    let written = shared.applied.written();
    if written != before {
        shared.applied.wait(written).await;
    }
    response
}
