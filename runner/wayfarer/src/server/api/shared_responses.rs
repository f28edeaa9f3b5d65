//! What every route below `/api/v1` may answer beside its own answers. The document gets it from here, so that no route's documentation repeats
//! it, and every problem gets its media type.

use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, Responses, Schema};

use super::operations::{asks_for_token, operations_mut};
use crate::protocol::MEDIA_TYPE;

/// Where the document describes a problem.
const PROBLEM: &str = "#/components/schemas/Problem";

/// Of every route that asks for a token.
const OF_EVERY_ROUTE: [(&str, &str); 6] = [
    ("400", "A parameter of the path or of the query is malformed or unknown, or a tenant has to be named"),
    ("401", "The token is missing, unknown, revoked or expired"),
    ("403", "The token's role does not allow this"),
    ("404", "There is no such thing, or it belongs to a tenant that the token is not for"),
    ("500", "The runner failed; its log says why"),
    ("503", "The runner is stopping, or its disk is full"),
];

/// Of routes that take a body, too.
const OF_BODIES: [(&str, &str); 3] = [
    ("408", "The body came too slowly"),
    ("413", "The body is too large"),
    ("422", "What was sent is well formed and refused; the problem says why"),
];

/// Completes the answers of every operation. What a route says of a status itself stays.
pub(super) fn complete(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        for operation in operations_mut(item) {
            if asks_for_token(operation) {
                add(&mut operation.responses, &OF_EVERY_ROUTE);
                if operation.request_body.is_some() {
                    add(&mut operation.responses, &OF_BODIES);
                }
            }
            operation.responses.responses.values_mut().for_each(name_media_type);
        }
    }
}

fn add(responses: &mut Responses, answers: &[(&str, &str)]) {
    for (status, description) in answers {
        let entry = responses.responses.entry((*status).to_owned());
        entry.or_insert_with(|| RefOr::T(problem(description)));
    }
}

fn problem(description: &str) -> Response {
    let mut response = Response::new(description);
    let content = Content::new(Some(RefOr::<Schema>::Ref(Ref::new(PROBLEM))));
    response.content.insert(MEDIA_TYPE.to_owned(), content.into());
    response
}

/// The document's macro takes every body for plain JSON.
fn name_media_type(response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    let is_problem = |content: &RefOr<Content>| {
        let RefOr::T(content) = content else { return false };
        matches!(&content.schema, Some(RefOr::Ref(schema)) if schema.ref_location == PROBLEM)
    };
    let content = std::mem::take(&mut response.content);
    let named = |(media, content)| {
        let media = if is_problem(&content) { MEDIA_TYPE.to_owned() } else { media };
        (media, content)
    };
    response.content = content.into_iter().map(named).collect();
}
