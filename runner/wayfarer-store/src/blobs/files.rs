//! The files beside the database: `blobs/xx/DIGEST-UNIQUE`, with the mode of the database, so that the same people read both.

use std::collections::HashSet;
use std::fs::{DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The folder in the data directory.
pub(crate) const FOLDER: &str = "blobs";

/// Where a file is. None for a name that this module does not give.
fn path(data_dir: &Path, name: &str) -> Option<PathBuf> {
    let is_own = name.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b'/'));
    is_own.then(|| data_dir.join(FOLDER).join(name))
}

fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o750).create(path)
}

/// Writes a file and its name durably. Blocks.
pub(super) fn write(data_dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let path = path(data_dir, name).ok_or_else(|| io::Error::other("it is no name of a content"))?;
    let parent = path.parent().unwrap_or(data_dir);
    folder(parent)?;
    let mut file = File::options().write(true).create_new(true).mode(0o640).open(&path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(error) = written.and_then(|()| File::open(parent)?.sync_all()) {
        drop(std::fs::remove_file(&path));
        return Err(error);
    }
    Ok(())
}

/// None if there is no such file. Blocks.
pub(super) fn read(data_dir: &Path, name: &str) -> Option<Vec<u8>> {
    std::fs::read(path(data_dir, name)?).ok()
}

/// Removes files. One that is not there any more is no error. Blocks.
pub(crate) fn remove(data_dir: &Path, names: impl IntoIterator<Item = impl AsRef<str>>) {
    for name in names {
        let Some(path) = path(data_dir, name.as_ref()) else { continue };
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, path = %path.display(), "a content's file was not removed");
            }
            _ => {}
        }
    }
}

/// Removes files that no row names: what a kill has left. No run may end meanwhile. Blocks.
pub(crate) fn remove_orphans(data_dir: &Path, known: &HashSet<String>) {
    let folders = std::fs::read_dir(data_dir.join(FOLDER)).into_iter().flatten().flatten();
    for folder in folders {
        let files = std::fs::read_dir(folder.path()).into_iter().flatten().flatten();
        let name = |file: std::fs::DirEntry| {
            Some(format!("{}/{}", folder.file_name().to_str()?, file.file_name().to_str()?))
        };
        remove(data_dir, files.filter_map(name).filter(|name| !known.contains(name)));
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn files_are_written_once_read_removed_and_swept() {
        let dir = tempfile::tempdir().unwrap();
        let names = ["ab/ab01-0199f3-1-0", "ab/ab02-0199f3-1-1", "cd/cd01-0199f3-1-2"];
        for name in names {
            write(dir.path(), name, name.as_bytes()).unwrap();
        }
        let file = dir.path().join(FOLDER).join(names[0]);
        assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o777, 0o640);
        assert!(write(dir.path(), names[0], b"other").is_err(), "a name is given once");
        assert_eq!(read(dir.path(), names[0]).as_deref(), Some(names[0].as_bytes()));
        remove(dir.path(), ["ab/ab01-0199f3-1-0", "ab/gone"]);
        remove_orphans(dir.path(), &HashSet::from([names[1].to_owned()]));
        assert_eq!(names.map(|name| read(dir.path(), name).is_some()), [false, true, false]);
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("abc"), b"x").unwrap();
        assert_eq!(read(dir.path(), "../abc"), None);
        remove(dir.path(), ["../abc"]);
        assert!(dir.path().join("abc").exists());
    }
}
