//! Ends at chosen points: before, amid and after each kind of write and sync by which a result becomes durable. A kill at any
//! instant seldom meets them, so `failpoint.c` ends the server there.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use rustix::process::Signal;
use serde_json::json;
use wayfarer_tests::support::{library, times, verified};

use crate::loaded::{Loaded, differing, integrity, not_once};

/// A call by which something becomes durable, and where around it the process ends.
type Point = (&'static str, &'static str);

const POINTS: [Point; 5] =
    [("write", "before"), ("write", "amid"), ("write", "after"), ("sync", "before"), ("sync", "after")];

/// SQLite's file for what is committed and not yet in the database.
const LOG: &str = "wayfarer.db-wal";
const DATABASE: &str = "wayfarer.db";
/// How `kill -9` ends a process.
const SIGKILL: i32 = 9;

/// What is to be done for the next one to be met.
struct Next {
    /// It counts from the server's first call on, not only once it is told to.
    is_armed: bool,
    /// It is in what a stop does at the latest: the log is brought home then.
    is_at_stop: bool,
}

/// Chooses where each cycle ends.
struct Points {
    armed: std::path::PathBuf,
    /// How often each was chosen, by file.
    met: BTreeMap<(&'static str, Point), u32>,
    cycle: u32,
}

impl Points {
    /// Sets the next one up.
    fn next(&mut self, loaded: &mut Loaded, library: &Path) -> Next {
        self.cycle += 1;
        let data = std::fs::canonicalize(loaded.runner.data_dir()).unwrap();
        let file = if self.cycle.is_multiple_of(2) { DATABASE } else { LOG };
        let chosen: u32 = POINTS.iter().filter_map(|point| self.met.get(&(file, *point))).sum();
        let point = POINTS[chosen as usize % POINTS.len()];
        *self.met.entry((file, point)).or_default() += 1;
        let is_armed = file == LOG && self.cycle.is_multiple_of(3);
        // A commit is some dozens of writes and one sync of the log; bringing it home, a write a page and one sync. There
        // may be few pages to bring home, where that is done now and then anyway.
        let most = match (file, point.0) {
            (LOG, "write") => 200,
            (LOG, _) => 5,
            (_, "write") => 3,
            (..) => 1,
        };
        let number = (1 + u64::from(self.cycle) * 7_919 % most).to_string();
        let _ = std::fs::remove_file(&self.armed);
        if is_armed {
            self.arm();
        }
        let variables = [
            ("WAYFARER_POINT_ARMED", self.armed.as_os_str()),
            ("WAYFARER_POINT_FILE", data.join(file).as_os_str()),
            ("WAYFARER_POINT_CALL", OsStr::new(point.0)),
            ("WAYFARER_POINT_WHEN", OsStr::new(point.1)),
            ("WAYFARER_POINT_NUMBER", OsStr::new(&number)),
        ]
        .map(|(name, value)| (name, value.to_owned()));
        loaded.runner.preload(library, &variables.each_ref().map(|(name, value)| (*name, value.as_os_str())));
        Next { is_armed, is_at_stop: file == DATABASE }
    }

    fn arm(&self) {
        std::fs::write(&self.armed, "").unwrap();
    }
}

#[test]
fn after_kills_at_every_kind_of_write_and_sync_nothing_acknowledged_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let library = library("failpoint.c", folder.path());
    let mut loaded = Loaded::start();
    let mut points = Points { armed: folder.path().join("armed"), met: BTreeMap::new(), cycle: 0 };
    loaded.runner.end(Signal::KILL);
    let (cycles, mut bad, mut others) = (times(500), [0_u64; 3], 0);
    for _ in 0..cycles {
        let next = points.next(&mut loaded, &library);
        // Where it counts from the first call on, it may be met before the server listens.
        let mut asking = loaded.runner.comes_up().is_ok().then(|| loaded.ask());
        if !next.is_armed {
            points.arm();
        }
        if next.is_at_stop {
            // What this run writes is brought home by the stop, or already before it.
            asking.take().map(|asking| loaded.hear(asking));
            loaded.runner.signal(Signal::TERM);
        }
        let ended = loaded.runner.ends_by_itself();
        if ended != Some(SIGKILL) {
            println!("cycle {} ended by {ended:?}:\n{}", points.cycle, loaded.runner.said());
            others += 1;
        }
        asking.map(|asking| loaded.hear(asking));
        bad[0] += u64::from(integrity(&loaded.runner) != "ok");
        bad[1] += not_once(&loaded.runner, &loaded.acknowledged) as u64;
        bad[2] += differing(&loaded.runner.audit());
    }
    let answers = loaded.acknowledged.len();
    assert!(answers > 3, "too few answers came before the kill: {answers}");
    let what = format!("{cycles} kills at writes and syncs");
    println!("{:?}", points.met);
    verified(&format!("{what}: ends that were not that kill"), &json!(0), &json!(others));
    verified(&format!("{what}: kinds of points met"), &json!(2 * POINTS.len()), &json!(points.met.len()));
    let after = [
        "kills after which integrity_check is not ok",
        "acknowledged results that were not there once after a kill",
        "slots without exactly one row after a kill",
    ];
    for (case, seen) in after.iter().zip(bad) {
        verified(&format!("{what}: {case}"), &json!(0), &json!(seen));
    }
    loaded.runner.preload_nothing();
    loaded.runner.again();
    loaded.verify(&what);
}
