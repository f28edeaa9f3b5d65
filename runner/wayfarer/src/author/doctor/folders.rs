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

/// Whether every user of the machine can read the results.
fn readers(data_dir: &Path) -> Option<Finding> {
    let mode = fs::metadata(data_dir).ok()?.permissions().mode() & 0o777;
    let what = "readers";
    let found = format!("mode {mode:04o}");
    if mode % 0o10 == 0 {
        return Some(Finding::good(what, found));
    }
    let fix = format!(
        "every user of this machine can read the results of all tenants: run `chmod o= {}`, and use a group for consumers",
        data_dir.display()
    );
    Some(Finding::odd(what, found, fix))
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
        let state = |mode| {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            readers(folder.path()).unwrap().state
        };
        assert_eq!((state(0o750), state(0o755)), (Rating::Good, Rating::Odd));
    }
}
