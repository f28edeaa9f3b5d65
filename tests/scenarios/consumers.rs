//! `examples/queries` and `examples/dashboards` against a database that the real binary made: each answer is compared
//! with one worked out row by row, by Debian's sqlite3, by Python's, and through a real Datasette that has what
//! `wayfarer db metadata` prints.
#![expect(clippy::unwrap_used, reason = "in tests a panic is the report, helpers included")]

use std::path::Path;
use std::process::Command;

use wayfarer_tests::support::binary;
use wayfarer_tests::toolchain::datasette;

fn python(arguments: &[&str], path: &Path) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("consumers");
    let output =
        Command::new("python3").args(arguments).env("PYTHONPATH", path).current_dir(folder).output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}\n{said}");
}

#[test]
fn every_query_answers_what_the_rows_say() {
    let packages = datasette().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    python(&["seed.py", &binary().display().to_string(), &data], &packages);
    let database = folder.path().join("data/wayfarer.db").display().to_string();
    let printed = Command::new(binary()).args(["db", "metadata"]).output().unwrap();
    assert!(printed.status.success(), "{printed:?}");
    let metadata = folder.path().join("metadata.json");
    std::fs::write(&metadata, printed.stdout).unwrap();
    let metadata = metadata.display().to_string();
    python(&["check.py", &database, &metadata, "--datasette", "python3"], &packages);
}
