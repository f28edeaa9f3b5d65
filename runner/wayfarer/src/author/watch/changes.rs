//! Which source files changed.
//!
//! Folders are watched one by one and not as a whole: those of a build have thousands of folders below them, and the
//! system allows only so many watches.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

/// An editor writes several files, or one in several steps. This long after the last of them a change is over.
const SETTLED: Duration = Duration::from_millis(150);
/// Folders that builds write.
const BUILT: [&str; 6] = ["target", "node_modules", "__pycache__", "dist", "build", "venv"];
/// Room for the events of one read, in bytes.
const EVENTS: usize = 16 << 10;

/// Why a folder cannot be watched.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot watch {}: {source}; `sysctl fs.inotify` says how many folders and programs may be watching",
    path.display()
)]
pub(crate) struct WatchError {
    path: PathBuf,
    source: rustix::io::Errno,
}

/// The number of a watched folder, and the name of what changed in it.
type Event = (i32, Vec<u8>);

pub(crate) struct Changes {
    inotify: Arc<OwnedFd>,
    inbox: UnboundedReceiver<Event>,
    /// The watched folders by their numbers.
    folders: BTreeMap<i32, PathBuf>,
    roots: Vec<PathBuf>,
    /// Files and folders that the session itself writes.
    ignored: Vec<PathBuf>,
    /// What has changed, as long as the change is not over.
    changed: BTreeSet<PathBuf>,
}

impl Changes {
    /// Watches nothing yet. Changes at or below `ignored` are none.
    pub(crate) fn new(ignored: Vec<PathBuf>) -> Result<Self, WatchError> {
        let failed = |source| WatchError { path: PathBuf::from("."), source };
        let inotify = Arc::new(init(CreateFlags::CLOEXEC).map_err(failed)?);
        let (events, inbox) = unbounded_channel();
        let read = Arc::clone(&inotify);
        // The thread ends with the process: nothing calls a read off.
        std::thread::spawn(move || pass_on(&read, &events));
        Ok(Self {
            inotify,
            inbox,
            folders: BTreeMap::new(),
            roots: Vec::new(),
            ignored,
            changed: BTreeSet::new(),
        })
    }

    /// Also watches a folder and those below it, but for hidden ones and those of builds.
    pub(crate) fn watch(&mut self, root: &Path) -> Result<(), WatchError> {
        if !self.roots.iter().any(|known| root.starts_with(known)) {
            self.roots.push(root.to_owned());
            self.tree(root)?;
        }
        Ok(())
    }

    fn tree(&mut self, folder: &Path) -> Result<(), WatchError> {
        let failed = |source| WatchError { path: folder.to_owned(), source };
        let wanted = WatchFlags::CLOSE_WRITE
            | WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::ONLYDIR;
        let number = add_watch(&self.inotify, folder, wanted).map_err(failed)?;
        self.folders.insert(number, folder.to_owned());
        // What cannot be read is watched as far as it can be.
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && self.is_source(&entry.path()) {
                self.tree(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Waits for a change, and until it is over. Never returns an empty set. Whoever stops waiting in between loses nothing: the next
    /// call goes on with what has changed.
    pub(crate) async fn next(&mut self) -> BTreeSet<PathBuf> {
        loop {
            if self.changed.is_empty() {
                let Some(event) = self.inbox.recv().await else { return std::future::pending().await };
                self.note(event);
            } else {
                match timeout(SETTLED, self.inbox.recv()).await {
                    Ok(Some(event)) => self.note(event),
                    _ => return std::mem::take(&mut self.changed),
                }
            }
        }
    }

    fn note(&mut self, (number, name): Event) {
        let Some(folder) = self.folders.get(&number) else { return };
        let path = folder.join(OsStr::from_bytes(&name));
        if !self.is_source(&path) {
            return;
        }
        if path.is_dir() {
            // A folder that is gone already needs no watch.
            drop(self.tree(&path));
        }
        self.changed.insert(path);
    }

    fn is_source(&self, path: &Path) -> bool {
        if self.ignored.iter().any(|ignored| path.starts_with(ignored)) {
            return false;
        }
        let below = self.roots.iter().filter_map(|root| path.strip_prefix(root).ok());
        let Some(below) = below.min_by_key(|below| below.as_os_str().len()) else { return false };
        below.iter().all(|part| part.to_str().is_none_or(is_source_name))
    }
}

/// Reads events until nobody waits for them any more.
fn pass_on(inotify: &OwnedFd, events: &UnboundedSender<Event>) {
    let mut room = [MaybeUninit::uninit(); EVENTS];
    let mut reader = Reader::new(inotify, &mut room);
    loop {
        let event = match reader.next() {
            Ok(event) => event,
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return,
        };
        if event.events().contains(ReadFlags::IGNORED) {
            continue;
        }
        let name = event.file_name().map_or_else(Vec::new, |name| name.to_bytes().to_vec());
        if events.send((event.wd(), name)).is_err() {
            return;
        }
    }
}

/// Whether a file or a folder of this name may be somebody's source. Editors leave `.x.swp`, `x~` and `4913`.
fn is_source_name(name: &str) -> bool {
    let is_hidden = name.starts_with('.') && !name.starts_with(".env");
    let is_editors = name.ends_with('~')
        || name == "4913"
        || Path::new(name).extension().is_some_and(|ending| ending == "tmp");
    !is_hidden && !is_editors && !BUILT.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn next(changes: &mut Changes) -> Vec<String> {
        let all = timeout(Duration::from_secs(20), changes.next()).await.unwrap();
        all.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn sources_count_and_what_builds_and_editors_write_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(folder.path()).unwrap();
        for below in ["src", "target/debug", ".git"] {
            std::fs::create_dir_all(root.join(below)).unwrap();
        }
        let mut changes = Changes::new(vec![root.join("junit.xml")]).unwrap();
        changes.watch(&root).unwrap();
        let write = |file: &str| std::fs::write(root.join(file), "x").unwrap();
        for file in ["target/debug/a", ".git/index", "src/.lib.rs.swp", "junit.xml", "src/lib.rs"] {
            write(file);
        }
        assert_eq!(next(&mut changes).await, ["lib.rs"]);
        std::fs::create_dir(root.join("src/more")).unwrap();
        assert_eq!(next(&mut changes).await, ["more"]);
        write("src/more/new.rs");
        assert_eq!(next(&mut changes).await, ["new.rs"], "in a folder that is younger than the watch");
        std::fs::rename(root.join("src/more/new.rs"), root.join("src/more/renamed.rs")).unwrap();
        assert!(next(&mut changes).await.contains(&"renamed.rs".to_owned()));
        write(".env");
        assert_eq!(next(&mut changes).await, [".env"]);
    }
}
