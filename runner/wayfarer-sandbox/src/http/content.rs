//! What becomes of a received body before the guest gets it: how much of it the host keeps, the undoing of its encodings,
//! and the seal.
//!
//! Invariant: a value of a secret that begins before a cut is received whole or not shown, neither to the guest nor in a record, so
//! that nobody sees a part of it.

use bytes::Bytes;
use http::Response;
use http::header::TRANSFER_ENCODING;
use wayfarer_model::traffic::{TrafficError, TrafficErrorKind};
use wayfarer_model::units::Bytes as Size;

use super::decode::{self, DecodeError, Encoding, Encodings};
use super::exchange::AtLimit;
use super::receive::{self, EXCERPT, Received};
use super::seal::SealedSecrets;
use super::session::SendError;
use super::target::Origin;
use crate::memory::HeldMemory;
use crate::net::fault::{journeys, targets};
use crate::tape::Tape;

/// What a request wants of the body of its answer.
pub(super) struct WantedBody<'a> {
    /// The most of a decoded body that the guest gets, in bytes.
    pub(super) most: u64,
    pub(super) at_limit: AtLimit,
    pub(super) tape: &'a Tape,
    pub(super) secrets: &'a SealedSecrets,
}

/// A body on its way to the guest: decoded, not sealed yet.
pub(super) struct Content {
    pub(super) bytes: Bytes,
    /// Whether it is only the first part.
    pub(super) is_cut: bool,
    pub(super) held: [HeldMemory; 2],
}

impl WantedBody<'_> {
    /// The bytes of a decoded body that the host needs: what the guest gets, what a record shows, and what lies just behind.
    pub(super) fn bytes_to_keep(&self, response: &Response<()>, encodings: &Encodings) -> u64 {
        // Whoever stops a body that does not end must not wait for more of it.
        if self.at_limit == AtLimit::Cut {
            return self.most;
        }
        let keep = if is_shown(response, encodings) { self.most.max(EXCERPT as u64) } else { self.most };
        // A value that begins before a cut is received whole, so that it is replaced whole.
        let lookahead = if keep > 0 { self.secrets.lookahead() as u64 } else { 0 };
        keep.saturating_add(lookahead)
    }

    /// The content of a received body: at most `keep` bytes of it, decoded.
    ///
    /// # Errors
    /// Beyond a budget of the attempt; the target's fault if its body is malformed or too large; `denied` if a secret could hide in it.
    pub(super) async fn content(
        &self,
        received: Received,
        response: &Response<()>,
        encodings: &Encodings,
        (keep, origin): (u64, &Origin),
    ) -> Result<Content, SendError> {
        if keep > 0 && received.size > 0 && self.secrets.is_meant_for(origin) {
            readable(response, encodings, &origin.host)?;
        }
        let content = self.decoded(received, encodings, keep, &origin.host).await?;
        let is_larger = content.is_cut || content.bytes.len() as u64 > self.most;
        if self.at_limit == AtLimit::Refuse && is_larger {
            return Err(too_large(&origin.host, self.most).into());
        }
        Ok(content)
    }

    async fn decoded(
        &self,
        received: Received,
        encodings: &Encodings,
        keep: u64,
        host: &str,
    ) -> Result<Content, SendError> {
        let Received { kept, size, is_whole, held } = received;
        let is_whole = is_whole && kept.len() as u64 == size;
        let known: &[Encoding] = match encodings {
            Encodings::Known(known) if keep > 0 => known,
            _ => &[],
        };
        if known.is_empty() {
            let held = [held, self.tape.hold(0)?];
            return Ok(Content { bytes: kept, is_cut: !is_whole, held });
        }
        let most = usize::try_from(keep).unwrap_or(usize::MAX);
        match decode::decode(known, kept, is_whole, most, self.tape).await {
            Ok(decoded) => {
                let held = [decoded.held, self.tape.hold(0)?];
                Ok(Content { bytes: decoded.bytes, is_cut: decoded.is_cut, held })
            }
            Err(DecodeError::Malformed(what)) => {
                Err(targets(TrafficErrorKind::Protocol, format!("{host} sent {what}")).into())
            }
            Err(DecodeError::Stop(stop)) => Err(stop.into()),
        }
    }

    /// How many bytes of a content hold whole values only. A value may begin behind them whose end was not received.
    fn whole(&self, content: &Content) -> usize {
        if content.is_cut && self.at_limit == AtLimit::Cut {
            content.bytes.len().saturating_sub(self.secrets.lookahead())
        } else {
            usize::MAX
        }
    }

    /// What a record shows of a content.
    pub(super) fn excerpt(
        &self,
        content: &Content,
        response: &Response<()>,
        encodings: &Encodings,
    ) -> Option<String> {
        let is_shown = is_shown(response, encodings);
        is_shown.then(|| receive::excerpt(&content.bytes, self.whole(content), self.secrets)).flatten()
    }

    /// What the guest gets of a body, and whether there is more of it.
    pub(super) async fn sealed(&self, content: Content, origin: &Origin) -> ((Bytes, [HeldMemory; 2]), bool) {
        let wanted = usize::try_from(self.most).unwrap_or(usize::MAX);
        let whole = if self.secrets.is_meant_for(origin) { self.whole(&content) } else { usize::MAX };
        let shown = wanted.min(whole);
        let Content { bytes, is_cut, held } = content;
        let length = bytes.len();
        let (mut body, is_cut_earlier) = self.secrets.seal_back(bytes, shown, origin).await;
        // Placeholders are longer than most values. What no longer fits counts as truncated.
        let is_truncated = is_cut_earlier || is_cut || body.len() > shown || length > shown;
        body.truncate(wanted);
        ((body, held), is_truncated)
    }
}

/// Whether a record shows the beginning of a body.
fn is_shown(response: &Response<()>, encodings: &Encodings) -> bool {
    *encodings != Encodings::Unknown && receive::is_worth_showing(response.status(), response.headers())
}

/// The most bytes to receive for so many decoded ones.
pub(super) fn wire_bytes(keep: u64, encodings: &Encodings) -> u64 {
    if has_any(encodings) { decode::wire_bytes(keep) } else { keep }
}

fn too_large(host: &str, limit: u64) -> TrafficError {
    let limit = Size(limit);
    let message = format!(
        "the body of the response from {host} is larger than the limit of {limit}: raise `limits.response_body` or ask for \
         less"
    );
    targets(TrafficErrorKind::TooLarge, message)
}

fn has_any(encodings: &Encodings) -> bool {
    matches!(encodings, Encodings::Known(known) if !known.is_empty())
}

/// Refuses an answer that cannot be decoded of a host that may know a secret: the seal does not find a value in it.
///
/// # Errors
/// `denied`.
fn readable(response: &Response<()>, encodings: &Encodings, host: &str) -> Result<(), TrafficError> {
    let is_plain = |value: &http::HeaderValue| {
        ["identity", "chunked"].iter().any(|word| value.as_bytes().eq_ignore_ascii_case(word.as_bytes()))
    };
    let transferred = response.headers().get_all(TRANSFER_ENCODING);
    if *encodings != Encodings::Unknown && transferred.iter().all(is_plain) {
        return Ok(());
    }
    // The rule is ours and not the target's fault, so it must alert nobody.
    let message = format!(
        "{host} encoded its answer in a way that the runner cannot undo, and a secret could hide in it: have it honour \
         `accept-encoding: {accepted}`, or call it without keeping the body",
        accepted = decode::ACCEPTED
    );
    Err(journeys(TrafficErrorKind::Denied, message))
}
