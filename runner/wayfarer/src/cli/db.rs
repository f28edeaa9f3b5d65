//! `wayfarer db` and `wayfarer audit`: on a data directory, whether a server runs on it or not; what writes there wants
//! it for itself.

use std::path::PathBuf;

use serde_json::json;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::{Bytes, UnixMillis};
use wayfarer_store::{AuditReport, audit, backup, check, export, rebuild};

use super::CliError;
use super::global::{Console, Global};
use super::prune;
use super::walk::runtime;
use crate::exit::Exit;

/// Arguments of `db`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Check the database: SQLite's own checks, and what the store promises beyond them
    Check,
    /// Make the roll-ups anew from the runs; the server must be stopped
    Rebuild,
    /// Remove now what is older than `wayfarer.toml` keeps it for; the server, which does it by itself, must be stopped
    Prune,
    /// Copy everything into a new file, also while a server writes
    Backup {
        /// The file to make
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Copy one tenant's rows (`--tenant`) into a new file with the same views
    Export {
        /// The file to make
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Arguments of `audit`.
#[derive(Debug, clap::Args)]
pub(super) struct AuditArgs {
    /// Slots from then on: a date or RFC 3339; the first one by custom
    #[arg(long, value_name = "INSTANT", value_parser = UnixMillis::parse)]
    from: Option<UnixMillis>,
    /// Slots before then; the last one by custom
    #[arg(long, value_name = "INSTANT", value_parser = UnixMillis::parse)]
    to: Option<UnixMillis>,
}

/// Runs `db`.
pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    if matches!(args.what, What::Prune) {
        return prune::run(global);
    }
    let user = global.user()?;
    let console = global.console(&user);
    let data_dir = global.data_dir(&user)?;
    runtime()?.block_on(async {
        match &args.what {
            What::Check => {
                let report = check(&data_dir).await?;
                if console.json {
                    console.print_json(&json!(report));
                } else {
                    let size = Bytes(report.size_bytes);
                    report
                        .problems
                        .iter()
                        .for_each(|problem| console.print(&format!("{} {problem}\n", console.out.bad("✗"))));
                    let word =
                        if report.problems.is_empty() { "sound" } else { "not sound: restore a backup" };
                    console.print(&format!("{} runs in {size}: {word}\n", report.runs));
                }
                return Ok(if report.problems.is_empty() { Exit::Passed } else { Exit::Failed });
            }
            What::Prune => {}
            What::Rebuild => {
                let report = rebuild(&data_dir).await?;
                if console.json {
                    console.print_json(&json!(report));
                } else {
                    console.print(&format!(
                        "{} runs were counted again, into {} rows of roll-ups\n",
                        report.runs, report.rows
                    ));
                }
            }
            What::Backup { file } => backup(&data_dir, file).await?,
            What::Export { file } => {
                let tenant: TenantName = global.tenant(&user).ok_or_else(|| {
                    CliError::Usage(
                        "`db export` copies one tenant's rows: name it with `--tenant NAME`".to_owned(),
                    )
                })?;
                export(&data_dir, &tenant, file).await?;
            }
        }
        let (What::Backup { file } | What::Export { file }) = &args.what else { return Ok(Exit::Passed) };
        let size = std::fs::metadata(file).map_or(0, |file| file.len());
        console.say(&format!("{} ({}) is whole", file.display(), Bytes(size)));
        Ok(Exit::Passed)
    })
}

/// Runs `audit`.
pub(super) fn run_audit(global: &Global, args: &AuditArgs) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let data_dir = global.data_dir(&user)?;
    let (from, to) = (args.from.unwrap_or(UnixMillis(0)), args.to.unwrap_or(UnixMillis(i64::MAX as u64)));
    let report = runtime()?.block_on(audit(&data_dir, from, to))?;
    if console.json {
        console.print_json(&json!(report));
    } else {
        print(console, &report);
    }
    Ok(if report.is_clean() { Exit::Passed } else { Exit::Failed })
}

fn print(console: Console, report: &AuditReport) {
    let Some(until) = report.planned_until else {
        console.print("no server has planned anything yet\n");
        return;
    };
    let kinds = [("missing", &report.missing_slots), ("not due", &report.unexpected_slots)];
    for (word, slots) in kinds {
        for slot in slots {
            let line = format!("{word:<9} {}/{} {}", slot.tenant, slot.journey, slot.slot.rfc3339());
            console.print(&format!("{}\n", console.out.bad(&line)));
        }
    }
    let verdict = if report.is_clean() { console.out.good("clean") } else { console.out.bad("NOT CLEAN") };
    console.print(&format!(
        "{verdict}: {} slots were due until {}, {} rows; {} missing, {} not due, {} doubled\n",
        report.due,
        until.rfc3339(),
        report.stored,
        report.missing,
        report.unexpected,
        report.doubled
    ));
}
