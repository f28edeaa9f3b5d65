//! The audit: recomputes every slot that was due from the versions of the schedules alone, and compares these with the rows. They
//! must be the same, whatever happened in between.
//!
//! A slot counts as due once its fire instant is at or before the location's watermark. Later ones have not been dispatched yet,
//! or wait for the next server, which settles them before anything else. It belongs to the location where the runner was at that
//! instant (`location_period`), if the version is assigned to that location. The audit leaves out what lies before the instant from
//! which a tenant's runs are all there, since retention may have removed rows before it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use sqlx::{Connection as _, Row as _, SqliteConnection};
use wayfarer_model::ids::{JourneyName, LocationName, NameError, TenantName};
use wayfarer_model::schedule::Schedule;
use wayfarer_model::units::UnixMillis;

use super::files::open;
use crate::deployments::{Version, versions_reaching};
use crate::error::StoreError;
use crate::keys::{JourneyKey, LocationKey};
use crate::read::settled;
use crate::store::instant;

/// Slots of each kind that the report names. It counts all of them.
const NAMED: usize = 1_000;

/// Rows in memory at a time.
const PIECE: usize = 10_000;

/// A slot without a row, or a row without a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditSlot {
    /// The tenant.
    pub tenant: TenantName,
    /// The journey.
    pub journey: JourneyName,
    /// The slot, which is the nominal instant.
    pub slot: UnixMillis,
}

/// The result of an audit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct AuditReport {
    /// It covers slots from this instant (included)
    pub from: UnixMillis,
    /// to this one (excluded), if their fire instants are at or before the watermark.
    pub to: UnixMillis,
    /// The watermark. None if no server has planned yet.
    pub planned_until: Option<UnixMillis>,
    /// Slots that were due.
    pub due: u64,
    /// Rows, runs in flight included.
    pub stored: u64,
    /// Due slots without a row.
    pub missing: u64,
    /// Rows without a due slot.
    pub unexpected: u64,
    /// Rows beyond the first of their slot.
    pub doubled: u64,
    /// The first missing ones.
    pub missing_slots: Vec<AuditSlot>,
    /// The first unexpected ones.
    pub unexpected_slots: Vec<AuditSlot>,
}

impl AuditReport {
    /// Whether every due slot has exactly one row, and no other has one.
    pub fn is_clean(&self) -> bool {
        (self.missing, self.unexpected, self.doubled) == (0, 0, 0)
    }
}

/// Audits the slots of a period, of every journey of every tenant.
///
/// # Errors
/// [`StoreError::NotThere`], [`StoreError::Older`] and the like. A difference is no error.
pub async fn audit(data_dir: &Path, from: UnixMillis, to: UnixMillis) -> Result<AuditReport, StoreError> {
    let mut connection = open(data_dir).await?;
    // One transaction, so that a server that writes does not change what is compared.
    let mut snapshot = connection.begin().await.map_err(StoreError::sql("reading"))?;
    let mut report = AuditReport { from, to, ..AuditReport::default() };
    let kept = runs_kept_from(&mut snapshot).await?;
    for location in locations(&mut snapshot).await? {
        if location.is_served {
            report.planned_until = Some(location.planned_until);
        }
        // Versions that ended before `from` own none of these slots.
        for version in versions_reaching(&mut snapshot, from).await? {
            let kept = kept.get(&version.tenant).copied().unwrap_or_default();
            one(&version, &location, kept, &mut report, &mut snapshot).await?;
        }
    }
    Ok(report)
}

/// The instant from which each tenant's runs are all there. Without tenants that lost none.
async fn runs_kept_from(
    connection: &mut SqliteConnection,
) -> Result<BTreeMap<TenantName, UnixMillis>, StoreError> {
    let what = StoreError::sql("reading the table kept");
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT t.name, k.from_ms FROM kept k JOIN tenant t ON t.id = k.tenant WHERE k.kind = 'runs'",
    )
    .fetch_all(connection)
    .await
    .map_err(what)?;
    let kept = rows.into_iter().map(|(name, from)| {
        let from = UnixMillis(u64::try_from(from).unwrap_or(0));
        name.parse().map(|name| (name, from)).map_err(|error: NameError| StoreError::Corrupt {
            table: "tenant",
            row: name,
            reason: error.to_string(),
        })
    });
    kept.collect()
}

/// A location and the slots that are its own.
struct Location {
    key: LocationKey,
    name: LocationName,
    planned_until: UnixMillis,
    /// When the runner was there: from (included), until (excluded).
    periods: Vec<(UnixMillis, Option<UnixMillis>)>,
    /// Whether it is there now.
    is_served: bool,
}

impl Location {
    /// Whether a slot with that fire instant is its own.
    fn owns(&self, fire: UnixMillis) -> bool {
        self.periods.iter().any(|(from, until)| *from <= fire && until.is_none_or(|until| fire < until))
    }

    /// Whether a row with that fire instant is beyond what the runner had settled when it was last there.
    fn is_ahead(&self, fire: UnixMillis) -> bool {
        let left = || self.periods.iter().filter_map(|(_, until)| *until).any(|until| until <= fire);
        fire > self.planned_until || (!self.owns(fire) && left())
    }
}

async fn locations(connection: &mut SqliteConnection) -> Result<Vec<Location>, StoreError> {
    let what = StoreError::sql("reading the table location");
    let rows = sqlx::query(
        "SELECT l.id, l.planned_until_ms, p.from_ms, p.until_ms, l.name FROM location l JOIN location_period p ON p.location = l.id
         WHERE l.planned_until_ms IS NOT NULL ORDER BY l.id, p.from_ms",
    )
    .fetch_all(connection)
    .await
    .map_err(&what)?;
    let mut locations: Vec<Location> = Vec::new();
    for row in &rows {
        let at = |column: usize| instant(row, column).map_err(&what);
        let (key, until) = (LocationKey(row.get(0)), at(3)?);
        if locations.last().is_none_or(|last| last.key != key) {
            let planned_until = at(1)?.unwrap_or_default();
            let name: String = row.try_get(4).map_err(&what)?;
            let name = name.parse().map_err(|error: NameError| StoreError::Corrupt {
                table: "location",
                row: name,
                reason: error.to_string(),
            })?;
            locations.push(Location { key, name, planned_until, periods: Vec::new(), is_served: false });
        }
        if let Some(location) = locations.last_mut() {
            location.periods.push((at(2)?.unwrap_or_default(), until));
            location.is_served |= until.is_none();
        }
    }
    Ok(locations)
}

/// Compares the slots of one version, piece by piece: a version may own millions.
async fn one(
    version: &Version,
    location: &Location,
    kept: UnixMillis,
    report: &mut AuditReport,
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    let begin = version.valid_from.max(report.from).max(kept);
    let end = version.valid_until.map_or(report.to, |until| until.min(report.to));
    if begin >= end {
        return Ok(());
    }
    let timing = version.spec.as_ref().and_then(|spec| spec.timing_at(&location.name));
    let schedule = timing.map(|timing| timing.schedule_of(&version.tenant, &version.name));
    let of = |slot| AuditSlot { tenant: version.tenant.clone(), journey: version.name.clone(), slot };
    let is_ahead = |slot| schedule.as_ref().is_some_and(|schedule| location.is_ahead(schedule.fire_at(slot)));
    let mut from = begin;
    while from < end {
        let (stored, until) = piece(connection, version.journey, location.key, (from, end)).await?;
        let due = schedule.iter().flat_map(|schedule| due(schedule, (from, until), location));
        compare(due, &stored, report, of, is_ahead);
        from = until;
    }
    Ok(())
}

/// The rows of the first piece of a period, and the piece's end, which never separates two rows of one slot.
async fn piece(
    connection: &mut SqliteConnection,
    journey: JourneyKey,
    location: LocationKey,
    (from, to): (UnixMillis, UnixMillis),
) -> Result<(Vec<UnixMillis>, UnixMillis), StoreError> {
    let mut stored = settled(connection, journey, location, (from, to), Some(PIECE)).await?;
    let Some(last) = stored.last().copied().filter(|_| stored.len() >= PIECE) else {
        return Ok((stored, to));
    };
    if last > from {
        stored.truncate(stored.partition_point(|slot| *slot < last));
        return Ok((stored, last));
    }
    // All rows belong to one slot: that slot is a piece of its own, however many rows it has.
    let next = UnixMillis(from.0 + 1);
    Ok((settled(connection, journey, location, (from, next), None).await?, next))
}

fn due<'s>(
    schedule: &'s Schedule,
    (begin, end): (UnixMillis, UnixMillis),
    location: &'s Location,
) -> impl Iterator<Item = UnixMillis> + 's {
    schedule
        .slots_between(begin, end)
        .take_while(move |slot| schedule.fire_at(*slot) <= location.planned_until)
        .filter(move |slot| location.owns(schedule.fire_at(*slot)))
}

/// Walks both sorted lists side by side. Rows beyond the watermark are not wrong: the watermark may lag, and a later audit compares
/// them.
fn compare(
    due: impl Iterator<Item = UnixMillis>,
    stored: &[UnixMillis],
    report: &mut AuditReport,
    of: impl Fn(UnixMillis) -> AuditSlot,
    is_ahead: impl Fn(UnixMillis) -> bool,
) {
    let mut stored = stored.iter().copied().peekable();
    let unexpected = |slot: UnixMillis, report: &mut AuditReport| {
        if is_ahead(slot) {
            return;
        }
        report.unexpected += 1;
        if report.unexpected_slots.len() < NAMED {
            report.unexpected_slots.push(of(slot));
        }
    };
    for slot in due {
        report.due += 1;
        while let Some(early) = stored.next_if(|row| *row < slot) {
            report.stored += 1;
            unexpected(early, report);
        }
        let mut rows = 0;
        while stored.next_if(|row| *row == slot).is_some() {
            rows += 1;
        }
        report.stored += rows;
        report.doubled += rows.saturating_sub(1);
        if rows == 0 {
            report.missing += 1;
            if report.missing_slots.len() < NAMED {
                report.missing_slots.push(of(slot));
            }
        }
    }
    for late in stored {
        report.stored += u64::from(!is_ahead(late));
        unexpected(late, report);
    }
}
