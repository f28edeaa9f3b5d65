//! `wasi:http/outgoing-handler`: for a language's own HTTP client. It leads to the same engine as `http`.
//!
//! A request's body is collected, within its limit and in a place of its own, before anything is sent: some clients write an empty body on
//! requests without one, and nobody would be to blame for a request that fails half-way. The client follows redirects
//! itself, so each hop comes back through here and is checked again.

use std::future::Future;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};
use wayfarer_model::traffic::{Phase, TrafficError, TrafficErrorKind};
use wayfarer_model::units::Bytes as Size;

use super::wasi_fields::size_of_headers;
use crate::http::{
    AtLimit, HttpRequest, HttpResponse, HttpSession, RedirectPolicy, SendError, is_runners_own,
};
use crate::memory::HeldMemory;
use crate::net::Timeouts;
use crate::net::fault::journeys;
use crate::tape::{Tape, TrafficOwner};
use crate::timeslice;

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Answer = Result<(http::Response<WasiBody>, Io), Error>;

/// Sends the `wasi:http` requests of one attempt. Each is a task of its own, charged to the attempt.
pub(crate) struct OutgoingHttp {
    session: Arc<HttpSession>,
    tape: Tape,
    /// Bodies that were begun and not sent, charged with what their streams may buffer.
    begun: u64,
}

impl OutgoingHttp {
    pub(crate) fn new(session: Arc<HttpSession>, tape: Tape) -> Self {
        Self { session, tape, begun: 0 }
    }
}

/// The most bytes of one write to a body. A body that is not sent yet holds up to three of them.
const CHUNK: usize = 16 << 10;
const BUFFERED: u64 = 3 * CHUNK as u64;

impl WasiHttpHooks for OutgoingHttp {
    /// Called when a body is begun.
    fn p2_outgoing_body_buffer_chunks(&mut self) -> usize {
        // If there is no more memory, the attempt ends at its next wait.
        if self.tape.keep(BUFFERED).is_ok() {
            self.begun += 1;
        }
        1
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK
    }

    fn set_host_header(&mut self) -> bool {
        false
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Io,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        let (session, tape) = (Arc::clone(&self.session), self.tape.clone());
        tape.goes_on();
        if self.begun > 0 {
            self.begun -= 1;
            self.tape.memory().shrink(BUFFERED);
        }
        let buffered = self.tape.hold(BUFFERED);
        let owner = TrafficOwner { step: self.tape.current_step(), number: None };
        let sent = self.tape.clone().metered(async move {
            let _buffered = buffered.map_err(|stop| refusal(stop.into()))?;
            let place = session.place().await.map_err(code)?;
            let mut held = tape.hold(0).map_err(|stop| refusal(stop.into()))?;
            let collecting = collect(request, options, &session, (&tape, &mut held), owner);
            let request = collecting.await?;
            let response = session.send_in(place, request).await.map_err(refusal)?;
            // The guest may keep the headers to the end.
            tape.keep(size_of_headers(&response.headers)).map_err(|stop| refusal(stop.into()))?;
            let done: Io = Box::new(async { Ok(()) });
            Ok((outgoing(response)?, done))
        });
        Box::new(async move {
            let stopped = || Error::InternalError(Some("the attempt's processor time is used up".to_owned()));
            sent.await.unwrap_or_else(|| Err(stopped()))
        })
    }
}

async fn collect(
    request: http::Request<WasiBody>,
    options: Option<RequestOptions>,
    session: &HttpSession,
    (tape, held): (&Tape, &mut HeldMemory),
    owner: TrafficOwner,
) -> Result<HttpRequest, Error> {
    let (parts, mut stream) = request.into_parts();
    let limit = session.request_body_limit();
    let mut body = BytesMut::new();
    while let Some(frame) = stream.frame().await {
        timeslice::share().await;
        // Trailers have no place in the request.
        let Ok(data) = frame?.into_data() else { continue };
        if (body.len() + data.len()) as u64 > limit {
            session
                .refuse((parts.method.as_str(), &parts.uri.to_string()), owner, &too_large(limit))
                .map_err(|stop| refusal(stop.into()))?;
            return Err(Error::HttpRequestBodySize(Some(limit)));
        }
        // Twice, because the buffer grows by doubling.
        held.grow(2 * data.len() as u64).map_err(|full| refusal(tape.out_of_memory(full).into()))?;
        body.extend_from_slice(&data);
    }
    let body = body.freeze();
    // The engine sets these headers itself, whatever the client's framing was.
    let headers = parts.headers.iter().filter(|(name, _)| !is_runners_own(name));
    let headers = headers
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let timeouts = options.map_or_else(Timeouts::default, |options| Timeouts {
        connect: options.connect_timeout,
        wait: options.first_byte_timeout,
        between: options.between_bytes_timeout,
        ..Timeouts::default()
    });
    Ok(HttpRequest {
        method: parts.method.to_string(),
        url: parts.uri.to_string(),
        headers: headers.collect(),
        authority: None,
        body,
        timeouts,
        redirects: RedirectPolicy::Manual,
        jar: None,
        max_body: None,
        // The interface has no sign for a body that was cut.
        at_limit: AtLimit::Refuse,
        owner,
    })
}

fn too_large(limit: u64) -> TrafficError {
    let limit = Size(limit);
    let message =
        format!("the body is larger than the limit of {limit}: send less or raise `limits.request_body`");
    journeys(TrafficErrorKind::TooLarge, message)
}

fn outgoing(response: HttpResponse) -> Result<http::Response<WasiBody>, Error> {
    if response.truncated {
        return Err(Error::HttpResponseBodySize(Some(response.wire_size)));
    }
    // The guest may keep it as long as it likes.
    let held = response.held;
    let body = Full::<Bytes>::new(response.body).map_frame(move |frame| {
        let _ = &held;
        frame
    });
    let body = body.map_err(Error::from).boxed_unsync();
    let mut answer = http::Response::new(body);
    *answer.status_mut() =
        http::StatusCode::from_u16(response.status).map_err(|_| Error::HttpProtocolError)?;
    *answer.headers_mut() = response.headers;
    if !response.decoded.is_empty() {
        // They speak of the body as it was on the wire.
        answer.headers_mut().remove(http::header::CONTENT_ENCODING);
        answer.headers_mut().remove(http::header::CONTENT_LENGTH);
    }
    Ok(answer)
}

fn refusal(error: SendError) -> Error {
    match error {
        SendError::Failed(error) => code(error),
        // The tape holds the limit already, and it decides the verdict. The guest only learns that it was stopped.
        SendError::Stop(stop) => Error::InternalError(Some(stop.to_string())),
    }
}

fn code(error: TrafficError) -> Error {
    match error.kind {
        TrafficErrorKind::Denied => Error::HttpRequestDenied,
        TrafficErrorKind::Dns => Error::DnsError { rcode: Some(error.message), info_code: None },
        TrafficErrorKind::Connect => Error::ConnectionRefused,
        TrafficErrorKind::Tls | TrafficErrorKind::Credentials | TrafficErrorKind::Clock => {
            Error::TlsCertificateError
        }
        TrafficErrorKind::Timeout => match error.phase {
            Some(Phase::Dns) => Error::DnsTimeout,
            Some(Phase::Connect | Phase::Tls) => Error::ConnectionTimeout,
            _ => Error::HttpResponseTimeout,
        },
        TrafficErrorKind::Protocol => Error::HttpProtocolError,
        TrafficErrorKind::Malformed => Error::HttpRequestUriInvalid,
        TrafficErrorKind::TooLarge => Error::HttpResponseBodySize(None),
        TrafficErrorKind::Cancelled | TrafficErrorKind::Other => Error::InternalError(Some(error.message)),
    }
}
