//! What binds a sign-in to its browser: state, nonce and the verifier of PKCE. All follow by HMAC from the secret in the browser's cookie
//! and from an attempt, which the state itself carries. Whoever does not have the cookie can neither make a state nor redeem a code.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use wayfarer_model::units::UnixMillis;

use super::super::destination::Destination;
use super::super::secret::Secret;

/// How long a visitor may stay at the provider, in milliseconds.
const LONGEST_MS: u64 = 15 * 60_000;
/// Bytes of the attempt: when it began, and what tells it from others.
const BEGAN: usize = 8;
const RANDOM: usize = 16;
/// The longest state, in bytes.
const LONGEST: usize = 4_096;

/// One attempt to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Attempt {
    /// When it began, what tells it from others, and where it leads.
    content: Vec<u8>,
}

impl Attempt {
    pub(in super::super) fn new(now: UnixMillis, next: &Destination) -> Self {
        let random: [u8; RANDOM] = rand::random();
        Self { content: [&now.0.to_be_bytes()[..], &random, next.as_str().as_bytes()].concat() }
    }

    /// The attempt of a state that this browser began a while ago at most.
    pub(in super::super) fn read(text: &str, secret: &Secret, now: UnixMillis) -> Option<Self> {
        let (content, mac) = Some(text).filter(|text| text.len() <= LONGEST)?.split_once('.')?;
        let attempt = Self { content: BASE64URL_NOPAD.decode(content.as_bytes()).ok()? };
        let own = attempt.derive(secret, "state");
        verify_slices_are_equal(own.as_bytes(), mac.as_bytes()).ok()?;
        let began = u64::from_be_bytes(attempt.content.first_chunk::<BEGAN>().copied()?);
        (now.0.saturating_sub(began) <= LONGEST_MS).then_some(attempt)
    }

    pub(in super::super) fn state(&self, secret: &Secret) -> String {
        format!("{}.{}", BASE64URL_NOPAD.encode(&self.content), self.derive(secret, "state"))
    }

    pub(in super::super) fn nonce(&self, secret: &Secret) -> String {
        self.derive(secret, "nonce")
    }

    /// What only this browser can redeem the code with.
    pub(in super::super) fn verifier(&self, secret: &Secret) -> String {
        self.derive(secret, "verifier")
    }

    /// What the provider learns of it: its SHA-256 (RFC 7636).
    pub(in super::super) fn challenge(&self, secret: &Secret) -> String {
        BASE64URL_NOPAD.encode(digest(&SHA256, self.verifier(secret).as_bytes()).as_ref())
    }

    pub(in super::super) fn next(&self) -> Destination {
        let text = self.content.get(BEGAN + RANDOM..).unwrap_or_default();
        Destination::read(std::str::from_utf8(text).unwrap_or_default())
    }

    fn derive(&self, secret: &Secret, purpose: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes());
        let text = [&b"wayfarer: oidc "[..], purpose.as_bytes(), b" ", &self.content].concat();
        BASE64URL_NOPAD.encode(hmac::sign(&key, &text).as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_by_its_own_browser_for_a_quarter_of_an_hour() {
        let (secret, other, now) = (Secret::new(), Secret::new(), UnixMillis(1_790_000_000_000));
        let attempt = Attempt::new(now, &Destination::read("/runs?a=b"));
        let state = attempt.state(&secret);
        let later = |minutes: u64| UnixMillis(now.0 + minutes * 60_000);
        assert_eq!(Attempt::read(&state, &secret, later(15)), Some(attempt.clone()));
        assert_eq!(Attempt::read(&state, &secret, later(16)), None);
        assert_eq!(Attempt::read(&state, &other, now), None, "another browser");
        assert_eq!(attempt.next().as_str(), "/runs?a=b");
        let again = Attempt::new(now, &Destination::default());
        assert_ne!(again.nonce(&secret), attempt.nonce(&secret));
        for wrong in ["", ".", "a.b", &state[1..], &state[..state.len() - 1], &format!("{state}a")] {
            assert_eq!(Attempt::read(wrong, &secret, now), None, "{wrong}");
        }
        let all = [state, attempt.nonce(&secret), attempt.verifier(&secret), attempt.challenge(&secret)];
        assert!(all.iter().all(|text| !text.contains(secret.reveal())));
        assert!((43..=128).contains(&attempt.verifier(&secret).len()), "RFC 7636, 4.1");
    }
}
