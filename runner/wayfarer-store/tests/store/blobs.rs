//! Contents of artifacts and bodies: kept once, in the database or beside it, and gone with what refers to them.

use std::path::{Path, PathBuf};

use wayfarer_model::context::Lane;
use wayfarer_model::ids::{RunId, TenantName};
use wayfarer_model::report::Recording;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;
use wayfarer_store::{
    Due, RetentionKind, Settled, Started, Store, StoreError, backup, check, export, rebuild,
};

use crate::fixture::{Fixture, NOON, artifact, consumer, exchange, finished, open, settings, tamper};
use crate::retention::{DAY, remove};

fn acme() -> TenantName {
    "acme".parse().unwrap()
}

/// Text that does not shrink much, from a seed: two bytes a letter pair.
fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(&mut next).take(bytes).collect()
}

/// A failed run whose one attempt recorded this beside the usual.
async fn put(fixture: &Fixture, at: UnixMillis, add: impl FnOnce(&mut Recording)) -> RunId {
    let identity = fixture.identity(at, Lane::Scheduled);
    let mut run = finished(identity, &[Verdict::Failed], Micros(5_000));
    add(&mut std::sync::Arc::make_mut(&mut run.attempts[0]).recording);
    fixture.store.start(Started { identity, at });
    fixture.store.finish(&run).await.unwrap();
    identity.run
}

fn at(day: u64) -> UnixMillis {
    UnixMillis(NOON.0 + day * DAY)
}

async fn plan(fixture: &Fixture) {
    fixture.store.planned_until(fixture.location, at(30));
    fixture.store.flush().await.unwrap();
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(dir.join("blobs")).into_iter().flatten().flatten();
    folders
        .flat_map(|folder| std::fs::read_dir(folder.path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect()
}

async fn sound(dir: &Path) {
    assert_eq!(check(dir).await.unwrap().problems, Vec::<String>::new());
}

const USES: &str = "SELECT group_concat(uses) FROM (SELECT uses FROM v1_blobs ORDER BY size_bytes)";

#[tokio::test]
async fn equal_contents_are_kept_once_and_read_back_by_their_owner_alone() {
    let fixture = Fixture::new().await;
    let page = b"<p>ordered</p>".repeat(100);
    let first = put(&fixture, at(0), |recording| {
        recording.artifacts =
            vec![artifact("page", &page), artifact("page", b"later"), artifact("empty", b"")];
    })
    .await;
    for day in 1..4 {
        put(&fixture, at(day), |recording| {
            recording.artifacts = vec![artifact("other", &page)];
            recording.exchanges = vec![exchange(0, b"", &page)];
        })
        .await;
    }
    assert_eq!(fixture.query(USES), "1,1,7", "whoever refers to it");
    assert_eq!(
        fixture.query("SELECT compression, stored_bytes < 200 FROM v1_blobs WHERE size_bytes = 1400"),
        "zlib|1"
    );
    sound(fixture.dir.path()).await;
    let (store, acme, globex) = (&fixture.store, acme(), "globex".parse().unwrap());
    let read = async |run, name, attempt| store.artifact(Some(&acme), run, (name, attempt)).await.unwrap();
    let found = read(first, "page", None).await.unwrap();
    assert_eq!(
        (found.attempt, found.media_type.as_str(), found.content.as_slice()),
        (1, "text/html", &b"later"[..])
    );
    assert_eq!(read(first, "empty", Some(1)).await.unwrap().content, b"");
    assert_eq!(read(first, "page", Some(2)).await, None, "there is no such attempt");
    assert_eq!(read(first, "other", None).await, None);
    assert_eq!(store.artifact(Some(&globex), first, ("page", None)).await.unwrap(), None, "another tenant's");
    let shown =
        "SELECT name, media_type, size_bytes, attempt FROM v1_artifacts WHERE run_number = 1 ORDER BY number";
    assert_eq!(fixture.query(shown), "page|text/html|1400|1\npage|text/html|5|1\nempty|text/html|0|1");
    let digest = "SELECT count(DISTINCT digest) FROM v1_artifacts WHERE size_bytes = 1400";
    assert_eq!(fixture.query(digest), "1");
}

#[tokio::test]
async fn bodies_come_back_with_their_exchanges() {
    let fixture = Fixture::new().await;
    let run = put(&fixture, at(0), |recording| {
        recording.exchanges = vec![exchange(0, b"{\"sku\":1}", &noise(1, 300))];
    })
    .await;
    let detail = fixture.store.run(None, run).await.unwrap().unwrap();
    assert_eq!(detail.attempts[0].recording.exchanges, [exchange(0, b"{\"sku\":1}", &noise(1, 300))]);
    let shown = "SELECT request, sent_body_bytes, received_body_bytes, is_answered, json_extract(sent_headers, '$[0][0]')
        FROM v1_exchanges";
    assert_eq!(fixture.query(shown), "0|9|300|1|content-type");
    plan(&fixture).await;
    let due = Due {
        kind: RetentionKind::Bodies,
        tenants: vec![fixture.tenant],
        is_platforms: false,
        before: at(2),
    };
    assert_eq!(remove(&fixture.store, &due).await, 0, "it is the last failure");
    put(&fixture, at(3), |_| {}).await;
    let due = Due { before: UnixMillis(at(2).0 + DAY / 24), ..due };
    assert_eq!(remove(&fixture.store, &due).await, 1);
    assert_eq!(
        fixture.query("SELECT (SELECT count(*) FROM v1_exchanges), (SELECT count(*) FROM v1_blobs)"),
        "0|0"
    );
    sound(fixture.dir.path()).await;
}

#[tokio::test]
async fn a_large_content_has_a_file_that_every_copy_takes_in_and_that_goes_with_its_row() {
    let fixture = Fixture::new().await;
    let large = noise(7, 300_000);
    let run = put(&fixture, at(0), |recording| recording.artifacts = vec![artifact("dump", &large)]).await;
    put(&fixture, at(1), |recording| recording.artifacts = vec![artifact("dump", &large)]).await;
    let dir = fixture.dir.path();
    wayfarer_testkit::until("the second file goes", async || files(dir).len(), |count| *count == 1).await;
    assert_eq!(fixture.query("SELECT content IS NULL, uses FROM v1_blobs"), "1|2");
    let read = fixture.store.artifact(None, run, ("dump", None)).await.unwrap().unwrap();
    assert!(read.content == large);
    sound(dir).await;
    for copy in ["backup.db", "export.db"] {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("wayfarer.db");
        match copy {
            "backup.db" => backup(dir, &target).await.unwrap(),
            _ => export(dir, &acme(), &target).await.unwrap(),
        }
        assert_eq!(
            consumer(folder.path(), "SELECT length(content), file FROM v1_blobs"),
            "300000|",
            "{copy}"
        );
        sound(folder.path()).await;
    }
    // Two days later nobody refers to it.
    put(&fixture, at(4), |_| {}).await;
    plan(&fixture).await;
    let due =
        Due { kind: RetentionKind::Runs, tenants: vec![fixture.tenant], is_platforms: false, before: at(2) };
    assert_eq!(remove(&fixture.store, &due).await, 2);
    assert_eq!((files(dir).len(), fixture.query("SELECT count(*) FROM v1_blobs").as_str()), (0, "0"));
    sound(dir).await;
}

#[tokio::test]
async fn what_a_refused_run_brought_is_not_kept() {
    let fixture = Fixture::new().await;
    let none = async || {
        let count = async || files(fixture.dir.path()).len();
        wayfarer_testkit::until("its files go", count, |count| *count == 0).await;
    };
    let finish = async |identity, seed| {
        let mut run = finished(identity, &[Verdict::Failed], Micros(5_000));
        let recording = &mut std::sync::Arc::make_mut(&mut run.attempts[0]).recording;
        recording.artifacts = vec![artifact("dump", &noise(seed, 200_000))];
        recording.exchanges = vec![exchange(0, b"", &noise(seed + 1, 200_000))];
        fixture.store.finish(&run).await.unwrap()
    };
    // Its start was another process's.
    let mut identity = fixture.identity(at(0), Lane::Scheduled);
    fixture.store.start(Started { identity, at: at(0) });
    identity.fence.number += 1;
    assert_eq!(finish(identity, 11).await, Settled::Refused);
    none().await;
    // The slot has its row.
    put(&fixture, at(1), |_| {}).await;
    let identity = fixture.identity(at(1), Lane::Scheduled);
    fixture.store.start(Started { identity, at: at(1) });
    assert_eq!(finish(identity, 21).await, Settled::Refused);
    none().await;
    assert_eq!(fixture.query("SELECT count(*) FROM v1_blobs"), "0");
    sound(fixture.dir.path()).await;
}

#[tokio::test]
async fn what_a_kill_leaves_is_swept_and_what_is_missing_or_damaged_is_found() {
    let fixture = Fixture::new().await;
    let large = noise(3, 200_000);
    put(&fixture, at(0), |recording| {
        recording.artifacts = vec![artifact("dump", &large), artifact("page", b"<p>ordered</p>")];
    })
    .await;
    let folder = fixture.dir.path().join("blobs/ab");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("ab01-0199f3-1-0"), b"nobody names it").unwrap();
    let (fixture, _, _) = fixture.reopened().await;
    assert_eq!(files(fixture.dir.path()).len(), 1, "the one that a row names");
    let dir = fixture.stopped().await;
    sound(dir.path()).await;
    tamper(dir.path(), "UPDATE blob SET content = x'00' WHERE file IS NULL");
    std::fs::remove_file(&files(dir.path())[0]).unwrap();
    let problems = check(dir.path()).await.unwrap().problems.join("; ");
    assert!(problems.contains("1 contents of artifacts and bodies whose file is missing"), "{problems}");
    assert!(
        problems.contains("1 contents of artifacts and bodies that are not what their digests say"),
        "{problems}"
    );
    // A copy leaves out what is not there.
    let target = dir.path().join("copy.db");
    backup(dir.path(), &target).await.unwrap();
}

#[tokio::test]
async fn a_missing_file_is_told_of_and_the_rest_of_the_run_is_shown() {
    let fixture = Fixture::new().await;
    let (large, page) = (noise(3, 200_000), b"<p>ordered</p>");
    let run = put(&fixture, at(0), |recording| {
        recording.artifacts = vec![artifact("dump", &large), artifact("page", page)];
        recording.exchanges = vec![exchange(0, b"{}", &large)];
    })
    .await;
    let dir = fixture.dir.path();
    wayfarer_testkit::until("the second file goes", async || files(dir).len(), |count| *count == 1).await;
    std::fs::remove_file(&files(dir)[0]).unwrap();
    let store = &fixture.store;
    let error = store.artifact(None, run, ("dump", None)).await.unwrap_err();
    assert!(matches!(error, StoreError::FileMissing(_)), "{error}");
    let said = error.to_string();
    assert!(said.contains("is missing: restore") && said.contains("`wayfarer db check`"), "{said}");
    assert_eq!(store.artifact(None, run, ("page", None)).await.unwrap().unwrap().content, page);
    let shown = store.run(None, run).await.unwrap().unwrap();
    let shown = &shown.attempts[0].recording.exchanges[0];
    assert_eq!((shown.sent.body.content.as_slice(), shown.sent.body.is_lost), (&b"{}"[..], false));
    let received = &shown.received.as_ref().unwrap().body;
    assert_eq!((received.content.len(), received.is_lost), (0, true));
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_no_missing_one_and_no_copy_goes_on_without_it() {
    let fixture = Fixture::new().await;
    put(&fixture, at(0), |recording| recording.artifacts = vec![artifact("dump", &noise(3, 200_000))]).await;
    let dir = fixture.stopped().await;
    // Whoever runs the tests may read every file, but no folder as one.
    let file = files(dir.path()).remove(0);
    let aside = dir.path().join("aside");
    std::fs::rename(&file, &aside).unwrap();
    std::fs::create_dir(&file).unwrap();
    let problems = check(dir.path()).await.unwrap().problems.join("; ");
    assert!(problems.contains("1 contents of artifacts and bodies whose file cannot be read"), "{problems}");
    let target = dir.path().join("copy.db");
    let refused = backup(dir.path(), &target).await.unwrap_err().to_string();
    assert!(refused.contains("blobs") && !target.exists(), "{refused}");
    assert!(export(dir.path(), &acme(), &target).await.is_err() && !target.exists());
    std::fs::remove_dir(&file).unwrap();
    std::fs::rename(&aside, &file).unwrap();
    backup(dir.path(), &target).await.unwrap();
}

#[tokio::test]
async fn a_database_that_is_new_here_removes_no_files_of_the_one_before() {
    let fixture = Fixture::new().await;
    put(&fixture, at(0), |recording| recording.artifacts = vec![artifact("dump", &noise(3, 200_000))]).await;
    let dir = fixture.stopped().await;
    let names = ["wayfarer.db", "wayfarer.db-wal", "wayfarer.db-shm"].map(|name| dir.path().join(name));
    let aside = tempfile::tempdir().unwrap();
    let there = |name: &Path| aside.path().join(name.file_name().unwrap());
    for name in names.iter().filter(|name| name.exists()) {
        std::fs::rename(name, there(name)).unwrap();
    }
    for _ in 0..2 {
        let other = Store::open(settings(dir.path()), at(1)).await.unwrap().store;
        other.close(at(1)).await.unwrap();
    }
    assert_eq!(files(dir.path()).len(), 1, "somebody has moved the database away for a moment");
    for name in &names {
        drop(std::fs::remove_file(name));
    }
    for name in names.iter().filter(|name| there(name).exists()) {
        std::fs::rename(there(name), name).unwrap();
    }
    sound(dir.path()).await;
}

#[tokio::test]
async fn a_content_counts_once_against_the_limit_and_a_rebuild_counts_the_same() {
    let fixture = Fixture::new().await;
    fixture.store.limit_stored_bytes(&acme(), Some(100_000));
    let content = noise(9, 20_000);
    for number in 0..30 {
        let at = UnixMillis(NOON.0 + number * 60_000);
        put(&fixture, at, |recording| recording.artifacts = vec![artifact("page", &content)]).await;
    }
    let figures = fixture.store.stored_bytes(&acme());
    assert_eq!(figures.reduced_runs, 0, "{figures:?}");
    assert!((20_000..60_000).contains(&figures.bytes), "{figures:?}");
    let stored = "SELECT sum(bytes) FROM stored_daily";
    assert_eq!(fixture.query(stored), figures.bytes.to_string());
    let dir = fixture.stopped().await;
    rebuild(dir.path()).await.unwrap();
    assert_eq!(consumer(dir.path(), stored), figures.bytes.to_string());
    sound(dir.path()).await;
    assert_eq!(open(settings(dir.path())).await.store.stored_bytes(&acme()).bytes, figures.bytes);
}
