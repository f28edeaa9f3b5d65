//! `http`: the first door to the network, blocking for the guest.

use std::time::Duration;

use bytes::Bytes;
use wayfarer_model::request::{Phase, RequestError, RequestErrorKind};

use crate::bindings::wayfarer::journey::http as wit;
use crate::host::HostState;
use crate::http::{HttpRequest, HttpResponse, RedirectPolicy, SendError, Timeouts};

impl wit::Host for HostState {
    async fn send(&mut self, request: wit::Request) -> wasmtime::Result<Result<wit::Response, wit::Error>> {
        match self.attempt.session.send(incoming(request)).await {
            Ok(response) => Ok(Ok(outgoing(response))),
            Err(SendError::Failed(error)) => Ok(Err(refusal(error))),
            Err(SendError::Stop(stop)) => Err(stop.into()),
        }
    }

    async fn send_all(
        &mut self,
        requests: Vec<wit::Request>,
    ) -> wasmtime::Result<Vec<Result<wit::Response, wit::Error>>> {
        let requests = requests.into_iter().map(incoming).collect();
        let answers = self.attempt.session.send_all(requests).await?;
        Ok(answers.into_iter().map(|answer| answer.map(outgoing).map_err(refusal)).collect())
    }
}

fn incoming(request: wit::Request) -> HttpRequest {
    let milliseconds = |value: Option<u64>| value.map(Duration::from_millis);
    HttpRequest {
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: Bytes::from(request.body),
        timeouts: Timeouts {
            dns: milliseconds(request.timeouts.dns_ms),
            connect: milliseconds(request.timeouts.connect_ms),
            tls: milliseconds(request.timeouts.tls_ms),
            wait: milliseconds(request.timeouts.wait_ms),
            receive: milliseconds(request.timeouts.receive_ms),
            total: milliseconds(request.timeouts.total_ms),
        },
        redirects: match request.redirects {
            wit::RedirectPolicy::Follow(most) => RedirectPolicy::Follow(most),
            wit::RedirectPolicy::SameOrigin(most) => RedirectPolicy::SameOrigin(most),
            wit::RedirectPolicy::Manual | wit::RedirectPolicy::Other(_) => RedirectPolicy::Manual,
        },
        max_body: request.max_body,
        discard_body: request.discard_body,
    }
}

fn outgoing(response: HttpResponse) -> wit::Response {
    let phases = response.phases;
    wit::Response {
        status: response.status,
        headers: response.header_texts(),
        body: response.body.into(),
        body_size: response.body_size,
        truncated: response.truncated,
        url: response.url,
        protocol: response.protocol.to_owned(),
        remote_address: response.remote_address.as_ref().to_owned(),
        tls_version: response.tls_version.map(str::to_owned),
        certificate_expires_ms: response.certificate_expires_ms,
        redirects: response.redirects,
        phases: wit::Phases {
            dns_us: phases.dns_us.0,
            connect_us: phases.connect_us.0,
            tls_us: phases.tls_us.0,
            wait_us: phases.wait_us.0,
            receive_us: phases.receive_us.0,
            total_us: phases.total_us.0,
        },
        extensions: Vec::new(),
    }
}

fn refusal(error: RequestError) -> wit::Error {
    let message = error.message;
    match error.kind {
        RequestErrorKind::Denied => wit::Error::Denied(message),
        RequestErrorKind::Dns => wit::Error::Dns(message),
        RequestErrorKind::Connect => wit::Error::Connect(message),
        RequestErrorKind::Tls => wit::Error::Tls(message),
        RequestErrorKind::Timeout => wit::Error::Timeout(phase(error.phase)),
        RequestErrorKind::Protocol | RequestErrorKind::Malformed => wit::Error::Protocol(message),
        RequestErrorKind::TooLarge => wit::Error::TooLarge(message),
        RequestErrorKind::Cancelled => wit::Error::Cancelled,
        RequestErrorKind::Other => wit::Error::Other(message),
    }
}

fn phase(phase: Option<Phase>) -> wit::Phase {
    match phase {
        Some(Phase::Dns) => wit::Phase::Dns,
        Some(Phase::Connect) => wit::Phase::Connect,
        Some(Phase::Tls) => wit::Phase::Tls,
        Some(Phase::Wait) => wit::Phase::Wait,
        Some(Phase::Receive) => wit::Phase::Receive,
        Some(Phase::Total) | None => wit::Phase::Total,
    }
}
