//! Faults that clients can switch on.
//!
//! | name | settings | effect |
//! |---|---|---|
//! | `latency` | `ms`, `jitter_ms` = 0 | waits before the handler runs |
//! | `error-rate` | `rate`, `status` = 503, `seed` = 0 | answers this share of the requests with the status |
//! | `broken-endpoint` | `path`, `status` = 503, `body` | answers every request under the path |
//! | `slow-body` | `bytes_per_second` or `chunk_delay_ms` | sends the headers at once and the body in pieces |
//! | `reset` | `when` = `before` or `after` | sends TCP RST before the handler runs, or in place of the response |
//!
//! Every fault also takes `path` (a prefix of whole segments) and `for_ms` (the fault ends after this time). A
//! fault without a path covers every path except `/health`. No fault covers `/faults`, so that clients can switch
//! it off. A request with an `x-shop-fault` header gets only the faults in the header.
//!
//! Invariant: the effect of a fault depends on its settings and on the number of requests since it was switched
//! on, never on the clock or on chance.

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

/// Why the shop did not switch a fault on.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum FaultError {
    #[error("there is no fault `{0}`: use latency, error-rate, broken-endpoint, slow-body or reset")]
    UnknownName(String),
    #[error("malformed settings for {name}: {why}; send for example {}", .name.example())]
    Malformed { name: Name, why: String },
    #[error(
        "malformed x-shop-fault part `{part}`: {why}; use none, latency=MS, status=CODE, \
         slow-body=BYTES_PER_SECOND, reset or reset=after, separated by commas"
    )]
    BadHeader { part: String, why: String },
}
