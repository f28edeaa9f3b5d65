//! `http`: our own interface to the network. It blocks the guest.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use wasmtime::component::{HasSelf, Linker};
use wayfarer_model::traffic::{Phase, TrafficError, TrafficErrorKind};

use super::grants::Grants;
use super::link::Capability;
use crate::bindings::wayfarer::journey::http as wit;
use crate::http::{HttpRequest, HttpResponse, HttpSession, RedirectPolicy, SendError};
use crate::net::Timeouts;
use crate::tape::Tape;

pub(super) struct Http {
    session: Arc<HttpSession>,
    tape: Tape,
}

impl Capability for Http {
    fn begin(grants: &Grants) -> Self {
        Self { session: Arc::clone(&grants.session), tape: grants.tape.clone() }
    }

    fn add_to_linker<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> &mut Self,
    ) -> wasmtime::Result<()> {
        wit::add_to_linker::<T, HasSelf<Self>>(linker, view)
    }
}

impl wit::Host for Http {
    async fn send(&mut self, request: wit::Request) -> wasmtime::Result<Result<wit::Response, wit::Error>> {
        let _held = self.tape.hold(request.body.len() as u64)?;
        match self.session.send(incoming(request)).await {
            Ok(response) => Ok(Ok(outgoing(response))),
            Err(SendError::Failed(error)) => Ok(Err(refusal(error))),
            Err(SendError::Stop(stop)) => Err(stop.into()),
        }
    }

    async fn send_all(
        &mut self,
        requests: Vec<wit::Request>,
    ) -> wasmtime::Result<Vec<Result<wit::Response, wit::Error>>> {
        let bodies: usize = requests.iter().map(|request| request.body.len()).sum();
        let _held = self.tape.hold(bodies as u64)?;
        let requests = requests.into_iter().map(incoming).collect();
        let answers = self.session.send_all(requests).await?;
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

fn refusal(error: TrafficError) -> wit::Error {
    let message = error.message;
    match error.kind {
        TrafficErrorKind::Denied => wit::Error::Denied(message),
        TrafficErrorKind::Dns => wit::Error::Dns(message),
        TrafficErrorKind::Connect => wit::Error::Connect(message),
        TrafficErrorKind::Tls => wit::Error::Tls(message),
        TrafficErrorKind::Timeout => wit::Error::Timeout(phase(error.phase)),
        TrafficErrorKind::Protocol | TrafficErrorKind::Malformed => wit::Error::Protocol(message),
        TrafficErrorKind::TooLarge => wit::Error::TooLarge(message),
        TrafficErrorKind::Cancelled => wit::Error::Cancelled,
        TrafficErrorKind::Other => wit::Error::Other(message),
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
