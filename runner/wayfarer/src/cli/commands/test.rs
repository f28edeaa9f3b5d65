//! `wayfarer test`: runs journeys on this machine, for authors and CI.

use std::path::PathBuf;
use std::time::Duration;

use wayfarer_model::egress::HostPattern;

use crate::app;
use crate::author::deployable::Given;
use crate::author::report::{Detail, KeptFiles};
use crate::author::session::{NetworkGiven, Selection, SessionPlan, unknown_names};
use crate::cli::CliError;
use crate::cli::catalogue::{Entry, catalogue};
use crate::cli::controls::Controls;
use crate::cli::global::{Console, Global};
use crate::cli::list;
use crate::cli::source::{Source, sources};
use crate::cli::values::{FailOn, pair};
use crate::cli::walk::{self, Settings, runtime};
use crate::config::{FromText as _, UserSettings, read_env_file};
use crate::exit::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which journeys to run: part of a name, `=NAME` for an exact name, `!FILTER` to exclude; by default all
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// A project's folder, may be repeated; by default the nearest one with a journey.toml, from the current folder upward
    #[arg(short = 'C', long, value_name = "DIR")]
    project: Vec<PathBuf>,
    /// A built component, may be repeated; a journey.toml beside it is read
    #[arg(long, value_name = "FILE.wasm")]
    component: Vec<PathBuf>,
    /// Run what the last build made, without building
    #[arg(long)]
    no_build: bool,
    /// Run only journeys with this tag; may be repeated
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// List the selected journeys and run none
    #[arg(long)]
    list: bool,
    /// The most runs in flight at a time; by default the number of processors
    #[arg(short, long, value_name = "N", env = "WAYFARER_JOBS", value_parser = clap::value_parser!(u32).range(1..=256))]
    jobs: Option<u32>,
    /// How often to run each journey
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    repeat: u32,
    /// How many more attempts after a failed one, by default the journey's own number; every attempt is shown
    #[arg(long, value_name = "N", env = "WAYFARER_RETRIES")]
    retries: Option<u32>,
    /// The longest time that an attempt may take
    #[arg(long, value_name = "DURATION", env = "WAYFARER_TIMEOUT", value_parser = Duration::from_text)]
    timeout: Option<Duration>,
    /// Set a parameter, may be repeated
    #[arg(short = 'e', long = "param", value_name = "KEY=VALUE", value_parser = pair)]
    params: Vec<(String, String)>,
    /// Read parameters, and variables for secrets, from a file of KEY=VALUE lines
    #[arg(long, value_name = "FILE", env = "WAYFARER_ENV_FILE")]
    env_file: Option<PathBuf>,
    /// Use the parameters of [profiles.NAME] in journey.toml
    #[arg(long, value_name = "NAME", env = "WAYFARER_PROFILE")]
    profile: Option<String>,
    /// Allow requests to this host besides those of `network.allow`; may be repeated
    #[arg(long, value_name = "HOST", value_parser = HostPattern::from_text)]
    allow: Vec<HostPattern>,
    #[command(flatten)]
    controls: Controls,
    /// Report as `list` (the default), `json` or `junit`; add `=FILE` to write to a file; may be repeated
    #[arg(long, value_name = "KIND[=FILE]", env = "WAYFARER_REPORTER", value_delimiter = ',')]
    reporter: Vec<String>,
    /// Write what journeys attach to DIR/JOURNEY-RUN/ATTEMPT/NAME
    #[arg(long, value_name = "DIR", env = "WAYFARER_ARTIFACTS")]
    artifacts: Option<PathBuf>,
    /// Write the requests of each run to DIR/JOURNEY-RUN.har, an HTTP Archive (HAR 1.2)
    #[arg(long, value_name = "DIR", env = "WAYFARER_HAR")]
    har: Option<PathBuf>,
    /// Also exit with code 1 if a run ends with this verdict
    #[arg(long, value_enum, value_name = "VERDICT", env = "WAYFARER_FAIL_ON")]
    fail_on: Option<FailOn>,
    /// Also exit with code 3 if a good run recorded no check, because such a run is good whatever the target answers
    #[arg(long, env = "WAYFARER_STRICT")]
    strict: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let given = given(args)?;
    let sources = sources(&args.project, &args.component, args.no_build, console.detail == Detail::Quiet)?;
    check_profile(&sources, args.profile.as_deref())?;
    let settings = settings(global, args, &user, &sources)?;
    runtime()?.block_on(async {
        let app = app::author(global.cache_dir(&user), settings.plan.jobs)?;
        let entries = catalogue(&app, &sources).await?;
        let chosen = choose(args, entries, console)?;
        check_params(&chosen, &given)?;
        if args.list {
            list::print(console, &chosen);
            return Ok(Exit::Passed);
        }
        walk::walk(app, &chosen, &sources, &given, &settings, console).await
    })
}

fn given(args: &Args) -> Result<Given, CliError> {
    let env_file = args.env_file.as_deref().map(read_env_file).transpose()?.unwrap_or_default();
    Ok(Given {
        params: args.params.iter().cloned().collect(),
        env_file,
        profile: args.profile.clone(),
        timeout: args.timeout,
        retries: args.retries,
    })
}

fn settings(
    global: &Global,
    args: &Args,
    user: &UserSettings,
    sources: &[Source],
) -> Result<Settings, CliError> {
    let project = sources.iter().map(|source| &source.project.toml.test);
    let jobs = args.jobs.or(project.clone().find_map(|test| test.jobs)).or(user.jobs);
    let written = [&args.reporter]
        .into_iter()
        .chain(project.map(|test| &test.reporter))
        .chain([&user.reporter])
        .find(|written| !written.is_empty());
    let written = written.into_iter().flatten().map(String::as_str);
    Ok(Settings {
        plan: SessionPlan {
            jobs: jobs.unwrap_or_else(walk::processors).max(1),
            repeat: args.repeat,
            fail_on_degraded: args.fail_on == Some(FailOn::Degraded),
        },
        reporters: walk::reporters(written, global.json)?,
        network: NetworkGiven {
            allow: args.allow.clone(),
            resolver: None,
            controls: Some(args.controls.read()?),
        },
        kept: KeptFiles { artifacts: args.artifacts.clone(), har: args.har.clone() },
        is_strict: args.strict,
    })
}

fn check_profile(sources: &[Source], profile: Option<&str>) -> Result<(), CliError> {
    let known: Vec<&str> =
        sources.iter().flat_map(|source| source.project.toml.profiles.keys()).map(String::as_str).collect();
    let wrong = unknown_names(profile, &known, |name| {
        format!("`--profile {name}`: no journey.toml has [profiles.{name}]")
    });
    if wrong.is_empty() { Ok(()) } else { Err(CliError::Usage(wrong.join("\n"))) }
}

fn choose<'a>(args: &Args, entries: Vec<Entry<'a>>, console: Console) -> Result<Vec<Entry<'a>>, CliError> {
    let selection = Selection::new(&args.filters, &args.tag);
    let names: Vec<String> = entries.iter().map(|entry| entry.of.journey.name.to_string()).collect();
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let unknown =
        unknown_names(selection.exact_names(), &known, |name| format!("no journey is called `{name}`"));
    if !unknown.is_empty() {
        return Err(CliError::Nothing(unknown.join("; ")));
    }
    let all = entries.len();
    let chooses = |entry: &Entry<'_>, enabled| {
        let journey = &entry.of.journey;
        selection.chooses(journey.name.as_str(), &journey.tags, enabled)
    };
    let (chosen, others): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| chooses(entry, entry.of.enabled));
    let disabled = others.iter().filter(|entry| chooses(entry, true)).count();
    let off = format!("{disabled} disabled in journey.toml; `=NAME` runs one all the same");
    if chosen.is_empty() {
        let off = if disabled > 0 { format!(" ({off})") } else { String::new() };
        let names = known.join("`, `");
        return Err(CliError::Nothing(format!("nothing is selected of {all}{off}: there are `{names}`")));
    }
    if disabled > 0 {
        console.say(&off);
    }
    Ok(chosen)
}

/// A value that no selected journey reads is an error: it is most likely misspelled.
fn check_params(chosen: &[Entry<'_>], given: &Given) -> Result<(), CliError> {
    let journeys = || chosen.iter().map(|entry| &entry.of.journey);
    let known: Vec<&str> =
        journeys().flat_map(|journey| &journey.parameters).map(|parameter| parameter.name.as_str()).collect();
    let secrets: Vec<&str> = journeys().flat_map(|journey| journey.secret_names()).collect();
    let (sealed, open): (Vec<&str>, Vec<&str>) = given
        .params
        .keys()
        .map(String::as_str)
        .partition(|name| secrets.contains(name) && !known.contains(name));
    let mut wrong = unknown_names(open, &known, |name| {
        format!("`-e {name}=…`: no selected journey has a parameter `{name}`")
    });
    wrong.extend(sealed.iter().map(|name| {
        format!("`-e {name}=…`: `{name}` is a secret: say under [secrets.{name}] in journey.toml where it comes from")
    }));
    if wrong.is_empty() { Ok(()) } else { Err(CliError::Resolve(wrong.into_iter().collect())) }
}
