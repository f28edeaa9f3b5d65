//! `context`: which run and attempt this is, and randomness.

use std::sync::Arc;

use wasmtime::component::{HasSelf, Linker};
use wayfarer_model::context::AttemptContext;

use super::grants::Grants;
use super::link::Capability;
use crate::bindings::wayfarer::journey::context::{Attempt, Host, add_to_linker};
use crate::tape::Tape;

/// The most random bytes of one call.
const RANDOM: u32 = 64 << 10;

pub(super) struct Context {
    /// None in `describe`, where every field reads as empty.
    attempt: Option<Arc<AttemptContext>>,
    tape: Tape,
}

/// An instant as the WIT has it: whole milliseconds, below 2^53 for the next 280,000 years.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(super) fn instant(ms: impl TryInto<u64>) -> f64 {
    ms.try_into().unwrap_or(u64::MAX) as f64
}

impl Capability for Context {
    fn begin(grants: &Grants) -> Self {
        Self { attempt: grants.context.clone(), tape: grants.tape.clone() }
    }

    fn add_to_linker<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> &mut Self,
    ) -> wasmtime::Result<()> {
        add_to_linker::<T, HasSelf<Self>>(linker, view)
    }
}

impl Host for Context {
    fn current(&mut self) -> wasmtime::Result<Attempt> {
        let Some(context) = &self.attempt else {
            return Ok(Attempt {
                run_id: String::new(),
                tenant: String::new(),
                journey: String::new(),
                slot_ms: 0.0,
                number: 0,
                location: String::new(),
                lane: String::new(),
                idempotency_key: String::new(),
                extensions: Vec::new(),
            });
        };
        Ok(Attempt {
            run_id: context.run_id.to_string(),
            tenant: context.tenant.to_string(),
            journey: context.journey.to_string(),
            slot_ms: instant(context.slot.0),
            number: context.number,
            location: context.location.to_string(),
            lane: context.lane.as_str().to_owned(),
            idempotency_key: context.idempotency_key(),
            extensions: Vec::new(),
        })
    }

    fn random(&mut self, count: u32) -> wasmtime::Result<Vec<u8>> {
        wasmtime::ensure!(count <= RANDOM, "{count} random bytes in one call: at most {RANDOM} are possible");
        let mut bytes = vec![0; count as usize];
        self.tape.fill_random(&mut bytes);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::context::Lane;
    use wayfarer_model::ids::RunId;
    use wayfarer_model::units::UnixMillis;

    use wayfarer_model::limits::Limits;

    use super::*;

    fn context(attempt: Option<AttemptContext>) -> Context {
        Context { attempt: attempt.map(Arc::new), tape: Tape::live(Limits::default(), [7; 32], None) }
    }

    #[test]
    fn random_bytes_come_from_the_attempts_own_sequence() {
        let (mut one, mut other) = (context(None), context(None));
        let first = one.random(16).unwrap();
        assert_eq!(first, other.random(16).unwrap());
        assert_ne!(first, one.random(16).unwrap());
        assert!(one.random(RANDOM + 1).is_err());
    }

    #[test]
    fn a_guest_learns_its_attempt() {
        let attempt = AttemptContext {
            run_id: RunId::new(UnixMillis(1_790_000_000_000), [0; 10]),
            tenant: "acme".parse().unwrap(),
            journey: "checkout".parse().unwrap(),
            slot: UnixMillis(1_790_000_000_000),
            number: 2,
            location: "local".parse().unwrap(),
            lane: Lane::Confirm,
        };
        let key = attempt.idempotency_key();
        let current = context(Some(attempt)).current().unwrap();
        assert_eq!((current.tenant.as_str(), current.journey.as_str()), ("acme", "checkout"));
        assert_eq!(
            (current.slot_ms, current.number, current.lane.as_str()),
            (1_790_000_000_000.0, 2, "confirm")
        );
        assert_eq!(current.idempotency_key, key);
    }

    #[test]
    fn describe_belongs_to_no_attempt() {
        let current = context(None).current().unwrap();
        assert_eq!((current.run_id.as_str(), current.number), ("", 0));
    }
}
