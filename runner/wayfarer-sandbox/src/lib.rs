//! Compiles a journey's component and runs one attempt of it, sandboxed. The only user of wasmtime.
//!
//! # Three lifetimes
//!
//! - [`Sandbox`]: the engine, its cache and its permits; made once.
//! - [`Component`]: checked, compiled and linked; made once for each digest.
//! - one attempt ([`Sandbox::run`]): a fresh store, a fresh [`tape::Tape`], a fresh connection pool.
//!
//! # Layout
//!
//! - [`settings`], [`engine`], [`swap`], [`control_groups`], [`imports`], [`compile`], [`cache`], [`component`]: from bytes
//!   to a [`Component`].
//! - [`attempt`], [`metered`], [`attentive`], [`timeslice`], [`memory`], [`limiter`], [`host`]: one attempt and its
//!   limits. [`threads`]: where attempts run.
//! - [`heartbeat`]: when the runner did not run. [`starvation`]: when its threads got no processor. [`retry_after`]: what a busy target asks for, in a failure's words.
//! - [`tape`], [`clock`]: what an attempt records, and its clock. [`stop`]: what ends it. [`record_size`]: what records take.
//!   [`finish`], [`redact`], [`log_lines`]: from the tape to the report.
//! - [`capability`]: one file for each interface that a guest may import.
//! - [`net`]: checked, timed byte streams, for any protocol. [`http`]: the HTTP engine on top of it.
//! - [`http_check`]: the journey without code.
//! - `fuzz`: doors for `tests/fuzz`, with the feature of that name.
//!
//! A guest's failure is data in the report. An `Err` means that the runner itself could not do something.

#![warn(missing_docs)]

mod attempt;
mod attentive;
mod bindings;
mod cache;
mod capability;
mod clock;
mod compile;
mod component;
mod control_groups;
mod describe;
mod engine;
mod finish;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod heartbeat;
mod host;
pub mod http;
pub mod http_check;
mod imports;
mod json_path;
mod limiter;
mod log_lines;
mod memory;
mod metered;
pub mod net;
mod record_size;
mod redact;
mod retry_after;
mod sandbox;
mod settings;
mod starvation;
mod stop;
mod swap;
mod tape;
mod threads;
mod timeslice;

pub use attempt::{AttemptSpec, Cancelled};
pub use cache::CacheError;
pub use compile::{CompileError, LargestFunction, compile_child};
pub use component::{Component, LoadError};
pub use control_groups::control_group_values;
pub use describe::DescribeError;
pub use http::{Secret, SecretGrants, SecretPlaces};
pub use imports::{ImportError, WORLD_VERSION};
pub use json_path::{JsonPath, JsonPathError};
pub use memory::{MemoryAccount, OutOfMemory, Whose};
pub use net::{ClientCertificate, Network, NetworkError, NetworkSettings};
pub use sandbox::Sandbox;
pub use settings::{SandboxError, SandboxSettings};
pub use swap::Swapping;
pub use tape::{Progress, Watcher};
pub use threads::{GuestPool, GuestThreads};
