//! What is kept of an exchange as evidence: bounded heads and bodies as the guest knows them, with placeholders for secrets.
//!
//! Invariants: no value of a credential is in it, whoever chose it: of `authorization`, cookies and headers that are named like a token, the
//! names alone are kept ([`credentials`](super::credentials)). A text that was cut is longer than what is shown of it by
//! [`SealedSecrets::lookahead`], so that whoever takes the secrets out ([`Redaction`](crate::redact::Redaction)) sees every value whole that
//! begins in the shown part.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::{CONTENT_LENGTH, COOKIE, HeaderName};
use wayfarer_model::exchange::{BodyRecord, EvidenceBounds, MessageRecord};
use wayfarer_model::text::CUT;

use super::credentials::shown_value;
use super::exchange::text_of;
use super::prepare::{Hop, Prepared};
use super::seal::SealedSecrets;
use super::target::Origin;
use super::trace::HttpTrace;

/// Bytes of one header's value that are kept.
const VALUE: usize = 1 << 10;

/// Notes one attempt's exchanges.
#[derive(Clone, Copy)]
pub(super) struct Evidence<'a> {
    bounds: EvidenceBounds,
    secrets: &'a SealedSecrets,
}

impl<'a> Evidence<'a> {
    /// None if nothing is kept.
    pub(super) fn of(trace: &HttpTrace<'_>, secrets: &'a SealedSecrets) -> Option<Self> {
        Some(Self { bounds: trace.tape().evidence()?, secrets })
    }

    /// Notes what is sent.
    pub(super) fn sent(self, trace: &HttpTrace<'_>, hop: &Hop, prepared: &Prepared) {
        let own: Vec<(HeaderName, &str)> = hop
            .headers
            .iter()
            .filter_map(|(name, value)| Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value.as_str())))
            .collect();
        // What the runner has added. The length of a body with values in it would tell theirs.
        let added = prepared.headers().iter().filter(|(name, _)| {
            **name != CONTENT_LENGTH && (**name == COOKIE || own.iter().all(|(known, _)| known != *name))
        });
        let added = added.map(|(name, value)| (name, text_of(value.as_bytes())));
        let guests = own.iter().filter(|(name, _)| *name != COOKIE);
        let guests = guests.map(|(name, value)| (name, Cow::Borrowed(*value)));
        let (headers, headers_left_out) = self.head(guests.chain(added));
        let body = self.body(&hop.body, false);
        trace.tape().note_sent(trace.ticket(), MessageRecord { headers, headers_left_out, body });
    }

    /// Notes an answer's head, before anything of its body is known.
    pub(super) fn answered(self, trace: &HttpTrace<'_>, headers: &HeaderMap, origin: &Origin) {
        let mut headers = Cow::Borrowed(headers);
        if self.secrets.is_meant_for(origin) {
            self.secrets.seal_back_headers(headers.to_mut(), origin);
        }
        let all = headers.iter().map(|(name, value)| (name, text_of(value.as_bytes())));
        let (headers, headers_left_out) = self.head(all);
        let received = MessageRecord { headers, headers_left_out, body: BodyRecord::default() };
        trace.tape().note_answered(trace.ticket(), received);
    }

    /// Notes the body of an answer as the guest gets it, and whether it is only the first part.
    pub(super) fn received(self, trace: &HttpTrace<'_>, body: &[u8], is_truncated: bool) {
        trace.tape().note_body(trace.ticket(), self.body(body, is_truncated));
    }

    /// The headers that fit, and how many do not.
    fn head<'h>(
        self,
        headers: impl Iterator<Item = (&'h HeaderName, Cow<'h, str>)>,
    ) -> (Vec<(String, String)>, u32) {
        let (mut kept, mut left_out, mut bytes) = (Vec::new(), 0_u32, 0);
        for (name, value) in headers {
            let value = shown_value(name, &value).map_or_else(|| self.cut(&value), Cow::into_owned);
            bytes += (name.as_str().len() + value.len()) as u64;
            if bytes > self.bounds.head {
                left_out = left_out.saturating_add(1);
            } else {
                kept.push((name.as_str().to_owned(), value));
            }
        }
        (kept, left_out)
    }

    /// A value of any length, cut where no value of a secret can be parted.
    fn cut(self, value: &str) -> String {
        if value.len() <= VALUE {
            return value.to_owned();
        }
        let known = value.floor_char_boundary(VALUE + self.secrets.lookahead());
        let known = value.get(..known).unwrap_or_default();
        let shown = known.floor_char_boundary(VALUE);
        let masked = self.secrets.masked(known.as_bytes(), shown);
        let shown = masked.map_or_else(|| known.get(..shown).unwrap_or_default().to_owned(), |it| it.text());
        shown + CUT
    }

    /// The beginning of a body, with as much behind the shown part as the bound on a text's end asks for.
    fn body(self, body: &[u8], is_truncated: bool) -> BodyRecord {
        let bound = usize::try_from(self.bounds.body).unwrap_or(usize::MAX);
        if bound == 0 {
            return BodyRecord { is_cut: is_truncated || !body.is_empty(), ..BodyRecord::default() };
        }
        if body.len() <= bound {
            return BodyRecord { content: body.to_vec(), is_cut: is_truncated, is_lost: false };
        }
        let known = bound.saturating_add(self.secrets.lookahead()).min(body.len());
        let content = body.get(..known).unwrap_or_default().to_vec();
        BodyRecord { content, is_cut: true, is_lost: false }
    }
}
