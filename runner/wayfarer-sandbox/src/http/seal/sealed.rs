//! The secrets of one attempt, each with its placeholder, and texts and answers without their values.

use std::borrow::Cow;
use std::fmt::Write as _;

use bytes::Bytes;
use http::HeaderMap;
use http::header::HeaderValue;
use wayfarer_model::egress::HostPattern;

use super::forms::Forms;
use crate::http::target::Origin;

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
    forms: Forms,
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
        let forms =
            Forms::of(entries.iter().map(|entry| (entry.secret.value.as_str(), entry.placeholder.as_str())));
        Self { entries, forms }
    }

    /// The text that stands for a secret during this attempt.
    pub fn placeholder(&self, name: &str) -> Option<&str> {
        self.named(name).map(|entry| entry.placeholder.as_str())
    }

    /// The value of a secret, for what the host computes from it.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.named(name).map(|entry| entry.secret.value.as_str())
    }

    /// Whether there is nothing to seal.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// A text as it may be recorded: without values and without placeholders.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.masked(text.as_bytes()) {
            // Every form is whole characters, so the text between forms is too.
            Some(masked) => String::from_utf8_lossy(&masked).into_owned().into(),
            None => text.into(),
        }
    }

    /// As [`redact`](Self::redact), for content that need not be text.
    pub fn redact_bytes(&self, content: Vec<u8>) -> Vec<u8> {
        self.masked(&content).unwrap_or(content)
    }

    fn masked(&self, content: &[u8]) -> Option<Vec<u8>> {
        let mask = |entry: usize| self.entries.get(entry).map(|entry| entry.mask.as_str());
        self.forms.replaced(content, true, usize::MAX, mask)
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
    pub(in crate::http) fn seal_back_headers(&self, headers: &mut HeaderMap) {
        if self.entries.is_empty() {
            return;
        }
        for value in headers.values_mut() {
            let sealed =
                self.forms.replaced(value.as_bytes(), false, usize::MAX, |entry| self.stand_in(entry));
            if let Some(sealed) =
                sealed.and_then(|sealed| HeaderValue::from_maybe_shared(Bytes::from(sealed)).ok())
            {
                *value = sealed;
            }
        }
    }

    /// Replaces the values in a body by their placeholders. If the body is only the first part of what the target sent,
    /// its end may be the beginning of a value, which is removed too. Returns about `limit` bytes at most.
    pub(in crate::http) fn seal_back(&self, mut body: Bytes, is_whole: bool, limit: usize) -> Bytes {
        if self.entries.is_empty() {
            return body;
        }
        if !is_whole {
            body.truncate(body.len() - self.forms.begun_at_end(&body));
        }
        match self.forms.replaced(&body, false, limit, |entry| self.stand_in(entry)) {
            Some(sealed) => sealed.into(),
            None => body,
        }
    }

    fn stand_in(&self, entry: usize) -> Option<&str> {
        self.entries.get(entry).map(|entry| entry.placeholder.as_str())
    }
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
