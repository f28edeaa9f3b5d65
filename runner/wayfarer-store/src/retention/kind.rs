//! The kinds of results that have a period of their own.

use wayfarer_model::units::UnixMillis;

use crate::periods::{DAY_MS, HOUR_MS};

/// A kind of result with a period of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RetentionKind {
    /// Excerpts of bodies, in requests.
    Bodies,
    /// Lines of logs.
    Logs,
    /// Contents of artifacts.
    Artifacts,
    /// Deliveries of notices that ended, of incidents that are over.
    Deliveries,
    /// Incidents that are over, with their time lines and deliveries.
    Incidents,
    /// Runs with everything that belongs to them.
    Runs,
    /// Rows of the roll-ups.
    Rollups,
}

impl RetentionKind {
    /// All kinds, in the order in which they are removed: incidents before the runs that they keep.
    pub const ALL: [Self; 7] = [
        Self::Bodies,
        Self::Logs,
        Self::Artifacts,
        Self::Deliveries,
        Self::Incidents,
        Self::Runs,
        Self::Rollups,
    ];

    /// Whether rows of the kind may belong to the platform, which is no tenant.
    pub fn has_platforms(self) -> bool {
        matches!(self, Self::Deliveries | Self::Incidents)
    }

    /// Its name, in the configuration and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bodies => "bodies",
            Self::Logs => "logs",
            Self::Artifacts => "artifacts",
            Self::Deliveries => "deliveries",
            Self::Incidents => "incidents",
            Self::Runs => "runs",
            Self::Rollups => "rollups",
        }
    }

    /// The instant before which the kind is removed: a midnight (UTC) for runs and roll-ups, so that a day's figures cover all
    /// of its runs or none. A full hour for the other kinds, so that the walk over runs is not repeated more often.
    #[must_use]
    pub fn cut(self, before: UnixMillis) -> UnixMillis {
        let grain = if self.is_by_day() { DAY_MS } else { HOUR_MS };
        UnixMillis(before.0 / grain * grain)
    }

    pub(super) fn is_by_day(self) -> bool {
        matches!(self, Self::Runs | Self::Rollups)
    }
}
