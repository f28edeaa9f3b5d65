//! The secret of a session, which the browser keeps in a cookie and the server does not keep at all: the store has its SHA-256.
//!
//! The token of a form follows from the secret by HMAC, so nothing of it is stored either, and it ends with the session. Another site can
//! make a browser send the cookie; it can read neither the cookie nor our pages, so it does not know the token.
//!
//! Every page has a token of its own. A page repeats words of its URL and is compressed, so its length tells how much a word is like the
//! rest of it: whoever sees lengths and chooses URLs could find out a token that is the same on all of them, letter by letter.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;

/// 256 bits in base64.
const LENGTH: usize = 43;
/// What the HMAC is over: a secret's other uses must not give the same.
const OF_FORMS: &[u8] = b"wayfarer: token of forms";
const OF_PAGES: &[u8] = b"wayfarer: name of a page";
/// How much of a token names its page, in letters.
const PAGE: usize = 12;

/// 256 random bits as text.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// A new one.
    pub(crate) fn new() -> Self {
        Self(BASE64URL_NOPAD.encode(&rand::random::<[u8; 32]>()))
    }

    /// None for a text that is none of ours.
    pub(super) fn read(text: &str) -> Option<Self> {
        let is_one = text.len() == LENGTH && BASE64URL_NOPAD.decode(text.as_bytes()).is_ok();
        is_one.then(|| Self(text.to_owned()))
    }

    /// For the cookie.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// What the store keeps.
    pub(super) fn hash(&self) -> [u8; 32] {
        // It has 32 bytes: that is what SHA-256 is.
        digest(&SHA256, self.0.as_bytes()).as_ref().try_into().unwrap_or_default()
    }

    /// What our own forms carry on the page of that URL.
    pub(super) fn form_token(&self, url: &str) -> String {
        let page: String = self.signed(OF_PAGES, url).chars().take(PAGE).collect();
        let signature = self.signed(OF_FORMS, &page);
        page + &signature
    }

    /// Whether a form carries one, of whichever page. Takes the same time for every text of the right length.
    pub(super) fn is_form_token(&self, text: &str) -> bool {
        let Some((page, signature)) = text.split_at_checked(PAGE) else { return false };
        verify_slices_are_equal(self.signed(OF_FORMS, page).as_bytes(), signature.as_bytes()).is_ok()
    }

    fn signed(&self, purpose: &[u8], text: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes());
        let mut signing = hmac::Context::with_key(&key);
        signing.update(purpose);
        signing.update(text.as_bytes());
        BASE64URL_NOPAD.encode(signing.sign().as_ref())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_s_token_follows_from_its_secret_alone() {
        let (one, other) = (Secret::new(), Secret::new());
        let token = one.form_token("/a");
        assert!(one.is_form_token(&token) && !other.is_form_token(&token));
        assert!(!one.is_form_token("") && !one.is_form_token("é") && !one.is_form_token(&token[1..]));
        assert_eq!(token, one.form_token("/a"), "a page that did not change stays the same");
        let elsewhere = one.form_token("/b");
        assert!(one.is_form_token(&elsewhere));
        let shared = |from: usize, to: usize| token[from..to] == elsewhere[from..to];
        assert!((0..token.len() - 6).all(|at| !shared(at, at + 6)), "{token} {elsewhere}");
        let mixed = format!("{}{}", &token[..PAGE], &elsewhere[PAGE..]);
        assert!(!one.is_form_token(&mixed));
        assert_ne!(token[PAGE..], *one.reveal());
        assert_eq!(Secret::read(one.reveal()).unwrap(), one);
        assert_eq!(format!("{one:?}"), "Secret(…)");
    }

    #[test]
    fn what_is_no_secret_of_ours_is_none() {
        let text = Secret::new().reveal().to_owned();
        for wrong in
            ["", &text[1..], &format!("{text}a"), &format!("{}=", &text[1..]), &format!("{}é", &text[2..])]
        {
            assert_eq!(Secret::read(wrong), None, "{wrong}");
        }
    }
}
