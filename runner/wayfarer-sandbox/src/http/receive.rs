//! Receives a body: keeps the part that was asked for, and counts the rest without keeping it.

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use super::connection::Connection;
use super::exchange::AtLimit;
use super::head::Quoting;
use super::seal::SealedSecrets;
use super::session::SendError;
use crate::memory::HeldMemory;
use crate::net::Budget;
use crate::tape::{Stop, Tape};
use crate::timeslice;

/// The most of a body that a record shows, in bytes.
pub(super) const EXCERPT: usize = 2 << 10;

/// The most memory reserved at once for a body by its announced length, in bytes.
const ROOM: u64 = 1 << 20;

/// What a frame of a body costs beside its bytes, which the wire charges: a peer that sends a body in the smallest pieces
/// pays for the work that they make.
pub(super) const FRAME: u64 = 64;

/// A body, received.
pub(super) struct Received {
    /// The first part, up to the limit.
    pub(super) kept: Bytes,
    /// Bytes of all of it that were received, on the wire.
    pub(super) size: u64,
    /// Whether it was received to its end, so that its connection can serve another exchange.
    pub(super) is_whole: bool,
    /// What was kept is charged until this is dropped.
    pub(super) held: HeldMemory,
}

/// Receives to the last byte, and lets others go on meanwhile. Each frame is charged to the limit on traffic.
pub(super) async fn receive(
    connection: &mut Connection,
    body: &mut Incoming,
    (keep, at_limit): (u64, AtLimit),
    (tape, budget): (&Tape, &Budget<'_>),
    host: &str,
) -> Result<Received, SendError> {
    let mut kept =
        Keeper { limit: keep, first: Bytes::new(), more: BytesMut::new(), tape, held: tape.hold(0)? };
    let expected = body.size_hint().exact();
    let mut size = 0_u64;
    if at_limit == AtLimit::Cut && keep == 0 {
        let (kept, held) = kept.into_bytes();
        return Ok(Received { kept, size, is_whole: body.is_end_stream(), held });
    }
    while let Some(frame) = budget.next_part(host, connection.during(body.frame())).await? {
        let frame = frame.map_err(|error| match tape.stop() {
            Some(stop) => SendError::Stop(stop),
            None => connection.explain(&error, host, (&stage(size, expected), Quoting::Withheld)).into(),
        })?;
        tape.charge_traffic(FRAME)?;
        timeslice::share().await;
        // Trailers have no place in the answer.
        if let Ok(data) = frame.into_data() {
            size += data.len() as u64;
            kept.add(data, expected)?;
            if at_limit == AtLimit::Cut && size >= keep && !body.is_end_stream() {
                let (kept, held) = kept.into_bytes();
                return Ok(Received { kept, size, is_whole: false, held });
            }
        }
    }
    let (kept, held) = kept.into_bytes();
    Ok(Received { kept, size, is_whole: true, held })
}

/// Where in a body an error happened.
fn stage(size: u64, expected: Option<u64>) -> String {
    match expected {
        Some(expected) => format!("after {size} of {expected} bytes of the body"),
        None => format!("after {size} bytes of the body, before its end"),
    }
}

/// The first part of a body; one frame is kept as it is, without a copy.
struct Keeper<'a> {
    limit: u64,
    first: Bytes,
    more: BytesMut,
    tape: &'a Tape,
    held: HeldMemory,
}

impl Keeper<'_> {
    fn add(&mut self, mut data: Bytes, expected: Option<u64>) -> Result<(), Stop> {
        let have = (self.first.len() + self.more.len()) as u64;
        let room = self.limit.saturating_sub(have);
        data.truncate(usize::try_from(room).unwrap_or(usize::MAX));
        if data.is_empty() {
            return Ok(());
        }
        if have == 0 {
            self.charge(data.len())?;
            self.first = data;
            return Ok(());
        }
        if self.more.is_empty() {
            let expected = expected.unwrap_or(0).min(self.limit).min(ROOM);
            self.make_room(usize::try_from(expected).unwrap_or(0).max(self.first.len()))?;
            self.more.extend_from_slice(&self.first);
            self.first = Bytes::new();
        }
        self.make_room(data.len())?;
        self.more.extend_from_slice(&data);
        Ok(())
    }

    /// Makes room for so many bytes more, charged before it is made. Twice what there is, so that copying stays cheap.
    fn make_room(&mut self, bytes: usize) -> Result<(), Stop> {
        let (length, capacity) = (self.more.len(), self.more.capacity());
        if length + bytes <= capacity {
            return Ok(());
        }
        let wanted = (2 * capacity).max(length + bytes);
        self.charge(wanted - capacity)?;
        self.more.reserve(wanted - length);
        Ok(())
    }

    fn charge(&mut self, bytes: usize) -> Result<(), Stop> {
        self.held.grow(bytes as u64).map_err(|full| self.tape.out_of_memory(full))
    }

    fn into_bytes(self) -> (Bytes, HeldMemory) {
        let bytes = if self.more.is_empty() { self.first } else { self.more.freeze() };
        (bytes, self.held)
    }
}

/// Whether a record should show the beginning of this body.
pub(super) fn is_worth_showing(status: StatusCode, headers: &HeaderMap) -> bool {
    let text = |value: &http::HeaderValue| {
        let value = value.to_str().unwrap_or_default().to_ascii_lowercase();
        value.starts_with("text/")
            || ["json", "xml", "javascript", "x-www-form-urlencoded"].iter().any(|word| value.contains(word))
    };
    status.as_u16() >= 400 && headers.get(CONTENT_TYPE).is_none_or(text)
}

/// The beginning of a body as text, at most `most` bytes of it, secrets masked; none if it is empty or not UTF-8.
pub(super) fn excerpt(body: &[u8], most: usize, secrets: &SealedSecrets) -> Option<String> {
    let shown = EXCERPT.min(most);
    let body = body.get(..body.len().min(shown + secrets.lookahead()))?;
    let masked = secrets.masked(body, shown).map(|masked| masked.bytes);
    let start = masked.as_deref().unwrap_or(body);
    let start = start.get(..shown.min(start.len()))?;
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        // A character that the cut went through.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(start.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    (!text.is_empty()).then(|| text.to_owned())
}
