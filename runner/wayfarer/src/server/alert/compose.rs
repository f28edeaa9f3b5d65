//! Composes a notice from rows, when it is sent: so it tells what is known then.
//!
//! A run that retention has removed is missing from the notice, and nothing else is.

use std::collections::BTreeSet;

use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::incident::IncidentKind;
use wayfarer_model::notice::{Evidence, Matter, Notice, NoticeKind, Subject, Weight, differences};
use wayfarer_store::{AlertIncident, Delivery, RunDetail, Store, StoreError};

use super::alerting::Alerting;

/// How many runs of a group are read: the rest is named without evidence of its own.
const READ: usize = 20;

/// The notice of deliveries that are sent together: one, or several that quiet hours held. None if their incident is gone.
///
/// # Errors
/// Those of the store.
pub(crate) async fn compose(
    store: &Store,
    alerting: &Alerting,
    tenant: Option<&TenantName>,
    deliveries: &[Delivery],
) -> Result<Option<Notice>, StoreError> {
    let mut notices = Vec::new();
    for delivery in deliveries {
        notices.extend(one(store, alerting, tenant, delivery).await?);
    }
    let Some(first) = notices.first().cloned() else { return Ok(None) };
    if notices.len() == 1 {
        return Ok(Some(first));
    }
    let held =
        notices.iter().map(|notice| format!("{} {}", notice.at.rfc3339(), notice.headline())).collect();
    Ok(Some(Notice {
        id: format!("{}-digest", first.id),
        thread: format!("{}-digest", first.id),
        kind: NoticeKind::Digest,
        severity: notices.iter().map(|notice| notice.severity).min().unwrap_or(first.severity),
        subjects: Vec::new(),
        matter: None,
        hanging: Vec::new(),
        evidence: None,
        weight: None,
        link: None,
        held,
        ..first
    }))
}

async fn one(
    store: &Store,
    alerting: &Alerting,
    tenant: Option<&TenantName>,
    delivery: &Delivery,
) -> Result<Option<Notice>, StoreError> {
    let Some(incident) = store.alert_incident(delivery.incident).await? else { return Ok(None) };
    let mut together = store.told_together(delivery.thread, &delivery.channel).await?;
    // A channel knows the conversation by its first incident, whichever of them this is about.
    let Some(head) = store.alert_incident(delivery.thread).await? else { return Ok(None) };
    if delivery.kind == NoticeKind::Reopened {
        together.retain(|other| other.number == incident.number);
    }
    // Who is told again is not told of those that are well by now.
    let is_again = delivery.is_told || matches!(delivery.kind, NoticeKind::Reminder | NoticeKind::Escalated);
    if is_again && together.iter().any(|other| other.resolved.is_none()) {
        together.retain(|other| other.resolved.is_none());
    }
    if together.is_empty() {
        together.push(incident.clone());
    }
    let evidence = match delivery.kind {
        // The last run failed, and is not why it is over.
        NoticeKind::Resolved if delivery.closed.is_some() => None,
        NoticeKind::Resolved => latest(store, &incident).await?,
        _ => alarm(store, &together).await?,
    };
    let at = if matches!(delivery.kind, NoticeKind::Reminder | NoticeKind::Escalated) {
        delivery.routed
    } else {
        delivery.occurred
    };
    let owner = head.tenant.as_ref().map_or("platform", TenantName::as_str);
    let thread = format!("wayfarer-{owner}-{}-{}", head.number, head.opened.0 / 1_000);
    let ordinal = if delivery.ordinal > 0 { format!("-{}", delivery.ordinal) } else { String::new() };
    Ok(Some(Notice {
        id: format!("{thread}-{}-{}{ordinal}", delivery.event, delivery.kind.as_str()),
        thread,
        kind: delivery.kind,
        severity: incident.kind.severity(),
        incident_kind: Some(incident.kind),
        tenant: tenant.cloned(),
        at,
        began: together.iter().map(|incident| incident.began).min().unwrap_or(incident.began),
        opened: head.opened,
        resolved: (delivery.kind == NoticeKind::Resolved).then(|| incident.resolved.unwrap_or(at)),
        closed: delivery.closed.clone(),
        link: evidence.as_ref().and_then(|evidence| alerting.link(evidence.run)),
        weight: weight(&incident),
        evidence,
        matter: matter(&incident),
        hanging: if delivery.kind == NoticeKind::Resolved {
            Vec::new()
        } else {
            hanging(store, &together).await?
        },
        subjects: together.into_iter().filter_map(subject).collect(),
        held: Vec::new(),
        channel: None,
    }))
}

/// How often it is false is known for those kinds alone that a rule over looks opens; the others count rows.
fn weight(incident: &AlertIncident) -> Option<Weight> {
    let AlertIncident { looks, bad_looks, bound, statistic, kind, .. } = *incident;
    let is_promised = bound > 0.0;
    let looks_between_false = match (kind.is_bounded(), is_promised) {
        (false, _) => 0.0,
        (true, true) => bound,
        (true, false) => statistic,
    };
    (looks > 0).then_some(Weight { looks, bad_looks, looks_between_false, is_promised })
}

/// None where it is of a journey.
fn matter(incident: &AlertIncident) -> Option<Matter> {
    let AlertIncident { number, location, summary, .. } = incident;
    incident.journey.is_none().then(|| Matter {
        incident: *number,
        name: match incident.kind {
            IncidentKind::Certificate => format!("the certificate of {}", incident.subject),
            IncidentKind::Domain => format!("the domain {}", incident.subject),
            _ => format!("the runner at {location}"),
        },
        says: summary.clone(),
    })
}

/// None where it is of no journey.
fn subject(incident: AlertIncident) -> Option<Subject> {
    Some(Subject {
        incident: incident.number,
        journey: incident.journey?,
        title: incident.title,
        location: incident.location,
        tags: incident.tags,
        owner: incident.owner,
        runbook: incident.runbook,
        depends_on: incident.depends_on,
    })
}

/// The journeys that depend on any of those that the notice is about, and are none of these.
async fn hanging(store: &Store, incidents: &[AlertIncident]) -> Result<Vec<JourneyName>, StoreError> {
    let Some(tenant) = incidents.iter().find_map(|incident| incident.tenant.as_ref()) else {
        return Ok(Vec::new());
    };
    let dependencies = store.dependencies(tenant).await?;
    let told: BTreeSet<&JourneyName> =
        incidents.iter().filter_map(|incident| incident.journey.as_ref()).collect();
    Ok(dependencies.hanging_on(&told))
}

/// What the runs that opened the incidents saw, as far as all saw it.
async fn alarm(store: &Store, incidents: &[AlertIncident]) -> Result<Option<Evidence>, StoreError> {
    let mut seen = Vec::new();
    for incident in incidents.iter().take(READ) {
        seen.extend(evidence_of(store, incident).await?);
    }
    Ok(Evidence::common(&seen))
}

/// What the run that opened an incident saw, and what was different before. None if the run is gone, or if there was none.
///
/// # Errors
/// Those of the store.
pub(crate) async fn evidence_of(
    store: &Store,
    incident: &AlertIncident,
) -> Result<Option<Evidence>, StoreError> {
    let Some(bad) = run(store, incident.opening_run).await? else { return Ok(None) };
    let Some(mut evidence) = seen(&bad) else { return Ok(None) };
    let good = run(store, incident.last_good_run).await?;
    if let (Some(good), Some(attempt)) = (good, bad.attempts.last())
        && let Some(before) = good.attempts.last()
    {
        evidence.differences = differences(before, attempt, (good.row.version, bad.row.version));
        evidence.last_good_run = Some(good.row.id);
    }
    Ok(Some(evidence))
}

async fn latest(store: &Store, incident: &AlertIncident) -> Result<Option<Evidence>, StoreError> {
    Ok(run(store, incident.latest_run).await?.as_ref().and_then(seen))
}

/// A run. None if there is none, if it is gone, and if its row cannot be read: that is no reason to tell nobody.
async fn run(store: &Store, number: Option<i64>) -> Result<Option<RunDetail>, StoreError> {
    let Some(number) = number else { return Ok(None) };
    match store.run_numbered(number).await {
        Err(error @ StoreError::Corrupt { .. }) => {
            tracing::error!(number, %error, "a notice is composed without a run");
            Ok(None)
        }
        read => read,
    }
}

/// What a run's last attempt saw. A slot without a run saw nothing.
fn seen(run: &RunDetail) -> Option<Evidence> {
    run.attempts.last().map(Evidence::of)
}
