//! Slow bodies. The shop sends the headers at once, including the length of the body.

use axum::body::{Body, to_bytes};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;

use super::plan::Pace;

/// Slows the body of a response down.
pub(super) async fn trickle(response: Response, pace: Pace) -> Result<Response, axum::Error> {
    let (mut parts, body) = response.into_parts();
    // The shop's responses are small, so there is no limit.
    let body = to_bytes(body, usize::MAX).await?;
    if body.is_empty() {
        return Ok(Response::from_parts(parts, Body::empty()));
    }
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    let chunks = stream::unfold(body, move |mut left: Bytes| async move {
        if left.is_empty() {
            return None;
        }
        tokio::time::sleep(pace.wait).await;
        let chunk = left.split_to(pace.chunk.min(left.len()));
        Some((Ok::<Bytes, axum::Error>(chunk), left))
    });
    Ok(Response::from_parts(parts, Body::from_stream(chunks)))
}
