//! All that the child does: it confines itself, reads a component from standard input, and writes the artefact to standard
//! output.

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use super::confine::{alone, sealed};

/// How many threads compile.
const THREADS: usize = 2;
/// The exit code for bytes that are not a component.
pub(super) const EXIT_INVALID: u8 = 3;
/// The exit code of a child that could not give up its rights, and has compiled nothing.
pub(super) const EXIT_UNCONFINED: u8 = 4;

/// Compiles. The binary's `main` calls it, and nothing else, when its first argument is `__compile`. The second argument is
/// the processor time that it may use, in seconds.
pub fn compile_child() -> ExitCode {
    let budget = std::env::args().nth(2).and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    let Some(budget) = budget else {
        eprintln!("the second argument is the processor time, in seconds");
        return ExitCode::from(EXIT_UNCONFINED);
    };
    match compile(budget) {
        Ok(artefact) => match io::stdout().write_all(&artefact).and_then(|()| io::stdout().flush()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error, ExitCode::FAILURE),
        },
        Err(Failed::Unconfined(error)) => failed(&error, ExitCode::from(EXIT_UNCONFINED)),
        Err(Failed::Io(error)) => failed(&error, ExitCode::FAILURE),
        Err(Failed::Invalid(error)) => failed(&format!("{error:#}"), ExitCode::from(EXIT_INVALID)),
    }
}

fn failed(error: &dyn std::fmt::Display, code: ExitCode) -> ExitCode {
    eprintln!("{error}");
    code
}

enum Failed {
    Unconfined(io::Error),
    Io(io::Error),
    Invalid(wasmtime::Error),
}

fn compile(budget: Duration) -> Result<Vec<u8>, Failed> {
    alone(budget).map_err(Failed::Unconfined)?;
    let engine = crate::engine::compiling().map_err(Failed::Invalid)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(THREADS).build_global();
    pool.map_err(|error| Failed::Unconfined(io::Error::other(error)))?;
    sealed().map_err(Failed::Unconfined)?;
    let mut wasm = Vec::new();
    io::stdin().lock().read_to_end(&mut wasm).map_err(Failed::Io)?;
    engine.precompile_component(&wasm).map_err(Failed::Invalid)
}
