//! The operations of a path in the document, by method. Only methods that routes of this API have are listed.

use axum::http::Method;
use utoipa::openapi::path::{Operation, PathItem};

/// Every operation of a path.
pub(super) fn operations(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    let all = [
        (Method::GET, &item.get),
        (Method::PUT, &item.put),
        (Method::POST, &item.post),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

/// Every operation of a path, to be completed.
pub(super) fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten()
}

/// A route that everybody may call says so by a requirement of nothing.
pub(super) fn asks_for_token(operation: &Operation) -> bool {
    operation.security.is_none()
}
