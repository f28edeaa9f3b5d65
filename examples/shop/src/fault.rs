//! What can be made to go wrong.
//!
//! | name | settings | effect |
//! |---|---|---|
//! | `latency` | `ms`, `jitter_ms` = 0 | waits before the request is handled |
//! | `error-rate` | `rate`, `status` = 503, `seed` = 0 | answers that share of the requests with the status |
//! | `broken-endpoint` | `path`, `status` = 503, `body` | answers every request under the path |
//! | `slow-body` | `bytes_per_second` or `chunk_delay_ms` | headers at once, the body in pieces |
//! | `reset` | `when` = `before` or `after` | TCP RST before the request is handled, or instead of the answer |
//!
//! Every fault also takes `path` (a prefix, by whole segments) and `for_ms` (it then ends by itself). A fault
//! without a path covers all but `/health`; none ever covers `/faults`, which must stay in reach. A request
//! with an `x-shop-fault` header gets the faults named there and no others.
//!
//! Invariant: what a fault does depends on its settings and on how many requests it saw since it was
//! switched on, never on the clock or on chance.

mod apply;
mod board;
mod header;
mod name;
mod plan;
mod sequence;
mod settings;
mod trickle;

use thiserror::Error;

pub(crate) use apply::apply;
pub(crate) use board::{Board, FaultView};
pub(crate) use name::Name;
pub(crate) use settings::Settings;

/// Why a fault was not switched on.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum FaultError {
    #[error(
        "no fault is named `{0}`; the faults are latency, error-rate, broken-endpoint, slow-body and reset"
    )]
    UnknownName(String),
    #[error("malformed settings for {name}: {why}; send for example {}", .name.example())]
    Malformed { name: Name, why: String },
    #[error(
        "malformed x-shop-fault part `{part}`: {why}; use none, latency=MS, status=CODE, \
         slow-body=BYTES_PER_SECOND, reset or reset=after, separated by commas"
    )]
    BadHeader { part: String, why: String },
}
