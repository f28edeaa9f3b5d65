//! Space on the disk: the reserve for results that are already made, and for cleanups.
//!
//! Half of the reserve is a file, `reserve`, so that nobody else can use that space; the other half must be free. With less
//! than both, no run starts. Runs in flight still end: their results take the free half. When others have filled that half,
//! the writer truncates the file and tries again. When there is enough space again, the store makes the file anew and runs
//! start without anybody's help. The same holds if the database itself fills the disk: while there is too little space, the
//! store returns pages that retention has emptied. It does so only then, since that costs time.

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use rustix::fs::{FallocateFlags, fallocate, statvfs};
use sqlx::SqliteConnection;

use crate::error::StoreError;

/// Bytes that a server needs to start: it records its start and settles the runs that were in flight before.
const BEGINNING: u64 = 8 << 20;

/// The space that there is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSpace {
    /// Free for this process.
    pub free: u64,
    /// In the file `reserve`.
    pub held: u64,
    /// The whole reserve: wanted of both together.
    pub wanted: u64,
    /// Whether a run may start.
    pub is_enough: bool,
}

/// The file `reserve` of a data directory.
pub(crate) struct Reserve {
    path: PathBuf,
    wanted: u64,
    was_enough: Mutex<bool>,
}

impl Reserve {
    /// On a full disk it truncates the file at once.
    pub(crate) fn new(data_dir: &Path, wanted: u64) -> Self {
        let reserve = Self { path: data_dir.join("reserve"), wanted, was_enough: Mutex::new(true) };
        if wanted == 0 || free(data_dir).is_ok_and(|free| free < BEGINNING) {
            reserve.give_away();
        }
        reserve
    }

    /// Measures the space, and completes the file if there is enough.
    pub(crate) fn look(&self) -> io::Result<DiskSpace> {
        let (mut free, mut held) = (free(self.folder())?, self.held());
        let mut was_enough = self.was_enough.lock();
        // Once stopped, runs start again only with a little more space, so that they do not stop again at once.
        let wanted = if *was_enough { self.wanted } else { self.wanted + self.wanted / 16 };
        let is_enough = free.saturating_add(held) >= wanted;
        let missing = (self.wanted / 2).saturating_sub(held);
        if is_enough && missing > 0 {
            match self.hold() {
                Ok(()) => (free, held) = (free.saturating_sub(missing), self.held()),
                Err(error) if *was_enough => {
                    tracing::debug!(%error, "the reserve is not made: others may fill the disk");
                }
                Err(_) => {}
            }
        }
        *was_enough = is_enough;
        Ok(DiskSpace { free, held, wanted: self.wanted, is_enough })
    }

    /// Truncates the file, so that results can take its space. True if it had any.
    pub(crate) fn give_away(&self) -> bool {
        let was_held = self.held() > 0;
        // There is nothing to do if even this fails.
        let _ = File::options().write(true).truncate(true).open(&self.path);
        was_held
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    fn held(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |file| file.blocks() * 512)
    }

    fn hold(&self) -> io::Result<()> {
        let file = File::options().create(true).truncate(false).write(true).mode(0o600).open(&self.path)?;
        fallocate(&file, FallocateFlags::empty(), 0, self.wanted / 2).map_err(|error| {
            // A part of the file would help nobody, and take the space that is left.
            let _ = file.set_len(0);
            error.into()
        })
    }
}

/// Moves pages from the file's end into empty ones. The file becomes shorter with the next checkpoint.
pub(crate) async fn shrink(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let what = StoreError::sql("giving pages back to the disk");
    sqlx::query("PRAGMA incremental_vacuum(256)").execute(&mut *connection).await.map_err(&what)?;
    let left: i64 = sqlx::query_scalar("PRAGMA freelist_count").fetch_one(connection).await.map_err(what)?;
    Ok(u64::try_from(left).unwrap_or(0))
}

fn free(folder: &Path) -> io::Result<u64> {
    let disk = statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_what_is_wanted_is_held_back_until_it_is_given_away() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::new(folder.path(), 2 << 20);
        let room = reserve.look().unwrap();
        assert_eq!((room.held, room.wanted, room.is_enough), (1 << 20, 2 << 20, true));
        assert!(reserve.give_away());
        assert!(!reserve.give_away(), "there is nothing left to give");
        assert_eq!(reserve.look().unwrap().held, 1 << 20, "there is room, so it is held back again");
    }

    #[test]
    fn where_less_is_there_than_is_wanted_nothing_is_held_back_and_nothing_may_begin() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::new(folder.path(), 1 << 60);
        let room = reserve.look().unwrap();
        assert_eq!((room.held, room.is_enough), (0, false));
        assert!(room.free > 0);
    }

    #[test]
    fn where_nothing_is_wanted_no_file_is_made_and_one_from_before_is_emptied() {
        let folder = tempfile::tempdir().unwrap();
        Reserve::new(folder.path(), 2 << 20).look().unwrap();
        let room = Reserve::new(folder.path(), 0).look().unwrap();
        assert_eq!((room.held, room.is_enough), (0, true));
    }
}
