//! `wayfarer show`: everything that was recorded of one run.

use serde_json::json;
use wayfarer_model::ids::RunId;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::units::UnixMillis;

use crate::author::report::{Shown, show};
use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::walk::runtime;
use crate::exit::Exit;
use crate::protocol::RunInFull;
use crate::view::locations;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run's id, as `wayfarer runs` shows it
    #[arg(value_name = "RUN")]
    run: RunId,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let client = global.client(&user)?;
    let path = format!("runs/{}", args.run);
    let full: RunInFull = runtime()?.block_on(client.get(&path, &global.tenant_query(&user)))?;
    if console.json {
        console.print_json(&json!(full));
        return Ok(Exit::Passed);
    }
    let attempts: Vec<AttemptReport> = full.attempts.into_iter().map(Into::into).collect();
    let run = &full.run;
    let location = match full.spec.timing.as_ref().and_then(|timing| locations(&timing.locations)) {
        Some(named) => format!("{} (the version is due at {named})", run.location),
        None => run.location.to_string(),
    };
    let mut heading = vec![
        ("run", run.run.to_string()),
        ("tenant", run.tenant.to_string()),
        ("slot", format!("{} ({})", run.slot_at, run.lane.as_str())),
        ("version", run.version.to_string()),
        ("location", location),
    ];
    if let Some(void) = &run.void {
        let at = UnixMillis(void.voided_ms).rfc3339();
        heading.push(("void", format!("{} ({}, {at})", void.note, void.voided_by)));
    }
    let shown = Shown {
        journey: &full.spec.descriptor.into(),
        heading: &heading,
        verdict: run.verdict,
        reason: run.reason,
        attempts: &attempts,
    };
    console.print(&show(&shown, console.out));
    Ok(Exit::Passed)
}
