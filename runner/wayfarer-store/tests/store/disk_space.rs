//! Pages that nothing is in any more go back to the disk.

use futures_util::future::join_all;
use wayfarer_model::context::Lane;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Verdict;

use crate::fixture::{Fixture, NOON, tamper};
use crate::retention::put;

#[tokio::test]
async fn what_was_emptied_is_given_back_a_piece_at_a_time() {
    let fixture = Fixture::new().await;
    let at = |second: u64| UnixMillis(NOON.0 + second * 1_000);
    join_all((0..1_000).map(|second| put(&fixture, at(second), Lane::Scheduled, Verdict::Passed))).await;
    tamper(fixture.dir.path(), "PRAGMA wal_checkpoint(TRUNCATE)");
    let file = fixture.dir.path().join("wayfarer.db");
    let before = file.metadata().unwrap().len();
    tamper(fixture.dir.path(), "DELETE FROM attempt WHERE id > 100 << 8");
    let mut left = fixture.store.shrink().await.unwrap();
    let mut steps = 1;
    while left > 0 {
        left = fixture.store.shrink().await.unwrap();
        steps += 1;
    }
    assert_eq!(fixture.query("PRAGMA freelist_count"), "0");
    assert!(steps < 1_000, "each step gives something back");
    let dir = fixture.stopped().await;
    let after = dir.path().join("wayfarer.db").metadata().unwrap().len();
    assert!(after < before, "{before} bytes before, {after} after");
}
