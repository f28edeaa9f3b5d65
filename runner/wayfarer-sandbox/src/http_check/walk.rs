//! One attempt: the request is sent, and every check of its answer is recorded.

use wayfarer_model::failure::Failure;
use wayfarer_model::judge::Ending;
use wayfarer_model::report::CheckRecord;

use super::check::HttpCheck;
use crate::http::{HttpRequest, HttpSession, SendError};
use crate::tape::{Stop, Tape, TrafficOwner};

/// Walks the journey. The ending is judged as any other's.
pub async fn walk(check: &HttpCheck, session: &HttpSession, tape: &Tape) -> Ending {
    match step(check, session, tape).await {
        Ok(ending) => ending,
        Err(Stop::Exhausted(limit, why)) => Ending::Exhausted(limit, why),
        Err(Stop::Misused(why)) => Ending::Misused(why),
        Err(Stop::Fault(why)) => Ending::RunnerFault(why),
    }
}

async fn step(check: &HttpCheck, session: &HttpSession, tape: &Tape) -> Result<Ending, Stop> {
    let step = tape.open_step(&format!("{} {}", check.method, check.url), None)?;
    let sent = session
        .send(HttpRequest { owner: TrafficOwner { step: Some(step), number: None }, ..check.request() })
        .await;
    let failure = match sent {
        Ok(response) => {
            let _room = tape.hold(check.room(&response))?;
            record(check.compare(&response), tape)?
        }
        Err(SendError::Failed(error)) => Some(Failure::message(error.message)),
        Err(SendError::Stop(limit)) => return Err(limit),
    };
    // Whatever failed is of the last hop.
    let failure = failure.map(|failure| Failure { request: tape.last_record(), ..failure });
    tape.close_step(step, failure.clone())?;
    Ok(failure.map_or(Ending::Returned, Ending::Failed))
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
