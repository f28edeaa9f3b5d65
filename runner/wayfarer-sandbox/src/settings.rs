//! The settings of a sandbox, and why one could not be made.

use std::path::PathBuf;
use std::time::Duration;

/// The settings of a [`Sandbox`](crate::Sandbox).
#[derive(Debug, Clone)]
pub struct SandboxSettings {
    /// Where compiled components are kept. The sandbox makes it, with mode 0700, if it does not exist.
    pub cache_dir: PathBuf,
    /// The program that compiles, called with `__compile` as its first argument: this binary itself, whose `main` then calls
    /// [`crate::compile_child`].
    pub compiler: PathBuf,
    /// The processor time that compiling one component may take. Whole seconds count.
    pub compile_cpu: Duration,
    /// How many attempts may run at the same time.
    pub slots: u32,
}

impl SandboxSettings {
    /// The default of [`compile_cpu`](Self::compile_cpu): an honest `CPython` component takes some seconds.
    pub const COMPILE_CPU: Duration = Duration::from_mins(2);
}

/// Why a sandbox could not be made: the runner's own fault.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The engine refused its settings, or the address space for the pool.
    #[error("could not start the engine with {slots} concurrency slots: {reason}")]
    Engine {
        /// As configured.
        slots: u32,
        /// The engine's error.
        reason: String,
    },
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] crate::cache::CacheError),
}
