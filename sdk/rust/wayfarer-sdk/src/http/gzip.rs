//! Gzip (RFC 1952): heads, checksums and the limit. `miniz_oxide` inflates.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF as WHOLE_OUTPUT;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::encoding::Trouble;

/// Decodes all members of a gzip body.
pub(super) fn decode(mut body: &[u8], limit: usize) -> Result<Vec<u8>, Trouble> {
    let mut out = Vec::new();
    loop {
        body = skip_head(body).ok_or(Trouble::Malformed("it has no gzip header"))?;
        let from = out.len();
        body = inflate(body, &mut out, limit)?;
        let (sum, rest) = body.split_first_chunk::<4>().ok_or(Trouble::Malformed("it is incomplete"))?;
        let (size, rest) = rest.split_first_chunk::<4>().ok_or(Trouble::Malformed("it is incomplete"))?;
        let member = out.get(from..).unwrap_or_default();
        if u32::from_le_bytes(*sum) != crc32(member) || u32::from_le_bytes(*size) != member.len() as u32 {
            return Err(Trouble::Malformed("its checksum is wrong"));
        }
        if rest.is_empty() {
            return Ok(out);
        }
        body = rest;
    }
}

/// Inflates one member, appends it to `out`, and returns the rest of the body.
fn inflate<'a>(mut body: &'a [u8], out: &mut Vec<u8>, limit: usize) -> Result<&'a [u8], Trouble> {
    let mut inflater = Box::<DecompressorOxide>::default();
    let mut written = out.len();
    let from = written;
    loop {
        // Doubles up to one byte beyond the limit. Reaching that byte means that the body is too large.
        let room = (written.max(body.len()).saturating_mul(2)).max(1024).min(limit.saturating_add(1));
        if room <= written {
            return Err(Trouble::TooLarge);
        }
        out.resize(room, 0);
        let window = out.get_mut(from..).unwrap_or_default();
        let (status, consumed, produced) =
            decompress(&mut inflater, body, window, written - from, WHOLE_OUTPUT);
        body = body.get(consumed..).unwrap_or_default();
        written += produced;
        match status {
            TINFLStatus::Done if written <= limit => {
                out.truncate(written);
                return Ok(body);
            }
            TINFLStatus::Done => return Err(Trouble::TooLarge),
            TINFLStatus::HasMoreOutput => {}
            _ => return Err(Trouble::Malformed("it is damaged or incomplete")),
        }
    }
}

/// Skips the header of a member: its fixed fields, then the fields that its flags announce.
fn skip_head(body: &[u8]) -> Option<&[u8]> {
    let (head, mut rest) = body.split_first_chunk::<10>()?;
    let [0x1f, 0x8b, 8, flags, ..] = *head else { return None };
    if flags & 4 != 0 {
        let (length, after) = rest.split_first_chunk::<2>()?;
        rest = after.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for name_or_comment in [8, 16] {
        if flags & name_or_comment != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    if flags & 2 != 0 { rest.get(2..) } else { Some(rest) }
}

/// CRC-32 by half bytes: the table has 64 bytes instead of 1 KiB.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 16] = [
        0,
        0x1db7_1064,
        0x3b6e_20c8,
        0x26d9_30ac,
        0x76dc_4190,
        0x6b6b_51f4,
        0x4db2_6158,
        0x5005_713c,
        0xedb8_8320,
        0xf00f_9344,
        0xd6d6_a3e8,
        0xcb61_b38c,
        0x9b64_c2b0,
        0x86d3_d2d4,
        0xa00a_e278,
        0xbdbd_f21c,
    ];
    let step = |sum: u32| TABLE.get((sum & 15) as usize).copied().unwrap_or_default() ^ (sum >> 4);
    !bytes.iter().fold(!0, |sum, byte| step(step(sum ^ u32::from(*byte))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A member as a server writes it: head, deflate, checksum, size.
    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut out = vec![0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 255, b'a', 0];
        out.extend(miniz_oxide::deflate::compress_to_vec(content, 6));
        out.extend(crc32(content).to_le_bytes());
        out.extend((content.len() as u32).to_le_bytes());
        out
    }

    #[test]
    fn decodes_members_up_to_the_limit() {
        let content = "tea pot ".repeat(10_000).into_bytes();
        let body = gzip(&content);
        assert_eq!(decode(&body, content.len()).as_ref(), Ok(&content));
        assert_eq!(decode(&body, content.len() - 1), Err(Trouble::TooLarge));
        assert_eq!(decode(&[gzip(b"one"), gzip(b""), gzip(b"two")].concat(), 6), Ok(b"onetwo".to_vec()));
        assert_eq!(decode(&[gzip(b"one"), gzip(b"two")].concat(), 5), Err(Trouble::TooLarge));
    }

    #[test]
    fn says_what_is_damaged() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let body = gzip(b"tea");
        for cut in 0..body.len() {
            assert!(matches!(decode(&body[..cut], 100), Err(Trouble::Malformed(_))), "cut at {cut}");
        }
        let mut wrong = body;
        let at = wrong.len() - 8;
        wrong[at] ^= 1;
        assert_eq!(decode(&wrong, 100), Err(Trouble::Malformed("its checksum is wrong")));
    }
}
