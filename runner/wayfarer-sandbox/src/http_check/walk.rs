//! One attempt: the requests are sent in order, and every check of their answers is recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use wayfarer_model::failure::Failure;
use wayfarer_model::judge::Ending;
use wayfarer_model::report::CheckRecord;
use wayfarer_model::verdict::Reason;

use super::check::{HttpCheck, RequestCheck};
use super::compare::{Compared, compare};
use super::request::{Values, request};
use crate::http::{HttpRequest, HttpSession, SealedSecrets, SendError};
use crate::net::Families;
use crate::tape::{Stop, Tape, TrafficOwner};

/// What an attempt gives to the placeholders of a check.
pub(crate) struct Given {
    pub(crate) params: Arc<[(String, String)]>,
    pub(crate) secrets: Arc<SealedSecrets>,
    /// What `${run.id}` stands for.
    pub(crate) run: String,
}

/// The attempt's session, and others with its cookies for requests that may call one family of addresses only.
pub(crate) struct Sessions {
    any: Arc<HttpSession>,
    ipv4: Option<HttpSession>,
    ipv6: Option<HttpSession>,
}

impl Sessions {
    /// Those that a check needs.
    pub(crate) fn new(session: &Arc<HttpSession>, check: &HttpCheck) -> Self {
        let of = |families| {
            let is_asked = check.requests.iter().any(|request| request.families == families);
            is_asked.then(|| session.of_family(families))
        };
        Self { any: Arc::clone(session), ipv4: of(Families::Ipv4), ipv6: of(Families::Ipv6) }
    }

    fn of(&self, families: Families) -> &HttpSession {
        let own = match families {
            Families::Both => None,
            Families::Ipv4 => self.ipv4.as_ref(),
            Families::Ipv6 => self.ipv6.as_ref(),
        };
        own.unwrap_or(&self.any)
    }

    /// As [`HttpSession::review_unanswered`], of each.
    pub(crate) async fn review_unanswered(&self) {
        self.any.review_unanswered().await;
        for session in [&self.ipv4, &self.ipv6].into_iter().flatten() {
            session.review_unanswered().await;
        }
    }
}

/// Walks the journey. The ending is judged as any other's.
pub(crate) async fn walk(check: &HttpCheck, sessions: &Sessions, tape: &Tape, given: Given) -> Ending {
    let Given { params, secrets, run } = given;
    let mut values = Values { params, secrets, run, captured: BTreeMap::new() };
    for request in &check.requests {
        match step(request, sessions.of(request.families), tape, &mut values).await {
            Ok(None) => {}
            Ok(Some(failure)) => return Ending::Failed(failure),
            Err(Stop::Exhausted(limit, why)) => return Ending::Exhausted(limit, why),
            Err(Stop::Misused(why)) => return Ending::Misused(why),
            Err(Stop::Fault(why)) => return Ending::RunnerFault(why),
        }
    }
    Ending::Returned
}

async fn step(
    check: &Arc<RequestCheck>,
    session: &HttpSession,
    tape: &Tape,
    values: &mut Values,
) -> Result<Option<Failure>, Stop> {
    let step = tape.open_step(&check.name, None)?;
    let made = match request(check, values, tape.limits()) {
        Ok(made) => made,
        Err(unmade) => {
            tape.refuse(Reason::Parameter);
            let failure = Failure::message(unmade.to_string());
            tape.close_step(step, Some(failure.clone()))?;
            return Ok(Some(failure));
        }
    };
    let _room = tape.hold(made.body.len() as u64)?;
    let owner = TrafficOwner { step: Some(step), number: None };
    let failure = match session.send(HttpRequest { owner, ..made }).await {
        Ok(response) => {
            let Compared { checks, captured } = compare(check, response, values, tape).await?;
            for (name, value) in captured {
                tape.keep(value.len() as u64)?;
                values.captured.insert(name, value);
            }
            record(checks, tape)?
        }
        Err(SendError::Failed(error)) => Some(Failure::message(error.message)),
        Err(SendError::Stop(limit)) => return Err(limit),
    };
    // Whatever failed is of the last hop.
    let failure = failure.map(|failure| Failure { request: tape.last_record(), ..failure });
    tape.close_step(step, failure.clone())?;
    Ok(failure)
}

/// Records the checks. The first hard one that does not hold is the failure.
fn record(checks: Vec<CheckRecord>, tape: &Tape) -> Result<Option<Failure>, Stop> {
    let mut failure = None;
    for check in checks {
        let failed = (failure.is_none() && !check.is_soft && !check.is_passed).then(|| check.clone());
        let number = tape.check(check)?;
        failure = failure.or(failed.map(|check| check.failure(number)));
    }
    Ok(failure)
}
