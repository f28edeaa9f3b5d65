//! The page of the server's load, with the kill switches.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use wayfarer_model::access::Role;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;

use super::load::{LoadView, stored};
use crate::protocol::{StopInfo, TenantInfo};
use crate::server::api::Shared;
use crate::server::use_cases::KillSwitchError;
use crate::server::web::answer;
use crate::server::web::frame::{Frame, Part};
use crate::server::web::instants::Instant;
use crate::server::web::visitor::{Refusal, Visitor};

#[derive(Template)]
#[template(path = "web/operator.html")]
struct OperatorPage {
    frame: Frame,
    /// None for an operator of one tenant.
    load: Option<LoadView>,
    /// Of the whole runner first, if the visitor speaks for it.
    switches: Vec<Switch>,
    form_token: String,
    typed: Typed,
}

/// A kill switch.
#[derive(Debug)]
struct Switch {
    /// Empty for the whole runner's.
    tenant: String,
    title: String,
    /// What the tenant has beside it.
    has: String,
    thrown: Option<Thrown>,
    /// Whether the whole runner's is thrown, which alone can be taken back then.
    is_below: bool,
}

#[derive(Debug)]
struct Thrown {
    from: Instant,
    by: String,
    note: String,
}

/// What was typed into the form of one switch, if it was refused.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// Empty for the whole runner's.
    pub(super) tenant: String,
    pub(super) note: String,
}

/// How the server is
pub(in crate::server::web) async fn show(
    State(shared): State<Shared>,
    visitor: Visitor,
) -> Result<Response, Refusal> {
    let page = page(&shared, &visitor, Typed::default()).await?;
    Ok(answer::page(StatusCode::OK, &visitor.headers, &page))
}

/// The page, with what was typed into one of its forms.
pub(super) async fn page(
    shared: &Shared,
    visitor: &Visitor,
    typed: Typed,
) -> Result<impl Template + use<>, Refusal> {
    let (use_cases, caller) = (&shared.use_cases, &visitor.caller);
    caller.must_be(Role::Operator).map_err(KillSwitchError::from)?;
    let now = use_cases.clock.now();
    let load = match &caller.tenant {
        None => Some(use_cases.load(caller).await?),
        Some(_) => None,
    };
    let tenants = use_cases.tenants(caller, None).await?;
    let of_all = load.as_ref().map(|load| Switch {
        tenant: String::new(),
        title: "All tenants".to_owned(),
        has: String::new(),
        thrown: load.stopped.as_ref().map(|stop| thrown(stop, now)),
        is_below: false,
    });
    let own = |name: &TenantName| {
        let of_load = load.iter().flat_map(|load| &load.tenants).find(|tenant| tenant.tenant == *name);
        of_load.and_then(|tenant| tenant.stopped.as_ref())
    };
    let switches = tenants.iter().map(|tenant| switch(tenant, own(&tenant.tenant), now));
    Ok(OperatorPage {
        frame: Frame::new("Operator", Part::Operator, Some(caller)).saying(visitor.said.clone()),
        switches: of_all.into_iter().chain(switches).collect(),
        load: load.as_ref().map(|load| LoadView::new(load, now)),
        form_token: visitor.form_token(Role::Operator).unwrap_or_default(),
        typed,
    })
}

/// A tenant's switch. What its list says may be the whole runner's.
fn switch(tenant: &TenantInfo, own: Option<&StopInfo>, now: UnixMillis) -> Switch {
    let listed = tenant.stopped.as_ref();
    let own = own.or_else(|| listed.filter(|stop| !stop.all_tenants));
    Switch {
        tenant: tenant.tenant.to_string(),
        title: tenant.title.clone().unwrap_or_default(),
        has: format!(
            "{} of {} journeys, {} stored",
            tenant.journeys,
            tenant.most_journeys,
            stored(tenant.stored_bytes, tenant.most_stored_bytes)
        ),
        thrown: own.map(|stop| thrown(stop, now)),
        is_below: listed.is_some_and(|stop| stop.all_tenants),
    }
}

fn thrown(stop: &StopInfo, now: UnixMillis) -> Thrown {
    Thrown { from: Instant::new(stop.from_ms, now), by: stop.by.clone(), note: stop.note.clone() }
}

impl OperatorPage {
    /// The note that was typed into a switch's form.
    fn note(&self, switch: &Switch) -> &str {
        if switch.tenant == self.typed.tenant { &self.typed.note } else { "" }
    }

    /// Where a switch's forms are sent to, but for the verb.
    #[expect(clippy::unused_self, reason = "the template calls it by `self`")]
    fn path(&self, switch: &Switch) -> String {
        let tenant = &switch.tenant;
        if tenant.is_empty() { "/operator".to_owned() } else { format!("/operator/tenants/{tenant}") }
    }

    /// What a switch stops, in words.
    #[expect(clippy::unused_self, reason = "the template calls it by `self`")]
    fn whose(&self, switch: &Switch) -> String {
        let tenant = &switch.tenant;
        if tenant.is_empty() { "all tenants".to_owned() } else { format!("tenant {tenant}") }
    }
}
