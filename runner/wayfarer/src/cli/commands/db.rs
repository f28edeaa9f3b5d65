//! `wayfarer db` and `wayfarer audit`: commands on a data directory. Those that only read work beside a server; those that
//! write need the server stopped.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wayfarer_model::ids::TenantName;
use wayfarer_model::text::printable;
use wayfarer_model::units::{Bytes, UnixMillis};
use wayfarer_store::{
    AuditReport, CheckReport, audit, backup, check, export, metadata, migrate, rebuild, unleap,
};

use super::prune;
use crate::cli::CliError;
use crate::cli::global::{Console, Global};
use crate::cli::walk::runtime;
use crate::clock::now;
use crate::exit::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Check the database: SQLite's integrity, and what the store guarantees
    Check,
    /// Bring the database of an older version up to date; stop the server first (a start does this by itself)
    Migrate,
    /// Derive the roll-ups and the index of annotations again from the runs; stop the server first
    Rebuild,
    /// Remove now what is older than the retention in wayfarer.toml; stop the server first (it does this by itself)
    Prune,
    /// Take out rows of slots that have not come, after the clock was ahead; stop the server first
    Unleap {
        /// The instant after which nothing has come yet, as a date or RFC 3339; by default now
        #[arg(long, value_name = "INSTANT", value_parser = UnixMillis::parse)]
        to: Option<UnixMillis>,
    },
    /// Print the metadata file for Datasette: what the views show, ready queries, and which tables are private
    Metadata {
        /// Allow readers of Datasette to run SQL of their own; it can read the private tables too
        #[arg(long)]
        allow_sql: bool,
    },
    /// Copy the database into a new file; a server may be running
    Backup {
        /// The file to create
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Copy the rows of one tenant (`--tenant NAME`) into a new file with the same views
    Export {
        /// The file to create
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct AuditArgs {
    /// The first instant to compare, as a date or RFC 3339; by default that of the first slot
    #[arg(long, value_name = "INSTANT", value_parser = UnixMillis::parse)]
    from: Option<UnixMillis>,
    /// The instant to stop before, as a date or RFC 3339; by default the newest planned slot is the last
    #[arg(long, value_name = "INSTANT", value_parser = UnixMillis::parse)]
    to: Option<UnixMillis>,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    if matches!(args.what, What::Prune) {
        return prune::run(global);
    }
    let user = global.user()?;
    let console = global.console(&user);
    if let What::Metadata { allow_sql } = args.what {
        console.print_json(&metadata(allow_sql));
        return Ok(Exit::Passed);
    }
    let (data_dir, tenant) = (global.data_dir(&user)?, global.tenant(&user));
    runtime()?.block_on(execute(&args.what, console, &data_dir, tenant))
}

async fn execute(
    what: &What,
    console: Console,
    data_dir: &Path,
    tenant: Option<TenantName>,
) -> Result<Exit, CliError> {
    match what {
        What::Check => {
            let report = check(data_dir).await?;
            print_check(console, &report);
            return Ok(if report.problems.is_empty() { Exit::Passed } else { Exit::Failed });
        }
        What::Prune | What::Metadata { .. } => {}
        What::Migrate => {
            migrate(data_dir).await?;
            console.say("the database has the schema of this version");
        }
        What::Rebuild => {
            let report = rebuild(data_dir).await?;
            let said = format!("{} runs were counted into {} rows of roll-ups\n", report.runs, report.rows);
            tell(console, &json!(report), &said);
        }
        What::Unleap { to } => {
            let taken = unleap(data_dir, to.unwrap_or_else(now)).await?;
            let said = format!(
                "{} rows of slots that have not come were taken out; {} runs were counted again\n",
                taken.runs, taken.counted_again
            );
            tell(console, &json!(taken), &said);
        }
        What::Backup { file } => {
            backup(data_dir, file).await?;
            say_written(console, file);
        }
        What::Export { file } => {
            let tenant = tenant.ok_or_else(|| {
                CliError::Usage(
                    "`db export` copies the rows of one tenant: name the tenant with `--tenant NAME`"
                        .to_owned(),
                )
            })?;
            export(data_dir, &tenant, file).await?;
            say_written(console, file);
        }
    }
    Ok(Exit::Passed)
}

fn tell(console: Console, report: &Value, said: &str) {
    if console.json { console.print_json(report) } else { console.print(said) }
}

fn print_check(console: Console, report: &CheckReport) {
    if console.json {
        console.print_json(&json!(report));
        return;
    }
    for problem in &report.problems {
        console.print(&format!("{} {}\n", console.out.bad("✗"), printable(problem)));
    }
    if report.starts_cleared > 0 {
        console.say(&format!("took out {} starts of runs that had their row already", report.starts_cleared));
    }
    let word = match (report.problems.is_empty(), report.is_mended_by_rebuild) {
        (true, _) => "sound",
        (false, true) => "not sound: stop the server and run `wayfarer db rebuild`",
        (false, false) => "not sound: restore a backup",
    };
    console.print(&format!("{} runs in {}: {word}\n", report.runs, Bytes(report.size_bytes)));
}

fn say_written(console: Console, file: &Path) {
    let size = std::fs::metadata(file).map_or(0, |file| file.len());
    console.say(&format!("wrote {} ({})", file.display(), Bytes(size)));
}

pub(super) fn run_audit(global: &Global, args: &AuditArgs) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    // A remote server's database is not here, and an audit is of all tenants.
    for (flag, is_written) in ["--server", "--tenant"].into_iter().zip(global.remote.written) {
        if is_written {
            return Err(CliError::Usage(format!(
                "`wayfarer audit` reads the database of a data directory on this machine and compares all of it, so \
                 `{flag}` means nothing: leave it out, and name the directory with `--data-dir`"
            )));
        }
    }
    let data_dir = global.data_dir(&user)?;
    let (from, to) = (args.from.unwrap_or(UnixMillis(0)), args.to.unwrap_or(UnixMillis(i64::MAX as u64)));
    let report = runtime()?.block_on(audit(&data_dir, from, to))?;
    if console.json {
        console.print_json(&json!(report));
    } else {
        console.say(&format!("reading {}", data_dir.join("wayfarer.db").display()));
        print(console, &report);
    }
    if report.due == 0 && report.is_clean() {
        return Ok(Exit::Nothing);
    }
    Ok(if report.is_clean() { Exit::Passed } else { Exit::Failed })
}

fn print(console: Console, report: &AuditReport) {
    let Some(until) = report.planned_until else {
        console.print("no server has planned a slot yet\n");
        return;
    };
    let kinds = [("missing", &report.missing_slots), ("not due", &report.unexpected_slots)];
    for (word, slots) in kinds {
        for slot in slots {
            let line = format!("{word:<9} {}/{} {}", slot.tenant, slot.journey, slot.slot.rfc3339());
            console.print(&format!("{}\n", console.out.bad(&line)));
        }
    }
    if report.due == 0 && report.is_clean() {
        console.print(&format!("no slot was due until {}: there is nothing to compare\n", until.rfc3339()));
        return;
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
