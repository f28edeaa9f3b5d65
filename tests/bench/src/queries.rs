//! Questions to a store of a million runs, as a consumer asks them: through the public views, read-only, with the
//! SQLite of this machine's Python; and what a run takes on the disk.
//!
//! Warm: again on the same connection. Cold: on a new one, after the file has left the page cache.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::ingest::{BEGIN, tenant};
use crate::million::MINUTES;
use crate::storing::runs_before;
use crate::summary::Summary;

/// Asks every question warm and cold; answers with medians in milliseconds, and with what the file is made of.
const PROGRAM: &str = r#"import collections, json, os, pathlib, shutil, sqlite3, statistics, subprocess, sys, time
file, queries, tenant, journey, day = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5])
uri = f'file:{file}?mode=ro'
given = lambda **some: collections.defaultdict(lambda: None, some)
one, every = given(tenant=tenant, journey=journey, from_ms=day, from_at='2026-09-14'), given(from_ms=day, from_at='2026-09-14')
def example(name): return (queries / f'{name}.sql').read_text(encoding='utf-8')
asked = {
    'a day of a journey': ('SELECT counted, 100.0 * good / counted, p95_us FROM v1_daily '
        'WHERE tenant = :tenant AND journey = :journey AND from_ms = :from_ms', one, 1),
    'every p95': ('SELECT tenant, journey, location, p95_us FROM v1_daily WHERE from_ms = :from_ms', every, None),
    'a journey by the hour': (example('hourly-p95-against-last-week'), one, None),
    'a journey by the week': (example('availability-by-week'), one, 1),
    'every journey by the week': (example('availability-by-week'), every, None),
}
def timed(db, sql, given, rows):
    begun = time.perf_counter()
    found = db.execute(sql, given).fetchall()
    took = (time.perf_counter() - begun) * 1e3
    assert found and (rows is None or len(found) == rows), (sql, len(found))
    return took
def cold(*question):
    handle = os.open(file, os.O_RDONLY)
    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(handle)
    db = sqlite3.connect(uri, uri=True)
    took = timed(db, *question)
    db.close()
    return took
said = {}
for name, question in asked.items():
    colds = [cold(*question) for _ in range(5)]
    db = sqlite3.connect(uri, uri=True)
    timed(db, *question)
    warm = [timed(db, *question) for _ in range(51)]
    said[name] = [statistics.median(warm), statistics.median(colds)]
    db.close()
if shutil.which('sqlite3'):
    text = f"SELECT tenant, journey, location, p95_us FROM v1_daily WHERE from_ms = {day}"
    walls = []
    for _ in range(11):
        begun = time.perf_counter()
        subprocess.run(['sqlite3', uri, text], check=True, stdout=subprocess.DEVNULL)
        walls.append((time.perf_counter() - begun) * 1e3)
    said['command'] = [statistics.median(walls)]
db = sqlite3.connect(uri, uri=True)
said['sqlite'] = sqlite3.sqlite_version
said['file'] = [os.path.getsize(file)]
try:
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'index'")]
    sizes = dict(db.execute('SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE'))
    said['indices'] = [sum(sizes.get(name, 0) for name in names)]
except sqlite3.OperationalError: pass  # this SQLite was built without dbstat
print(json.dumps(said))"#;

/// Runs everything.
pub(crate) fn run(data: &Path, summary: &mut Summary) -> anyhow::Result<()> {
    let mut command = Command::new("python3");
    command.args(["-c", PROGRAM]).arg(data.join("wayfarer.db"));
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/queries"));
    command.args([tenant(MINUTES.tenants / 2)?.as_str(), &journey(), &BEGIN.to_string()]);
    let output = command.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "the questions were not answered");
    let said: Value = serde_json::from_slice(&output.stdout)?;
    let figure = |name: &str, place: usize| -> anyhow::Result<f64> {
        said.get(name)
            .and_then(|said| said.get(place)?.as_f64())
            .with_context(|| format!("no figure of {name}"))
    };
    println!("SQLite {}", said.get("sqlite").and_then(Value::as_str).unwrap_or("unknown"));
    let asked = [
        ("a day of a journey", 1.0),
        ("every p95", 150.0),
        ("a journey by the week", 1.0),
        ("every journey by the week", 150.0),
        ("a journey by the hour", 1.0),
    ];
    for (name, goal) in asked {
        summary.at_most(&format!("query, {name}"), figure(name, 0)?, "ms", goal);
        summary.figure(&format!("query, {name}: cold"), figure(name, 1)?, "ms");
    }
    if let Ok(wall) = figure("command", 0) {
        summary.figure("query, every p95 by the command sqlite3", wall, "ms");
    }
    let runs = runs_before() as f64;
    summary.at_most("a million runs: bytes a run", figure("file", 0)? / runs, "B", 1_200.0);
    if let Ok(indices) = figure("indices", 0) {
        summary.figure("a million runs: of these, indices", indices / runs, "B");
    }
    Ok(())
}

/// One of the tenant in the middle.
fn journey() -> String {
    format!("journey-{}", MINUTES.tenants / 2 * MINUTES.journeys + MINUTES.journeys / 3)
}
