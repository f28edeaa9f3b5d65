//! Copies that are made while the server writes, and what is restored from them: as OPERATIONS.md says it is done.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use serde_json::json;
use wayfarer_tests::support::{Runner, TWO_TENANTS, times, verified};

use crate::loaded::{Loaded, differing, verify_file};

/// A copy, and what was acknowledged before it was begun.
struct Copied {
    file: PathBuf,
    acknowledged: Vec<String>,
}

#[test]
fn what_is_restored_from_a_copy_made_under_load_is_whole() {
    let mut loaded = Loaded::start();
    loaded.until_settled(20);
    // One more, so that there are two in a tenth as well.
    let (count, mut copies) = (times(10) + 1, Vec::new());
    for number in 0..count {
        loaded.hear_one();
        let (file, acknowledged) =
            (loaded.runner.folder().join(format!("backup-{number}.db")), loaded.acknowledged.clone());
        // Results come in before it, while it is made and after it.
        let asking = [(); 4].map(|()| loaded.ask());
        loaded.runner.ok(&["db", "backup", &file.display().to_string()]);
        for asking in asking {
            assert!(loaded.hear(asking), "a run was asked for, and there is no result");
        }
        copies.push(Copied { file, acknowledged });
    }
    loaded.runner.end(Signal::KILL);
    let token = loaded.runner.data_dir().join("admin.token");
    for (number, copied) in copies.iter().enumerate() {
        restored(copied, &token, &format!("copy {} of {count} made under load", number + 1));
    }
    loaded.runner.again();
    loaded.verify(&format!("{count} copies made under load: the original"));
}

/// As OPERATIONS.md says: into an empty data directory, as `wayfarer.db`, and the operator's token with it; then a server is
/// started on that.
fn restored(Copied { file, acknowledged }: &Copied, token: &Path, what: &str) {
    let mut runner = Runner::at_rest(TWO_TENANTS, |folder| {
        std::fs::create_dir(folder.join("data")).unwrap();
        std::fs::copy(file, folder.join("data/wayfarer.db")).unwrap();
        std::fs::copy(token, folder.join("data/admin.token")).unwrap();
    });
    let mode = std::fs::metadata(file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640, "a copy is for those whom the database is for");
    verify_file(&runner, acknowledged, &format!("{what}, restored"));
    let before = runner.audit();
    // What was due since is missed, or runs where it is within its grace.
    let settled = "SELECT count(*) FROM v1_runs WHERE lane = 'scheduled'";
    let settled_before = runner.query(settled);
    runner.again();
    runner.until(settled, |seen| seen != settled_before);
    assert!(runner.ok(&["journeys"]).contains("check-0"), "the token opens what it opened before");
    assert_eq!(runner.end(Signal::TERM), Some(0));
    verify_file(&runner, acknowledged, &format!("{what}, after a start"));
    let due = |report: &serde_json::Value| report["due"].as_u64().unwrap();
    let after = runner.audit();
    assert!(due(&after) > due(&before), "{before:#}\n{after:#}");
    verified(
        &format!("{what}: slots that were due since and are not settled"),
        &json!(0),
        &json!(differing(&after)),
    );
}
