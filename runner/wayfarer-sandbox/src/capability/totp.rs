//! Time-based one-time passwords: RFC 6238 over HMAC-SHA-1, six digits, steps of 30 seconds.

use aws_lc_rs::hmac;
use data_encoding::{Encoding, Specification};

/// The password of an instant, in unix seconds, from a base32 key (RFC 4648; case, spaces and hyphens do not matter).
pub(super) fn totp(key: &str, unix_seconds: u64) -> Result<String, String> {
    let key = base32(key).ok_or("the secret is not a base32 key: use the text behind the QR code")?;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = hmac::sign(&key, &(unix_seconds / 30).to_be_bytes());
    let bytes = tag.as_ref();
    // RFC 4226, section 5.3: the last nibble says where the four bytes are.
    let offset = usize::from(bytes.last().copied().unwrap_or(0) & 0xf);
    let four =
        bytes.get(offset..offset + 4).and_then(|four| <[u8; 4]>::try_from(four).ok()).unwrap_or_default();
    Ok(format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000))
}

/// The bytes of a key as people copy it. Bits beyond the last whole byte are dropped.
fn base32(text: &str) -> Option<Vec<u8>> {
    let significant = text.trim_end_matches('=').bytes().filter(|byte| !matches!(byte, b' ' | b'-'));
    let mut symbols: Vec<u8> = significant.map(|byte| byte.to_ascii_uppercase()).collect();
    // The last symbol of these lengths adds no whole byte, which the decoder takes for an error.
    if matches!(symbols.len() % 8, 1 | 3 | 6) {
        symbols.pop().filter(|symbol| SYMBOLS.as_bytes().contains(symbol))?;
    }
    let key = encoding()?.decode(&symbols).ok()?;
    (!key.is_empty()).then_some(key)
}

const SYMBOLS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// RFC 4648 without padding, for keys whose last bits are not zero too.
fn encoding() -> Option<Encoding> {
    let mut specification = Specification::new();
    SYMBOLS.clone_into(&mut specification.symbols);
    specification.check_trailing_bits = false;
    specification.encoding().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_rfc() {
        // RFC 6238, appendix B, SHA-1 rows, cut to six digits; the key is "12345678901234567890".
        let key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        for (at, password) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp(key, at).as_deref(), Ok(password), "at {at}");
        }
    }

    #[test]
    fn a_key_is_base32_however_it_is_written() {
        assert!(totp("not base 32!", 0).unwrap_err().contains("base32"));
        assert!(totp("", 0).is_err());
        assert!(totp("A", 0).is_err(), "five bits are no byte");
        assert!(totp("AA!", 0).is_err());
        assert_eq!(totp("gezd gnbv-gy3tqojqgezdgnbvgy3tqojq", 59).as_deref(), Ok("287082"));
        // 26 symbols are 130 bits: the last two do not count.
        let odd = "GEZDGNBVGY3TQOJQGEZDGNBVGY";
        assert_eq!(base32(odd), base32(&format!("{}Z", &odd[..25])), "{odd}");
        assert_eq!(base32("AEB"), Some(vec![1]), "the third symbol adds no whole byte");
    }
}
