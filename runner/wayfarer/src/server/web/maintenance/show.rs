//! The page of maintenance windows.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use wayfarer_model::access::Role;
use wayfarer_model::ids::JourneyName;
use wayfarer_model::maintenance::{MaintenanceMode, Phase, Window};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::Maintenance;

use super::plan::Typed;
use crate::server::api::Shared;
use crate::server::use_cases::Caller;
use crate::server::web::answer;
use crate::server::web::frame::{Frame, Part};
use crate::server::web::instants::Instant;
use crate::server::web::typed::LENGTHS;
use crate::server::web::visitor::{Refusal, Visitor};

pub(super) const URL: &str = "/maintenance";
/// Windows that are shown.
const MOST: u32 = 1_000;

#[derive(Template)]
#[template(path = "web/maintenance.html")]
struct MaintenancePage {
    frame: Frame,
    in_force: Vec<WindowLine>,
    planned: Vec<WindowLine>,
    /// None for who may not plan one.
    form_token: Option<String>,
    /// Those to choose from; none for who is of one.
    tenants: Vec<String>,
    /// Whether every tenant's may be planned.
    speaks_for_all: bool,
    lengths: [(&'static str, &'static str, u64); 7],
    typed: Typed,
}

#[derive(Debug)]
struct WindowLine {
    number: i64,
    of: String,
    journeys: String,
    /// What happens to slots.
    does: &'static str,
    /// Every week, with the timezone.
    weekly: Option<String>,
    from: Option<Instant>,
    until: Option<Instant>,
    /// When it comes into force next.
    next: Option<Instant>,
    by: String,
    note: String,
    may_end: bool,
}

/// Maintenance that is in force or planned
pub(in crate::server::web) async fn show(
    State(shared): State<Shared>,
    visitor: Visitor,
) -> Result<Response, Refusal> {
    let page = page(&shared, &visitor, Typed::default()).await?;
    Ok(answer::page(StatusCode::OK, &visitor.headers, &page))
}

/// The page, with what was typed into its form.
pub(super) async fn page(
    shared: &Shared,
    visitor: &Visitor,
    typed: Typed,
) -> Result<impl Template + use<>, Refusal> {
    let caller = &visitor.caller;
    let windows = shared.use_cases.maintenance(caller, None, false, (0, MOST)).await?;
    let now = shared.use_cases.clock.now();
    let (in_force, planned): (Vec<_>, Vec<_>) = windows
        .into_iter()
        .filter(|window| window.ended.is_none())
        .partition(|window| window.plan.window.phase(now) == Phase::InForce);
    let lines =
        |windows: Vec<Maintenance>| windows.into_iter().map(|window| line(window, caller, now)).collect();
    let tenants = shared.use_cases.tenant_names(caller);
    let headline = match in_force.len() {
        0 => "No maintenance now".to_owned(),
        1 => "Maintenance now".to_owned(),
        windows => format!("{windows} maintenance windows now"),
    };
    Ok(MaintenancePage {
        frame: Frame::new(&headline, Part::Maintenance, Some(caller)).saying(visitor.said.clone()),
        in_force: lines(in_force),
        planned: lines(planned),
        form_token: visitor.form_token(Role::Author),
        tenants: if caller.tenant.is_none() {
            tenants.iter().map(ToString::to_string).collect()
        } else {
            Vec::new()
        },
        speaks_for_all: caller.must_speak_for_all().is_ok(),
        lengths: LENGTHS,
        typed,
    })
}

fn line(window: Maintenance, caller: &Caller, now: UnixMillis) -> WindowLine {
    let Maintenance { key, plan, .. } = window;
    let instant = |at: UnixMillis| Instant::new(at.0, now);
    let (from, until, weekly) = match &plan.window {
        Window::Once { from, until } => (Some(instant(*from)), Some(instant(*until)), None),
        Window::Weekly(weekly) => (None, None, Some(format!("{weekly} {}", weekly.timezone()))),
    };
    let next = match plan.window.phase(now) {
        Phase::Next(at) if weekly.is_some() => Some(instant(at)),
        Phase::Next(_) | Phase::InForce | Phase::Over => None,
    };
    let journeys: Vec<&str> = plan.journeys.iter().map(JourneyName::as_str).collect();
    let is_own = plan.tenant.is_some() || caller.must_speak_for_all().is_ok();
    WindowLine {
        number: key.number(),
        of: plan.tenant.as_ref().map_or_else(|| "all tenants".to_owned(), ToString::to_string),
        journeys: if journeys.is_empty() { "all journeys".to_owned() } else { journeys.join(", ") },
        does: match plan.mode {
            MaintenanceMode::Skip => "slots are skipped",
            MaintenanceMode::Mute => "runs do not count",
        },
        weekly,
        from,
        until,
        next,
        by: plan.by,
        note: plan.note,
        may_end: is_own && caller.must_be(Role::Author).is_ok(),
    }
}
