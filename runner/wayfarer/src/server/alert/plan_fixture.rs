//! An incident for the tests of routing and of holding.

use wayfarer_model::incident::IncidentKind;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::AlertIncident;

/// A Saturday, 12:00 UTC.
pub(super) const NOW: UnixMillis = UnixMillis(1_796_472_000_000);

/// It opened ten seconds before [`NOW`].
pub(super) fn incident(number: i64, journey: &str) -> AlertIncident {
    AlertIncident {
        number,
        tenant: Some("acme".parse().unwrap()),
        journey: Some(journey.parse().unwrap()),
        location: "local".parse().unwrap(),
        kind: IncidentKind::Failing,
        subject: String::new(),
        summary: String::new(),
        opening_run: Some(number),
        latest_run: Some(number),
        last_good_run: None,
        began: UnixMillis(NOW.0 - 20_000),
        opened: UnixMillis(NOW.0 - 10_000),
        resolved: None,
        looks: 3,
        bad_looks: 3,
        statistic: 1.1e6,
        bound: 1e6,
        acknowledged: None,
        acknowledged_until: None,
        muted_until: None,
        title: String::new(),
        owner: String::new(),
        runbook: String::new(),
        tags: vec!["tier-1".to_owned()],
        depends_on: Vec::new(),
    }
}
