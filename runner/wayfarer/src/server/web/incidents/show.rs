//! The page of one incident: since when, on what evidence, and what happened meanwhile.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use wayfarer_store::{IncidentEventRow, IncidentRow};

use super::rows::{IncidentLine, line};
use crate::protocol::ProblemKind;
use crate::server::api::{Named, Problem, Shared};
use crate::server::web::answer;
use crate::server::web::frame::{Frame, Part};
use crate::server::web::instants::Instant;
use crate::server::web::links::web_url;
use crate::server::web::visitor::{Refusal, Visitor};
use wayfarer_model::units::UnixMillis;

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
    Named(number): Named<String>,
) -> Result<Response, Refusal> {
    let Visitor { caller, headers } = visitor;
    let number: i64 = number.parse().map_err(|_not_a_number| {
        Problem::new(ProblemKind::NotFound, format!("`{number}` is no incident's number"))
    })?;
    let (row, events) = shared.use_cases.incident(&caller, number).await?;
    let now = shared.use_cases.clock.now();
    let line = line(&row, now);
    let title = format!("Incident {number}: {} {}", line.subject, line.kind);
    let page = IncidentPage {
        frame: Frame::new(&title, Part::Incidents, Some(&caller)),
        message: row.message.clone().unwrap_or_default(),
        opened: Instant::new(row.opened.0, now),
        resolved: row.resolved.map(|at| Instant::new(at.0, now)),
        acknowledged: row.acknowledged.as_ref().map(|(at, by)| (by.clone(), Instant::new(at.0, now))),
        muted_until: row.muted_until.filter(|until| *until > now).map(|until| Instant::new(until.0, now)),
        post_mortem: web_url(&row.post_mortem),
        evidence: evidence(&row),
        runs: runs(&row),
        events: events.iter().map(|event| event_line(event, now)).collect(),
        line,
    };
    Ok(answer::page(StatusCode::OK, &headers, &page))
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
