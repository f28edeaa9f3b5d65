//! `wayfarer test`: runs journeys on this machine, for authors and CI.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::runtime::Runtime;
use wayfarer_model::egress::HostPattern;

use super::test_watch;
use crate::app;
use crate::author::deployable::Given;
use crate::author::report::KeptFiles;
use crate::author::session::{NetworkGiven, Selection, SessionPlan, unknown_names};
use crate::cli::CliError;
use crate::cli::catalogue::{Entry, catalogue};
use crate::cli::controls::Controls;
use crate::cli::global::{Console, Global};
use crate::cli::list;
use crate::cli::source::{Found, Source, found, is_project_file};
use crate::cli::values::{FailOn, pair};
use crate::cli::walk::{self, Settings, runtime};
use crate::config::{FromText as _, UserSettings, read_env_file};
use crate::exit::Exit;

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct Args {
    /// Which journeys to run: part of a name, `=NAME` for an exact name, `!FILTER` to exclude; by default all
    #[arg(value_name = "FILTER")]
    pub(super) filters: Vec<String>,
    /// A project's folder, may be repeated; by default the nearest one with a journey.toml or checks.toml, from the current folder upward
    #[arg(short = 'C', long, value_name = "DIR")]
    pub(super) project: Vec<PathBuf>,
    /// A built component, may be repeated; a journey.toml beside it is read
    #[arg(long, value_name = "FILE.wasm")]
    pub(super) component: Vec<PathBuf>,
    /// Run what the last build made, without building
    #[arg(long)]
    no_build: bool,
    /// Run only journeys with this tag; may be repeated
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Run only journeys that failed when they last ran here
    #[arg(long)]
    pub(super) last_failed: bool,
    /// List the selected journeys and run none
    #[arg(long, conflicts_with = "watch")]
    list: bool,
    /// Stay, and build and run again what a change of a file concerns; on a terminal, keys filter, rerun and quit
    #[arg(short, long, conflicts_with = "no_build")]
    pub(super) watch: bool,
    /// The most runs in flight at a time; by default the number of processors
    #[arg(short, long, value_name = "N", env = "WAYFARER_JOBS", value_parser = clap::value_parser!(u32).range(1..=256))]
    jobs: Option<u32>,
    /// How often to run each journey; a table then shows which steps fail how often
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
    /// Use the parameters of [profiles.NAME] in the project's file
    #[arg(long, value_name = "NAME", env = "WAYFARER_PROFILE")]
    profile: Option<String>,
    /// Allow requests to this host besides those of `network.allow`; may be repeated
    #[arg(long, value_name = "HOST", value_parser = HostPattern::from_text)]
    allow: Vec<HostPattern>,
    #[command(flatten)]
    controls: Controls,
    /// Report as `list` (the default), `json`, `junit` or `github`; add `=FILE` to write to a file; may be repeated
    #[arg(long, value_name = "KIND[=FILE]", env = "WAYFARER_REPORTER", value_delimiter = ',')]
    reporter: Vec<String>,
    /// Write what journeys attach to DIR/JOURNEY-RUN/ATTEMPT/NAME
    #[arg(long, value_name = "DIR", env = "WAYFARER_ARTIFACTS")]
    artifacts: Option<PathBuf>,
    /// Write the requests of each run to DIR/JOURNEY-RUN.har, an HTTP Archive (HAR 1.2)
    #[arg(long, value_name = "DIR", env = "WAYFARER_HAR")]
    har: Option<PathBuf>,
    /// Also exit with code 1 for runs like this; may be repeated
    #[arg(long, value_enum, value_name = "WHAT", env = "WAYFARER_FAIL_ON", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
    /// Also exit with code 3 if a good run recorded no check, because such a run is good whatever the target answers
    #[arg(long, env = "WAYFARER_STRICT")]
    strict: bool,
}

/// Which of the arguments' journeys one session runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Which {
    pub(super) filters: Vec<String>,
    pub(super) last_failed: bool,
    /// Journeys of these projects' folders alone.
    pub(super) only: Option<BTreeSet<PathBuf>>,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    if args.watch {
        return test_watch::run(global, args);
    }
    let which = Which { filters: args.names(), last_failed: args.last_failed, only: None };
    Ok(session(global, args, &which, (&runtime()?, None))?.exit.unwrap_or(Exit::Passed))
}

/// What came of one session.
pub(super) struct Session {
    /// None if nothing had to run.
    pub(super) exit: Option<Exit>,
    /// What each project's build made, and the files that it read, as a text to compare.
    pub(super) made: BTreeMap<PathBuf, String>,
}

impl Args {
    /// The projects that are named, a file of checks among the filters too.
    pub(super) fn projects(&self) -> Vec<PathBuf> {
        let files = self.filters.iter().map(Path::new).filter(|path| is_project_file(path));
        self.project.iter().map(PathBuf::as_path).chain(files).map(Path::to_owned).collect()
    }

    /// The filters without files.
    pub(super) fn names(&self) -> Vec<String> {
        self.filters.iter().filter(|filter| !is_project_file(Path::new(filter))).cloned().collect()
    }

    /// Files and folders that a session writes.
    ///
    /// # Errors
    /// One that cannot be written.
    pub(super) fn written_files(&self) -> Result<Vec<PathBuf>, CliError> {
        let kept = KeptFiles { artifacts: self.artifacts.clone(), har: self.har.clone() };
        walk::check_kept(&kept)?;
        let chosen = walk::reporters(self.reporter.iter().map(String::as_str), false)?;
        let files = chosen.into_iter().filter_map(|choice| choice.file);
        let files = files.chain(kept.artifacts).chain(kept.har);
        files.map(|path| Ok(std::path::absolute(path).map_err(anyhow::Error::from)?)).collect()
    }
}

/// Builds, runs and reports once; with `before`, what the build made then, runs only what is something else now.
pub(super) fn session(
    global: &Global,
    args: &Args,
    which: &Which,
    (runtime, before): (&Runtime, Option<&BTreeMap<PathBuf, String>>),
) -> Result<Session, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let given = given(args)?;
    let found = found(&args.projects(), &args.component)?;
    let settings = settings(global, args, &user, &found)?;
    check_profile(&found, args.profile.as_deref())?;
    let sources = found.into_iter().map(|found| found.built(args.no_build, console));
    let sources = sources.collect::<Result<Vec<Source>, _>>()?;
    let env_file = args.env_file.as_deref();
    let made: BTreeMap<PathBuf, String> =
        sources.iter().map(|source| fingerprint(source, env_file)).collect();
    let is_new = |dir: &PathBuf| before.is_none_or(|before| before.get(dir) != made.get(dir));
    if which.only.as_ref().is_some_and(|only| !only.iter().any(is_new)) {
        console.say("the component is what it was, so nothing runs");
        return Ok(Session { exit: None, made });
    }
    let exit = runtime.block_on(async {
        let app = app::author(global.cache_dir(&user), settings.plan.jobs)?;
        let entries = catalogue(&app, &sources, console).await?;
        let chosen = choose(args, which, entries, console)?;
        let chosen = if which.last_failed { last_failed(chosen, &settings)? } else { chosen };
        check_params(&chosen, &given)?;
        if args.list {
            list::print(console, &chosen);
            return Ok(Exit::Passed);
        }
        walk::walk(app, &chosen, &sources, &given, &settings, console).await
    })?;
    Ok(Session { exit: Some(exit), made })
}

/// Equal for a project that would run in the same way.
fn fingerprint(source: &Source, env_file: Option<&Path>) -> (PathBuf, String) {
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let component = source.artefact.as_ref().map(|artefact| artefact.digest().to_string());
    let project = &source.project;
    let file = project.file.as_deref().map(read).unwrap_or_default();
    // The content of files that the checks name is in them.
    let checks = format!("{:?}", project.toml.http_checks);
    let made =
        [component.unwrap_or_default(), file, checks, env_file.map(read).unwrap_or_default()].join("\n");
    (project.dir.clone(), made)
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
    found: &[Found],
) -> Result<Settings, CliError> {
    let project = found.iter().map(|found| &found.project().toml.test);
    let jobs = args.jobs.or(project.clone().find_map(|test| test.jobs)).or(user.jobs);
    let written = [&args.reporter]
        .into_iter()
        .chain(project.map(|test| &test.reporter))
        .chain([&user.reporter])
        .find(|written| !written.is_empty());
    let written = written.into_iter().flatten().map(String::as_str);
    let kept = KeptFiles { artifacts: args.artifacts.clone(), har: args.har.clone() };
    walk::check_kept(&kept)?;
    Ok(Settings {
        with_requests: false,
        plan: SessionPlan {
            jobs: jobs.unwrap_or_else(walk::processors).max(1),
            repeat: args.repeat,
            fails: FailOn::together(&args.fail_on),
        },
        reporters: walk::reporters(written, global.json)?,
        network: NetworkGiven {
            allow: args.allow.clone(),
            resolver: None,
            controls: Some(args.controls.read()?),
        },
        kept,
        last: Some(global.last_failed(user)),
        is_strict: args.strict,
    })
}

fn check_profile(found: &[Found], profile: Option<&str>) -> Result<(), CliError> {
    let known: Vec<&str> =
        found.iter().flat_map(|found| found.project().toml.profiles.keys()).map(String::as_str).collect();
    let wrong = unknown_names(profile, &known, |name| {
        format!("`--profile {name}`: no project here has [profiles.{name}]")
    });
    if wrong.is_empty() { Ok(()) } else { Err(CliError::Usage(wrong.join("\n"))) }
}

fn choose<'a>(
    args: &Args,
    which: &Which,
    entries: Vec<Entry<'a>>,
    console: Console,
) -> Result<Vec<Entry<'a>>, CliError> {
    let selection = Selection::new(&which.filters, &args.tag);
    check_tags(args, &entries)?;
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
        let is_meant = which.only.as_ref().is_none_or(|only| only.contains(&entry.of.project.dir));
        is_meant && selection.chooses(journey.name.as_str(), &journey.tags, enabled)
    };
    let (chosen, others): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| chooses(entry, entry.of.enabled));
    let disabled = others.iter().filter(|entry| chooses(entry, true)).count();
    let off = format!("{disabled} disabled in the project's file; `=NAME` runs one all the same");
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

/// A tag that no journey has is most likely misspelled.
fn check_tags(args: &Args, entries: &[Entry<'_>]) -> Result<(), CliError> {
    let known: BTreeSet<&str> =
        entries.iter().flat_map(|entry| &entry.of.journey.tags).map(String::as_str).collect();
    let known: Vec<&str> = known.into_iter().collect();
    let given = args.tag.iter().map(String::as_str);
    let wrong = unknown_names(given, &known, |name| format!("no journey has the tag `{name}`"));
    if wrong.is_empty() { Ok(()) } else { Err(CliError::Nothing(wrong.join("; "))) }
}

/// Those that failed when they last ran.
fn last_failed<'a>(chosen: Vec<Entry<'a>>, settings: &Settings) -> Result<Vec<Entry<'a>>, CliError> {
    let failed = |entry: &Entry<'_>| {
        let last = settings.last.as_ref().map(|last| last.read(&entry.of.project.dir));
        last.is_some_and(|failed| failed.contains(&entry.of.journey.name))
    };
    let all = chosen.len();
    let failed: Vec<Entry<'a>> = chosen.into_iter().filter(failed).collect();
    if failed.is_empty() {
        let what = format!("none of the {all} selected journeys failed when it last ran here");
        return Err(CliError::Nothing(format!("{what}: leave out `--last-failed` to run all")));
    }
    Ok(failed)
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
        format!("`-e {name}=…`: `{name}` is a secret: say under [secrets.{name}] in the project's file where it comes from")
    }));
    if wrong.is_empty() { Ok(()) } else { Err(CliError::Resolve(wrong.into_iter().collect())) }
}
