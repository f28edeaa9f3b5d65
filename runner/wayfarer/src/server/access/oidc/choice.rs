//! The choice between tenants, for whoever has grants for several. It travels through the browser as a text that only this process can
//! make: who has signed in, in which browser, and for what.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use wayfarer_model::access::Role;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;

use super::super::destination::Destination;
use super::super::secret::Secret;

/// How long a visitor may think about it, in milliseconds.
const LONGEST_MS: u64 = 15 * 60_000;

/// Who has signed in, and for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Choice {
    pub(in super::super) issuer: String,
    pub(in super::super) subject: String,
    pub(in super::super) name: String,
    pub(in super::super) grants: Vec<(TenantName, Role)>,
    pub(in super::super) next: String,
    /// When, in unix milliseconds.
    pub(in super::super) at_ms: u64,
}

/// What a process makes such texts with.
pub(in super::super) struct ChoiceKey(hmac::Key);

impl ChoiceKey {
    pub(in super::super) fn new() -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &rand::random::<[u8; 32]>()))
    }

    fn mac(&self, content: &str, secret: &Secret) -> String {
        let text = format!("{} {content}", BASE64URL_NOPAD.encode(&secret.hash()));
        BASE64URL_NOPAD.encode(hmac::sign(&self.0, text.as_bytes()).as_ref())
    }
}

impl Choice {
    /// For that browser.
    pub(in super::super) fn text(&self, key: &ChoiceKey, secret: &Secret) -> String {
        // A record of texts and numbers becomes JSON in any case.
        let content = BASE64URL_NOPAD.encode(&serde_json::to_vec(self).unwrap_or_default());
        let mac = key.mac(&content, secret);
        format!("{content}.{mac}")
    }

    /// The choice that this process gave to this browser a while ago at most.
    pub(in super::super) fn read(
        text: &str,
        key: &ChoiceKey,
        secret: &Secret,
        now: UnixMillis,
    ) -> Option<Self> {
        let (content, mac) = text.split_once('.')?;
        verify_slices_are_equal(key.mac(content, secret).as_bytes(), mac.as_bytes()).ok()?;
        let choice: Self = serde_json::from_slice(&BASE64URL_NOPAD.decode(content.as_bytes()).ok()?).ok()?;
        (now.0.saturating_sub(choice.at_ms) <= LONGEST_MS).then_some(choice)
    }

    pub(in super::super) fn next(&self) -> Destination {
        Destination::read(&self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_for_its_own_browser_and_nobody_can_change_it() {
        let (key, secret, now) = (ChoiceKey::new(), Secret::new(), UnixMillis(1_790_000_000_000));
        let choice = Choice {
            issuer: "https://id.example".to_owned(),
            subject: "7".to_owned(),
            name: "ana".to_owned(),
            grants: vec![("shop".parse().unwrap(), Role::Author)],
            next: "/".to_owned(),
            at_ms: now.0,
        };
        let text = choice.text(&key, &secret);
        assert_eq!(Choice::read(&text, &key, &secret, now), Some(choice.clone()));
        assert_eq!(Choice::read(&text, &key, &Secret::new(), now), None);
        assert_eq!(Choice::read(&text, &ChoiceKey::new(), &secret, now), None);
        assert_eq!(Choice::read(&text, &key, &secret, UnixMillis(now.0 + 16 * 60_000)), None);
        let other = Choice { grants: vec![("shop".parse().unwrap(), Role::Operator)], ..choice };
        let forged = format!(
            "{}.{}",
            other.text(&key, &secret).split('.').next().unwrap(),
            text.split('.').nth(1).unwrap()
        );
        assert_eq!(Choice::read(&forged, &key, &secret, now), None);
    }
}
