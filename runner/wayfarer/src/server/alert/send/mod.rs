//! Sends a channel's request and says what became of it. Every connection is made by the sandbox's network, under the policy of
//! the channel's owner.

mod http;
mod outcome;
mod smtp;

pub(crate) use outcome::{Outcome, send};
