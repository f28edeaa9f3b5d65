//! Compiles components in a child of the same binary, because a component is hostile input.
//!
//! A module of 700 KB can ask the compiler for 26 GB of memory and abort the process. The child gets an address space of
//! 1 GiB and a deadline. The parent's pooling engine loads the artefact that the child writes.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use wayfarer_model::units::Bytes;

/// The child's address space, in bytes.
const MEMORY: u64 = 1 << 30;
/// How long the child may take: an honest `CPython` component takes some seconds.
const DEADLINE: Duration = Duration::from_mins(2);
/// The child's exit code for bytes that are not a component.
const EXIT_INVALID: u8 = 3;

/// Why a component was not compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// Not a valid component.
    #[error("the component is not valid: {0}")]
    Invalid(String),
    /// The child exceeded its memory or crashed for another reason.
    #[error(
        "compiling the component took more than {} of memory, or made the compiler fail ({status}): make it smaller",
        Bytes(MEMORY)
    )]
    Crashed {
        /// How the child ended, and its last line on standard error.
        status: String,
    },
    /// The child exceeded its deadline.
    #[error("compiling the component took more than {} s: make it smaller", DEADLINE.as_secs())]
    OutOfTime,
    /// The runner could not start the child or exchange bytes with it: the runner's own fault.
    #[error("could not run the compiler `{program}`: {source}")]
    Child {
        /// As configured.
        program: String,
        /// The system's error.
        source: std::io::Error,
    },
}

/// Compiles in a child and returns the artefact.
///
/// # Errors
/// See [`CompileError`].
pub(crate) async fn compile(compiler: &Path, wasm: &[u8]) -> Result<Vec<u8>, CompileError> {
    let failed = |source| CompileError::Child { program: compiler.display().to_string(), source };
    let mut child = Command::new(compiler)
        .arg("__compile")
        .env_clear()
        .env("RAYON_NUM_THREADS", "2")
        // In KiB. The allocator would otherwise reserve a GiB at a time, which is the whole address space.
        .env("MIMALLOC_ARENA_RESERVE", "32768")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    match tokio::time::timeout(DEADLINE, talk(&mut child, wasm)).await {
        Ok(answer) => answer.map_err(failed)?,
        Err(_elapsed) => Err(CompileError::OutOfTime),
    }
}

async fn talk(child: &mut Child, wasm: &[u8]) -> std::io::Result<Result<Vec<u8>, CompileError>> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // If the child died early, its status says why; the broken pipe does not.
            let _ = stdin.write_all(wasm).await;
        }
    };
    let read = async |pipe: Option<_>| -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            tokio::process::ChildStdout::read_to_end(&mut pipe, &mut bytes).await?;
        }
        Ok(bytes)
    };
    let complain = async {
        let mut text = Vec::new();
        if let Some(pipe) = stderr {
            pipe.take(64 << 10).read_to_end(&mut text).await?;
        }
        std::io::Result::Ok(String::from_utf8_lossy(&text).trim().to_owned())
    };
    let ((), artefact, complaint) = tokio::join!(write, read(stdout), complain);
    let (status, artefact, complaint) = (child.wait().await?, artefact?, complaint?);
    Ok(match status.code() {
        Some(0) => Ok(artefact),
        Some(code) if code == i32::from(EXIT_INVALID) => Err(CompileError::Invalid(complaint)),
        _ => {
            // Rust's hint about backtraces helps only to debug the child.
            let last = complaint.lines().rfind(|line| !line.starts_with("note:")).unwrap_or_default();
            Err(CompileError::Crashed { status: format!("{status}, {last}") })
        }
    })
}

/// All that the child does: it limits itself, reads a component from standard input, and writes the artefact to standard
/// output. The binary's `main` calls it, and nothing else, when its only argument is `__compile`.
pub fn compile_child() -> ExitCode {
    let limit = rustix::process::Rlimit { current: Some(MEMORY), maximum: Some(MEMORY) };
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    if rustix::process::setrlimit(rustix::process::Resource::As, limit).is_err()
        || rustix::process::setrlimit(rustix::process::Resource::Core, none).is_err()
    {
        eprintln!("the memory limit could not be set");
        return ExitCode::FAILURE;
    }
    match compile_stream(std::io::stdin().lock(), std::io::stdout().lock()) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(invalid)) => {
            eprintln!("{invalid:#}");
            ExitCode::from(EXIT_INVALID)
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn compile_stream(
    mut input: impl Read,
    mut output: impl Write,
) -> std::io::Result<Result<(), wasmtime::Error>> {
    let mut wasm = Vec::new();
    input.read_to_end(&mut wasm)?;
    let compiled = crate::engine::compiling().and_then(|engine| engine.precompile_component(&wasm));
    match compiled {
        Ok(artefact) => {
            output.write_all(&artefact)?;
            output.flush()?;
            Ok(Ok(()))
        }
        Err(error) => Ok(Err(error)),
    }
}
