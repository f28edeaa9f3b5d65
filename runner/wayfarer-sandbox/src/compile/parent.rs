//! Starts the compile child, hands it a component, and takes its artefact.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use super::child::{EXIT_INVALID, EXIT_UNCONFINED};
use super::{CompileError, LargestFunction};

/// The most that the parent waits, whatever the machine is busy with. Processor time is the limit that counts; this is for a
/// child that the kernel never lets run.
const PATIENCE: Duration = Duration::from_mins(30);
/// The largest artefact that the parent takes from a child, in bytes.
const LARGEST_ARTEFACT: u64 = 1 << 30;
/// How much of a child's complaint the parent reads, in bytes.
const COMPLAINT: u64 = 64 << 10;

/// The program that compiles.
#[derive(Debug)]
pub(crate) struct Compiler {
    program: PathBuf,
    /// Processor time of one component.
    budget: Duration,
}

impl Compiler {
    pub(crate) fn new(program: PathBuf, budget: Duration) -> Self {
        Self { program, budget }
    }

    /// Compiles in a child and returns the artefact. Dropping the future kills the child.
    ///
    /// # Errors
    /// See [`CompileError`].
    pub(crate) async fn compile(&self, wasm: &[u8]) -> Result<Vec<u8>, CompileError> {
        let failed = |source| CompileError::Child { program: self.program.display().to_string(), source };
        let mut child = Command::new(&self.program)
            .arg("__compile")
            .arg(self.budget.as_secs().max(1).to_string())
            .env_clear()
            .current_dir("/")
            // In KiB. The allocator would otherwise reserve a GiB at a time, which is the whole address space.
            .env("MIMALLOC_ARENA_RESERVE", "32768")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let talked = tokio::time::timeout(PATIENCE, talk(&mut child, wasm)).await;
        let talked = talked.unwrap_or_else(|_elapsed| {
            Err(std::io::Error::other("the machine did not let it finish within half an hour"))
        });
        let Talked { status, artefact, complaint } = talked.map_err(failed)?;
        match status.code() {
            Some(0) => Ok(artefact),
            Some(code) if code == i32::from(EXIT_INVALID) => Err(CompileError::Invalid(complaint)),
            Some(code) if code == i32::from(EXIT_UNCONFINED) => {
                Err(failed(std::io::Error::other(format!("it could not give up its rights: {complaint}"))))
            }
            _ => Err(self.exceeded(status, &complaint, wasm)),
        }
    }

    /// The component was too much for the compiler.
    fn exceeded(&self, status: ExitStatus, complaint: &str, wasm: &[u8]) -> CompileError {
        let largest = LargestFunction::of(wasm);
        if status.signal() == Some(libc::SIGXCPU) {
            return CompileError::OutOfTime { budget: self.budget, largest };
        }
        // Rust's hint about backtraces helps only to debug the child.
        let last = complaint.lines().rfind(|line| !line.starts_with("note:")).unwrap_or_default();
        CompileError::Crashed { status: format!("{status}, {last}"), largest }
    }
}

struct Talked {
    status: ExitStatus,
    artefact: Vec<u8>,
    complaint: String,
}

async fn talk(child: &mut Child, wasm: &[u8]) -> std::io::Result<Talked> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // If the child died early, its status says why; the broken pipe does not.
            let _ = stdin.write_all(wasm).await;
        }
    };
    let (artefact, complaint) = (all(stdout, LARGEST_ARTEFACT), all(stderr, COMPLAINT));
    let ((), artefact, complaint) = tokio::join!(write, artefact, complaint);
    let (status, artefact, complaint) = (child.wait().await?, artefact?, complaint?);
    Ok(Talked { status, artefact, complaint: String::from_utf8_lossy(&complaint).trim().to_owned() })
}

/// What a pipe gives, up to that many bytes. A child that writes on gets a broken pipe.
async fn all(pipe: Option<impl AsyncRead + Unpin>, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(most).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}
