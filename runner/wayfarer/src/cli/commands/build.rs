//! `wayfarer build`: a project's component.

use std::path::PathBuf;

use serde_json::json;
use wayfarer_model::units::Bytes;

use crate::author::languages::build;
use crate::author::report::Detail;
use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::source::project;
use crate::exit::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The project's folder; by default the nearest one with a journey.toml, from the current folder upward
    #[arg(short = 'C', long, value_name = "DIR")]
    project: Option<PathBuf>,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let console = global.console(&global.user()?);
    let project = project(args.project.as_deref())?;
    let artefact = build(&project, console.detail == Detail::Quiet)?;
    let (path, digest, size) = (artefact.path.display(), artefact.digest(), artefact.wasm.len() as u64);
    if console.json {
        console.print_json(&json!({"component": path.to_string(), "size": size, "digest": digest}));
    } else {
        console.print(&format!("component  {path}\nsize       {}\ndigest     {digest}\n", Bytes(size)));
    }
    Ok(Exit::Passed)
}
