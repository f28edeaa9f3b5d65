//! How many incidents each month had, and how long they lasted on average until they were over: the mean time to recovery.

use std::collections::BTreeMap;

use wayfarer_model::incident::Severity;
use wayfarer_store::IncidentRow;

use crate::view::span;

/// A month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Month {
    /// `2026-12`.
    pub(super) name: String,
    /// How many began in it that page, and how many tickets.
    pub(super) pages: usize,
    pub(super) tickets: usize,
    /// Of those that are over; empty if none is.
    pub(super) mean: String,
}

/// The months in which an incident began, the newest first.
pub(super) fn months(rows: &[IncidentRow]) -> Vec<Month> {
    let mut of_month: BTreeMap<String, Vec<&IncidentRow>> = BTreeMap::new();
    for row in rows {
        of_month.entry(row.began.rfc3339().chars().take(7).collect()).or_default().push(row);
    }
    let month = |(name, rows): (String, Vec<&IncidentRow>)| {
        let pages = rows.iter().filter(|row| row.kind.severity() == Severity::Page).count();
        let lasted = rows.iter().filter_map(|row| Some(row.resolved?.0.saturating_sub(row.began.0)));
        let lasted: Vec<u64> = lasted.collect();
        let mean = lasted.iter().sum::<u64>().checked_div(lasted.len() as u64);
        Month { name, pages, tickets: rows.len() - pages, mean: mean.map(span).unwrap_or_default() }
    };
    of_month.into_iter().rev().map(month).collect()
}
