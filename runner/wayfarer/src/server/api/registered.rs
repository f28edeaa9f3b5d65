//! How routes are listed: what stands beside a route's handler becomes the document, and a route that changes something is not
//! listed without its word in the audit trail. Pages are listed by the same rule, without a document.

use std::sync::Arc;

use axum::http::Method;
use axum::response::Response;
use axum::routing::MethodRouter;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use wayfarer_model::audit::AuditAction;

use super::operations::operations;
use super::shared_responses;
use super::state::Shared;
use crate::protocol::ProblemDetails;

/// A route that changes something.
pub(super) struct Change {
    pub(super) method: Method,
    /// As the router has it, with the names of its parameters in braces.
    pub(super) path: String,
    pub(super) action: AuditAction,
    /// The noun for what the path names.
    pub(super) noun: &'static str,
}

/// Every route, ready to be served.
pub(super) struct Routes {
    pub(super) router: axum::Router<Shared>,
    pub(super) document: utoipa::openapi::OpenApi,
    pub(super) changes: Arc<[Change]>,
}

/// A list of routes below one path.
pub(super) struct Registered {
    below: &'static str,
    router: OpenApiRouter<Shared>,
    changes: Vec<Change>,
}

impl Registered {
    pub(super) fn below(path: &'static str) -> Self {
        Self { below: path, router: OpenApiRouter::new(), changes: Vec::new() }
    }

    /// Adds a route that changes nothing.
    pub(super) fn reads(self, route: UtoipaMethodRouter<Shared>) -> Self {
        Self { router: self.router.routes(route), ..self }
    }

    /// Adds a route that changes something.
    pub(super) fn changes(
        mut self,
        route: UtoipaMethodRouter<Shared>,
        action: AuditAction,
        noun: &'static str,
    ) -> Self {
        for (path, item) in &route.1.paths {
            let path = format!("{}{path}", self.below);
            let changing = operations(item).map(|(method, _)| method).filter(|method| !method.is_safe());
            self.changes.extend(changing.map(|method| Change { method, path: path.clone(), action, noun }));
        }
        self.reads(route)
    }

    /// The list below its path, together with routes that change nothing and stand beside it.
    pub(super) fn beside(
        self,
        others: OpenApiRouter<Shared>,
        layered: impl FnOnce(OpenApiRouter<Shared>) -> OpenApiRouter<Shared>,
    ) -> Routes {
        let (router, mut document) = others.nest(self.below, layered(self.router)).split_for_parts();
        shared_responses::complete(&mut document);
        Routes { router, document, changes: self.changes.into() }
    }
}

/// Pages, which stand beside the API and answer browsers.
#[derive(Default)]
pub(crate) struct Pages {
    pub(super) router: axum::Router<Shared>,
    pub(super) changes: Vec<Change>,
    /// What a browser sees of a problem. None: it gets what every client gets.
    pub(super) refusal: Option<fn(ProblemDetails) -> Response>,
}

impl Pages {
    /// No page yet, and what a browser sees of a problem.
    pub(crate) fn refusing(refusal: fn(ProblemDetails) -> Response) -> Self {
        Self { refusal: Some(refusal), ..Self::default() }
    }

    /// Adds a page that changes nothing.
    pub(crate) fn page(self, path: &str, handler: MethodRouter<Shared>) -> Self {
        Self { router: self.router.route(path, handler), ..self }
    }

    /// Adds pages that change nothing.
    pub(crate) fn beside(self, others: axum::Router<Shared>) -> Self {
        Self { router: self.router.merge(others), ..self }
    }

    /// Adds where a form is sent, which changes something. `noun` is the one for what the last part of the path in braces names.
    pub(crate) fn form(
        mut self,
        path: &str,
        handler: MethodRouter<Shared>,
        action: AuditAction,
        noun: &'static str,
    ) -> Self {
        self.changes.push(Change { method: Method::POST, path: path.to_owned(), action, noun });
        self.page(path, handler)
    }
}
