//! Where a command writes one file: `-o FILE`, and `-` for standard output.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::CliError;

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Output {
    /// The file to write, or `-` for standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Output {
    /// Whether `-o` was given.
    pub(super) fn is_given(&self) -> bool {
        self.output.is_some()
    }

    /// Writes all of it. Returns the path of the file, or none for standard output.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<Option<&Path>, CliError> {
        let Some(path) = self.output.as_deref() else {
            return Err(CliError::Usage(
                "say with `-o FILE` where to write it; `-o -` is standard output".to_owned(),
            ));
        };
        if path == Path::new("-") {
            let mut stdout = std::io::stdout().lock();
            // The reader may have closed the pipe.
            let _ = stdout.write_all(bytes).and_then(|()| stdout.flush());
            return Ok(None);
        }
        std::fs::write(path, bytes)
            .map_err(|error| CliError::Usage(format!("cannot write {}: {error}", path.display())))?;
        Ok(Some(path))
    }
}
