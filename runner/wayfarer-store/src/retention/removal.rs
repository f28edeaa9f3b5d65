//! A removal: what to remove, and the steps that do it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use wayfarer_model::schedule::Spread;
use wayfarer_model::units::UnixMillis;

use super::kind::RetentionKind;
use super::scan::{Cursor, Seen};
use super::{kept, rollups, scan};
use crate::error::StoreError;
use crate::keys::TenantKey;
use crate::pace::Pace;
use crate::store::Store;

/// What to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The kind of result.
    pub kind: RetentionKind,
    /// Take tenants with the same period together: one walk over the runs then serves all of them.
    pub tenants: Vec<TenantKey>,
    /// Whether what belongs to the platform goes too, where the kind has that.
    pub is_platforms: bool,
    /// Slots and periods before this instant; see [`RetentionKind::cut`].
    pub before: UnixMillis,
}

/// The result of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Removed {
    /// Removed excerpts, lines, artifacts, runs or rows of roll-ups.
    pub count: u64,
    /// How long the step held the writer. Zero if it wrote nothing.
    pub held: Duration,
    /// Whether nothing is left to remove.
    pub is_done: bool,
}

/// A removal in progress. Dropping it at any time leaves the file consistent; a new one goes on from there.
pub struct Removal {
    pub(super) store: Store,
    pub(super) kind: RetentionKind,
    pub(super) before: UnixMillis,
    /// The tenants, each with the instant before which nothing of the kind is left.
    pub(super) floors: HashMap<i64, u64>,
    pub(super) is_platforms: bool,
    /// The tenant of each journey of these tenants.
    pub(super) tenants: HashMap<i64, i64>,
    pub(super) pace: Pace,
    pub(super) cursor: Cursor,
    /// Runs that were read and not yet considered.
    pub(super) seen: VecDeque<Seen>,
    /// Whether no runs are left to read.
    pub(super) is_exhausted: bool,
    /// Runs that were spared and that nobody needs any more. None until they were read.
    pub(super) superseded: Option<Vec<i64>>,
    /// Tenants for which this removal has written to `kept`.
    pub(super) noted: HashSet<i64>,
    pub(super) walk: rollups::Walk,
}

impl Store {
    /// Starts a removal.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn removal(&self, due: &Due) -> Result<Removal, StoreError> {
        let before = due.kind.cut(due.before.min(self.settled_before().await?));
        let done = kept::read(self, due.kind).await?;
        let mut floors: HashMap<i64, u64> =
            due.tenants.iter().map(|key| (key.0, done.get(&key.0).copied().unwrap_or(0))).collect();
        let mut cursor = Cursor::default();
        if !due.kind.is_by_day() {
            floors.retain(|_, floor| *floor < before.0);
            cursor = Cursor::at(floors.values().copied().min().unwrap_or(before.0));
        }
        Ok(Removal {
            store: self.clone(),
            kind: due.kind,
            before,
            floors,
            is_platforms: due.is_platforms && due.kind.has_platforms(),
            tenants: scan::tenants(self).await?,
            pace: Pace::of_rows(),
            cursor,
            seen: VecDeque::new(),
            is_exhausted: false,
            superseded: None,
            noted: HashSet::new(),
            walk: rollups::Walk::default(),
        })
    }

    /// No start of a server settles a slot before this instant. (A settled slot whose row is gone would count twice.)
    async fn settled_before(&self) -> Result<UnixMillis, StoreError> {
        let planned_until = self.watermark().await?.unwrap_or_default();
        let spread = u64::try_from(Spread::LONGEST.as_millis()).unwrap_or(u64::MAX);
        Ok(UnixMillis(planned_until.0.saturating_sub(spread)))
    }
}

impl Removal {
    /// The removal ends at this instant: at the one that was asked for, or earlier if a start might settle slots again.
    pub fn before(&self) -> UnixMillis {
        self.before
    }

    /// One bounded step. The caller should pause between two steps, so that results come first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`]. Start a new removal then.
    pub async fn step(&mut self) -> Result<Removed, StoreError> {
        if self.floors.is_empty() && !self.is_platforms {
            return Ok(Removed { is_done: true, ..Removed::default() });
        }
        let removed = match self.kind {
            RetentionKind::Bodies | RetentionKind::Logs | RetentionKind::Artifacts => self.details().await,
            RetentionKind::Deliveries => self.deliveries().await,
            RetentionKind::Incidents => self.incidents().await,
            RetentionKind::Runs => self.runs().await,
            RetentionKind::Rollups => self.rollups().await,
        }?;
        if removed.count > 0 {
            self.pace.took(removed.held);
        }
        Ok(removed)
    }

    /// The journey's tenant, if it is one of those that lose something.
    pub(super) fn owner(&self, journey: i64) -> Option<i64> {
        self.tenants.get(&journey).copied().filter(|tenant| self.floors.contains_key(tenant))
    }
}
