//! The command line's top level: global flags, and every subcommand: its file, its name and its words in `--help`.
//!
//! Commands know each other as little as possible: what several of them share stands beside this file, in `cli/`.

mod audit_log;
mod build;
mod channels;
mod check;
mod clock;
mod completions;
mod db;
mod deploy;
mod doctor;
mod http_check;
mod http_check_request;
mod http_check_save;
mod import;
mod incident_replay;
mod incidents;
mod journeys;
mod maintenance;
mod man;
mod new;
mod pause;
mod prune;
mod runs;
mod runs_void;
mod schedule;
mod schema;
mod secrets;
mod serve;
mod sessions;
mod show;
mod tenants;
mod test;
mod test_watch;
mod tokens;
mod trigger;
mod trigger_report;

use clap::parser::ValueSource;
use clap::{ArgAction, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use super::CliError;
use super::global::Global;
use crate::exit::Exit;
use crate::log_lines::LogFormat;
use crate::tzdata;

#[derive(Debug, Parser)]
#[command(name = "wayfarer", version, long_version = tzdata::version(), about = "Runs synthetic journeys: the flows that users depend on, run by a bot", max_term_width = 100, after_help = EXIT_CODES,
    disable_help_flag = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    /// Print what the command does, and its options
    #[arg(short, long, global = true, action = ArgAction::HelpShort, help_heading = "Global options")]
    help: Option<bool>,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes:
  0    every selected journey passed
  1    a journey failed, or was degraded with `--fail-on degraded`
  2    usage or configuration
  3    build failed, component invalid, or journey broken
  4    nothing selected
  5    inconclusive, or the runner cannot be reached
  130  interrupted
If journeys end differently, the first of these wins: 130, 3, 1, 5, 0.

Each global option but `--help` has a variable: `--data-dir` is also WAYFARER_DATA_DIR.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Create a project that builds and passes without changes
    New(new::Args),
    /// Build a project's component
    Build(build::Args),
    /// Validate a component and list its journeys
    Check(check::Args),
    /// Run journeys now, on this machine, without a server
    Test(Box<test::Args>),
    /// Request URLs and check the responses: a journey without code
    HttpCheck(Box<http_check::Args>),
    /// Write checks from the files of other tools, or from curl commands
    Import(import::Args),
    /// Run the server: scheduler, store, API and runner
    Serve(serve::Args),
    /// Deploy the journeys of projects to a server
    Deploy(Box<deploy::Args>),
    /// List deployed journeys and their state
    Journeys(journeys::Args),
    /// Run deployed journeys now and wait for the results
    Trigger(Box<trigger::Args>),
    /// Skip a journey's slots from now on
    Pause(pause::PauseArgs),
    /// End a pause: run a journey's slots again
    Resume(pause::ResumeArgs),
    /// List results, or follow new ones; take runs out of the rates
    Runs(Box<runs::Args>),
    /// Show everything that was recorded of a run
    Show(show::Args),
    /// List and show incidents; acknowledge, mute, note and resolve them
    Incidents(incidents::Args),
    /// Plan, list and end maintenance windows: slots are skipped, or run and not counted
    Maintenance(maintenance::Args),
    /// List a server's tenants; stop and start their runs
    Tenants(tenants::Args),
    /// List the channels of alerts, or try one
    Channels(channels::Args),
    /// Check the secrets that wayfarer.toml names
    Secrets(secrets::Args),
    /// Create, list and revoke API tokens
    Tokens(tokens::Args),
    /// List the browsers that are signed in; revoke their sessions
    Sessions(sessions::Args),
    /// Show a server's clock; accept it after a step
    Clock(clock::Args),
    /// Compare the slots that were due with the rows that are stored
    Audit(db::AuditArgs),
    /// List who did what to a server, or verify that this list is whole
    AuditLog(audit_log::Args),
    /// Check, migrate, back up, export, prune, rebuild and unleap a database
    Db(db::Args),
    /// Show when a schedule is due
    Schedule(schedule::Args),
    /// Check this machine and its server for problems
    Doctor(doctor::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
    /// Write the manual pages of all commands to a folder
    Man(man::Args),
    /// Print a published JSON Schema
    Schema(schema::Args),
}

impl Cli {
    /// Reads arguments and environment. Ends the process after `--help`, `--version` and usage errors.
    pub(crate) fn read() -> Self {
        let matches = Self::command().get_matches();
        let mut cli = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        let by_flag = |id| {
            let below = matches.subcommand().and_then(|(_, below)| below.value_source(id));
            below.or(matches.value_source(id)) == Some(ValueSource::CommandLine)
        };
        cli.global.remote.written = ["server", "tenant"].map(&by_flag);
        // `-q` beats WAYFARER_VERBOSE, and `-v` beats WAYFARER_QUIET.
        if cli.global.quiet && cli.global.verbose > 0 {
            if by_flag("verbose") && !by_flag("quiet") {
                cli.global.quiet = false;
            } else {
                cli.global.verbose = 0;
            }
        }
        cli
    }
}

impl Cli {
    /// Starts the log as the command wants it.
    pub(crate) fn start_log(&self) {
        match &self.command {
            Command::Serve(args) => self.global.start_log(args.log_format, true),
            _ => self.global.start_log(LogFormat::Text, false),
        }
    }
}

pub(crate) fn dispatch(cli: &Cli) -> Result<Exit, CliError> {
    let global = &cli.global;
    match &cli.command {
        Command::New(args) => new::run(global, args),
        Command::Build(args) => build::run(global, args),
        Command::Check(args) => check::run(global, args),
        Command::Test(args) => test::run(global, args),
        Command::HttpCheck(args) => http_check::run(global, args),
        Command::Import(args) => import::run(global, args),
        Command::Serve(args) => serve::run(global, args),
        Command::Deploy(args) => deploy::run(global, args),
        Command::Journeys(args) => journeys::run(global, args),
        Command::Trigger(args) => trigger::run(global, args),
        Command::Pause(args) => pause::pause(global, args),
        Command::Resume(args) => pause::resume(global, args),
        Command::Runs(args) => runs::run(global, args),
        Command::Show(args) => show::run(global, args),
        Command::Incidents(args) => incidents::run(global, args),
        Command::Maintenance(args) => maintenance::run(global, args),
        Command::Tenants(args) => tenants::run(global, args),
        Command::Channels(args) => channels::run(global, args),
        Command::Secrets(args) => secrets::run(global, args),
        Command::Tokens(args) => tokens::run(global, args),
        Command::Sessions(args) => sessions::run(global, args),
        Command::Clock(args) => clock::run(global, args),
        Command::Audit(args) => db::run_audit(global, args),
        Command::AuditLog(args) => audit_log::run(global, args),
        Command::Db(args) => db::run(global, args),
        Command::Schedule(args) => schedule::run(global, args),
        Command::Doctor(args) => doctor::run(global, args),
        Command::Completions(args) => Ok(completions::run(*args, Cli::command())),
        Command::Man(args) => man::run(args, Cli::command()),
        Command::Schema(args) => Ok(schema::run(*args)),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn a_command_s_own_options_come_first_and_a_global_one_takes_a_line() {
        let mut whole = super::Cli::command().term_width(100);
        whole.build();
        for command in whole.get_subcommands_mut().filter(|command| command.get_name() != "help") {
            let help = command.clone().term_width(100).render_help().to_string();
            let (own, global) = help.split_once("Global options:\n").unwrap_or_else(|| panic!("{help}"));
            assert!(own.contains("Usage: wayfarer"), "{help}");
            let lines: Vec<&str> = global.lines().filter(|line| !line.trim().is_empty()).collect();
            assert_eq!(lines.len(), 13, "{help}");
            assert!(lines.iter().all(|line| line.trim_start().starts_with('-')), "{help}");
        }
    }
}
