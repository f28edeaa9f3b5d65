//! The wiring: where the sandbox is started and handed what it needs. Nothing else names its engine.

use std::path::PathBuf;
use std::process::ExitCode;

use wayfarer_model::ids::NameError;
use wayfarer_sandbox::{Sandbox, SandboxError, SandboxSettings};

/// The argument that makes this binary the compile child.
pub(crate) const COMPILE_CHILD: &str = "__compile";

/// The compile child's whole life.
pub(crate) fn compile_child() -> ExitCode {
    wayfarer_sandbox::compile_child()
}

/// Why there is no sandbox. The runner's own fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppError {
    /// It does not start.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// This binary does not know where it is.
    #[error("cannot find this program's own file, which compiles components: {0}")]
    Itself(std::io::Error),
    /// A name that stands in this source is none.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// Starts the sandbox, with room for that many attempts at a time; this very binary is its compiler.
pub(crate) fn sandbox(cache_dir: PathBuf, slots: u32) -> Result<Sandbox, AppError> {
    let compiler = std::env::current_exe().map_err(AppError::Itself)?;
    Ok(Sandbox::start(SandboxSettings { cache_dir, compiler, slots })?)
}
