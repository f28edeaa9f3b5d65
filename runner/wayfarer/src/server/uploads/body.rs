//! The body of an upload, in a file without a name on the disk of the data directory.

use std::io;
use std::path::Path;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use wayfarer_model::ids::ComponentDigest;
use wayfarer_model::units;

/// How long a whole body may take.
const WHOLE: Duration = Duration::from_mins(5);

/// Why a body is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReceiveError {
    #[error("the component has more than {}: make it smaller, or raise `component` under [limits] in wayfarer.toml", units::Bytes(*.0))]
    TooLarge(u64),
    #[error("the component did not arrive within {} s: upload it by a faster way", WHOLE.as_secs())]
    Slow,
    #[error("the component did not arrive as a whole: {0}; upload it again")]
    Broken(String),
    /// The runner's own fault.
    #[error("could not keep the component until its turn: {0}")]
    Disk(#[from] io::Error),
}

/// A body that has arrived.
pub(crate) struct Received {
    file: File,
    size: u64,
    digest: ComponentDigest,
}

/// Writes a body of at most that many bytes to a file in `folder`, which goes when it is closed.
pub(crate) async fn receive<E: ToString>(
    folder: &Path,
    most: u64,
    body: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<Received, ReceiveError> {
    timeout(WHOLE, written(folder, most, body)).await.unwrap_or(Err(ReceiveError::Slow))
}

async fn written<E: ToString>(
    folder: &Path,
    most: u64,
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<Received, ReceiveError> {
    let folder = folder.to_owned();
    let made = tokio::task::spawn_blocking(move || tempfile::tempfile_in(folder)).await;
    let mut file = File::from_std(made.map_err(io::Error::other)??);
    let (mut size, mut digest) = (0_u64, Context::new(&SHA256));
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|error| ReceiveError::Broken(error.to_string()))?;
        size = size.saturating_add(piece.len() as u64);
        if size > most {
            return Err(ReceiveError::TooLarge(most));
        }
        digest.update(&piece);
        file.write_all(&piece).await?;
    }
    file.flush().await?;
    let mut sum = [0; 32];
    sum.copy_from_slice(digest.finish().as_ref());
    Ok(Received { file, size, digest: ComponentDigest(sum) })
}

impl Received {
    /// The SHA-256 of the bytes that have arrived.
    pub(crate) fn digest(&self) -> ComponentDigest {
        self.digest
    }

    /// Reads the bytes into memory.
    pub(crate) async fn read(mut self) -> Result<Bytes, ReceiveError> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.size).unwrap_or(0));
        self.file.rewind().await?;
        self.file.read_to_end(&mut bytes).await?;
        Ok(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream::iter;

    use super::*;

    #[tokio::test]
    async fn a_body_comes_back_under_its_digest_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let pieces = vec![vec![1_u8; 100_000], vec![2; 3], vec![]];
        let body = || iter(pieces.clone()).map(|piece| Ok::<_, String>(Bytes::from(piece)));
        let received = receive(folder.path(), 100_003, body()).await.unwrap();
        let digest = aws_lc_rs::digest::digest(&SHA256, &pieces.concat());
        assert_eq!(received.digest().0, digest.as_ref());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(received.read().await.unwrap(), pieces.concat());
        let refused = receive(folder.path(), 100_002, body()).await.err().unwrap();
        assert!(matches!(refused, ReceiveError::TooLarge(100_002)), "{refused}");
        let broken = iter([Ok(Bytes::from_static(b"x")), Err("the peer went")]);
        let refused = receive(folder.path(), 10, broken).await.err().unwrap();
        assert!(matches!(refused, ReceiveError::Broken(_)), "{refused}");
    }
}
