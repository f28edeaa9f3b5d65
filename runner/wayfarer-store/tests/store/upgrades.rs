//! From each earlier version: whatever steps there are, a file that has taken the first few of them takes the rest, and keeps
//! what it holds.

use std::path::Path;

use wayfarer_store::{Store, check};
use wayfarer_testkit::verified;

use crate::fixture::{NOON, consumer, settings, steps, tamper};
use crate::migrating;

/// What a file holds whatever its version is.
const KEPT: [&str; 6] = ["tenant", "journey", "journey_version", "engine", "run", "attempt"];

/// A file that has taken these steps, with rows in it.
pub(crate) fn file_of(dir: &Path, taken: &[String]) {
    let mark = format!("PRAGMA application_id = 0x57415946; PRAGMA user_version = {};", taken.len());
    let mut script = format!("{}{mark}{}", taken.concat(), migrating::rows(taken.len()));
    // From there on the writer keeps it itself.
    script.push_str(match taken.len() {
        0..3 => "",
        3..6 => "INSERT INTO last_failure (journey, run, slot_ms) VALUES (1, 3, 3000);",
        _ => "INSERT INTO last_failure (journey, location, run, slot_ms) VALUES (1, 1, 3, 3000);",
    });
    script.push_str(
        r#"UPDATE attempt SET detail = '{"n":[["order","o-1017",9,1],["build","7"]],"a":[["page","text/html",5,null,3]]}' WHERE id = 257;"#,
    );
    let has_blobs = taken.iter().any(|step| step.contains("CREATE TABLE blob"));
    script.push_str(if has_blobs {
        "INSERT INTO blob VALUES (1, 1, x'2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824', 5, '', x'68656C6C6F', NULL, 5, 0);
         INSERT INTO artifact VALUES (257, 0, 1), (513, 0, 1);"
    } else {
        "INSERT INTO artifact VALUES (257, 0, x'68656C6C6F'), (513, 0, x'68656C6C6F');"
    });
    if taken.len() >= 10 {
        let contents = if has_blobs { "sum(stored) FROM blob" } else { "sum(length(content)) FROM artifact" };
        script.extend([
            "INSERT INTO stored_daily SELECT 1, 0, (SELECT sum(length(detail)) FROM attempt) + (SELECT ",
            contents,
            ");",
        ]);
    }
    if taken.len() >= 12 {
        script.push_str("INSERT INTO annotation VALUES (1, 1, 0, 1, 'order', 'o-1017', 1, 9), (1, 1, 1, 1, 'build', '7', NULL, 0);");
        script.push_str(
            "UPDATE stored_daily SET bytes = bytes + (SELECT sum(length(name || value)) FROM annotation);",
        );
    }
    tamper(dir, &script);
}

/// The columns that a table has now: later ones are not compared. Nor is `spec`, whose form is a step's to change; what it
/// says is compared by [`SPECS`].
fn columns(dir: &Path, table: &str) -> String {
    let columns = "SELECT group_concat('quote(' || name || ')') FROM pragma_table_info";
    consumer(dir, &format!("{columns}('{table}') WHERE name <> 'spec'"))
}

/// What the specs say, whatever their form: what `v1_journeys` shows of them.
const SPECS: &str =
    "SELECT journey, version, schedule, grace_us, params, is_removed FROM v1_journeys ORDER BY 1, 2";

/// What attempts noted: from step 12 on it is derived from their details.
const NOTES: &str = "SELECT name, value, step, at_us FROM v1_annotations
    WHERE run_number = 1 AND attempt = 1 AND journey = 'checkout' ORDER BY number";

/// The content of two artifacts, kept once.
const ARTIFACTS: &str = "SELECT name, size_bytes, digest FROM v1_artifacts ORDER BY run_number";
/// The SHA-256 of it, by `sha256sum`.
const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

#[tokio::test]
async fn a_file_of_each_earlier_version_is_brought_up_to_date() {
    let steps = steps();
    for version in 1..steps.len() {
        let dir = tempfile::tempdir().unwrap();
        file_of(dir.path(), &steps[..version]);
        let selects =
            KEPT.map(|table| format!("SELECT {} FROM {table} ORDER BY 1", columns(dir.path(), table)));
        let rows = || selects.each_ref().map(|select| consumer(dir.path(), select));
        let before = rows();
        Store::open(settings(dir.path()), NOON).await.unwrap();
        let after = rows();
        let changed: Vec<&str> = (0..KEPT.len())
            .filter(|place| before[*place] != after[*place])
            .map(|place| KEPT[place])
            .collect();
        let specs = "checkout|1|@hourly|60000000|{\"region\":\"eu\"}|0\nsearch|1||||1";
        assert_eq!(consumer(dir.path(), SPECS), specs, "from version {version}");
        assert_eq!(consumer(dir.path(), NOTES), "order|o-1017|1|9\nbuild|7||0", "from version {version}");
        let artifacts = format!("page|5|{HELLO}\n|5|{HELLO}");
        assert_eq!(consumer(dir.path(), ARTIFACTS), artifacts, "from version {version}");
        assert_eq!(consumer(dir.path(), "SELECT uses FROM v1_blobs"), "2", "from version {version}");
        let (schema, integrity) =
            (consumer(dir.path(), "PRAGMA user_version"), consumer(dir.path(), "PRAGMA integrity_check"));
        // No roll-ups were made of these rows; nothing else may be wrong.
        let problems = check(dir.path()).await.unwrap().problems;
        let others = problems.iter().filter(|problem| !problem.contains("days whose roll-up")).count();
        let actual = serde_json::json!({"schema": schema, "changed": changed, "integrity": integrity, "problems": others});
        let expected = serde_json::json!({"schema": steps.len().to_string(), "changed": [], "integrity": "ok", "problems": 0});
        let case = format!("a database of schema {version} is brought up to date with all that is in it");
        verified(&case, &expected, &actual);
    }
}
