//! `wasi:http/outgoing-handler`: for a language's own HTTP client. It leads to the same engine as `http`.
//!
//! A request's body is collected, within its limit, before anything is sent: some clients write an empty body on
//! requests without one, and nobody would be to blame for a request that fails half-way. The client follows redirects
//! itself, so each hop comes back through here and is checked again.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};
use wayfarer_model::traffic::{Phase, TrafficError, TrafficErrorKind};

use crate::http::{HttpRequest, HttpResponse, HttpSession, RedirectPolicy, SendError, is_runners_own};
use crate::net::Timeouts;
use crate::tape::Tape;

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Answer = Result<(http::Response<WasiBody>, Io), Error>;

/// Sends the `wasi:http` requests of one attempt. Each is a task of its own, charged to the attempt.
pub(crate) struct OutgoingHttp {
    pub(crate) session: Arc<HttpSession>,
    pub(crate) tape: Tape,
}

impl WasiHttpHooks for OutgoingHttp {
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Io,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        let session = Arc::clone(&self.session);
        let sent = self.tape.clone().metered(async move {
            let request = collect(request, options, session.request_body_limit()).await?;
            let response = session.send(request).await.map_err(refusal)?;
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
    limit: u64,
) -> Result<HttpRequest, Error> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, usize::try_from(limit).unwrap_or(usize::MAX)).collect().await;
    let body = body.map_err(|_| Error::HttpRequestBodySize(Some(limit)))?.to_bytes();
    // The engine sets these headers itself, whatever the client's framing was.
    let headers = parts.headers.iter().filter(|(name, _)| !is_runners_own(name));
    let headers = headers
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let timeouts = options.map_or_else(Timeouts::default, |options| Timeouts {
        connect: options.connect_timeout,
        wait: options.first_byte_timeout,
        receive: options.between_bytes_timeout,
        ..Timeouts::default()
    });
    Ok(HttpRequest {
        method: parts.method.to_string(),
        url: parts.uri.to_string(),
        headers: headers.collect(),
        body,
        timeouts,
        redirects: RedirectPolicy::Manual,
        max_body: None,
        discard_body: false,
    })
}

fn outgoing(response: HttpResponse) -> Result<http::Response<WasiBody>, Error> {
    if response.truncated {
        return Err(Error::HttpResponseBodySize(Some(response.body_size)));
    }
    let body = Full::<Bytes>::new(response.body).map_err(Error::from).boxed_unsync();
    let mut answer = http::Response::new(body);
    *answer.status_mut() =
        http::StatusCode::from_u16(response.status).map_err(|_| Error::HttpProtocolError)?;
    *answer.headers_mut() = response.headers;
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
        TrafficErrorKind::Tls => Error::TlsCertificateError,
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
