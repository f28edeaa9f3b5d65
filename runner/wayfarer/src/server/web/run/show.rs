//! The page of one run.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use url::form_urlencoded::Serializer;
use wayfarer_model::access::Role;
use wayfarer_model::ids::RunId;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::trace_context::TraceId;
use wayfarer_store::{Neighbours, RunDetail};

use super::beside::Beside;
use super::files::{is_picture, run_id};
use super::flow::{Line, flow};
use super::outcome::{AttemptLine, Outcome};
use crate::server::api::{Named, Shared};
use crate::server::web::answer;
use crate::server::web::frame::{Frame, Part};
use crate::server::web::links::{journey_url, web_url};
use crate::server::web::visitor::{Refusal, Visitor};
use crate::view::not_reached;

#[derive(Template)]
#[template(path = "web/run.html")]
struct RunPage {
    frame: Frame,
    id: RunId,
    tenant: String,
    journey: String,
    journey_url: String,
    title: String,
    runbook: String,
    outcome: Outcome,
    trace: TraceId,
    /// A page that shows the trace.
    trace_url: Option<String>,
    /// More than one of them are shown side by side.
    attempts: Vec<AttemptLine>,
    /// The last one first.
    flows: Vec<AttemptFlow>,
    beside: Option<Beside>,
    neighbours: Neighbours,
    /// None for who may not run its journey.
    form_token: Option<String>,
}

/// All of one attempt.
#[derive(Debug)]
struct AttemptFlow {
    number: u32,
    took: String,
    lines: Vec<Line>,
    /// Lines that are left out.
    more: usize,
    /// Steps that were declared and not begun.
    not_reached: Vec<String>,
    logs: Vec<LogLine>,
    logs_dropped_bytes: u64,
    artifacts: Vec<ArtifactLine>,
    /// Requests of a recording that was reduced to its sums.
    reduced_requests: Option<u64>,
}

#[derive(Debug)]
struct LogLine {
    at: String,
    level: String,
    message: String,
    fields: Vec<(String, String)>,
}

#[derive(Debug)]
struct ArtifactLine {
    name: String,
    media_type: String,
    size: u64,
    /// The query that asks for it.
    query: String,
    is_picture: bool,
}

/// The most lines of a log.
const LOG: usize = 400;

/// One run with everything that was recorded of it
pub(in crate::server::web) async fn show(
    State(shared): State<Shared>,
    visitor: Visitor,
    Named(id): Named<String>,
) -> Result<Response, Refusal> {
    let (caller, headers) = (&visitor.caller, &visitor.headers);
    let id = run_id(&id)?;
    let detail = shared.use_cases.run(caller, None, id).await?;
    let neighbours = shared.use_cases.neighbours(&detail).await?;
    let good = match neighbours.last_good {
        Some(good) => shared.use_cases.run(caller, None, good).await.ok(),
        None => None,
    };
    let now = shared.use_cases.clock.now();
    let outcome = Outcome::new(&detail, now);
    let RunDetail { row, spec, attempts } = &detail;
    let beside = attempts.last().zip(good.as_ref().and_then(|good| good.attempts.last()));
    let title = format!("{} {} at {}", row.journey, outcome.word, outcome.slot.shown);
    let page = RunPage {
        frame: Frame::new(&title, Part::Elsewhere, Some(caller)).saying(visitor.said.clone()),
        form_token: visitor.form_token(Role::Author),
        id,
        tenant: row.tenant.to_string(),
        journey: row.journey.to_string(),
        journey_url: journey_url(row.tenant.as_str(), row.journey.as_str()),
        title: spec.descriptor.title.clone(),
        runbook: web_url(&spec.descriptor.runbook),
        outcome,
        trace: TraceId::of(id),
        trace_url: shared.trace_link.as_ref().map(|link| link.of(TraceId::of(id))),
        attempts: attempts.iter().map(AttemptLine::new).collect(),
        flows: attempts.iter().rev().map(|attempt| attempt_flow(&detail, attempt)).collect(),
        beside: beside.map(|(here, there)| Beside::new(here, there, now)),
        neighbours,
    };
    Ok(answer::page(StatusCode::OK, headers, &page))
}

fn attempt_flow(detail: &RunDetail, report: &AttemptReport) -> AttemptFlow {
    let recording = &report.recording;
    let (lines, more) = flow(report);
    let missing =
        if report.verdict.is_good() { Vec::new() } else { not_reached(&detail.spec.descriptor, recording) };
    let number = report.context.number;
    let logs = recording.logs.iter().take(LOG).map(|log| LogLine {
        at: log.at_us.to_string(),
        level: log.level.clone(),
        message: log.message.clone(),
        fields: log.fields.clone(),
    });
    let artifacts = recording.artifacts.iter().map(|artifact| {
        let mut query = Serializer::new(String::new());
        query.append_pair("name", &artifact.name).append_pair("attempt", &number.to_string());
        ArtifactLine {
            name: artifact.name.clone(),
            media_type: artifact.media_type.clone(),
            size: artifact.size,
            query: query.finish(),
            is_picture: is_picture(&artifact.media_type),
        }
    });
    AttemptFlow {
        number,
        took: report.duration_us.to_string(),
        lines,
        more,
        not_reached: missing.into_iter().map(str::to_owned).collect(),
        logs: logs.collect(),
        logs_dropped_bytes: recording.logs_dropped_bytes,
        artifacts: artifacts.collect(),
        reduced_requests: recording.reduced.map(|sums| sums.requests),
    }
}
