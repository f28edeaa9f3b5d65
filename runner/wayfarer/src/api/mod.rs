//! The HTTP API under `/api/v1`, and what the command line shares with it.
//!
//! - [`token`]: bearer tokens as text. [`caller`]: who asks, and what that lets them see.
//! - [`problem`]: what went wrong, as RFC 9457 has it.

mod caller;
mod problem;
mod token;

pub(crate) use problem::{Kind, ProblemDetails};
pub(crate) use token::{Token, TokenError};
