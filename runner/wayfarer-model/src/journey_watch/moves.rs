//! What a row does to incidents. The store writes it, and people are told of it.

use serde::{Deserialize, Serialize};

use crate::incident::IncidentKind;
use crate::units::UnixMillis;

/// An incident that a row opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// The first bad row; with the kind it identifies the incident within its journey.
    pub first_run: i64,
    /// The row that opened it.
    pub opening_run: i64,
    /// The last good row before the first bad one, if there is one.
    pub last_good_run: Option<i64>,
    /// The end of the first bad row.
    pub began_at: UnixMillis,
    /// The end of the row that opened it.
    pub opened_at: UnixMillis,
    /// Rows since the first bad one.
    pub looks: u64,
    /// How many of them were bad.
    pub bad_looks: u64,
    /// The evidence, and the bound that it reached: a healthy journey reaches the statistic once in so many looks on average. For kinds that
    /// count rows, both are counts. For a plain rule the looks between its false alarms, by the journey's own history.
    pub statistic: f64,
    /// What the statistic had to reach; 0 for a plain rule, which promises nothing.
    pub bound: f64,
}

/// What a row did to an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentMove {
    /// What the incident is.
    pub kind: IncidentKind,
    /// Identifies the incident within its journey and kind.
    pub first_run: i64,
    /// The number of the row that moved it.
    pub by: i64,
    /// When the row ended.
    pub at: UnixMillis,
    /// Whether it opened, opened again or closed.
    pub what: Moved,
}

/// How a row moved an incident.
#[derive(Debug, Clone, PartialEq)]
pub enum Moved {
    /// No incident of this kind was open before.
    Opened(Opening),
    /// It had closed a short time ago, and is open again.
    Reopened,
    /// The journey is well again by the rule.
    Closed,
}
