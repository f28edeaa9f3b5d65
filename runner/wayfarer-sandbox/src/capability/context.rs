//! `context`: which run and attempt this is.

use std::sync::Arc;

use wasmtime::component::{HasSelf, Linker};
use wayfarer_model::context::AttemptContext;

use super::grants::Grants;
use super::link::Capability;
use crate::bindings::wayfarer::journey::context::{Attempt, Host, add_to_linker};

pub(super) struct Context {
    /// None in `describe`, where every field reads as empty.
    attempt: Option<Arc<AttemptContext>>,
}

impl Capability for Context {
    fn begin(grants: &Grants) -> Self {
        Self { attempt: grants.context.clone() }
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
                slot_ms: 0,
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
            slot_ms: context.slot.0,
            number: context.number,
            location: context.location.to_string(),
            lane: context.lane.as_str().to_owned(),
            idempotency_key: context.idempotency_key(),
            extensions: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::context::Lane;
    use wayfarer_model::ids::RunId;
    use wayfarer_model::units::UnixMillis;

    use super::*;

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
        let current = Context { attempt: Some(Arc::new(attempt)) }.current().unwrap();
        assert_eq!((current.tenant.as_str(), current.journey.as_str()), ("acme", "checkout"));
        assert_eq!(
            (current.slot_ms, current.number, current.lane.as_str()),
            (1_790_000_000_000, 2, "confirm")
        );
        assert_eq!(current.idempotency_key, key);
    }

    #[test]
    fn describe_belongs_to_no_attempt() {
        let current = Context { attempt: None }.current().unwrap();
        assert_eq!((current.run_id.as_str(), current.number), ("", 0));
    }
}
