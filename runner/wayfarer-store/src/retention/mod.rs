//! Retention: what is older than it is kept for goes, a little at a time.
//!
//! # Layout
//!
//! - [`Due`]: what is to go, of whom, up to when. [`Removal`]: works it off, a bounded step at a time.
//! - [`scan`]: the walk over runs. [`details`]: bodies, logs and artifacts; [`runs`], [`rollups`]: rows.
//! - [`kept`]: how far each kind was removed. [`pace`]: how much one step takes.
//!
//! # Invariants
//!
//! - What to remove is found out by the connections that read; the writer is held only for the removal itself.
//!   That is sound because rows are written once: nobody but retention changes one, and there is one at a time.
//! - A run that is its journey's last failure stays, with all that hangs on it. None becomes that later: a last
//!   failure gives way only to a run that was not there yet.
//! - Before the first run or roll-up of a tenant goes, the table `kept` says from which instant on there are all,
//!   in the same transaction. So audit, check and rebuild are right after each step, and after a kill.
//! - Late rows are found: a removal of runs or roll-ups begins with the oldest each time.
//! - Nothing goes that lies beyond the location's watermark: a start would settle its slot again.

mod details;
mod kept;
mod pace;
mod rollups;
mod runs;
mod scan;

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use wayfarer_model::schedule::Spread;
use wayfarer_model::units::UnixMillis;

use crate::error::StoreError;
use crate::keys::TenantKey;
use crate::store::Store;
use pace::Pace;
use scan::{Cursor, Seen};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// What is kept for a time of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RetentionKind {
    /// Excerpts of bodies, in requests.
    Bodies,
    /// Lines of logs.
    Logs,
    /// Contents of artifacts.
    Artifacts,
    /// Runs with all that is recorded of them.
    Runs,
    /// Figures by hour and day.
    Rollups,
}

impl RetentionKind {
    /// All of them, in the order in which they are best removed.
    pub const ALL: [Self; 5] = [Self::Bodies, Self::Logs, Self::Artifacts, Self::Runs, Self::Rollups];

    /// Its name, in the configuration and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bodies => "bodies",
            Self::Logs => "logs",
            Self::Artifacts => "artifacts",
            Self::Runs => "runs",
            Self::Rollups => "rollups",
        }
    }

    /// Runs and roll-ups go by whole days (UTC), so that figures of a day are made of all its runs or of none; the
    /// rest by whole hours, so that runs are not walked more often.
    #[must_use]
    pub fn cut(self, before: UnixMillis) -> UnixMillis {
        let grain = if self.is_by_day() { DAY_MS } else { HOUR_MS };
        UnixMillis(before.0 / grain * grain)
    }

    fn is_by_day(self) -> bool {
        matches!(self, Self::Runs | Self::Rollups)
    }
}

/// What is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// What.
    pub kind: RetentionKind,
    /// Whose. Those who keep a kind for the same time are best taken together: runs are walked once for all.
    pub tenants: Vec<TenantKey>,
    /// Of slots and periods before this; see [`RetentionKind::cut`].
    pub before: UnixMillis,
}

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Removed {
    /// So many excerpts, lines, artifacts, runs or rows of roll-ups are gone.
    pub count: u64,
    /// So long the writer was held by it; zero where nothing was to be written.
    pub held: Duration,
    /// Whether nothing is left to do.
    pub is_done: bool,
}

/// A removal under way. Dropped at any time, it leaves everything consistent; begun again, it goes on.
pub struct Removal {
    store: Store,
    kind: RetentionKind,
    before: UnixMillis,
    /// Whose, with the instant before which nothing of the kind is left already.
    floors: HashMap<i64, u64>,
    tenants: HashMap<i64, i64>,
    pace: Pace,
    cursor: Cursor,
    /// Runs that were looked at and are still to be considered.
    seen: VecDeque<Seen>,
    /// Whether no runs are left to look at.
    is_exhausted: bool,
    /// Runs that were spared and are no last failures any more; none as long as nobody has looked.
    superseded: Option<Vec<i64>>,
    /// Tenants of whom `kept` says already that something goes.
    noted: HashSet<i64>,
    walk: rollups::Walk,
}

impl Store {
    /// Begins to remove what is due.
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
            tenants: scan::tenants(self).await?,
            pace: Pace::new(),
            cursor,
            seen: VecDeque::new(),
            is_exhausted: false,
            superseded: None,
            noted: HashSet::new(),
            walk: rollups::Walk::default(),
        })
    }

    /// No start of a server will settle a slot before this instant: one whose row is gone would count twice.
    async fn settled_before(&self) -> Result<UnixMillis, StoreError> {
        let planned_until = self.watermark().await?.unwrap_or_default();
        let spread = u64::try_from(Spread::LONGEST.as_millis()).unwrap_or(u64::MAX);
        Ok(UnixMillis(planned_until.0.saturating_sub(spread)))
    }
}

impl Removal {
    /// Everything before this goes: what was asked for, or less, where a start might settle slots again.
    pub fn before(&self) -> UnixMillis {
        self.before
    }

    /// One bounded step. Between two of them whoever calls should pause, so that results come first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`]; the removal is then to be begun again.
    pub async fn step(&mut self) -> Result<Removed, StoreError> {
        if self.floors.is_empty() {
            return Ok(Removed { is_done: true, ..Removed::default() });
        }
        let removed = match self.kind {
            RetentionKind::Bodies | RetentionKind::Logs | RetentionKind::Artifacts => self.details().await,
            RetentionKind::Runs => self.runs().await,
            RetentionKind::Rollups => self.rollups().await,
        }?;
        if removed.count > 0 {
            self.pace.took(removed.held);
        }
        Ok(removed)
    }

    /// Whose journey it is, if it is one of those whose things go.
    fn owner(&self, journey: i64) -> Option<i64> {
        self.tenants.get(&journey).copied().filter(|tenant| self.floors.contains_key(tenant))
    }
}
