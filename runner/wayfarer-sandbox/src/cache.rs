//! Compiled components on disk. An artefact is machine code: the runner loads only what it wrote itself.
//!
//! Invariants: the folder has mode 0700 and the runner's owner; an artefact carries an HMAC-SHA-256 over its digest, its
//! fingerprint and its bytes, under a key made at the first start (0600); files appear whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::hmac;
use wayfarer_model::ids::ComponentDigest;

const TAG: usize = 32;

/// Why the cache cannot be used: the runner's own fault.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// A file operation failed.
    #[error("the cache of compiled components at {}: could not {doing}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// An infinitive, for the message.
        doing: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// Other users could write there.
    #[error("the cache of compiled components at {} is open to others ({why}): it holds machine code; remove it, or name another with --data-dir", path.display())]
    Unsafe {
        /// The folder.
        path: PathBuf,
        /// Owner and mode, and those expected.
        why: String,
    },
}

/// The cache. Readers and writers in several processes may share it.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    key: hmac::Key,
}

impl Cache {
    /// Opens the folder, making it and its key at first use.
    ///
    /// # Errors
    /// See [`CacheError`].
    pub(crate) fn open(folder: &Path) -> Result<Self, CacheError> {
        let failed = |doing, source| CacheError::Io { path: folder.to_owned(), doing, source };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| failed("make the folder", error))?;
        let metadata = fs::symlink_metadata(folder).map_err(|error| failed("inspect the folder", error))?;
        let (mode, owner) = (metadata.permissions().mode() & 0o777, metadata.uid());
        let me = rustix::process::geteuid().as_raw();
        if !metadata.is_dir() || mode & 0o077 != 0 || owner != me {
            let why = format!("mode {mode:03o}, owner {owner}, expected mode 700, owner {me}");
            return Err(CacheError::Unsafe { path: folder.to_owned(), why });
        }
        Ok(Self { folder: folder.to_owned(), key: key(folder)? })
    }

    fn path(&self, digest: ComponentDigest, fingerprint: &str) -> PathBuf {
        self.folder.join(format!("{digest}-{fingerprint}.cwasm"))
    }

    fn tagged(
        digest: ComponentDigest,
        fingerprint: &str,
        mut context: hmac::Context,
        bytes: &[u8],
    ) -> hmac::Tag {
        context.update(&digest.0);
        context.update(fingerprint.as_bytes());
        context.update(bytes);
        context.sign()
    }

    /// The artefact, if this runner wrote one. A damaged or foreign one counts as none.
    pub(crate) fn get(&self, digest: ComponentDigest, fingerprint: &str) -> Option<Vec<u8>> {
        let path = self.path(digest, fingerprint);
        let mut file = fs::read(&path).ok()?;
        let tag = file.split_off_checked(file.len().checked_sub(TAG)?)?;
        let expected = Self::tagged(digest, fingerprint, hmac::Context::with_key(&self.key), &file);
        if aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_ref(), &tag).is_ok() {
            return Some(file);
        }
        tracing::warn!(path = %path.display(), "a compiled component was not written by this runner; compiling again");
        None
    }

    /// Removes artefacts of components that are not kept. A file that cannot be removed is met again the next time.
    pub(crate) fn prune(&self, is_kept: impl Fn(ComponentDigest) -> bool) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let digest = name.strip_suffix(".cwasm").and_then(|name| name.split_once('-')?.0.parse().ok());
            if digest.is_some_and(|digest| !is_kept(digest)) {
                let _ = fs::remove_file(&path);
            }
        }
    }

    /// Keeps an artefact.
    ///
    /// # Errors
    /// See [`CacheError`]. The artefact itself remains usable.
    pub(crate) fn put(
        &self,
        digest: ComponentDigest,
        fingerprint: &str,
        artefact: &[u8],
    ) -> Result<(), CacheError> {
        let tag = Self::tagged(digest, fingerprint, hmac::Context::with_key(&self.key), artefact);
        write_whole(&self.path(digest, fingerprint), &[artefact, tag.as_ref()])
    }
}

trait SplitOffChecked: Sized {
    fn split_off_checked(&mut self, at: usize) -> Option<Self>;
}

impl SplitOffChecked for Vec<u8> {
    fn split_off_checked(&mut self, at: usize) -> Option<Self> {
        (at <= self.len()).then(|| self.split_off(at))
    }
}

/// Reads the key, or makes it. If two processes make one at the same time, both use the first.
fn key(folder: &Path) -> Result<hmac::Key, CacheError> {
    let path = folder.join("key");
    let failed = |doing, source| CacheError::Io { path: path.clone(), doing, source };
    if !path.exists() {
        let mut fresh = [0_u8; TAG];
        aws_lc_rs::rand::fill(&mut fresh)
            .map_err(|_| failed("make a key", io::Error::other("no randomness")))?;
        let draft = draft_beside(&path);
        write_private(&draft, &[&fresh]).map_err(|error| failed("write the key", error))?;
        let linked = fs::hard_link(&draft, &path);
        let _ = fs::remove_file(&draft);
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(failed("keep the key", error));
            }
            _ => {}
        }
    }
    let bytes = fs::read(&path).map_err(|error| failed("read the key", error))?;
    if bytes.len() != TAG {
        return Err(failed(
            "use the key",
            io::Error::other("it is damaged: remove it, and the runner makes a new one"),
        ));
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

fn draft_beside(path: &Path) -> PathBuf {
    let mut name = [0_u8; 8];
    let _ = aws_lc_rs::rand::fill(&mut name);
    path.with_extension(format!("{:016x}.draft", u64::from_le_bytes(name)))
}

fn write_private(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    parts.iter().try_for_each(|part| file.write_all(part))
}

fn write_whole(path: &Path, parts: &[&[u8]]) -> Result<(), CacheError> {
    let draft = draft_beside(path);
    let written = write_private(&draft, parts).and_then(|()| fs::rename(&draft, path));
    written.map_err(|source| {
        let _ = fs::remove_file(&draft);
        CacheError::Io { path: path.to_owned(), doing: "write", source }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: ComponentDigest = ComponentDigest([7; 32]);

    #[test]
    fn only_what_was_written_here_comes_back() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("cache");
        let cache = Cache::open(&folder).unwrap();
        assert_eq!(cache.get(DIGEST, "f"), None);
        cache.put(DIGEST, "f", b"code").unwrap();
        assert_eq!(cache.get(DIGEST, "f").as_deref(), Some(&b"code"[..]));
        let again = Cache::open(&folder).unwrap();
        assert_eq!(again.get(DIGEST, "f").as_deref(), Some(&b"code"[..]), "the key outlives the process");
        // The same bytes under another name are foreign.
        fs::copy(cache.path(DIGEST, "f"), cache.path(DIGEST, "g")).unwrap();
        assert_eq!(cache.get(DIGEST, "g"), None);
        let path = cache.path(DIGEST, "f");
        let mut bytes = fs::read(&path).unwrap();
        bytes[0] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!(cache.get(DIGEST, "f"), None, "a changed artefact is foreign");
        fs::write(&path, b"short").unwrap();
        assert_eq!(cache.get(DIGEST, "f"), None);
    }

    #[test]
    fn artefacts_of_components_that_are_gone_are_removed() {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::open(&home.path().join("cache")).unwrap();
        let other = ComponentDigest([8; 32]);
        cache.put(DIGEST, "f", b"code").unwrap();
        cache.put(other, "f", b"code").unwrap();
        cache.prune(|digest| digest == DIGEST);
        assert!(cache.get(DIGEST, "f").is_some() && cache.get(other, "f").is_none());
        assert!(cache.folder.join("key").exists());
    }

    #[test]
    fn a_folder_open_to_others_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("cache");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o770)).unwrap();
        assert!(matches!(Cache::open(&folder), Err(CacheError::Unsafe { .. })));
    }
}
