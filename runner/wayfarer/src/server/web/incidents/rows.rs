//! An incident in a line.

use wayfarer_model::units::UnixMillis;
use wayfarer_store::IncidentRow;

use crate::server::web::instants::Instant;
use crate::server::web::links::journey_url;
use crate::view::span;

/// The longest message, in characters.
const MESSAGE: usize = 200;

/// The templates of lists show it.
#[derive(Debug, Clone)]
pub(in crate::server::web) struct IncidentLine {
    pub(in crate::server::web) number: i64,
    pub(in crate::server::web) kind: &'static str,
    /// `page` or `ticket`.
    pub(in crate::server::web) severity: &'static str,
    /// `open`, `acknowledged`, `muted` or `over`.
    pub(in crate::server::web) state: &'static str,
    /// The journey, the host, or the runner.
    pub(in crate::server::web) subject: String,
    /// Empty if it is of no journey.
    pub(in crate::server::web) url: String,
    pub(in crate::server::web) tenant: String,
    pub(in crate::server::web) began: Instant,
    /// How long it lasted; empty while it is open.
    pub(in crate::server::web) lasted: String,
    pub(in crate::server::web) message: String,
}

/// The lines of incidents, in their order.
pub(in crate::server::web) fn lines(rows: &[IncidentRow], now: UnixMillis) -> Vec<IncidentLine> {
    rows.iter().map(|row| line(row, now)).collect()
}

pub(super) fn line(row: &IncidentRow, now: UnixMillis) -> IncidentLine {
    let (tenant, journey) = (row.tenant.as_ref(), row.journey.as_ref());
    let url = tenant.zip(journey).map(|(tenant, journey)| journey_url(tenant.as_str(), journey.as_str()));
    let subject = match journey {
        Some(journey) => journey.to_string(),
        None if row.subject.is_empty() => "the runner".to_owned(),
        None => row.subject.clone(),
    };
    let message = row.message.as_deref().and_then(|message| message.lines().next()).unwrap_or_default();
    IncidentLine {
        number: row.key.0,
        kind: row.kind.as_str(),
        severity: row.kind.severity().as_str(),
        state: state(row, now),
        subject,
        url: url.unwrap_or_default(),
        tenant: tenant.map(ToString::to_string).unwrap_or_default(),
        began: Instant::new(row.began.0, now),
        lasted: row.resolved.map(|over| span(over.0.saturating_sub(row.began.0))).unwrap_or_default(),
        message: message.chars().take(MESSAGE).collect(),
    }
}

fn state(row: &IncidentRow, now: UnixMillis) -> &'static str {
    if row.resolved.is_some() {
        "over"
    } else if row.muted_until.is_some_and(|until| until > now) {
        "muted"
    } else if row.acknowledged.is_some() {
        "acknowledged"
    } else {
        "open"
    }
}
