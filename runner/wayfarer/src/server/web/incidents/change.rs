//! The form of an incident's page: acknowledge, mute, note, publish, resolve.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use wayfarer_model::units::UnixMillis;

use super::show::{number, page};
use crate::protocol::{IncidentAction, IncidentRequest, ProblemKind};
use crate::server::access::Signed;
use crate::server::api::{Concerning, Named, Problem, Shared};
use crate::server::web::answer;
use crate::server::web::said::{Done, Said};
use crate::server::web::typed::{after, instant};
use crate::server::web::visitor::{Refusal, Visitor};

/// What was typed. Everything may be left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::server::web) struct Typed {
    /// The button that was pressed.
    action: Option<IncidentAction>,
    pub(super) note: String,
    /// What everybody may read, in place of the note.
    pub(super) public_words: String,
    pub(super) post_mortem: String,
    /// For how long it is acknowledged; empty: until it is over.
    pub(super) acknowledge_for: String,
    /// For how long it is muted.
    pub(super) mute_for: String,
    /// In its place, until when.
    pub(super) mute_until: String,
}

impl Typed {
    fn request(&self, now: UnixMillis) -> Result<IncidentRequest, Problem> {
        let action = self.action.ok_or_else(|| {
            Problem::new(ProblemKind::Malformed, "the form does not say what to do: press one of its buttons")
        })?;
        let until = match action {
            IncidentAction::Acknowledge => after(&self.acknowledge_for, now),
            IncidentAction::Mute => {
                let exact = instant(&self.mute_until);
                exact
                    .map_err(|error| Problem::new(ProblemKind::Refused, error))?
                    .or_else(|| after(&self.mute_for, now))
            }
            IncidentAction::Note | IncidentAction::Publish | IncidentAction::Resolve => None,
        };
        let note = if action == IncidentAction::Publish { &self.public_words } else { &self.note };
        let post_mortem = Some(self.post_mortem.trim().to_owned()).filter(|url| !url.is_empty());
        Ok(IncidentRequest {
            action,
            note: note.trim().to_owned(),
            until_ms: until.map(|until| until.0),
            post_mortem: post_mortem.filter(|_| action == IncidentAction::Note),
        })
    }
}

/// Changes one incident
pub(in crate::server::web) async fn change(
    State(shared): State<Shared>,
    Named(name): Named<String>,
    Signed { visitor, form }: Signed<Typed>,
) -> Result<Response, Refusal> {
    let number = number(&name)?;
    let changed = match form.request(shared.use_cases.clock.now()) {
        Ok(request) => {
            let action = request.action;
            let changed = shared.use_cases.change_incident(&visitor.caller, number, request).await;
            changed.map(|(row, _)| (row, action)).map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    let problem = match changed {
        Ok((row, action)) => {
            let done = match action {
                IncidentAction::Acknowledge => Done::Acknowledged,
                IncidentAction::Mute => Done::Muted,
                IncidentAction::Note => Done::Noted,
                IncidentAction::Publish => Done::Published,
                IncidentAction::Resolve => Done::Resolved,
            };
            return Ok(done.at(&format!("/incidents/{number}"), Concerning::incident(&row, action)));
        }
        Err(problem) => problem,
    };
    let (status, said) = Said::refused(problem);
    // The page itself may be refused, too: then that says why.
    let visitor = Visitor::of_form(visitor, said);
    let page = page(&shared, &visitor, number, form).await?;
    Ok(answer::page(status, &visitor.headers, &page))
}
