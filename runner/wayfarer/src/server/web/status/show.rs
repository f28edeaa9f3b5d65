//! Page, badge and feed as answers to everybody. Caches on the way may keep them for a moment.

use askama::Template;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response, StatusCode};

use super::kept::{Rendered, StatusPages};
use crate::server::api::Shared;
use crate::server::assets::public_style;
use crate::server::web::answer::{self, Prepared, Sent};

#[derive(Template)]
#[template(path = "web/status_missing.html")]
struct MissingPage {
    style: &'static str,
}

/// The page.
pub(in crate::server::web) async fn show(
    shared: State<Shared>,
    pages: Extension<StatusPages>,
    path: Path<String>,
    asked: HeaderMap,
) -> Response<Body> {
    shown((shared, pages, path), &asked, &Sent::public("text/html; charset=utf-8"), |all| &all.page).await
}

/// The badge.
pub(in crate::server::web) async fn badge(
    shared: State<Shared>,
    pages: Extension<StatusPages>,
    path: Path<String>,
    asked: HeaderMap,
) -> Response<Body> {
    shown((shared, pages, path), &asked, &Sent::public("image/svg+xml"), |all| &all.badge).await
}

/// The feed.
pub(in crate::server::web) async fn feed(
    shared: State<Shared>,
    pages: Extension<StatusPages>,
    path: Path<String>,
    asked: HeaderMap,
) -> Response<Body> {
    shown((shared, pages, path), &asked, &Sent::public("application/atom+xml; charset=utf-8"), |all| {
        &all.feed
    })
    .await
}

async fn shown(
    (State(shared), Extension(pages), Path(path)): (State<Shared>, Extension<StatusPages>, Path<String>),
    asked: &HeaderMap,
    sent: &Sent,
    part: impl FnOnce(&Rendered) -> &Prepared,
) -> Response<Body> {
    match pages.at(&shared.use_cases, &path).await {
        Ok(Some(rendered)) => part(&rendered).answer(asked, sent),
        Ok(None) => {
            answer::page(StatusCode::NOT_FOUND, &HeaderMap::new(), &MissingPage { style: public_style() })
        }
        Err(error) => {
            // What went wrong is the operator's to know.
            tracing::error!(%error, "a status page could not be shown");
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            response
        }
    }
}
