//! Directories and file operations of the builds.

use super::BuildError;
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

pub(crate) fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

pub(super) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("guests")
}

/// Cargo's target directory: from `CARGO_TARGET_DIR`, or the one that contains the running binary.
pub(crate) fn target() -> PathBuf {
    if let Some(folder) = env::var_os("CARGO_TARGET_DIR") {
        return workspace().join(folder);
    }
    let marked = |folder: &&Path| folder.join("CACHEDIR.TAG").is_file();
    let running = env::current_exe().ok();
    let found = running.as_deref().and_then(|binary| binary.ancestors().find(marked));
    found.map_or_else(|| workspace().join("target"), Path::to_owned)
}

/// Waits until no other process holds the lock. Dropping the file releases it.
pub(super) fn lock(path: &Path) -> Result<File, BuildError> {
    let file = File::create(path).map_err(BuildError::file("create", path))?;
    file.lock().map_err(BuildError::file("lock", path))?;
    Ok(file)
}

/// Creates the directory, or empties it.
pub(super) fn empty(folder: &Path) -> Result<(), BuildError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(BuildError::file("remove", folder))?;
    }
    create(folder)
}

pub(super) fn create(folder: &Path) -> Result<(), BuildError> {
    fs::create_dir_all(folder).map_err(BuildError::file("create", folder))
}

/// The paths of what is in a directory, sorted.
pub(super) fn list(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let listed = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut paths: Vec<_> =
        listed.map_err(BuildError::file("list", folder))?.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    Ok(paths)
}

pub(super) fn read(path: &Path) -> Result<String, BuildError> {
    fs::read_to_string(path).map_err(BuildError::file("read", path))
}

pub(super) fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<(), BuildError> {
    fs::write(path, content).map_err(BuildError::file("write", path))
}

pub(super) fn copy(from: &Path, to: &Path) -> Result<(), BuildError> {
    fs::copy(from, to).map(drop).map_err(BuildError::file("copy", from))
}
