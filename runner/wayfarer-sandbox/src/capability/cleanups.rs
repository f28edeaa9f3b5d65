//! `cleanups`: the door to the store. The attempt clock stands still while the store works.

use wayfarer_model::ledger::LedgerError;

use crate::bindings::wayfarer::journey::cleanups::{CleanupError, Host};
use crate::host::HostState;

/// The largest payload, in bytes.
const PAYLOAD: usize = 64 << 10;

fn error(error: LedgerError) -> CleanupError {
    match error {
        LedgerError::UnknownCleanup(id) => CleanupError::UnknownCleanup(id),
        LedgerError::Limit(limit) => CleanupError::Limit(limit),
        LedgerError::Stale => CleanupError::Stale,
        LedgerError::Store(reason) => CleanupError::Other(reason),
    }
}

fn fits(payload: &str) -> Result<(), CleanupError> {
    if payload.len() <= PAYLOAD {
        return Ok(());
    }
    Err(CleanupError::Limit(format!("the payload has {} bytes, at most {PAYLOAD} are kept", payload.len())))
}

impl HostState {
    fn ledger(
        &self,
    ) -> Result<
        (&dyn wayfarer_model::ledger::CleanupLedger, &wayfarer_model::context::AttemptContext),
        CleanupError,
    > {
        match (&self.attempt.ledger, &self.attempt.context) {
            (Some(ledger), Some(context)) => Ok((&**ledger, context)),
            _ => Err(CleanupError::Unattached),
        }
    }
}

impl Host for HostState {
    async fn arm(&mut self, kind: String, payload: String) -> wasmtime::Result<Result<String, CleanupError>> {
        let (ledger, context) = match self.ledger().and_then(|door| fits(&payload).map(|()| door)) {
            Ok(door) => door,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let _pause = self.tape.clock().pause();
        Ok(ledger.arm(context, &kind, &payload).await.map_err(error))
    }

    async fn amend(&mut self, id: String, payload: String) -> wasmtime::Result<Result<(), CleanupError>> {
        let (ledger, context) = match self.ledger().and_then(|door| fits(&payload).map(|()| door)) {
            Ok(door) => door,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let _pause = self.tape.clock().pause();
        Ok(ledger.amend(context, &id, &payload).await.map_err(error))
    }

    async fn disarm(&mut self, id: String) -> wasmtime::Result<Result<(), CleanupError>> {
        let (ledger, context) = match self.ledger() {
            Ok(door) => door,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let _pause = self.tape.clock().pause();
        Ok(ledger.disarm(context, &id).await.map_err(error))
    }
}
