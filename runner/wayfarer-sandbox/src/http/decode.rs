//! Undoes the content encodings of a body: gzip, deflate, brotli and zstd, by crates.
//!
//! Data goes from the wire through here to the seal, so that a value of a secret is found in a compressed body too. The
//! output is bounded, and charged before it grows: a body of a kilobyte may decode to a gigabyte. What stands behind the end
//! of the encoded data is ignored, as browsers do.

use std::io::Read;

use bytes::Bytes;
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use crate::memory::HeldMemory;
use crate::tape::{Stop, Tape};
use crate::timeslice;

/// What the runner asks for where the guest says nothing.
pub(super) const ACCEPTED: &str = "gzip, deflate, br, zstd";

/// Bytes decoded in one go.
const CHUNK: usize = 16 << 10;

/// The largest window of zstd that is accepted, in bytes: the limit for HTTP (RFC 9659).
const ZSTD_WINDOW: u64 = 8 << 20;

/// One encoding that can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// What `content-encoding` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Encodings {
    /// These, in the order in which the server applied them; none if the body is as it is.
    Known(Vec<Encoding>),
    /// At least one that cannot be undone.
    Unknown,
}

impl Encodings {
    /// Of a response.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut known = Vec::new();
        for value in headers.get_all(CONTENT_ENCODING) {
            let Ok(value) = value.to_str() else { return Self::Unknown };
            for word in value.split(',').map(|word| word.trim().to_ascii_lowercase()) {
                match word.as_str() {
                    "" | "identity" => {}
                    "gzip" | "x-gzip" => known.push(Encoding::Gzip),
                    "deflate" => known.push(Encoding::Deflate),
                    "br" => known.push(Encoding::Brotli),
                    "zstd" => known.push(Encoding::Zstd),
                    _ => return Self::Unknown,
                }
            }
        }
        // Nobody encodes more often, and each one multiplies what a small body can become.
        if known.len() > 2 { Self::Unknown } else { Self::Known(known) }
    }

    /// The names of those that are undone, as a header has them.
    pub(super) fn names(&self) -> String {
        let Self::Known(known) = self else { return String::new() };
        known.iter().map(|encoding| encoding.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl Encoding {
    fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// Memory that its decoder takes at most, in bytes.
    fn window(self, body: &[u8]) -> u64 {
        match self {
            Self::Gzip | Self::Deflate => 64 << 10,
            Self::Brotli => 2 * brotli_window(body.first().copied().unwrap_or(0)),
            // The decoder refuses a larger one before it takes the memory.
            Self::Zstd => 256 << 10,
        }
    }
}

/// The size of brotli's window by the stream's first byte (RFC 7932, 9.1).
fn brotli_window(first: u8) -> u64 {
    let bits = match (first & 1, first >> 1 & 7, first >> 4 & 7) {
        (0, ..) => 16,
        (_, 0, 0) => 17,
        // Large windows are not for HTTP; the decoder refuses them.
        (_, 0, 1) => 24,
        (_, 0, more) => 8 + u32::from(more),
        (_, more, _) => 17 + u32::from(more),
    };
    1 << bits
}

/// How many encoded bytes suffice for so many decoded ones, if encoding makes nothing much longer.
pub(super) fn wire_bytes(decoded: u64) -> u64 {
    decoded.saturating_add(decoded / 64).saturating_add(4 << 10)
}

/// A decoded body.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) bytes: Bytes,
    /// Whether there is more than was asked for.
    pub(super) is_cut: bool,
    /// The bytes are charged until this is dropped.
    pub(super) held: HeldMemory,
}

/// Why a body cannot be decoded.
#[derive(Debug)]
pub(super) enum DecodeError {
    /// It is malformed: how.
    Malformed(String),
    /// A budget is used up.
    Stop(Stop),
}

impl From<Stop> for DecodeError {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// The first `most` bytes of a body, decoded. `is_whole` says that the body did not end before its end. Lets other tasks run
/// in between.
pub(super) async fn decode(
    encodings: &[Encoding],
    body: Bytes,
    is_whole: bool,
    most: usize,
    tape: &Tape,
) -> Result<Decoded, DecodeError> {
    let mut decoded = Decoded { bytes: body, is_cut: !is_whole, held: tape.hold(0)? };
    for encoding in encodings.iter().rev() {
        decoded = one(*encoding, &decoded.bytes, !decoded.is_cut, most, tape).await?;
    }
    Ok(decoded)
}

async fn one(
    encoding: Encoding,
    body: &[u8],
    is_whole: bool,
    most: usize,
    tape: &Tape,
) -> Result<Decoded, DecodeError> {
    // A response to HEAD has no body, whatever its headers say.
    if body.is_empty() {
        return Ok(Decoded { bytes: Bytes::new(), is_cut: false, held: tape.hold(0)? });
    }
    let _window = tape.hold(encoding.window(body))?;
    let malformed = |why: &dyn std::fmt::Display| {
        DecodeError::Malformed(format!("a body that is not valid {}: {why}", encoding.as_str()))
    };
    let mut source = Source::new(encoding, body).map_err(|error| malformed(&error))?;
    let (mut out, mut held, mut chunk) = (Vec::new(), tape.hold(0)?, vec![0; CHUNK]);
    let is_cut = loop {
        let count = match source.read(&mut chunk) {
            Ok(0) => break !is_whole,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof && !is_whole => break true,
            Err(error) => return Err(malformed(&error)),
        };
        let room = most.saturating_sub(out.len());
        let taken = chunk.get(..count.min(room)).unwrap_or_default();
        if out.len() + taken.len() > out.capacity() {
            let capacity = (2 * out.capacity()).max(out.len() + taken.len());
            held.grow((capacity - out.capacity()) as u64).map_err(|full| tape.out_of_memory(full))?;
            out.reserve_exact(capacity - out.len());
        }
        out.extend_from_slice(taken);
        if count > room {
            break true;
        }
        timeslice::share().await;
    };
    Ok(Decoded { bytes: out.into(), is_cut, held })
}

/// A decoder over a body. gzip may have several members, one behind another.
enum Source<'a> {
    Gzip(GzDecoder<&'a [u8]>),
    Zlib(ZlibDecoder<&'a [u8]>),
    Deflate(DeflateDecoder<&'a [u8]>),
    Brotli(Box<brotli_decompressor::Decompressor<&'a [u8]>>),
    Zstd(Box<ruzstd::decoding::StreamingDecoder<&'a [u8], ruzstd::decoding::FrameDecoder>>),
}

impl<'a> Source<'a> {
    fn new(encoding: Encoding, body: &'a [u8]) -> std::io::Result<Self> {
        Ok(match encoding {
            Encoding::Gzip => Self::Gzip(GzDecoder::new(body)),
            // Servers send both forms under this name.
            Encoding::Deflate if is_zlib(body) => Self::Zlib(ZlibDecoder::new(body)),
            Encoding::Deflate => Self::Deflate(DeflateDecoder::new(body)),
            Encoding::Brotli => Self::Brotli(Box::new(brotli_decompressor::Decompressor::new(body, 4 << 10))),
            Encoding::Zstd => {
                let decoder = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(body, ZSTD_WINDOW);
                Self::Zstd(Box::new(decoder.map_err(std::io::Error::other)?))
            }
        })
    }

    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Gzip(member) => loop {
                let count = member.read(buffer)?;
                if count > 0 {
                    return Ok(count);
                }
                let rest = *member.get_ref();
                if !rest.starts_with(&[0x1f, 0x8b]) {
                    return Ok(0);
                }
                *member = GzDecoder::new(rest);
            },
            Self::Zlib(decoder) => decoder.read(buffer),
            Self::Deflate(decoder) => decoder.read(buffer),
            Self::Brotli(decoder) => decoder.read(buffer),
            Self::Zstd(decoder) => decoder.read(buffer),
        }
    }
}

/// Whether data begins with the header of zlib (RFC 1950, 2.2).
fn is_zlib(body: &[u8]) -> bool {
    match body {
        [method, flags, ..] => method & 0xf == 8 && u16::from_be_bytes([*method, *flags]) % 31 == 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use wayfarer_model::limits::Limits;

    use super::*;

    /// `{"order":"A1"}` by Node's `zlib.brotliCompressSync`.
    const BROTLI: &[u8] = &[
        0x8b, 0x06, 0x80, b'{', b'"', b'o', b'r', b'd', b'e', b'r', b'"', b':', b'"', b'A', b'1', b'"', b'}',
        0x03,
    ];

    fn tape() -> Tape {
        Tape::live(Limits::default(), [7; 32], None)
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    async fn decoded(
        encodings: &[Encoding],
        body: &[u8],
        most: usize,
    ) -> Result<(Vec<u8>, bool), DecodeError> {
        let decoded = decode(encodings, Bytes::copy_from_slice(body), true, most, &tape()).await?;
        Ok((decoded.bytes.to_vec(), decoded.is_cut))
    }

    #[tokio::test]
    async fn each_encoding_is_undone_and_two_of_them_in_reverse() {
        let text = br#"{"order":"A1"}"#;
        let all = |body: Vec<u8>, encodings: &'static [Encoding]| async move {
            decoded(encodings, &body, 1_000).await.unwrap()
        };
        let (mut zlib, mut deflate) = (
            ZlibEncoder::new(Vec::new(), Compression::best()),
            DeflateEncoder::new(Vec::new(), Compression::best()),
        );
        zlib.write_all(text).unwrap();
        deflate.write_all(text).unwrap();
        let zstd = ruzstd::encoding::compress_to_vec(&text[..], ruzstd::encoding::CompressionLevel::Fastest);
        let expected = (text.to_vec(), false);
        assert_eq!(all(gzip(text), &[Encoding::Gzip]).await, expected);
        assert_eq!(all(zlib.finish().unwrap(), &[Encoding::Deflate]).await, expected);
        assert_eq!(all(deflate.finish().unwrap(), &[Encoding::Deflate]).await, expected);
        assert_eq!(all(BROTLI.to_vec(), &[Encoding::Brotli]).await, expected);
        assert_eq!(all(zstd, &[Encoding::Zstd]).await, expected);
        assert_eq!(all(gzip(BROTLI), &[Encoding::Brotli, Encoding::Gzip]).await, expected);
    }

    #[tokio::test]
    async fn members_follow_each_other_and_what_stands_behind_them_is_ignored() {
        let two = [gzip(b"one, "), gzip(b"two"), b"\0\0\0 padding".to_vec()].concat();
        assert_eq!(decoded(&[Encoding::Gzip], &two, 100).await.unwrap(), (b"one, two".to_vec(), false));
        assert_eq!(decoded(&[Encoding::Gzip], b"", 100).await.unwrap(), (Vec::new(), false));
    }

    #[tokio::test]
    async fn a_bomb_ends_at_the_limit_and_holds_no_more_than_that() {
        let bomb = gzip(&vec![0; 32 << 20]);
        assert!(bomb.len() < 64 << 10);
        let tape = tape();
        let cut = decode(&[Encoding::Gzip], bomb.into(), true, 100_000, &tape).await.unwrap();
        assert_eq!((cut.bytes.len(), cut.is_cut), (100_000, true));
        assert!(tape.memory().peak() < 300_000, "{}", tape.memory().peak());
    }

    #[tokio::test]
    async fn malformed_data_is_an_error_and_a_body_that_was_cut_is_not() {
        let whole = gzip(&b"a b c d e f g".repeat(100));
        let Err(DecodeError::Malformed(why)) = decoded(&[Encoding::Gzip], &whole[..30], 9_999).await else {
            panic!()
        };
        assert!(why.starts_with("a body that is not valid gzip: "), "{why}");
        let start = Bytes::copy_from_slice(&whole[..30]);
        assert!(decode(&[Encoding::Gzip], start, false, 9_999, &tape()).await.unwrap().is_cut);
        for encoding in [Encoding::Deflate, Encoding::Brotli, Encoding::Zstd] {
            assert!(decoded(&[encoding], b"\xff\xffnot encoded at all", 100).await.is_err(), "{encoding:?}");
        }
    }

    #[test]
    fn a_header_names_encodings_in_the_order_in_which_they_were_applied() {
        let of = |value: &'static str| {
            Encodings::of(&HeaderMap::from_iter([(CONTENT_ENCODING, value.parse().unwrap())]))
        };
        assert_eq!(of("GZIP, identity"), Encodings::Known(vec![Encoding::Gzip]));
        assert_eq!(of("br,gzip"), Encodings::Known(vec![Encoding::Brotli, Encoding::Gzip]));
        assert_eq!(of("aes128gcm"), Encodings::Unknown);
        assert_eq!(of("gzip, gzip, gzip"), Encodings::Unknown);
    }
}
