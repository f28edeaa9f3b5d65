//! The outermost layer: a line of the log for each request that was answered, and for each whose client hung up before.
//!
//! It has no query and no head, because these may hold what is nobody's business, such as a token. What asks the server about itself
//! all the time is logged at a finer level.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use wayfarer_model::text::clip;

use crate::clock::Stopwatch;
use crate::server::access::{Peer, Witness};
use crate::server::use_cases::Caller;

/// The longest path in a line, in bytes.
const PATH: usize = 200;
/// What monitors ask for.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

pub(super) async fn logged(mut request: Request, next: Next) -> Response {
    let witness = Witness::default();
    request.extensions_mut().insert(witness.clone());
    let mut line = Line {
        method: request.method().to_string(),
        path: clip(request.uri().path(), PATH),
        peer: request.extensions().get().map(|peer: &Peer| peer.address.to_string()),
        witness,
        watch: Stopwatch::start(),
        status: None,
    };
    let response = next.run(request).await;
    line.status = Some(response.status().as_u16());
    response
}

/// Written when it is dropped, so that a request whose client hung up has its line too.
struct Line {
    method: String,
    path: String,
    peer: Option<String>,
    witness: Witness,
    watch: Stopwatch,
    /// None if the client did not wait for the answer.
    status: Option<u16>,
}

impl Drop for Line {
    fn drop(&mut self) {
        let Self { method, path, peer, witness, watch, status } = self;
        let took_ms = watch.elapsed().as_secs_f64() * 1_000.0;
        let took_ms = (took_ms * 10.0).round() / 10.0;
        let token = witness.caller().map(Caller::signature);
        let (token, peer) = (token.as_deref(), peer.as_deref());
        match status {
            Some(status) if PROBES.contains(&path.as_str()) => {
                tracing::debug!(target: "wayfarer::api", method, path, status, took_ms, peer, "request");
            }
            Some(status) => {
                tracing::info!(target: "wayfarer::api", method, path, status, took_ms, token, peer, "request");
            }
            None => {
                tracing::info!(target: "wayfarer::api", method, path, took_ms, token, peer, "request cut off by its client");
            }
        }
    }
}
