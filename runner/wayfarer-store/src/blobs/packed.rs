//! One content, ready to be written.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

/// The most bytes, compressed, that stand in the database. Larger ones have a file.
const IN_DATABASE: usize = 100 << 10;

/// The word in the column `compression` for a zlib stream (RFC 1950). Without compression it is empty.
pub(super) const ZLIB: &str = "zlib";

/// A content with its digest, compressed if that makes it smaller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackedBlob {
    /// SHA-256 of the content.
    pub(super) digest: [u8; 32],
    /// Bytes of the content.
    pub(super) size: u64,
    pub(super) compression: &'static str,
    pub(super) bytes: Arc<[u8]>,
    /// The name of its file; none if it stands in the database.
    pub(super) file: Option<Arc<str>>,
}

impl PackedBlob {
    pub(crate) fn of(content: &[u8]) -> Self {
        let compressed = compressed(content);
        let (compression, bytes) = match compressed {
            // An eighth less at least, so that reading it is worth the time.
            Some(bytes) if bytes.len() < content.len() - content.len() / 8 => (ZLIB, bytes.into()),
            _ => ("", content.into()),
        };
        Self { digest: digest_of(content), size: content.len() as u64, compression, bytes, file: None }
    }

    /// Bytes that it takes.
    pub(crate) fn stored(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Whether it is to have a file.
    pub(super) fn is_large(&self) -> bool {
        self.bytes.len() > IN_DATABASE
    }

    /// The name of its file; `unique` distinguishes it from every other file of the same content.
    pub(super) fn name_file(&self, unique: &str) -> String {
        let digest = HEXLOWER.encode(&self.digest);
        let (folder, _) = digest.split_at(2);
        format!("{folder}/{digest}-{unique}")
    }
}

pub(super) fn digest_of(content: &[u8]) -> [u8; 32] {
    digest(&SHA256, content).as_ref().try_into().unwrap_or_default()
}

/// None where it fails, which it does not: it writes to memory.
fn compressed(content: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(content.len() / 2), Compression::new(4));
    encoder.write_all(content).ok()?;
    encoder.finish().ok()
}

/// The content of stored bytes: exactly `size` bytes of it. None if they are no such content.
pub(super) fn unpacked(compression: &str, bytes: Vec<u8>, size: u64) -> Option<Vec<u8>> {
    let content = match compression {
        "" => bytes,
        ZLIB => {
            let mut content = Vec::with_capacity(usize::try_from(size).ok()?.min(16 << 20));
            // One more, so that a longer content is found to be one.
            ZlibDecoder::new(bytes.as_slice()).take(size + 1).read_to_end(&mut content).ok()?;
            content
        }
        _ => return None,
    };
    (content.len() as u64 == size).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back_and_only_what_shrinks_is_compressed() {
        // Digests look like chance.
        let noise: Vec<u8> = (0..300_u32).flat_map(|n| digest_of(&n.to_le_bytes())).collect();
        for (content, compression) in [
            (b"{\"error\":\"inventory\"}".repeat(40), ZLIB),
            (noise, ""),
            (b"x".to_vec(), ""),
            (Vec::new(), ""),
            (vec![7; 3 << 20], ZLIB),
        ] {
            let packed = PackedBlob::of(&content);
            assert_eq!((packed.compression, packed.size), (compression, content.len() as u64));
            let again = unpacked(packed.compression, packed.bytes.to_vec(), packed.size);
            assert_eq!(again.as_deref(), Some(content.as_slice()));
            assert_eq!(packed.digest, digest_of(&content));
            let size = packed.size + 1;
            assert_eq!(unpacked(packed.compression, packed.bytes.to_vec(), size), None, "of another size");
        }
        assert_eq!(unpacked("brotli", b"x".to_vec(), 1), None);
        assert_eq!(unpacked(ZLIB, b"no stream".to_vec(), 9), None);
    }

    #[test]
    fn the_name_of_a_file_says_its_digest_and_is_unique() {
        let name = PackedBlob::of(b"x").name_file("0199f3-1-0");
        assert!(name.starts_with("2d/2d711642b726b04401627ca9fbac32f5"), "{name}");
        assert!(name.ends_with("-0199f3-1-0"), "{name}");
    }
}
