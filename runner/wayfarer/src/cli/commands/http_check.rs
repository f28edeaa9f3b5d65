//! `wayfarer http-check`: journeys that need no code and no toolchain.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;
use wayfarer_model::egress::HostPattern;
use wayfarer_sandbox::http_check::{JsonRule, Template};
use wayfarer_sandbox::net::Families;

use super::http_check_request::RequestArgs;
use super::http_check_save;
use crate::app;
use crate::author::check_file::{DraftCheck, DraftRequest, Names, host_of, literal, sealed};
use crate::author::deployable::Given;
use crate::author::report::KeptFiles;
use crate::author::session::{NetworkGiven, SessionPlan};
use crate::cli::CliError;
use crate::cli::catalogue::catalogue;
use crate::cli::controls::Controls;
use crate::cli::global::{Console, Global};
use crate::cli::source::Source;
use crate::cli::values::FailOn;
use crate::cli::walk::{self, Settings, runtime};
use crate::config::{
    FromText as _, HostTable, HttpCheckTable, JourneyToml, OneOrMany, Project, ScheduleChoice, StatusRule,
    Text, Texts, UrlText,
};
use crate::exit::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The URLs to request; their hosts are allowed, private addresses included
    #[arg(required = true, value_name = "URL", value_parser = Url::from_text)]
    urls: Vec<Url>,
    /// The expected statuses, such as `200,204` or `2xx`; by default 200 to 399
    #[arg(long, value_name = "STATUSES", value_parser = StatusRule::from_text)]
    status: Option<StatusRule>,
    /// A text that the body must contain, may be repeated
    #[arg(long, value_name = "TEXT")]
    contains: Vec<String>,
    /// A text that the body must not contain, may be repeated
    #[arg(long, value_name = "TEXT")]
    not_contains: Vec<String>,
    /// A value that the JSON body must have, such as `$.status == ok`; may be repeated
    #[arg(long = "json-path", visible_alias = "jsonpath", value_name = "RULE", value_parser = JsonRule::from_text)]
    json_path: Vec<JsonRule>,
    /// A time budget such as `500ms`; a slower run is degraded
    #[arg(long, value_name = "DURATION", value_parser = Duration::from_text)]
    max_latency: Option<Duration>,
    /// How many days the certificate must stay valid; if it expires earlier, the run is degraded
    #[arg(long, value_name = "DAYS")]
    certificate_days: Option<u32>,
    #[command(flatten)]
    request: RequestArgs,
    /// How many redirects to follow; by default 10
    #[arg(long, value_name = "N")]
    follow: Option<u32>,
    /// The longest time that an attempt may take
    #[arg(long, value_name = "DURATION", value_parser = Duration::from_text)]
    timeout: Option<Duration>,
    /// How many more attempts after a failed one; by default 0
    #[arg(long, value_name = "N")]
    retries: Option<u32>,
    /// A PEM file of certificate authorities to trust besides the system's; may be repeated
    #[arg(long, value_name = "FILE")]
    ca: Vec<PathBuf>,
    /// The name server to use instead of the system's
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = SocketAddr::from_text)]
    resolver: Option<SocketAddr>,
    /// Use only IPv4 addresses of the URLs' hosts
    #[arg(short = '4', long, conflicts_with = "ipv6")]
    ipv4: bool,
    /// Use only IPv6 addresses of the URLs' hosts
    #[arg(short = '6', long)]
    ipv6: bool,
    /// Accept any certificate of the URLs' hosts; the run's log says what is wrong with it
    #[arg(short = 'k', long)]
    insecure: bool,
    /// How long each of name, connection and handshake may take; by default as long as the attempt
    #[arg(long, value_name = "DURATION", value_parser = Duration::from_text)]
    connect_timeout: Option<Duration>,
    /// Also append the check to checks.toml in the current folder, by this name. Values that look like secrets are kept out: the file
    /// names variables for them
    #[arg(long, value_name = "NAME")]
    save: Option<String>,
    /// The schedule to save
    #[arg(long, value_name = "SCHEDULE", requires = "save", value_parser = ScheduleChoice::from_text)]
    schedule: Option<ScheduleChoice>,
    #[command(flatten)]
    controls: Controls,
    /// Report as `list` (the default), `json` or `junit`; add `=FILE` to write to a file; may be repeated
    #[arg(long, value_name = "KIND[=FILE]", env = "WAYFARER_REPORTER", value_delimiter = ',')]
    reporter: Vec<String>,
    /// Also exit with code 1 for runs like this; may be repeated
    #[arg(long, value_enum, value_name = "WHAT", env = "WAYFARER_FAIL_ON", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let sources = [Source { project: project(args)?, artefact: None }];
    let written = if args.reporter.is_empty() { &user.reporter } else { &args.reporter };
    let jobs = user.jobs.unwrap_or_else(walk::processors).max(1);
    let settings = Settings {
        plan: SessionPlan { jobs, repeat: 1, fails: FailOn::together(&args.fail_on) },
        reporters: walk::reporters(written.iter().map(String::as_str), global.json)?,
        network: NetworkGiven {
            allow: Vec::new(),
            resolver: args.resolver,
            controls: Some(args.controls.read()?),
        },
        with_requests: true,
        kept: KeptFiles::default(),
        last: None,
        is_strict: false,
    };
    if let Some(name) = &args.save {
        saved(name, args, console)?;
    }
    let given = Given { timeout: args.timeout, retries: args.retries, ..Given::default() };
    runtime()?.block_on(async {
        let app = app::author(global.cache_dir(&user), jobs)?;
        let entries = catalogue(&app, &sources, console).await?;
        walk::walk(app, &entries, &sources, &given, &settings, console).await
    })
}

/// The journey.toml that says the same as the flags.
fn project(args: &Args) -> Result<Project, CliError> {
    let mut toml = JourneyToml::default();
    let mut names = Names::default();
    for url in &args.urls {
        let name = names.next(url.host_str().unwrap_or("url"));
        let table = HttpCheckTable {
            url: Some(Text(UrlText(Template::literal(url.as_str())))),
            status: args.status.clone().map(Text),
            contains: Some(literals(&args.contains)),
            not_contains: Some(literals(&args.not_contains)),
            json_path: Some(OneOrMany(args.json_path.iter().cloned().map(Text).collect())),
            max_latency: args.max_latency.map(Text),
            certificate_days: args.certificate_days,
            follow: args.follow,
            connect_timeout: args.connect_timeout.map(Text),
            ..args.request.table()?
        };
        toml.http_checks.insert(name, table);
    }
    toml.network.tls.ca.clone_from(&args.ca);
    toml.network.host.extend(host(args));
    let dir = std::env::current_dir().map_err(anyhow::Error::from)?;
    Ok(Project { dir, file: None, toml })
}

fn literals(texts: &[String]) -> Texts {
    Texts(texts.iter().map(Template::literal).collect())
}

/// Writes the check of the flags into the file of checks.
fn saved(name: &str, args: &Args, console: Console) -> Result<(), CliError> {
    let [url] = args.urls.as_slice() else {
        return Err(CliError::Usage("`--save` names one check: give it one URL".to_owned()));
    };
    let mut file = http_check_save::draft();
    let raw = args.request.raw(url.as_str())?;
    let sealed = sealed(&mut file, name, &raw)
        .map_err(|why| CliError::Usage(format!("`{name}` cannot be saved: {why}")))?;
    let texts = |texts: &[String]| texts.iter().map(|text| literal(text)).collect();
    let request = DraftRequest {
        status: args.status.as_ref().map(StatusRule::to_text),
        contains: texts(&args.contains),
        not_contains: texts(&args.not_contains),
        json_path: args.json_path.iter().map(JsonRule::to_text).collect(),
        max_latency: args.max_latency.map(|limit| limit.to_text()),
        certificate_days: args.certificate_days,
        follow: args.follow,
        connect_timeout: args.connect_timeout.map(|limit| limit.to_text()),
        family: if args.ipv4 { Some("ipv4") } else { args.ipv6.then_some("ipv6") },
        ..sealed
    };
    let check = DraftCheck {
        requests: vec![request],
        schedule: args.schedule.as_ref().map(ScheduleChoice::to_text),
        timeout: args.timeout.map(|limit| limit.to_text()),
        retries: args.retries,
        ..DraftCheck::default()
    };
    if args.insecure
        && let Some(host) = host_of(url)
    {
        file.host(&host).insecure = true;
    }
    if args.resolver.is_some() {
        file.note("`--resolver` is not saved: write `resolver` under [network]");
    }
    file.authorities = args.ca.iter().map(|path| path.display().to_string()).collect();
    http_check_save::save(name, file, check, console)
}

/// What the flags say of the URLs' hosts; none if nothing.
fn host(args: &Args) -> Option<HostTable> {
    let family = match (args.ipv4, args.ipv6) {
        (true, _) => Some(Text(Families::Ipv4)),
        (_, true) => Some(Text(Families::Ipv6)),
        (false, false) => None,
    };
    let hosts = args.urls.iter().filter_map(|url| {
        let host = url.host_str()?.trim_matches(['[', ']']);
        HostPattern::named(host, url.port_or_known_default()?).ok().map(Text)
    });
    let table = HostTable { hosts: hosts.collect(), family, insecure: args.insecure, ..HostTable::default() };
    (args.insecure || table.family.is_some()).then_some(table)
}
