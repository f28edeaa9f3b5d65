//! The middleware around every endpoint. It applies the faults that cover the request.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::plan::{Plan, When};
use super::{FaultError, header, trickle};
use crate::api::Refusal;
use crate::clock;
use crate::shop::Shop;
use crate::wire::ResetSwitch;

pub(crate) async fn apply(State(shop): State<Shop>, request: Request, next: Next) -> Response {
    let plan = match plan_for(&shop, &request) {
        Ok(plan) => plan,
        Err(malformed) => return Refusal::from(malformed).into_response(),
    };
    if !plan.delay.is_zero() {
        tokio::time::sleep(plan.delay).await;
    }
    let switch = request.extensions().get::<ResetSwitch>().cloned();
    if plan.reset == Some(When::Before) {
        return reset(switch).await;
    }
    let bodyless = request.method() == Method::HEAD;
    let response = match plan.answer {
        Some(canned) => (canned.status, Json(canned.body)).into_response(),
        None => next.run(request).await,
    };
    if plan.reset == Some(When::After) {
        return reset(switch).await;
    }
    match plan.pace {
        Some(pace) if !bodyless => trickle::trickle(response, pace)
            .await
            .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()),
        _ => response,
    }
}

fn plan_for(shop: &Shop, request: &Request) -> Result<Plan, FaultError> {
    let path = request.uri().path();
    match header::plan(request.headers())? {
        Some(_) if path.starts_with("/faults") => Ok(Plan::default()),
        Some(plan) => Ok(plan),
        None => Ok(shop.faults().lock().plan(path, clock::now())),
    }
}

/// Resets the connection. The response is for a router that runs without a connection.
async fn reset(switch: Option<ResetSwitch>) -> Response {
    let Some(switch) = switch else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    switch.trip();
    // The connection's task now drops the connection, and this future with it.
    std::future::pending().await
}
