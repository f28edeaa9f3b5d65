//! The folders that a runner writes to: rights, room, and a kind of file system that a database can live on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access, statfs};
use wayfarer_model::units::Bytes;

use super::Finding;

/// Enough for some days of results.
const ROOM: u64 = 1 << 30;
/// File systems on which SQLite's shared memory does not work: NFS, SMB and its relatives.
const REMOTE: [u64; 4] = [0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42];

/// All of it.
pub(crate) fn folders(data_dir: &Path, cache_dir: &Path) -> Vec<Finding> {
    let mut findings = vec![writable("data directory", data_dir)];
    findings.extend(room(data_dir));
    findings.extend(neighbours(data_dir));
    findings.push(writable("compiled components", cache_dir));
    findings
}

fn writable(what: &'static str, dir: &Path) -> Finding {
    let there = first_there(dir);
    let found = dir.display().to_string();
    match access(&there, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) if there == dir => Finding::good(what, found),
        Ok(()) => Finding::good(what, format!("{found}, which will be made")),
        Err(error) => {
            let mend = format!(
                "give the user that runs it the right to write to {}, or name another place with `--data-dir`",
                there.display()
            );
            Finding::bad(what, format!("{found}: {error}"), mend)
        }
    }
}

/// The folder itself, or the nearest one around it that is there.
fn first_there(dir: &Path) -> PathBuf {
    let there = dir.ancestors().find(|folder| folder.is_dir());
    there.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn room(data_dir: &Path) -> Option<Finding> {
    let system = statfs(first_there(data_dir).as_path()).ok()?;
    let what = "room for results";
    if REMOTE.contains(&u64::try_from(system.f_type).unwrap_or(0)) {
        let mend =
            "put the data directory on a disk of this machine: a database on a network share gets damaged";
        return Some(Finding::bad(what, format!("{} is on a network share", data_dir.display()), mend));
    }
    let free = system.f_bavail.saturating_mul(u64::try_from(system.f_bsize).unwrap_or(0));
    let found = format!("{} free", Bytes(free));
    let mend = "make room: a run takes about a kilobyte, and below `reserve` of [storage] nothing new is run";
    Some(if free < ROOM { Finding::odd(what, found, mend) } else { Finding::good(what, found) })
}

/// Whether everybody on the machine may read the results.
fn neighbours(data_dir: &Path) -> Option<Finding> {
    let mode = fs::metadata(data_dir).ok()?.permissions().mode() & 0o777;
    let what = "who may read";
    let found = format!("mode {mode:04o}");
    if mode % 0o10 == 0 {
        return Some(Finding::good(what, found));
    }
    let mend = format!(
        "the results of every tenant are in there: `chmod o= {}`, and a group for those who read it",
        data_dir.display()
    );
    Some(Finding::odd(what, found, mend))
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_yet_is_fine_where_it_can_be_made() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        let finding = writable("data directory", &deep);
        assert_eq!(finding.state, State::Good);
        assert!(finding.found.ends_with("a/b, which will be made"), "{}", finding.found);
        assert!(room(&deep).is_some() && neighbours(&deep).is_none());
    }

    #[test]
    fn neighbours_are_not_to_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let state = |mode| {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            neighbours(folder.path()).unwrap().state
        };
        assert_eq!((state(0o750), state(0o755)), (State::Good, State::Odd));
    }
}
