//! Time-based one-time passwords: RFC 6238 over HMAC-SHA-1, six digits, steps of 30 seconds.

use aws_lc_rs::hmac;

/// The password of an instant, in unix seconds, from a base32 key (RFC 4648, case and spaces ignored).
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

fn base32(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut held, mut out) = (0_u32, 0_u32, Vec::new());
    let significant = text.trim_end_matches('=').bytes().filter(|b| !matches!(b, b' ' | b'-'));
    for byte in significant {
        let value = match byte.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => letter - b'A',
            digit @ b'2'..=b'7' => digit - b'2' + 26,
            _ => return None,
        };
        (bits, held) = ((bits << 5) | u32::from(value), held + 5);
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    (!out.is_empty()).then_some(out)
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
    fn a_key_that_is_none_is_said_so() {
        assert!(totp("not base 32!", 0).unwrap_err().contains("base32"));
        assert!(totp("", 0).is_err());
        assert_eq!(totp("gezd gnbv-gy3tqojqgezdgnbvgy3tqojq", 59).as_deref(), Ok("287082"));
    }
}
