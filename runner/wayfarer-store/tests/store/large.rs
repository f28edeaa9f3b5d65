//! Large files: what an operator waits for, for how long the writer stands still, and how much memory that takes, on a database of
//! 300,000 runs. `make test` tries a part of that, where the bounds hold by far.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::json;
use wayfarer_model::context::Lane;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;
use wayfarer_store::{Deployment, Started, Store, StoreError, check, rebuild, unleap};
use wayfarer_testkit::{is_in_full, verified};

use crate::fixture::{Fixture, NOON, consumer, finished, open, run_python, settings, spec, steps, tamper};
use crate::rebuilding::derived;
use crate::upgrades;

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;
/// Journeys that are due each minute.
const JOURNEYS: u64 = 100;

/// More memory than that, in MiB, would grow with the file: these test programs themselves take a tenth of it.
const MOST_MIB: u64 = 192;

fn runs() -> u64 {
    if is_in_full() { 300_000 } else { 12_000 }
}

fn minute(number: u64) -> UnixMillis {
    UnixMillis(NOON.0 + number * MINUTE)
}

/// Puts so many copies of all runs into a file, each so much later than the one before.
fn multiply(dir: &Path, copies: u64, later_ms: u64) {
    const PROGRAM: &str = "import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
copies, later = int(sys.argv[2]), int(sys.argv[3])
top = db.execute('SELECT max(id) FROM run').fetchone()[0]
changed = {'run': ({'id': f'h.id + n.k * {top}', 'uid': 'randomblob(16)', 'slot_ms': f'h.slot_ms + n.k * {later}'}, top),
           'attempt': ({'id': f'h.id + (n.k * {top} << 8)'}, top << 8 | 255)}
for table, (changes, last) in changed.items():
    columns = [row[1] for row in db.execute(f'PRAGMA table_info({table})')]
    values = ', '.join(changes.get(column, f'h.{column}') for column in columns)
    db.execute(f'INSERT INTO {table} WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < {copies}) '
               f'SELECT {values} FROM n CROSS JOIN (SELECT * FROM {table} WHERE id <= {last}) h')
db.commit()";
    let file = dir.join("wayfarer.db").display().to_string();
    run_python(&[PROGRAM, &file, &copies.to_string(), &later_ms.to_string()]);
}

/// A file with the runs of every journey in each minute, of which one in ten failed, and everything that is derived of them.
async fn a_large_file() -> tempfile::TempDir {
    let fixture = Fixture::new().await;
    let tenant: TenantName = "acme".parse().unwrap();
    let set = (0..JOURNEYS).map(|number| spec(&format!("journey-{number}"))).collect();
    let (by, now) = ("a test".to_owned(), NOON);
    let deployment = Deployment {
        tenant: tenant.clone(),
        by,
        now,
        valid_from: now,
        set,
        remove: vec![],
        provenance: wayfarer_model::provenance::Provenance::default(),
    };
    fixture.store.deploy(deployment).await.unwrap();
    for (number, version) in (0..JOURNEYS).zip(fixture.store.current(&tenant).await.unwrap()) {
        let mut identity = fixture.identity(minute(0), Lane::Scheduled);
        (identity.journey, identity.version) = (version.journey, version.key);
        fixture.store.start(Started { identity, at: minute(0) });
        let verdict = if number % 10 == 0 { Verdict::Failed } else { Verdict::Passed };
        fixture.store.finish(&finished(identity, &[verdict], Micros(200_000 + number))).await.unwrap();
    }
    let dir = fixture.stopped().await;
    multiply(dir.path(), runs() / JOURNEYS - 1, MINUTE);
    rebuild(dir.path()).await.unwrap();
    dir
}

/// What an operation took.
struct Took {
    seconds: f64,
    /// The most memory that its process had.
    peak_mib: u64,
}

/// Names the directory to a process that [`alone`] started.
const DIRECTORY: &str = "WAYFARER_LARGE_DIRECTORY";

/// In a process that [`alone`] started: the directory of the file.
fn own_directory() -> Option<PathBuf> {
    std::env::var_os(DIRECTORY).map(PathBuf::from)
}

/// Has the calling test, by its name, begin again in a process of its own, where it does its operation by [`measured`] and nothing
/// else: beside other tests, nobody could say whose memory it is.
fn alone(test: &str, dir: &Path) -> Took {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("large::{test}"), "--nocapture"])
        .env(DIRECTORY, dir)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = said.lines().find_map(|line| line.split_once("took: "));
    assert!(line.is_some(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let figures = line.unwrap().1;
    let (seconds, peak_kib) = figures.split_once(' ').unwrap();
    Took { seconds: seconds.parse().unwrap(), peak_mib: peak_kib.parse::<u64>().unwrap() >> 10 }
}

/// Does the operation, and tells the process that called [`alone`] what it took.
#[expect(clippy::disallowed_methods, reason = "it measures")]
async fn measured<T>(operation: impl Future<Output = Result<T, StoreError>>) {
    let began = Instant::now();
    drop(operation.await.unwrap());
    let seconds = began.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("took: {seconds} {}", peak.trim().trim_end_matches(" kB"));
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "it measures")]
async fn a_clock_that_was_ahead_is_made_up_for_in_seconds_however_large_the_day() {
    if let Some(dir) = own_directory() {
        return measured(unleap(&dir, UnixMillis(minute(5).0 + 1))).await;
    }
    let dir = a_large_file().await;
    // As late on a day as there are runs: all of that day lies before it.
    let minutes = runs() / JOURNEYS;
    let end = if is_in_full() { minute(minutes).0 / DAY * DAY } else { minute(minutes).0 };
    let store = open(settings(dir.path())).await.store;
    // What comes later goes first, so that 20 minutes are left to be taken out.
    let later = store.unleap(UnixMillis(end)).await.unwrap();
    let began = Instant::now();
    let taken = store.unleap(UnixMillis(end - 20 * MINUTE - 1)).await.unwrap();
    let held = began.elapsed();
    let (runs_before, counted) = (later.runs, taken.counted_again);
    println!(
        "{runs_before} and {} runs out, {counted} counted again: the writer stood still for {held:?}",
        taken.runs
    );
    assert!(taken.runs >= 20 * JOURNEYS && counted <= 60 * JOURNEYS, "{taken:?}");
    let case =
        format!("a clock 20 minutes ahead, {} runs: the writer stands still for less than 5 s", runs());
    verified(&case, &json!(true), &json!(held.as_secs() < 5));
    store.close(NOON).await.unwrap();
    drop(store);

    let left = derived(dir.path());
    rebuild(dir.path()).await.unwrap();
    assert_eq!(derived(dir.path()), left, "it is what a rebuild makes of what is left");
    let test = "a_clock_that_was_ahead_is_made_up_for_in_seconds_however_large_the_day";
    let Took { seconds, peak_mib } = alone(test, dir.path());
    println!("most runs out without a server in {seconds:.1} s, {peak_mib} MiB");
    let case =
        format!("`wayfarer db unleap` of most of {} runs: less than two minutes and {MOST_MIB} MiB", runs());
    verified(&case, &json!(true), &json!(seconds < 120.0 && peak_mib < MOST_MIB));
    assert_eq!(consumer(dir.path(), "SELECT count(*) FROM v1_runs"), (6 * JOURNEYS).to_string());
    let left = derived(dir.path());
    rebuild(dir.path()).await.unwrap();
    assert_eq!(derived(dir.path()), left, "it is what a rebuild makes of what is left");
    assert_eq!(check(dir.path()).await.unwrap().problems, Vec::<String>::new());
}

/// A packed recording as large as they are, with failures in the words of before step 5.
const DETAIL: &str = r#"json_object('s', json_array(json_array('log in', 1, 9),
  json_array('place order', 1, 9, 1, 0, json('{"message":"m","kind":"check","left":"503","right":"201"}'))),
  'f', json('{"message":"m","kind":"check","left":"503","right":"201"}'), 'l', json_array(json_array(1, 'info', hex(zeroblob(400)))))"#;

#[tokio::test]
async fn upgrades_of_a_large_file_take_no_longer_than_its_rows_do() {
    if let Some(dir) = own_directory() {
        return measured(Store::open(settings(&dir), NOON)).await;
    }
    let steps = steps();
    let (mut slowest, mut largest): (f64, u64) = (0.0, 0);
    for version in [2, 5, 9] {
        let dir = tempfile::tempdir().unwrap();
        upgrades::file_of(dir.path(), &steps[..version]);
        if version < 5 {
            tamper(dir.path(), &format!("UPDATE attempt SET detail = {DETAIL} WHERE id >> 8 IN (1, 3)"));
        }
        multiply(dir.path(), runs() / 7, 10_000);
        let test = "upgrades_of_a_large_file_take_no_longer_than_its_rows_do";
        let Took { seconds, peak_mib } = alone(test, dir.path());
        println!("from schema {version}: {seconds:.1} s, {peak_mib} MiB");
        assert_eq!(consumer(dir.path(), "PRAGMA user_version"), steps.len().to_string());
        (slowest, largest) = (slowest.max(seconds), largest.max(peak_mib));
    }
    let case = format!(
        "{} runs are brought up to date from any schema: less than a minute and {MOST_MIB} MiB",
        runs()
    );
    verified(&case, &json!(true), &json!(slowest < 60.0 && largest < MOST_MIB));
}
