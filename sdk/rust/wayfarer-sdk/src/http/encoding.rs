//! Undoing a body's `content-encoding`, under a limit on what it may grow to.
//!
//! Only what is enabled is asked for, so an answer in another encoding is the target's doing; its body
//! is left as it is.

use super::error::ErrorKind;
use crate::bindings::wayfarer::journey::http as wit;

/// The value of `accept-encoding`; empty where nothing is enabled.
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
    /// It would grow beyond the limit.
    TooLarge,
    /// It is not what it says it is.
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

/// Decodes the body in place. A truncated one stays as it is: its reader is told that it is cut.
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
            "the {coding} body of {} bytes decodes to more than {limit}; raise the limit with `.max_decoded(bytes)`",
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
        .map_err(|_| Trouble::Malformed("damaged or cut"))?;
    if decoded.len() > limit { Err(Trouble::TooLarge) } else { Ok(decoded) }
}
