//! What an incident is, and how urgent that makes it. Rule, store, notices, routes and metrics share these words.

use serde::{Deserialize, Serialize};

/// What an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentKind {
    /// Runs fail by the target's fault, more often than by chance.
    Failing,
    /// Runs end well, but break soft checks or latency budgets.
    OverBudget,
    /// It fails so often by chance that a page would say nothing: a ticket for its author.
    Flaky,
    /// A version fails by a panic of its own and never worked since it was deployed: a ticket for its author.
    Unproven,
    /// The journey itself is at fault: a ticket for its author.
    Broken,
    /// No slot led to a counted run for a while.
    NoData,
    /// A host's certificate expires within two weeks: a ticket.
    Certificate,
    /// The registration of a host's domain expires within two weeks: a ticket.
    Domain,
    /// The platform's own: many journeys of many hosts fail at once, so the runner may be at fault.
    CommonMode,
    /// The platform's own: the runner spoils runs, or cannot reach what the platform names.
    RunnerUnwell,
}

/// How urgent it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth waking up for.
    Page,
    /// It waits for working hours: nobody is woken.
    Ticket,
}

impl IncidentKind {
    /// In the order in which documents list them.
    pub const ALL: [Self; 10] = [
        Self::Failing,
        Self::OverBudget,
        Self::Flaky,
        Self::Unproven,
        Self::Broken,
        Self::NoData,
        Self::Certificate,
        Self::Domain,
        Self::CommonMode,
        Self::RunnerUnwell,
    ];

    /// The word used in SQL, JSON and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::OverBudget => "over-budget",
            Self::Flaky => "flaky",
            Self::Unproven => "unproven",
            Self::Broken => "broken",
            Self::NoData => "no-data",
            Self::Certificate => "certificate",
            Self::Domain => "domain",
            Self::CommonMode => "common-mode",
            Self::RunnerUnwell => "runner-unwell",
        }
    }

    /// The kind of that word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether it opens after so many rows in a row, without a statistic.
    pub fn is_counted(self) -> bool {
        matches!(self, Self::Broken | Self::NoData)
    }

    /// Whether its statistic and bound speak of false alarms. That of [`Unproven`](Self::Unproven) opens by the same rule, but the version never
    /// was well.
    pub fn is_bounded(self) -> bool {
        matches!(self, Self::Failing | Self::OverBudget | Self::Flaky)
    }

    /// Whether it is the platform's own: no tenant sees it, and the routes of no tenant cover it.
    pub fn is_platforms(self) -> bool {
        matches!(self, Self::CommonMode | Self::RunnerUnwell)
    }

    /// Whether something outside of the journey may have caused it: its target, the runner, a journey that it depends on.
    pub fn may_come_from_outside(self) -> bool {
        matches!(self, Self::Failing | Self::OverBudget | Self::Flaky | Self::NoData)
    }

    /// Whether it is of a date that comes nearer, and over when a later one is seen.
    pub fn is_expiry(self) -> bool {
        matches!(self, Self::Certificate | Self::Domain)
    }

    /// A page where something fails or nobody knows; a ticket for what an author alone can mend.
    pub fn severity(self) -> Severity {
        match self {
            Self::Failing | Self::NoData | Self::CommonMode | Self::RunnerUnwell => Severity::Page,
            Self::OverBudget
            | Self::Flaky
            | Self::Unproven
            | Self::Broken
            | Self::Certificate
            | Self::Domain => Severity::Ticket,
        }
    }
}

impl std::fmt::Display for IncidentKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl Severity {
    /// The word in SQL, JSON and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }
}
