//! The files beside the database: `blobs/xx/DIGEST-UNIQUE`, with the mode of the database, so that the same people read both.

use std::collections::HashSet;
use std::ffi::OsStr;
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

/// Makes a folder that is not there, durably: a file whose folder is lost with the power is lost too.
fn folder(data_dir: &Path, path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o750).create(path)?;
    let around = [data_dir.join(FOLDER), data_dir.to_owned()];
    around.iter().try_for_each(|around| File::open(around)?.sync_all())
}

/// Writes a file and its name durably. Blocks.
pub(super) fn write(data_dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let path = path(data_dir, name).ok_or_else(|| io::Error::other("it is no name of a content"))?;
    let parent = path.parent().unwrap_or(data_dir);
    folder(data_dir, parent)?;
    let mut file = File::options().write(true).create_new(true).mode(0o640).open(&path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(error) = written.and_then(|()| File::open(parent)?.sync_all()) {
        drop(std::fs::remove_file(&path));
        return Err(error);
    }
    Ok(())
}

/// None if there is no such file. Any other error is the disk's or the system's, and says nothing of the content. Blocks.
pub(super) fn read(data_dir: &Path, name: &str) -> io::Result<Option<Vec<u8>>> {
    let Some(path) = path(data_dir, name) else { return Ok(None) };
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
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

/// The slot of the run that brought a file, in unix milliseconds: its name has the run's id, which begins with it.
fn slot_of(file: &OsStr) -> Option<u64> {
    let run = file.to_str()?.split('-').nth(1).filter(|run| run.len() == 32)?;
    u64::from_str_radix(run.get(..12)?, 16).ok()
}

/// Removes files that no row names: what a kill has left. Files of runs before `since` are of another database that was here: they stay, for it
/// may come back. No run may end meanwhile. Blocks.
pub(crate) fn remove_orphans(data_dir: &Path, known: &HashSet<String>, since: u64) {
    let mut foreign = 0_u64;
    let folders = std::fs::read_dir(data_dir.join(FOLDER)).into_iter().flatten().flatten();
    for folder in folders {
        let files = std::fs::read_dir(folder.path()).into_iter().flatten().flatten();
        let name = |file: std::fs::DirEntry| {
            let is_foreign = slot_of(&file.file_name()).is_some_and(|slot| slot < since);
            Some((format!("{}/{}", folder.file_name().to_str()?, file.file_name().to_str()?), is_foreign))
        };
        for (name, is_foreign) in files.filter_map(name).filter(|(name, _)| !known.contains(name)) {
            if is_foreign {
                foreign += 1;
            } else {
                remove(data_dir, [name]);
            }
        }
    }
    if foreign > 0 {
        tracing::warn!(
            files = foreign,
            "the folder `blobs` has files of runs from before this database: remove them if no other database is to come back"
        );
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
        let there = |name: &str| read(dir.path(), name).unwrap();
        assert_eq!(there(names[0]).as_deref(), Some(names[0].as_bytes()));
        remove(dir.path(), ["ab/ab01-0199f3-1-0", "ab/gone"]);
        remove_orphans(dir.path(), &HashSet::from([names[1].to_owned()]), 0);
        assert_eq!(names.map(|name| there(name).is_some()), [false, true, false]);
    }

    #[test]
    fn what_another_database_brought_stays() {
        let dir = tempfile::tempdir().unwrap();
        let of = |slot: u64| format!("ab/ab01-{slot:012x}{}-1-0", "7".repeat(20));
        for slot in [4_999, 5_000] {
            write(dir.path(), &of(slot), b"x").unwrap();
        }
        remove_orphans(dir.path(), &HashSet::new(), 5_000);
        assert_eq!([4_999, 5_000].map(|slot| read(dir.path(), &of(slot)).unwrap().is_some()), [true, false]);
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("abc"), b"x").unwrap();
        assert_eq!(read(dir.path(), "../abc").unwrap(), None);
        remove(dir.path(), ["../abc"]);
        assert!(dir.path().join("abc").exists());
    }
}
