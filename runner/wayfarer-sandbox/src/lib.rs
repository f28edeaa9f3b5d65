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
//! - [`settings`], [`engine`], [`imports`], [`compile`], [`cache`], [`component`]: from bytes to a [`Component`].
//! - [`attempt`], [`metered`], [`attentive`], [`limiter`], [`host`]: one attempt and its limits.
//! - [`tape`], [`clock`]: what an attempt records, and its clock. [`finish`], [`redact`]: from the tape to the report.
//! - [`capability`]: one file for each interface that a guest may import.
//! - [`net`]: checked, timed byte streams, for any protocol. [`http`]: the HTTP engine on top of it.
//! - [`http_check`]: the journey without code.
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
mod describe;
mod engine;
mod finish;
mod host;
pub mod http;
pub mod http_check;
mod imports;
mod json_path;
mod limiter;
mod metered;
pub mod net;
mod redact;
mod sandbox;
mod settings;
mod tape;

pub use attempt::{AttemptSpec, Cancelled};
pub use cache::CacheError;
pub use compile::{CompileError, LargestFunction, compile_child};
pub use component::{Component, LoadError};
pub use describe::DescribeError;
pub use http::{Secret, SecretGrants, SecretPlaces};
pub use imports::{ImportError, WORLD_VERSION};
pub use json_path::{JsonPath, JsonPathError};
pub use net::{ClientCertificate, Network, NetworkError, NetworkSettings};
pub use sandbox::Sandbox;
pub use settings::{SandboxError, SandboxSettings};
pub use tape::{Progress, Watcher};
