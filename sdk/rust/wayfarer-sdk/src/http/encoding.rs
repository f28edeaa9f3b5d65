//! Decoding a body's `content-encoding`, with a limit on the decoded size.
//!
//! A request accepts only the encodings whose features are enabled. The SDK leaves a body in another encoding
//! unchanged.

use super::error::ErrorKind;
use crate::bindings::wayfarer::journey::http as wit;

/// The value of `accept-encoding`; empty if no feature is enabled.
pub(super) const ACCEPTED: &str = match (cfg!(feature = "gzip"), cfg!(feature = "brotli")) {
    (true, true) => "br, gzip",
    (true, false) => "gzip",
    (false, true) => "br",
    (false, false) => "",
};

/// Why a body could not be decoded.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(
    not(any(feature = "gzip", feature = "brotli")),
    expect(dead_code, reason = "no decoder is enabled")
)]
pub(super) enum Trouble {
    /// The decoded body exceeds the limit.
    TooLarge,
    /// The body is not in the encoding that its header names.
    Malformed(&'static str),
}

type Decoder = fn(&[u8], usize) -> Result<Vec<u8>, Trouble>;

fn decoder(coding: &str) -> Option<Decoder> {
    match coding {
        #[cfg(feature = "gzip")]
        "gzip" | "x-gzip" => Some(super::gzip::decode),
        #[cfg(feature = "brotli")]
        "br" => Some(brotli),
        _ => None,
    }
}

/// Decodes the body in place. A truncated body stays unchanged, and reading it returns an error.
pub(super) fn decode(response: &mut wit::Response, limit: usize) -> Result<(), ErrorKind> {
    if response.truncated || response.body.is_empty() {
        return Ok(());
    }
    let Some(coding) = coding_of(response) else { return Ok(()) };
    let Some(decode) = decoder(&coding) else { return Ok(()) };
    match decode(&response.body, limit) {
        Ok(body) => {
            response.body = body;
            Ok(())
        }
        Err(Trouble::TooLarge) => Err(ErrorKind::TooLarge(format!(
            "the {coding} body of {} bytes decodes to more than {limit} bytes: raise the limit with `.max_decoded(bytes)`",
            response.body.len()
        ))),
        Err(Trouble::Malformed(rule)) => Err(ErrorKind::Encoding(format!("{coding}: {rule}"))),
    }
}

fn coding_of(response: &wit::Response) -> Option<String> {
    let (_, value) = response.headers.iter().find(|(name, _)| name == "content-encoding")?;
    Some(value.trim().to_ascii_lowercase())
}

#[cfg(feature = "brotli")]
fn brotli(body: &[u8], limit: usize) -> Result<Vec<u8>, Trouble> {
    use std::io::Read as _;

    let mut decoded = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    brotli_decompressor::Decompressor::new(body, 4096)
        .take(most)
        .read_to_end(&mut decoded)
        .map_err(|_| Trouble::Malformed("it is damaged or incomplete"))?;
    if decoded.len() > limit { Err(Trouble::TooLarge) } else { Ok(decoded) }
}
