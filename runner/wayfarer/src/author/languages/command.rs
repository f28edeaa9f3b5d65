//! Building by the project's own command: `command` and `output` under `[build]`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::BuildError;
use crate::config::Project;

/// Runs the command in the project's folder and returns the path of the file that it makes.
pub(super) fn run(project: &Project) -> Result<PathBuf, BuildError> {
    let table = &project.toml.build;
    let (Some((program, arguments)), Some(output)) = (table.command.split_first(), &table.output) else {
        return Err(BuildError::NothingToBuild(project.dir.clone()));
    };
    let status = Command::new(program)
        .args(arguments)
        .current_dir(&project.dir)
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .status()
        .map_err(|source| BuildError::Tool {
            tool: program.clone(),
            source,
            mend: "check [build] command in journey.toml",
        })?;
    if status.success() {
        Ok(project.path(output))
    } else {
        Err(BuildError::Failed { command: table.command.join(" "), status })
    }
}
