//! Bearer tokens as text: `wf_`, 256 random bits, and a checksum that tells a typo from an unknown token.
//!
//! The server makes a token and shows its text once. The store keeps only the hash, and no log shows the text: [`Token`]
//! has no `Display`, and its `Debug` hides it.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};

/// The file in a server's data directory that holds its operator's token.
pub(crate) const ADMIN_TOKEN: &str = "admin.token";

/// Every token begins with it, which lets scanners for leaked secrets recognise one.
const PREFIX: &str = "wf_";
/// 43 of 62 letters are 256 bits.
const BODY: usize = 43;
/// Letters of the checksum: 32 bits.
const CHECKSUM: usize = 6;
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Why a text is no token. The message never contains the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("it is no token: a token begins with `{PREFIX}`")]
    Prefix,
    /// Cut off, or too long.
    #[error(
        "it is no token: a token has {expected} characters and this has {0}; copy all of it",
        expected = PREFIX.len() + BODY + CHECKSUM
    )]
    Length(usize),
    #[error("the token has a typo: its checksum does not match; copy it again")]
    Checksum,
}

/// A token. Its text is a secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl Token {
    /// A new one from 256 random bits.
    pub(crate) fn new(random: [u8; 32]) -> Self {
        let body = letters(random, BODY);
        let checksum = checksum(&body);
        Self(format!("{PREFIX}{body}{checksum}"))
    }

    /// What the store keeps of it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        sha256(self.0.as_bytes())
    }

    /// The secret text.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl FromStr for Token {
    type Err = TokenError;
    fn from_str(text: &str) -> Result<Self, TokenError> {
        let rest = text.strip_prefix(PREFIX).ok_or(TokenError::Prefix)?;
        let length = text.chars().count();
        if length != PREFIX.len() + BODY + CHECKSUM {
            return Err(TokenError::Length(length));
        }
        match rest.split_at_checked(BODY) {
            // A checksum can be found for a text with other characters too.
            Some((body, found)) if is_of_letters(body) && found == checksum(body) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(TokenError::Checksum),
        }
    }
}

fn is_of_letters(text: &str) -> bool {
    text.bytes().all(|byte| LETTERS.contains(&byte))
}

fn checksum(body: &str) -> String {
    let hash = sha256(body.as_bytes());
    let mut short = [0; 32];
    if let (Some(last), Some(first)) = (short.get_mut(28..), hash.get(..4)) {
        last.copy_from_slice(first);
    }
    letters(short, CHECKSUM)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    // It has 32 bytes: that is what SHA-256 is.
    digest(&SHA256, bytes).as_ref().try_into().unwrap_or_default()
}

/// A big-endian number in base 62, the last `count` letters of it.
fn letters(mut number: [u8; 32], count: usize) -> String {
    let mut letters: Vec<char> = (0..count)
        .map(|_| {
            let rest = number.iter_mut().fold(0_usize, |rest, byte| {
                let value = rest * 256 + usize::from(*byte);
                *byte = (value / LETTERS.len()) as u8;
                value % LETTERS.len()
            });
            LETTERS.get(rest).map_or('0', |letter| char::from(*letter))
        })
        .collect();
    letters.reverse();
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_text_and_is_known_by_its_hash() {
        let token = Token::new([0xa5; 32]);
        insta::assert_snapshot!(token.reveal(), @"wf_dHMOUNLh0UTx6gmQ9MHQdRUvZdbXMLLlzChlYYN1shx2tzKeB");
        let read: Token = token.reveal().parse().unwrap();
        assert_eq!(read.hash(), token.hash());
        assert_ne!(Token::new([0xa6; 32]).hash(), token.hash());
        assert_eq!(format!("{token:?}"), "Token(…)");
    }

    #[test]
    fn the_smallest_and_the_largest_have_the_same_length_and_use_every_bit() {
        let mut last = [0; 32];
        last[0] = 1;
        let texts = [[0; 32], [0xff; 32], last].map(|random| Token::new(random).reveal().to_owned());
        assert!(texts.iter().all(|text| text.len() == 52), "{texts:?}");
        assert_ne!(texts[0], texts[2], "the first bits count too");
    }

    #[test]
    fn a_typo_is_told_from_something_else() {
        let text = Token::new([7; 32]).reveal().to_owned();
        let error = |text: &str| text.parse::<Token>().unwrap_err();
        for place in 3..text.len() {
            let mut typo = text.clone().into_bytes();
            typo[place] = if typo[place] == b'x' { b'y' } else { b'x' };
            assert_eq!(error(std::str::from_utf8(&typo).unwrap()), TokenError::Checksum);
        }
        // A fuzzer has found its checksum.
        let found = "wf_yhjskwdA6OZ1AL1YmHWZW\u{1}\0u\0\0\0\0\0nuCA2j5rOw8Xp142pSGS";
        assert_eq!(error(found), TokenError::Checksum);
        assert_eq!(error("hunter2"), TokenError::Prefix);
        assert_eq!(error(&text[..51]), TokenError::Length(51));
        assert_eq!(error(&format!("{}é", &text[..50])), TokenError::Length(51));
        assert_eq!(error(&format!("{}é", &text[..51])), TokenError::Checksum, "it has the characters of one");
        insta::assert_snapshot!(error(&text[..51]), @"it is no token: a token has 52 characters and this has 51; copy all of it");
    }
}
