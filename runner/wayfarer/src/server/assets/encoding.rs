//! What an answer with text is encoded in, and the digest of its content.

use std::io::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Compressing less than this does not pay.
const SMALL: usize = 1_000;
/// A page that is larger, such as one with a thousand journeys, is compressed less well, but sooner: somebody waits for it.
const LARGE: usize = 256 << 10;

/// The first half of the content's SHA-256.
pub(crate) fn digest_of(content: &[u8]) -> String {
    let hash = digest(&SHA256, content);
    HEXLOWER.encode(hash.as_ref().get(..16).unwrap_or_default())
}

/// Whether the browser takes gzip: it names it, and not with a weight of nothing.
pub(crate) fn takes_gzip(asked: &HeaderMap) -> bool {
    let named = asked.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_none_or(|weight| weight > 0.0)
    })
}

/// None if that would not pay.
pub(crate) fn compressed(content: &[u8]) -> Option<Vec<u8>> {
    if content.len() < SMALL {
        return None;
    }
    let level = if content.len() > LARGE { Compression::fast() } else { Compression::new(5) };
    let mut encoder = GzEncoder::new(Vec::with_capacity(content.len() / 4), level);
    encoder.write_all(content).ok()?;
    encoder.finish().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn gzip_with_a_weight_of_nothing_is_not_taken() {
        assert!(takes_gzip(&headers(&[("accept-encoding", "deflate, GZIP;q=0.5")])));
        assert!(!takes_gzip(&headers(&[("accept-encoding", "gzip;q=0, br")])));
        assert!(!takes_gzip(&headers(&[])));
    }
}
