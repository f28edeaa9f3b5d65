//! Voids: operators take runs out of the rates where the runner was at fault and did not see it, and put them back. A team cannot
//! do that to its own failures without an operator, and the audit trail has each.

use wayfarer_model::access::Role;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{ChosenRuns, NewVoid, StoreError, VoidFigures, VoidStopped};

use super::note::{NoteError, check_note};
use super::{AccessError, Caller, NoSuchJourney, UseCases};
use crate::protocol::VoidRequest;

/// Runs of one request.
const MOST: usize = 1_000;

/// Why no run is taken out or put back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VoidError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    NoSuchJourney(#[from] NoSuchJourney),
    #[error("name the runs: by their ids in `runs`, or by their slots with `since_ms`")]
    NoRuns,
    #[error("name the runs in one way: by their ids in `runs`, or by `journey`, `since_ms` and `until_ms`")]
    TwoWays,
    #[error("{0} runs are too many for one request: send {MOST} at most, or name them by their slots")]
    TooMany(usize),
    #[error("there is no slot in that time: `until_ms` is to be later than `since_ms`")]
    EndsBeforeItBegins,
    #[error("say in `note` why these runs do not count: whoever reads the rates will ask")]
    NoNote,
    #[error("runs are put back without a `note`: leave it out")]
    NeedlessNote,
    #[error(
        "none of these is a run of tenant `{0}` that rates {1}: look at `verdict`, `lane` and `void` with `wayfarer runs --json`"
    )]
    NothingFound(TenantName, &'static str),
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Stopped(#[from] VoidStopped),
}

/// What was done, and to which tenant.
pub(crate) type Voided = (TenantName, VoidFigures);

impl UseCases {
    /// Takes runs out of the rates.
    pub(crate) async fn void_runs(
        &self,
        caller: &Caller,
        request: &VoidRequest,
    ) -> Result<Voided, VoidError> {
        let (tenant, runs) = self.chosen(caller, request).await?;
        if request.note.trim().is_empty() {
            return Err(VoidError::NoNote);
        }
        check_note(&request.note)?;
        let at = self.clock.now();
        let note = NewVoid { by: caller.signature(), note: request.note.clone(), at };
        let figures = if request.dry_run {
            self.store.void_preview(&tenant, &runs, false).await?
        } else {
            self.store.void_runs(&tenant, &runs, note).await?
        };
        some(tenant, figures, "count")
    }

    /// Puts runs back into the rates.
    pub(crate) async fn unvoid_runs(
        &self,
        caller: &Caller,
        request: &VoidRequest,
    ) -> Result<Voided, VoidError> {
        let (tenant, runs) = self.chosen(caller, request).await?;
        if !request.note.is_empty() {
            return Err(VoidError::NeedlessNote);
        }
        let figures = if request.dry_run {
            self.store.void_preview(&tenant, &runs, true).await?
        } else {
            self.store.unvoid_runs(&tenant, &runs).await?
        };
        some(tenant, figures, "leave out because a person said so")
    }

    async fn chosen(
        &self,
        caller: &Caller,
        request: &VoidRequest,
    ) -> Result<(TenantName, ChosenRuns), VoidError> {
        caller.must_be(Role::Operator)?;
        let tenant = caller.tenant(request.tenant.as_ref())?;
        self.tenant(&tenant)?;
        let runs = choice(request, self.clock.now())?;
        if let ChosenRuns::Between { journey: Some(journey), .. } = &runs {
            let known = self.store.has_journey(&tenant, journey).await?;
            known.then_some(()).ok_or_else(|| NoSuchJourney::new(&tenant, journey))?;
        }
        Ok((tenant, runs))
    }
}

fn choice(request: &VoidRequest, now: UnixMillis) -> Result<ChosenRuns, VoidError> {
    let VoidRequest { runs, journey, since_ms, until_ms, .. } = request;
    if !runs.is_empty() {
        return match (journey, since_ms, until_ms) {
            (None, None, None) if runs.len() > MOST => Err(VoidError::TooMany(runs.len())),
            (None, None, None) => Ok(ChosenRuns::These(runs.clone())),
            _ => Err(VoidError::TwoWays),
        };
    }
    let since = since_ms.ok_or(VoidError::NoRuns)?;
    let until = until_ms.unwrap_or(now.0);
    if until <= since {
        return Err(VoidError::EndsBeforeItBegins);
    }
    let (since, until) = (UnixMillis(since), UnixMillis(until));
    Ok(ChosenRuns::Between { journey: journey.clone(), since, until })
}

fn some(tenant: TenantName, figures: VoidFigures, how: &'static str) -> Result<Voided, VoidError> {
    if figures.runs() == 0 { Err(VoidError::NothingFound(tenant, how)) } else { Ok((tenant, figures)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_named_in_one_way() {
        let now = UnixMillis(9_000);
        let id = "0199f3c0-0000-7000-8000-000000000000".parse().unwrap();
        let by = |runs: usize, since_ms, until_ms| {
            let runs = std::iter::repeat_n(id, runs).collect();
            choice(&VoidRequest { runs, since_ms, until_ms, ..VoidRequest::default() }, now)
        };
        let between = ChosenRuns::Between { journey: None, since: UnixMillis(5), until: now };
        assert_eq!(by(0, Some(5), None).unwrap(), between);
        assert_eq!(by(2, None, None).unwrap(), ChosenRuns::These(vec![id, id]));
        assert!(matches!(by(0, None, None), Err(VoidError::NoRuns)));
        assert!(matches!(by(0, None, Some(7)), Err(VoidError::NoRuns)));
        assert!(matches!(by(1, Some(5), None), Err(VoidError::TwoWays)));
        assert!(matches!(by(1_001, None, None), Err(VoidError::TooMany(1_001))));
        assert!(matches!(by(0, Some(5), Some(5)), Err(VoidError::EndsBeforeItBegins)));
    }
}
