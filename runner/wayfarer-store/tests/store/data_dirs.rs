//! Data directories that are taken, foreign, too new, or not to be written.

use std::os::unix::fs::PermissionsExt as _;

use wayfarer_store::{Store, StoreError};

use crate::fixture::{Fixture, NOON, settings, tamper};

#[tokio::test]
async fn a_second_server_is_refused() {
    let fixture = Fixture::new().await;
    let error = Store::open(settings(fixture.dir.path()), NOON).await.err().unwrap();
    assert!(matches!(error, StoreError::InUse(_)), "{error}");
    assert!(error.to_string().contains("is in use by another server: stop that one"), "{error}");
}

#[tokio::test]
async fn the_file_can_be_read_by_its_group_and_by_nobody_else() {
    let fixture = Fixture::new().await;
    for file in ["wayfarer.db", "wayfarer.db-wal", "wayfarer.db-shm"] {
        let mode = std::fs::metadata(fixture.dir.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640, "{file}");
    }
    fixture.store.close(NOON).await.unwrap();
    for file in ["wayfarer.db", "wayfarer.db-wal", "wayfarer.db-shm"] {
        assert!(fixture.dir.path().join(file).exists(), "{file} stays for those who only read");
    }
    assert_eq!(fixture.query("SELECT journey FROM v1_journeys"), "checkout");
}

#[tokio::test]
async fn a_newer_database_is_left_alone() {
    let fixture = Fixture::new().await;
    fixture.store.close(NOON).await.unwrap();
    tamper(fixture.dir.path(), "PRAGMA user_version = 999");
    let Fixture { dir, store, .. } = fixture;
    drop(store);
    let error = Store::open(settings(dir.path()), NOON).await.err().unwrap();
    assert!(matches!(error, StoreError::Newer { found: 999, .. }), "{error}");
}

#[tokio::test]
async fn a_file_that_is_not_ours_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("wayfarer.db");
    std::fs::write(
        &file,
        "something else altogether, and long enough to have been read as a header of a file",
    )
    .unwrap();
    let error = Store::open(settings(dir.path()), NOON).await.err().unwrap();
    assert!(matches!(error, StoreError::Foreign(_)), "{error}");
    let other = tempfile::tempdir().unwrap();
    tamper(other.path(), "PRAGMA user_version = 3; CREATE TABLE t (a)");
    let error = Store::open(settings(other.path()), NOON).await.err().unwrap();
    assert!(matches!(error, StoreError::Foreign(_)), "{error}");
}
