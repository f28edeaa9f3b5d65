//! `cleanups`: arms, amends and disarms them through the store's ledger. The attempt clock stands still meanwhile.

use std::sync::Arc;

use wasmtime::component::{HasSelf, Linker};
use wayfarer_model::context::AttemptContext;
use wayfarer_model::ledger::{CleanupLedger, LedgerError};
use wayfarer_model::verdict::Reason;

use super::grants::Grants;
use super::link::Capability;
use crate::bindings::wayfarer::journey::cleanups::{CleanupError, Host, add_to_linker};
use crate::tape::Tape;

/// The largest payload, in bytes.
const PAYLOAD: usize = 64 << 10;

pub(super) struct Cleanups {
    tape: Tape,
    /// None if no store is attached.
    attached: Option<Attached>,
}

#[derive(Clone)]
struct Attached {
    ledger: Arc<dyn CleanupLedger>,
    context: Arc<AttemptContext>,
}

impl Capability for Cleanups {
    fn begin(grants: &Grants) -> Self {
        let attached = match (&grants.ledger, &grants.context) {
            (Some(ledger), Some(context)) => {
                Some(Attached { ledger: Arc::clone(ledger), context: Arc::clone(context) })
            }
            _ => None,
        };
        Self { tape: grants.tape.clone(), attached }
    }

    fn add_to_linker<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> &mut Self,
    ) -> wasmtime::Result<()> {
        add_to_linker::<T, HasSelf<Self>>(linker, view)
    }
}

impl Cleanups {
    fn attached(&self) -> Result<&Attached, CleanupError> {
        self.attached.as_ref().ok_or(CleanupError::Unattached)
    }

    async fn arm(&self, kind: &str, payload: &str) -> Result<String, CleanupError> {
        let Attached { ledger, context } = self.attached()?;
        check_size(payload).inspect_err(|_| self.tape.refuse(Reason::Interface))?;
        let _pause = self.tape.clock().pause();
        ledger.arm(context, kind, payload).await.map_err(|why| self.refused(why))
    }

    async fn amend(&self, id: &str, payload: &str) -> Result<(), CleanupError> {
        let Attached { ledger, context } = self.attached()?;
        check_size(payload).inspect_err(|_| self.tape.refuse(Reason::Interface))?;
        let _pause = self.tape.clock().pause();
        ledger.amend(context, id, payload).await.map_err(|why| self.refused(why))
    }

    async fn disarm(&self, id: &str) -> Result<(), CleanupError> {
        let Attached { ledger, context } = self.attached()?;
        let _pause = self.tape.clock().pause();
        ledger.disarm(context, id).await.map_err(|why| self.refused(why))
    }

    /// An error for the guest, and who is to blame if the guest fails of it.
    fn refused(&self, why: LedgerError) -> CleanupError {
        match why {
            LedgerError::UnknownCleanup(_) | LedgerError::Limit(_) => self.tape.refuse(Reason::Interface),
            LedgerError::Stale | LedgerError::Store(_) => self.tape.fall_short(),
        }
        error(why)
    }
}

impl Host for Cleanups {
    async fn arm(
        &mut self,
        kind: String,
        payload: String,
        _options: Vec<(String, String)>,
    ) -> wasmtime::Result<Result<String, CleanupError>> {
        Ok(Self::arm(self, &kind, &payload).await)
    }

    async fn amend(&mut self, id: String, payload: String) -> wasmtime::Result<Result<(), CleanupError>> {
        Ok(Self::amend(self, &id, &payload).await)
    }

    async fn disarm(&mut self, id: String) -> wasmtime::Result<Result<(), CleanupError>> {
        Ok(Self::disarm(self, &id).await)
    }
}

fn error(error: LedgerError) -> CleanupError {
    match error {
        LedgerError::UnknownCleanup(id) => CleanupError::UnknownCleanup(id),
        LedgerError::Limit(limit) => CleanupError::Limit(limit),
        LedgerError::Stale => CleanupError::Stale,
        LedgerError::Store(reason) => CleanupError::Other(reason),
    }
}

fn check_size(payload: &str) -> Result<(), CleanupError> {
    if payload.len() <= PAYLOAD {
        return Ok(());
    }
    Err(CleanupError::Limit(format!("the payload has {} bytes, at most {PAYLOAD} are kept", payload.len())))
}

#[cfg(test)]
mod tests {
    use wayfarer_model::context::Lane;
    use wayfarer_model::ids::RunId;
    use wayfarer_model::ledger::LedgerAnswer;
    use wayfarer_model::limits::Limits;
    use wayfarer_model::traffic::Blame;
    use wayfarer_model::units::UnixMillis;

    use super::*;

    /// Knows one cleanup, `c1`, of any attempt.
    struct OneCleanup;

    impl CleanupLedger for OneCleanup {
        fn arm<'a>(&'a self, _: &'a AttemptContext, kind: &'a str, _: &'a str) -> LedgerAnswer<'a, String> {
            Box::pin(async move {
                if kind == "order" { Ok("c1".to_owned()) } else { Err(LedgerError::Store("full".to_owned())) }
            })
        }

        fn amend<'a>(&'a self, _: &'a AttemptContext, id: &'a str, _: &'a str) -> LedgerAnswer<'a, ()> {
            Box::pin(async move { known(id) })
        }

        fn disarm<'a>(&'a self, _: &'a AttemptContext, id: &'a str) -> LedgerAnswer<'a, ()> {
            Box::pin(async move { known(id) })
        }
    }

    fn known(id: &str) -> Result<(), LedgerError> {
        if id == "c1" { Ok(()) } else { Err(LedgerError::UnknownCleanup(id.to_owned())) }
    }

    fn cleanups(is_attached: bool) -> Cleanups {
        let context = AttemptContext {
            run_id: RunId::new(UnixMillis(1), [0; 10]),
            tenant: "acme".parse().unwrap(),
            journey: "checkout".parse().unwrap(),
            slot: UnixMillis(1),
            number: 1,
            location: "local".parse().unwrap(),
            lane: Lane::Scheduled,
        };
        let attached =
            is_attached.then(|| Attached { ledger: Arc::new(OneCleanup), context: Arc::new(context) });
        Cleanups { tape: Tape::live(Limits::default(), [7; 32], None), attached }
    }

    #[tokio::test]
    async fn without_a_store_nothing_is_armed() {
        let cleanups = cleanups(false);
        assert!(matches!(cleanups.arm("order", "7").await, Err(CleanupError::Unattached)));
        assert!(matches!(cleanups.disarm("c1").await, Err(CleanupError::Unattached)));
    }

    #[tokio::test]
    async fn the_ledgers_answer_reaches_the_guest() {
        let cleanups = cleanups(true);
        assert_eq!(cleanups.arm("order", "7").await.unwrap(), "c1");
        assert!(matches!(cleanups.arm("other", "7").await, Err(CleanupError::Other(why)) if why == "full"));
        assert!(cleanups.amend("c1", "8").await.is_ok() && cleanups.disarm("c1").await.is_ok());
        let whose = |cleanups: Cleanups| cleanups.tape.finish().refusal.map(|refusal| refusal.blame);
        assert_eq!(whose(cleanups), Some(Blame::Runner), "the store could not write");
        let cleanups = self::cleanups(true);
        assert!(matches!(cleanups.disarm("c2").await, Err(CleanupError::UnknownCleanup(id)) if id == "c2"));
        assert_eq!(whose(cleanups), Some(Blame::Journey));
    }

    #[tokio::test]
    async fn a_payload_has_a_limit() {
        let (cleanups, large) = (cleanups(true), "x".repeat(PAYLOAD + 1));
        for refused in [cleanups.arm("order", &large).await.err(), cleanups.amend("c1", &large).await.err()] {
            assert!(matches!(refused, Some(CleanupError::Limit(_))), "{refused:?}");
        }
    }
}
