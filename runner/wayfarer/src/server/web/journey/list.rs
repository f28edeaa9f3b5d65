//! The runs of a journey as rows, the newest first.

use wayfarer_model::units::UnixMillis;
use wayfarer_store::RunRow;

use crate::protocol::RunInfo;
use crate::server::web::charts::{Mark, legend};
use crate::server::web::instants::Instant;
use crate::server::web::markup::Markup;
use crate::view::explanation;

/// Runs of one page.
pub(super) const PAGE: u32 = 50;

/// A run as a row.
#[derive(Debug)]
pub(super) struct RunLine {
    pub(super) id: String,
    pub(super) at: Instant,
    pub(super) mark: Markup,
    pub(super) word: &'static str,
    pub(super) lane: &'static str,
    pub(super) took: String,
    pub(super) version: u32,
    pub(super) explanation: String,
}

impl RunLine {
    pub(super) fn new(row: &RunRow, now: UnixMillis) -> Self {
        let is_flaky = row.verdict.is_good() && row.first_verdict.is_some_and(|first| !first.is_good());
        let mark = Mark::of(row.verdict, is_flaky);
        Self {
            id: row.id.to_string(),
            at: Instant::new(row.slot.0, now),
            mark: legend(mark),
            word: mark.word(),
            lane: row.lane.as_str(),
            took: row.duration.map(|took| took.to_string()).unwrap_or_default(),
            version: row.version,
            explanation: explanation(&RunInfo::from(row.clone())),
        }
    }
}

/// The run after which the next page begins; none if this is the last one.
pub(super) fn next(rows: &[RunRow]) -> Option<String> {
    let last = rows.last().filter(|_| rows.len() >= PAGE as usize)?;
    Some(format!("{}-{}", last.slot.0, last.cursor.0))
}
