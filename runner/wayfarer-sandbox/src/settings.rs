//! What a sandbox is made with, and why it could not be made.

use std::path::PathBuf;

/// What a sandbox is made with.
#[derive(Debug, Clone)]
pub struct SandboxSettings {
    /// Where compiled components are kept; made with mode 0700 if it is not there.
    pub cache_dir: PathBuf,
    /// The program that compiles, called with the single argument `__compile`: this very binary, whose
    /// `main` calls [`crate::compile_child`] for it.
    pub compiler: PathBuf,
    /// How many attempts may run at the same time.
    pub slots: u32,
}

/// Why a sandbox could not be made: the runner's own fault, before any journey.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The engine refused its settings, or the address space for the pool.
    #[error("could not start the engine with {slots} places: {reason}")]
    Engine {
        /// How many places were asked for.
        slots: u32,
        /// What the engine says.
        reason: String,
    },
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] crate::cache::CacheError),
}
