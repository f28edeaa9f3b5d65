//! The page of one incident: since when, on what evidence, and what happened meanwhile.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use wayfarer_model::access::Role;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{IncidentEventRow, IncidentRow};

use super::change::Typed;
use super::rows::{IncidentLine, line};
use crate::protocol::ProblemKind;
use crate::server::api::{Named, Problem, Shared};
use crate::server::web::answer;
use crate::server::web::frame::{Frame, Part};
use crate::server::web::instants::Instant;
use crate::server::web::links::web_url;
use crate::server::web::typed::LENGTHS;
use crate::server::web::visitor::{Refusal, Visitor};

#[derive(Template)]
#[template(path = "web/incident.html")]
struct IncidentPage {
    frame: Frame,
    line: IncidentLine,
    message: String,
    opened: Instant,
    resolved: Option<Instant>,
    acknowledged: Option<(String, Instant)>,
    muted_until: Option<Instant>,
    post_mortem: String,
    evidence: String,
    /// Runs that tell the story: what each is, and its id.
    runs: Vec<(&'static str, String)>,
    events: Vec<EventLine>,
    /// Whether its tenant has a page on which a note can be published.
    has_status_page: bool,
    /// None for who may not change it.
    form_token: Option<String>,
    lengths: [(&'static str, &'static str, u64); 7],
    typed: Typed,
}

/// An event of the time line.
#[derive(Debug)]
struct EventLine {
    at: Instant,
    kind: String,
    actor: String,
    note: String,
    run: Option<String>,
}

/// One incident
pub(in crate::server::web) async fn show(
    State(shared): State<Shared>,
    visitor: Visitor,
    Named(name): Named<String>,
) -> Result<Response, Refusal> {
    let page = page(&shared, &visitor, number(&name)?, Typed::default()).await?;
    Ok(answer::page(StatusCode::OK, &visitor.headers, &page))
}

/// The number in a path.
pub(super) fn number(name: &str) -> Result<i64, Problem> {
    let number = name.parse();
    number.map_err(|_not_a_number| {
        Problem::new(ProblemKind::NotFound, format!("`{name}` is no incident's number"))
    })
}

/// The page, with what was typed into its form.
pub(super) async fn page(
    shared: &Shared,
    visitor: &Visitor,
    number: i64,
    typed: Typed,
) -> Result<impl Template + use<>, Refusal> {
    let (row, events) = shared.use_cases.incident(&visitor.caller, number).await?;
    let now = shared.use_cases.clock.now();
    let line = line(&row, now);
    let title = format!("Incident {number}: {} {}", line.subject, line.kind);
    Ok(IncidentPage {
        frame: Frame::new(&title, Part::Incidents, Some(&visitor.caller)).saying(visitor.said.clone()),
        message: row.message.clone().unwrap_or_default(),
        opened: Instant::new(row.opened.0, now),
        resolved: row.resolved.map(|at| Instant::new(at.0, now)),
        acknowledged: row.acknowledged.as_ref().map(|(at, by)| (by.clone(), Instant::new(at.0, now))),
        muted_until: row.muted_until.filter(|until| *until > now).map(|until| Instant::new(until.0, now)),
        post_mortem: web_url(&row.post_mortem),
        evidence: evidence(&row),
        runs: runs(&row),
        events: events.iter().map(|event| event_line(event, now)).collect(),
        has_status_page: row.tenant.as_ref().is_some_and(|tenant| shared.use_cases.has_status_page(tenant)),
        form_token: visitor.form_token(Role::Author),
        lengths: LENGTHS,
        typed,
        line,
    })
}

fn runs(row: &IncidentRow) -> Vec<(&'static str, String)> {
    let all = [
        ("first bad run", row.first_run),
        ("run that opened it", row.opening_run),
        ("last good run before", row.last_good_run),
    ];
    all.into_iter().filter_map(|(name, run)| Some((name, run?.to_string()))).collect()
}

/// Why it opened, in words.
fn evidence(row: &IncidentRow) -> String {
    if row.looks == 0 {
        return String::new();
    }
    let looks = format!("{} of {} runs were bad when it opened", row.bad_looks, row.looks);
    if row.kind.is_bounded() && row.bound > 0.0 {
        let once = row.statistic.max(row.bound);
        format!("{looks}; a journey that is well shows this once in {once:.0} runs at most")
    } else {
        looks
    }
}

fn event_line(event: &IncidentEventRow, now: UnixMillis) -> EventLine {
    EventLine {
        at: Instant::new(event.occurred.0, now),
        kind: event.kind.clone(),
        actor: event.actor.clone(),
        note: event.note.clone(),
        run: event.run.map(|run| run.to_string()),
    }
}
