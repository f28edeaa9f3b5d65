//! The folders that a runner writes to: permissions, free space, and a file system that a database works on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access, statfs};
use wayfarer_model::units::Bytes;

use super::Finding;

/// Enough for some days of results, in bytes.
const SPACE: u64 = 1 << 30;
/// File systems on which SQLite's shared memory does not work: NFS, SMB, CIFS and SMB2.
const REMOTE: [u64; 4] = [0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42];

pub(crate) fn folders(data_dir: &Path, cache_dir: &Path) -> Vec<Finding> {
    let mut findings = vec![writable("data directory", data_dir)];
    findings.extend(free_space(data_dir));
    findings.extend(readers(data_dir));
    findings.push(writable("compiled components", cache_dir));
    findings
}

fn writable(what: &'static str, dir: &Path) -> Finding {
    let there = existing(dir);
    let found = dir.display().to_string();
    match access(&there, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) if there == dir => Finding::good(what, found),
        Ok(()) => Finding::good(what, format!("{found}, which will be created")),
        Err(error) => {
            let fix = format!(
                "allow the runner's user to write to {}, or choose another folder with `--data-dir`",
                there.display()
            );
            Finding::bad(what, format!("{found}: {error}"), fix)
        }
    }
}

/// The folder itself, or its nearest parent that exists.
fn existing(dir: &Path) -> PathBuf {
    let there = dir.ancestors().find(|folder| folder.is_dir());
    there.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn free_space(data_dir: &Path) -> Option<Finding> {
    let system = statfs(existing(data_dir).as_path()).ok()?;
    let what = "free space";
    if REMOTE.contains(&u64::try_from(system.f_type).unwrap_or(0)) {
        let fix = "put the data directory on a local disk: a database on a network share gets damaged";
        return Some(Finding::bad(what, format!("{} is on a network share", data_dir.display()), fix));
    }
    let free = system.f_bavail.saturating_mul(u64::try_from(system.f_bsize).unwrap_or(0));
    let found = format!("{} free", Bytes(free));
    let fix =
        "free some space: a run takes about a kilobyte, and no new run starts below `reserve` of [storage]";
    Some(if free < SPACE { Finding::odd(what, found, fix) } else { Finding::good(what, found) })
}

/// Who else can write in the directory, and who can read the results. The server makes the directory with mode 0751, through
/// which others may pass and see nothing, and the database with 0640.
fn readers(data_dir: &Path) -> Option<Finding> {
    let mode_of = |path: &Path| Some(fs::metadata(path).ok()?.permissions().mode() & 0o7777);
    let (mode, database) = (mode_of(data_dir)?, data_dir.join("wayfarer.db"));
    let what = "readers";
    let found = format!("mode {mode:04o}");
    if mode & 0o022 != 0 {
        let fix = format!(
            "others may write in it, and the server refuses that: run `chmod go-w {}`",
            data_dir.display()
        );
        return Some(Finding::bad(what, found, fix));
    }
    match mode_of(&database) {
        Some(mode) if mode & 0o007 != 0 => {
            let fix = format!(
                "every user of this machine can read the results of all tenants: run `chmod o= {}`, and use a group for consumers",
                database.display()
            );
            Some(Finding::odd(what, format!("wayfarer.db has mode {mode:04o}"), fix))
        }
        _ => Some(Finding::good(what, found)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rating;
    use super::*;

    #[test]
    fn a_missing_folder_is_fine_if_it_can_be_created() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        let finding = writable("data directory", &deep);
        assert_eq!(finding.state, Rating::Good);
        assert!(finding.found.ends_with("a/b, which will be created"), "{}", finding.found);
        assert!(free_space(&deep).is_some() && readers(&deep).is_none());
    }

    #[test]
    fn other_users_must_not_read_the_results() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("wayfarer.db");
        let state = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            readers(folder.path()).unwrap().state
        };
        // What the server itself makes, and what OPERATIONS.md advises.
        let of_folder = [0o750, 0o751, 0o2751, 0o777].map(|mode| state(folder.path(), mode));
        assert_eq!(of_folder, [Rating::Good, Rating::Good, Rating::Good, Rating::Bad]);
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o751)).unwrap();
        fs::write(&database, "").unwrap();
        assert_eq!((state(&database, 0o640), state(&database, 0o644)), (Rating::Good, Rating::Odd));
    }
}
