//! The dispatcher: gives what is due, and what people ask for, a place to run.
//!
//! - [`Queue`]: what waits, in which order; [`turns`]: fair turns among tenants. Without task or clock.

mod queue;
mod turns;
