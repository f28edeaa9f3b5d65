//! `wayfarer show`: everything that was recorded of one run, or one file of it.

use serde_json::json;
use wayfarer_model::provenance::Provenance;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::units::UnixMillis;

use crate::author::report::{Shown, show};
use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::output::Output;
use crate::cli::runs_meant::meant;
use crate::cli::walk::runtime;
use crate::exit::Exit;
use crate::protocol::{RunInFull, RunInfo};
use crate::view::{har, locations};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A run's id, or its beginning; a journey's name for its newest run; `last` for the newest run of all
    #[arg(value_name = "RUN")]
    run: String,
    /// Write the content of this artifact to the file of `-o`
    #[arg(long, value_name = "NAME", requires = "output", conflicts_with = "har")]
    artifact: Option<String>,
    /// The artifact of this attempt, from 1; by default of the last one that has it
    #[arg(long, value_name = "N", requires = "artifact", value_parser = clap::value_parser!(u32).range(1..=255))]
    attempt: Option<u32>,
    /// Write the requests to the file of `-o` as HTTP Archive (HAR 1.2), with the heads and bodies that were kept
    #[arg(long, requires = "output")]
    har: bool,
    #[command(flatten)]
    output: Output,
}

/// Its number, and where it comes from.
fn version(run: &RunInfo) -> String {
    let from = Provenance { revision: run.revision.clone(), labels: run.labels.clone() }.to_string();
    if from.is_empty() { run.version.to_string() } else { format!("{} ({from})", run.version) }
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let client = global.client(&user)?;
    let mut query = global.tenant_query(&user);
    let runtime = runtime()?;
    let path = format!("runs/{}", runtime.block_on(meant(&client, &query, &args.run))?);
    if let Some(name) = &args.artifact {
        query.push(("name", name.clone()));
        query.extend(args.attempt.map(|attempt| ("attempt", attempt.to_string())));
        let content = runtime.block_on(client.download(&format!("{path}/artifact"), &query))?;
        args.output.write(&content)?;
        return Ok(Exit::Passed);
    }
    let full: RunInFull = runtime.block_on(client.get(&path, &query))?;
    if args.har {
        let attempts: Vec<AttemptReport> = full.attempts.into_iter().map(Into::into).collect();
        args.output.write(format!("{:#}\n", har(&attempts)).as_bytes())?;
        return Ok(Exit::Passed);
    }
    if args.output.is_given() {
        return Err(CliError::Usage("`-o` needs `--artifact NAME` or `--har`".to_owned()));
    }
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
        ("version", version(run)),
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
