//! Room on the disk: what is held back for results that are already made, and for cleanups.
//!
//! Half of what is wanted is a file of its own, `reserve`, so that nobody else can fill it; the other half is to be free.
//! Where less is there than both, nothing new is to be begun. What has begun still ends: its result takes the free
//! half, and where others have filled that, the writer gives the file away and tries again. Once there is room again
//! the file is made again, and everything goes on by itself. So it does where the database itself is what fills the disk:
//! pages that retention has emptied are given back while there is too little room, and only then, for that costs time.

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use rustix::fs::{FallocateFlags, fallocate, statvfs};
use sqlx::SqliteConnection;

use crate::error::StoreError;

/// What a server needs to begin its work: to say that it began, and to settle what was under way before.
const BEGINNING: u64 = 8 << 20;

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Free to this process, in bytes.
    pub free: u64,
    /// Held back, in bytes.
    pub held: u64,
    /// Wanted of both together, in bytes.
    pub wanted: u64,
    /// Whether something new may be begun.
    pub is_enough: bool,
}

/// The file that holds room back.
pub(crate) struct Reserve {
    path: PathBuf,
    wanted: u64,
    was_enough: Mutex<bool>,
}

impl Reserve {
    /// Of a data directory. On a disk that is full the file is given away at once.
    pub(crate) fn new(data_dir: &Path, wanted: u64) -> Self {
        let reserve = Self { path: data_dir.join("reserve"), wanted, was_enough: Mutex::new(true) };
        if wanted == 0 || free(data_dir).is_ok_and(|free| free < BEGINNING) {
            reserve.give_away();
        }
        reserve
    }

    /// Looks how much there is, and holds back what is missing where that leaves enough.
    pub(crate) fn look(&self) -> io::Result<Room> {
        let (mut free, mut held) = (free(self.folder())?, self.held());
        let mut was_enough = self.was_enough.lock();
        // What stopped once goes on only when there is a little more, so that it does not stop again at once.
        let wanted = if *was_enough { self.wanted } else { self.wanted + self.wanted / 16 };
        let is_enough = free.saturating_add(held) >= wanted;
        let missing = (self.wanted / 2).saturating_sub(held);
        if is_enough && missing > 0 {
            match self.hold() {
                Ok(()) => (free, held) = (free.saturating_sub(missing), self.held()),
                Err(error) if *was_enough => {
                    tracing::debug!(%error, "no room is held back: others may fill the disk to its end");
                }
                Err(_) => {}
            }
        }
        *was_enough = is_enough;
        Ok(Room { free, held, wanted: self.wanted, is_enough })
    }

    /// Lets results have what is held back; true where something was.
    pub(crate) fn give_away(&self) -> bool {
        let was_held = self.held() > 0;
        // Where even this fails there is nothing that could be done.
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
            // A part of it helps nobody and takes what is left.
            let _ = file.set_len(0);
            error.into()
        })
    }
}

/// Moves what lies at the file's end into pages that are empty. The file is shorter once the log is home.
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
