//! A client of `wasi:http`, as small as it can be: one request, with the whole body on both sides.

use crate::bindings::wasi::http::outgoing_handler::handle;
use crate::bindings::wasi::http::types::{
    ErrorCode, Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, Scheme,
};
use crate::bindings::wasi::io::streams::StreamError;

/// The most bytes of one write that flushes.
const CHUNK: usize = 4096;
/// The most bytes of one read.
const READ: u64 = 1 << 16;

/// What the client says of a failure.
pub(crate) type Refused = String;

/// A response that was received whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

/// Sends a request and receives the response.
pub(crate) fn send(
    method: &Method,
    url: &str,
    headers: &[(String, Vec<u8>)],
    body: &[u8],
) -> Result<Answer, Refused> {
    let request = request(method, url, headers)?;
    let outgoing = request.body().map_err(|()| "the request has a body already")?;
    let future = handle(request, None).map_err(|code| named(&code))?;
    let sent = write(outgoing, body);
    let response = loop {
        if let Some(answered) = future.get() {
            break answered.map_err(|()| "the response was taken already")?.map_err(|code| named(&code))?;
        }
        future.subscribe().block();
    };
    sent?;
    receive(&response)
}

fn request(method: &Method, url: &str, headers: &[(String, Vec<u8>)]) -> Result<OutgoingRequest, Refused> {
    let (scheme, rest) = url.split_once("://").ok_or_else(|| format!("`{url}` has no scheme"))?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let fields = Fields::from_list(headers).map_err(|error| format!("headers: {error:?}"))?;
    let request = OutgoingRequest::new(fields);
    let is_set = request.set_method(method).is_ok()
        && request.set_scheme(Some(&if scheme == "https" { Scheme::Https } else { Scheme::Http })).is_ok()
        && request.set_authority(Some(authority)).is_ok()
        && request.set_path_with_query(Some(if path.is_empty() { "/" } else { path })).is_ok();
    if is_set { Ok(request) } else { Err(format!("`{url}` is not what a request can be for")) }
}

fn write(outgoing: OutgoingBody, body: &[u8]) -> Result<(), Refused> {
    let stream = outgoing.write().map_err(|()| "the body is written already")?;
    for chunk in body.chunks(CHUNK) {
        stream.blocking_write_and_flush(chunk).map_err(|error| format!("the request's body: {error}"))?;
    }
    drop(stream);
    OutgoingBody::finish(outgoing, None).map_err(|code| named(&code))
}

fn receive(response: &IncomingResponse) -> Result<Answer, Refused> {
    let incoming = response.consume().map_err(|()| "the body was taken already")?;
    let stream = incoming.stream().map_err(|()| "the body is read already")?;
    let mut body = Vec::new();
    loop {
        match stream.blocking_read(READ) {
            Ok(bytes) => body.extend_from_slice(&bytes),
            Err(StreamError::Closed) => break,
            Err(error) => return Err(format!("the response's body: {error}")),
        }
    }
    Ok(Answer { status: response.status(), headers: response.headers().entries(), body })
}

fn named(code: &ErrorCode) -> Refused {
    format!("{code:?}")
}
