//! `wayfarer deploy`: builds projects, uploads missing components, and sends the journeys to the server.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use wayfarer_model::ids::ComponentDigest;
use wayfarer_model::provenance::Provenance;
use wayfarer_model::schedule::Expression;
use wayfarer_model::text::printable;

use crate::app;
use crate::author::deployable::{Candidate, Deployable, Given, deployable};
use crate::author::report::Detail;
use crate::author::revision::revision;
use crate::cli::CliError;
use crate::cli::catalogue::{Entry, catalogue};
use crate::cli::global::{Console, Global};
use crate::cli::source::{Source, is_project_file, sources};
use crate::cli::values::pair;
use crate::cli::walk::runtime;
use crate::client::{Client, Query};
use crate::clock::now;
use crate::config::read_env_file;
use crate::exit::Exit;
use crate::protocol::{ChangeInfo, ChangeKind, ComponentInfo, DeployInfo, DeployRequest};
use crate::runnable::JourneyCode;
use crate::view::upcoming;

/// The server compiles an upload before it answers, once it is the tenant's turn; a component with a large runtime takes long.
const UPLOAD_TIMEOUT: Duration = Duration::from_mins(15);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of checks without code, such as checks.toml
    #[arg(value_name = "FILE.toml")]
    files: Vec<PathBuf>,
    /// A project's folder, may be repeated; by default the nearest one with a journey.toml or checks.toml, from the current folder upward
    #[arg(short = 'C', long, value_name = "DIR")]
    project: Vec<PathBuf>,
    /// A built component, may be repeated; a journey.toml beside it is read
    #[arg(long, value_name = "FILE.wasm")]
    component: Vec<PathBuf>,
    /// Deploy what the last build made, without building
    #[arg(long)]
    no_build: bool,
    /// Show what would change; upload and change nothing
    #[arg(long)]
    preview: bool,
    /// Remove the tenant's journeys that are not in these projects
    #[arg(long)]
    prune: bool,
    /// The revision of the source that this is; by default git's, of the first project
    #[arg(long, value_name = "TEXT", env = "WAYFARER_REVISION")]
    revision: Option<String>,
    /// Note something else about where this comes from, such as `pipeline=1017`; may be repeated
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = pair)]
    labels: Vec<(String, String)>,
    /// Set a parameter, may be repeated
    #[arg(short = 'e', long = "param", value_name = "KEY=VALUE", value_parser = pair)]
    params: Vec<(String, String)>,
    /// Read parameters from a file of KEY=VALUE lines
    #[arg(long, value_name = "FILE", env = "WAYFARER_ENV_FILE")]
    env_file: Option<PathBuf>,
    /// Use the parameters of [profiles.NAME] in the project's file
    #[arg(long, value_name = "NAME", env = "WAYFARER_PROFILE")]
    profile: Option<String>,
    /// Give every journey this schedule instead of its own, to try it out
    #[arg(long, value_name = "EXPR", value_parser = str::parse::<Expression>)]
    schedule: Option<Expression>,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let env_file = args.env_file.as_deref().map(read_env_file).transpose()?.unwrap_or_default();
    let given = Given {
        params: args.params.iter().cloned().collect(),
        env_file,
        profile: args.profile.clone(),
        ..Given::default()
    };
    let given_provenance = Provenance {
        revision: args.revision.clone().filter(|text| !text.is_empty()),
        labels: args.labels.iter().cloned().collect(),
    };
    given_provenance.check().map_err(|error| CliError::Usage(error.to_string()))?;
    if let Some(other) = args.files.iter().find(|file| !is_project_file(file)) {
        return Err(CliError::Usage(format!(
            "{} is no file of checks, which ends with `.toml`: name a project's folder with `-C`, a component with `--component`",
            other.display()
        )));
    }
    let projects = [args.project.as_slice(), &args.files].concat();
    let sources = sources(&projects, &args.component, args.no_build, console)?;
    let (client, tenant) = (global.client(&user)?, global.tenant_query(&user));
    runtime()?.block_on(async {
        let app = app::author(global.cache_dir(&user), 1)?;
        let entries = catalogue(&app, &sources, console).await?;
        let (specs, notes, files) = versions(&entries, &sources, &given, args)?;
        for note in &notes {
            console.say(note);
        }
        for (digest, wasm) in files {
            upload(&client, &tenant, (digest, wasm), args.preview, console).await?;
        }
        // A revision that was given, even an empty one, is the person's word.
        let by_git = || sources.iter().find_map(|source| revision(&source.project.dir));
        let Provenance { revision, labels } = given_provenance;
        let revision = if args.revision.is_some() { revision } else { by_git() };
        let journeys = specs.into_iter().map(Into::into).collect();
        let request = DeployRequest { journeys, preview: args.preview, prune: args.prune, revision, labels };
        let info: DeployInfo = client.send(Method::POST, "deployments", &tenant, &request).await?;
        print(console, &info, args.preview);
        Ok(Exit::Passed)
    })
}

type Versions<'a> =
    (Vec<wayfarer_model::deployment::JourneySpec>, Vec<String>, BTreeMap<ComponentDigest, &'a [u8]>);

fn versions<'a>(
    entries: &[Entry<'_>],
    sources: &'a [Source],
    given: &Given,
    args: &Args,
) -> Result<Versions<'a>, CliError> {
    let digest = |entry: &Entry<'_>| match &*entry.code {
        JourneyCode::Guest(component) => Some(component.digest()),
        JourneyCode::HttpCheck(_) => None,
    };
    let candidates: Vec<Candidate<'_>> =
        entries.iter().map(|entry| Candidate { of: &entry.of, component: digest(entry) }).collect();
    let Deployable { mut specs, notes } = deployable(&candidates, given)?;
    if let Some(schedule) = &args.schedule {
        for spec in &mut specs {
            spec.descriptor.schedule = Some(schedule.to_string());
            match &mut spec.timing {
                Some(timing) => timing.schedule = schedule.clone(),
                None => spec.timing = Some(wayfarer_model::deployment::Timing::of(schedule.clone())),
            }
        }
    }
    if specs.is_empty() {
        return Err(CliError::Nothing(
            "there is no journey to deploy: the projects have no enabled journey".to_owned(),
        ));
    }
    let mut files = BTreeMap::new();
    for entry in entries {
        let file = sources.iter().find(|source| std::ptr::eq(&raw const source.project, entry.of.project));
        if let (Some(digest), Some(artefact)) =
            (digest(entry), file.and_then(|source| source.artefact.as_ref()))
        {
            files.insert(digest, artefact.wasm.as_slice());
        }
    }
    Ok((specs, notes, files))
}

/// Uploads a component that the tenant has not uploaded before. A preview only says so.
async fn upload(
    client: &Client,
    tenant: &Query,
    (digest, wasm): (ComponentDigest, &[u8]),
    preview: bool,
    console: Console,
) -> Result<(), CliError> {
    let path = format!("components/{digest}");
    match client.get::<ComponentInfo>(&path, tenant).await {
        Ok(_) => return Ok(()),
        Err(error) if error.is_not_found() => {}
        Err(error) => return Err(error.into()),
    }
    let what = format!("{} ({})", short(digest), wayfarer_model::units::Bytes(wasm.len() as u64));
    if preview {
        console.say(&format!("would upload {what}"));
        return Ok(());
    }
    console.say(&format!("uploading {what}"));
    let _: ComponentInfo = client.upload(&path, tenant, wasm.to_vec(), UPLOAD_TIMEOUT).await?;
    Ok(())
}

fn short(digest: ComponentDigest) -> String {
    digest.to_string().chars().take(12).collect()
}

fn print(console: Console, info: &DeployInfo, preview: bool) {
    if console.json {
        console.print_json(&json!(info));
        return;
    }
    let mut text = String::new();
    for change in &info.changes {
        text.push_str(&shown(console, change));
    }
    console.print(&text);
    for warning in &info.warnings {
        console.say(&format!("note: {warning}"));
    }
    let count = |kind| info.changes.iter().filter(|change| change.kind == kind).count();
    let counts = [
        (count(ChangeKind::Added), "added"),
        (count(ChangeKind::Changed), "changed"),
        (count(ChangeKind::Removed), "removed"),
        (count(ChangeKind::Unchanged), "unchanged"),
        (count(ChangeKind::Left), "left alone"),
    ];
    let words: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let prefix = if preview { "would be: " } else { "" };
    console.print(&format!("{}{}\n", console.out.bold(prefix), words.join(", ")));
    if count(ChangeKind::Left) > 0 {
        console
            .say("deployed journeys that are not in these projects were left alone; `--prune` removes them");
    }
}

fn shown(console: Console, change: &ChangeInfo) -> String {
    let style = console.out;
    let (mark, what) = match change.kind {
        ChangeKind::Added => (style.good("+"), "added".to_owned()),
        ChangeKind::Changed => (style.odd("~"), format!("changed: {}", change.what.join("; "))),
        ChangeKind::Removed => (style.bad("-"), "removed".to_owned()),
        ChangeKind::Unchanged => (" ".to_owned(), "unchanged".to_owned()),
        ChangeKind::Left => (" ".to_owned(), "not in these projects".to_owned()),
    };
    let is_news = matches!(change.kind, ChangeKind::Added | ChangeKind::Changed);
    let due = match (&change.schedule, upcoming(&change.next, &change.next_ms, now())) {
        _ if !is_news => String::new(),
        (None, _) => "; no schedule: runs only when triggered".to_owned(),
        (Some(schedule), Some(next)) => format!("; `{}`, {next}", printable(schedule)),
        (Some(schedule), None) => format!("; `{}`, never due here", printable(schedule)),
    };
    let mut text = format!("{mark} {}  {}{due}\n", style.bold(change.journey.as_str()), style.dim(&what));
    if console.detail == Detail::Full {
        for at in &change.next {
            text = format!("{text}      {}\n", style.dim(at));
        }
    }
    text
}
