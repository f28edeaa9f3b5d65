//! `context`: which run this is.

use crate::bindings::wayfarer::journey::context::{Attempt, Host};
use crate::host::HostState;

impl Host for HostState {
    fn current(&mut self) -> wasmtime::Result<Attempt> {
        let Some(context) = &self.attempt.context else {
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
