//! The secrets of one attempt, each with its placeholder, and texts and answers without their values.

use std::borrow::Cow;
use std::fmt::Write as _;

use bytes::Bytes;
use http::HeaderMap;
use http::header::HeaderValue;
use wayfarer_model::egress::HostPattern;

use super::places::SecretPlaces;
use super::scan::{Found, Scanner, Search};
use crate::http::target::Origin;

/// Bytes of a URL that are looked through for a record, which keeps as many.
const START: usize = 2_048;

/// One secret of an attempt.
#[derive(Clone)]
pub struct Secret {
    /// The journey's name for it.
    pub name: String,
    /// Exists only between the runner and the wire.
    pub value: String,
    /// Toward which hosts it may be sent; none means no host.
    pub hosts: Vec<HostPattern>,
    /// Whether it may be sent without TLS.
    pub plaintext: bool,
    /// Where a request may hold it.
    pub places: SecretPlaces,
    /// What the guest may have of it beside requests that hold it.
    pub grants: SecretGrants,
}

/// What a guest may have of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SecretGrants {
    /// One-time passwords made from it.
    pub totp: bool,
    /// Signatures made with it.
    pub hmac: bool,
    /// The value itself.
    pub reveal: bool,
}

impl Secret {
    /// A secret with its usual places that no host may have yet.
    pub fn new(name: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
            hosts: Vec::new(),
            plaintext: false,
            places: SecretPlaces::usual(name),
            grants: SecretGrants::default(),
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("name", &self.name).field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

pub(super) struct SealedSecret {
    pub(super) secret: Secret,
    pub(super) placeholder: String,
    /// Stands for it in every record.
    mask: String,
}

/// The secrets of one attempt: placeholders for the guest, values for the wire.
#[derive(Default)]
pub struct SealedSecrets {
    pub(super) entries: Vec<SealedSecret>,
    scanner: Scanner,
}

impl SealedSecrets {
    /// Makes a placeholder for each secret, from 12 random bytes each.
    pub fn new(secrets: Vec<Secret>, mut random: impl FnMut(&mut [u8])) -> Self {
        let entries: Vec<SealedSecret> = secrets
            .into_iter()
            .map(|secret| {
                let mut bytes = [0; 12];
                random(&mut bytes);
                let placeholder = placeholder(&secret.name, bytes);
                SealedSecret { placeholder, mask: format!("[secret {}]", secret.name), secret }
            })
            .collect();
        let texts = entries.iter().map(|entry| (entry.secret.value.as_str(), entry.placeholder.as_str()));
        let scanner = Scanner::of(texts);
        Self { entries, scanner }
    }

    /// The text that stands for a secret during this attempt.
    pub fn placeholder(&self, name: &str) -> Option<&str> {
        self.named(name).map(|entry| entry.placeholder.as_str())
    }

    /// A secret, for what the host computes from it.
    pub(crate) fn secret(&self, name: &str) -> Option<&Secret> {
        self.named(name).map(|entry| &entry.secret)
    }

    /// Whether there is nothing to seal.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether a value has more than one line.
    pub(crate) fn has_lines(&self) -> bool {
        self.entries.iter().any(|entry| entry.secret.value.contains('\n'))
    }

    /// How many values stand in a text.
    pub(crate) async fn count(&self, text: &str) -> usize {
        self.masked_in_turns(text.as_bytes(), usize::MAX).await.map_or(0, |masked| masked.values)
    }

    /// A text as it may be recorded: without values and without placeholders.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.masked(text.as_bytes(), usize::MAX).map_or(Cow::Borrowed(text), |masked| masked.text().into())
    }

    /// As [`redact`](Self::redact), for the first bytes of a text that may be long: as many as a record keeps of a URL.
    pub(in crate::http) fn redact_start<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let shown = text.floor_char_boundary(START);
        let content = text.get(..text.floor_char_boundary(START + self.lookahead())).unwrap_or(text);
        match self.masked(content.as_bytes(), shown) {
            Some(masked) => masked.text().into(),
            // With what tells that it is not all.
            None => text.get(..text.floor_char_boundary(START + 1)).unwrap_or(text).into(),
        }
    }

    /// The first `shown` bytes of content as they may be recorded; about as long. None if nothing of them is masked.
    ///
    /// Whatever begins there is masked whole, if the content reaches [`lookahead`](Self::lookahead) bytes further.
    pub(crate) fn masked(&self, content: &[u8], shown: usize) -> Option<Masked> {
        self.mask(content, self.scanner.search(content, shown, |_| true))
    }

    /// As [`masked`](Self::masked). Lets other tasks run in between.
    pub(crate) async fn masked_in_turns(&self, content: &[u8], shown: usize) -> Option<Masked> {
        let mut search = self.scanner.search(content, shown, |_| true);
        while search.step() {
            tokio::task::yield_now().await;
        }
        self.mask(content, search)
    }

    fn mask(&self, content: &[u8], search: Search<'_>) -> Option<Masked> {
        let (found, end) = search.finish();
        let values = found.iter().filter(|found| !found.is_placeholder).count();
        let mask = |found: &Found| self.entries.get(found.entry).map(|entry| entry.mask.as_str());
        replaced(content, end, &found, mask).map(|bytes| Masked { bytes, values })
    }

    /// Whether content holds the mask of a secret.
    pub(crate) fn has_mask(&self, content: &[u8]) -> bool {
        self.entries.iter().any(|entry| memchr::memmem::find(content, entry.mask.as_bytes()).is_some())
    }

    /// Whether content holds the placeholder of a secret.
    pub(crate) fn has_placeholder(&self, content: &[u8]) -> bool {
        self.entries.iter().any(|entry| memchr::memmem::find(content, entry.placeholder.as_bytes()).is_some())
    }

    /// A text as a guest may read it, whoever wrote it: placeholders stand for values.
    pub(crate) fn placeheld_text(&self, text: &str) -> String {
        let (found, end) = self.scanner.search(text.as_bytes(), usize::MAX, |_| true).finish();
        let sealed = self.placeheld(text.as_bytes(), end, &found);
        sealed.map_or_else(|| text.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// How far beyond a cut a content must be known, in bytes: no value that begins before the cut ends later.
    pub(crate) fn lookahead(&self) -> usize {
        self.scanner.reach()
    }

    /// No value and no placeholder is longer, in bytes.
    pub(crate) fn longest(&self) -> usize {
        self.scanner.longest()
    }

    fn named(&self, name: &str) -> Option<&SealedSecret> {
        self.entries.iter().find(|entry| entry.secret.name == name)
    }

    /// Whether any secret may be sent to this host, which may then repeat it.
    pub(in crate::http) fn is_meant_for(&self, origin: &Origin) -> bool {
        self.entries.iter().any(|entry| entry.is_for(origin))
    }

    /// Whether a header may travel to another origin: it holds no secret that the origin may not have.
    pub(in crate::http) fn may_travel(&self, value: &str, origin: &Origin) -> bool {
        !self.entries.iter().any(|entry| !entry.is_for(origin) && value.contains(&entry.placeholder))
    }

    /// Replaces the values in the headers of an answer by their placeholders.
    pub(in crate::http) fn seal_back_headers(&self, headers: &mut HeaderMap, origin: &Origin) {
        if !self.is_meant_for(origin) {
            return;
        }
        for value in headers.values_mut() {
            let sealed = self.sealed(value.as_bytes(), origin);
            if let Some(sealed) =
                sealed.and_then(|sealed| HeaderValue::from_maybe_shared(Bytes::from(sealed)).ok())
            {
                *value = sealed;
            }
        }
    }

    /// Replaces the values in a text of this origin's by their placeholders.
    pub(in crate::http) fn seal_back_text(&self, text: String, origin: &Origin) -> String {
        match self.sealed(text.as_bytes(), origin) {
            Some(sealed) => String::from_utf8_lossy(&sealed).into_owned(),
            None => text,
        }
    }

    /// Replaces the values in the first `shown` bytes of a body by their placeholders and cuts off the rest, so that the
    /// result is about as long. Only values that may be sent to the origin are replaced: a host that never gets a value
    /// could otherwise be used to try guesses at it. Lets other tasks run in between.
    ///
    /// Also says whether it cut the body earlier, because values stand in it in too many places.
    pub(in crate::http) async fn seal_back(
        &self,
        body: Bytes,
        shown: usize,
        origin: &Origin,
    ) -> (Bytes, bool) {
        let shown = shown.min(body.len());
        if !self.is_meant_for(origin) {
            return (body.slice(..shown), false);
        }
        let mut search = self.search_for(&body, shown, origin);
        while search.step() {
            tokio::task::yield_now().await;
        }
        let (found, end) = search.finish();
        let sealed = self.placeheld(&body, end, &found).map(Bytes::from);
        (sealed.unwrap_or_else(|| body.slice(..end)), end < shown)
    }

    fn sealed(&self, content: &[u8], origin: &Origin) -> Option<Vec<u8>> {
        let (found, end) = self.search_for(content, usize::MAX, origin).finish();
        self.placeheld(content, end, &found)
    }

    fn search_for<'a>(&'a self, content: &'a [u8], end: usize, origin: &'a Origin) -> Search<'a> {
        let is_for =
            move |found: &Found| self.entries.get(found.entry).is_some_and(|entry| entry.is_for(origin));
        self.scanner.search(content, end, is_for)
    }

    /// The content with placeholders in place of values; those that stand in it already stay.
    fn placeheld(&self, content: &[u8], end: usize, found: &[Found]) -> Option<Vec<u8>> {
        replaced(content, end, found, |found| {
            self.entries.get(found.entry).map(|entry| entry.placeholder.as_str())
        })
    }
}

/// Content in which masks stand for secrets.
pub(crate) struct Masked {
    pub(crate) bytes: Vec<u8>,
    /// How many values were masked; placeholders do not count.
    pub(crate) values: usize,
}

impl Masked {
    /// Every value is whole characters, so the text between values is too.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// A content up to `end` with a text in place of what was found. What begins there is replaced whole. None if nothing was
/// found.
fn replaced<'a>(
    content: &[u8],
    end: usize,
    found: &[Found],
    stand_in: impl Fn(&Found) -> Option<&'a str>,
) -> Option<Vec<u8>> {
    if found.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(end);
    let mut done = 0;
    for found in found {
        out.extend_from_slice(content.get(done..found.range.start).unwrap_or_default());
        out.extend_from_slice(stand_in(found).unwrap_or_default().as_bytes());
        done = found.range.end;
    }
    out.extend_from_slice(content.get(done..end).unwrap_or_default());
    Some(out)
}

impl SealedSecret {
    pub(super) fn is_for(&self, origin: &Origin) -> bool {
        self.secret.hosts.iter().any(|hosts| hosts.covers_host(&origin.host, origin.port))
    }
}

/// `wfsecret_`, the name as far as it is letters and digits, and 24 hexadecimal digits.
fn placeholder(name: &str, random: [u8; 12]) -> String {
    let tame = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let mut text: String = "wfsecret_".chars().chain(name.chars().take(32).map(tame)).collect();
    text.push('_');
    for byte in random {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
