//! `wayfarer trigger`: runs deployed journeys now, waits for their results, and reports them as `test` does.
//!
//! Everything is checked before the first run is asked for. A run that the server refuses is an error beside the others.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use wayfarer_model::ids::{JourneyName, RunId, TenantName};
use wayfarer_model::units::UnixMillis;

use super::trigger_report::Told;
use crate::author::session::{FailOn as Fails, unknown_names};
use crate::cli::CliError;
use crate::cli::global::{Console, Global};
use crate::cli::values::{FailOn, pair};
use crate::cli::walk::{reporters, runtime};
use crate::client::{Client, ClientError, Query};
use crate::clock::Stopwatch;
use crate::config::FromText as _;
use crate::exit::Exit;
use crate::protocol::{JourneyInfo, RunInFull, TriggerRequest, TriggeredInfo};

/// Pause between two looks for runs in flight: first, and at most.
const POLL: Duration = Duration::from_millis(50);
const LONGEST_POLL: Duration = Duration::from_secs(1);
/// A person learns that runs are under way only if these take long.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The whole names of deployed journeys; `_` may stand for `-`
    #[arg(value_name = "JOURNEY", required_unless_present = "tag")]
    journeys: Vec<String>,
    /// Run the journeys with this tag; with names, those of them that have it; may be repeated
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Set a parameter for these runs alone, may be repeated
    #[arg(short = 'e', long = "param", value_name = "KEY=VALUE", value_parser = pair)]
    params: Vec<(String, String)>,
    /// Wait for the results, which is the default; with `=DURATION` that long at most
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "1000h",
        value_parser = Duration::from_text, conflicts_with = "no_wait")]
    wait: Option<Duration>,
    /// Print the runs' ids and do not wait for the results
    #[arg(long)]
    no_wait: bool,
    /// Report as `list` (the default), `json`, `junit` or `github`; add `=FILE` to write to a file; may be repeated
    #[arg(long, value_name = "KIND[=FILE]", env = "WAYFARER_REPORTER", value_delimiter = ',')]
    reporter: Vec<String>,
    /// Also exit with code 1 for runs like this; may be repeated
    #[arg(long, value_enum, value_name = "WHAT", env = "WAYFARER_FAIL_ON", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
}

/// One run to be asked for.
struct Wanted {
    journey: JourneyName,
    query: Query,
    params: BTreeMap<String, String>,
}

/// One run that was asked for.
struct Asked {
    journey: JourneyName,
    run: RunId,
    slot: UnixMillis,
    query: Query,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let (client, query) = (global.client(&user)?, global.tenant_query(&user));
    let choices = reporters(args.reporter.iter().map(String::as_str), console.json)?;
    runtime()?.block_on(async {
        let watch = Stopwatch::start();
        let wanted = wanted(&client, &query, args).await?;
        if args.no_wait {
            let (asked, refused) = ask(&client, wanted).await;
            print_ids(console, &asked);
            return end(global, Exit::Passed, refused);
        }
        let mut told = Told::open(&choices, (console, Fails::from(args)), wanted.len())?;
        let (asked, refused) = ask(&client, wanted).await;
        let late = follow(&client, asked, (args.wait, console), |full| told.run(full)).await?;
        let exit = told.close(watch.elapsed())?;
        if late > 0 {
            console
                .say(&format!("{late} runs have not ended within `--wait`; `wayfarer runs` will show them"));
            return end(global, exit.worse(Exit::Inconclusive), refused);
        }
        end(global, exit, refused)
    })
}

impl From<&Args> for Fails {
    fn from(args: &Args) -> Self {
        FailOn::together(&args.fail_on)
    }
}

/// Shows what the server refused. A single refusal ends the command as if it stood alone.
fn end(global: &Global, exit: Exit, mut refused: Vec<CliError>) -> Result<Exit, CliError> {
    if refused.len() == 1
        && matches!(exit, Exit::Passed | Exit::Nothing)
        && let Some(error) = refused.pop()
    {
        return Err(error);
    }
    for error in &refused {
        global.show_error(error);
    }
    Ok(refused.iter().fold(exit, |exit, error| exit.worse(error.exit())))
}

/// What the arguments mean. Without tags and parameters a single name is the server's to know.
async fn wanted(client: &Client, query: &Query, args: &Args) -> Result<Vec<Wanted>, CliError> {
    let names: Vec<String> = args.journeys.iter().map(|name| name.replace('_', "-")).collect();
    if let ([name], [], []) = (names.as_slice(), args.tag.as_slice(), args.params.as_slice()) {
        let journey = name
            .parse()
            .map_err(|error: wayfarer_model::ids::NameError| CliError::Usage(error.to_string()))?;
        return Ok(vec![Wanted { journey, query: query.clone(), params: BTreeMap::new() }]);
    }
    let deployed: Vec<JourneyInfo> = client.get("journeys", query).await?;
    let known: Vec<&str> = deployed.iter().map(|info| info.journey.as_str()).collect();
    let mut wrong = unknown_names(names.iter().map(String::as_str), &known, |name| {
        format!("no journey `{name}` is deployed")
    });
    let tags: Vec<&str> = tags(&deployed);
    wrong.extend(unknown_names(args.tag.iter().map(String::as_str), &tags, |tag| {
        format!("no deployed journey has the tag `{tag}`")
    }));
    if !wrong.is_empty() {
        return Err(CliError::Nothing(wrong.join("; ")));
    }
    let is_meant = |info: &&JourneyInfo| {
        let tags = &info.spec.descriptor.tags;
        (names.is_empty() || names.iter().any(|name| name == info.journey.as_str()))
            && (args.tag.is_empty() || tags.iter().any(|tag| args.tag.contains(tag)))
    };
    let chosen: Vec<&JourneyInfo> = deployed.iter().filter(is_meant).collect();
    if chosen.is_empty() {
        return Err(CliError::Nothing("none of these journeys has one of these tags".to_owned()));
    }
    check_tenants(&names, &chosen)?;
    check_params(&chosen, args)?;
    Ok(chosen.into_iter().map(|info| of_journey(info, args)).collect())
}

fn tags(deployed: &[JourneyInfo]) -> Vec<&str> {
    let mut tags: Vec<&str> =
        deployed.iter().flat_map(|info| &info.spec.descriptor.tags).map(String::as_str).collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// A name is that of one journey. Only an operator sees several tenants.
fn check_tenants(names: &[String], chosen: &[&JourneyInfo]) -> Result<(), CliError> {
    for name in names {
        let tenants: Vec<&TenantName> =
            chosen.iter().filter(|info| info.journey.as_str() == name).map(|info| &info.tenant).collect();
        if let [one, other, ..] = tenants.as_slice() {
            let what = format!("tenants `{one}` and `{other}` both have a journey `{name}`");
            return Err(CliError::Usage(format!("{what}: name the tenant with `--tenant`")));
        }
    }
    Ok(())
}

fn check_params(chosen: &[&JourneyInfo], args: &Args) -> Result<(), CliError> {
    let known: Vec<&str> = chosen.iter().flat_map(|info| params(info)).collect();
    let given = args.params.iter().map(|(name, _)| name.as_str());
    let wrong = unknown_names(given, &known, |name| {
        format!("`-e {name}=…`: no selected journey has a parameter `{name}`")
    });
    if wrong.is_empty() { Ok(()) } else { Err(CliError::Usage(wrong.join("\n"))) }
}

fn params(info: &JourneyInfo) -> impl Iterator<Item = &str> {
    info.spec.descriptor.parameters.iter().map(|parameter| parameter.name.as_str())
}

/// Each journey gets the parameters that it has.
fn of_journey(info: &JourneyInfo, args: &Args) -> Wanted {
    let own = args.params.iter().filter(|(name, _)| params(info).any(|known| known == name));
    Wanted {
        journey: info.journey.clone(),
        query: vec![("tenant", info.tenant.to_string())],
        params: own.cloned().collect(),
    }
}

/// Asks for all of them, in order.
async fn ask(client: &Client, wanted: Vec<Wanted>) -> (Vec<Asked>, Vec<CliError>) {
    let (mut asked, mut refused) = (Vec::new(), Vec::new());
    for Wanted { journey, query, params } in wanted {
        let path = format!("journeys/{journey}/trigger");
        let body = TriggerRequest { params };
        let info: Result<TriggeredInfo, ClientError> = client.send(Method::POST, &path, &query, &body).await;
        match info {
            Ok(info) => {
                asked.push(Asked { journey, run: info.run, slot: UnixMillis(info.slot_ms), query });
            }
            Err(error) => refused.push(error.into()),
        }
    }
    (asked, refused)
}

fn print_ids(console: Console, asked: &[Asked]) {
    if console.json {
        let info = |one: &Asked| json!({"journey": one.journey, "run": one.run, "slot_ms": one.slot});
        console.print_json(&Value::from(asked.iter().map(info).collect::<Vec<_>>()));
        return;
    }
    for one in asked {
        let name = if asked.len() > 1 { format!("  {}", one.journey) } else { String::new() };
        console.print(&format!("{}{name}\n", one.run));
    }
}

/// Passes each run on as soon as it has ended. Returns how many had not when the time was over.
async fn follow(
    client: &Client,
    mut asked: Vec<Asked>,
    (longest, console): (Option<Duration>, Console),
    mut ended: impl FnMut(RunInFull),
) -> Result<usize, CliError> {
    let watch = Stopwatch::start();
    let (mut pause, mut is_said) = (POLL, false);
    loop {
        let mut waiting = Vec::new();
        for one in asked {
            match client.get::<RunInFull>(&format!("runs/{}", one.run), &one.query).await {
                Ok(full) => ended(full),
                Err(error) if error.is_not_found() => waiting.push(one),
                Err(error) => return Err(error.into()),
            }
        }
        asked = waiting;
        if asked.is_empty() || longest.is_some_and(|longest| watch.elapsed() >= longest) {
            return Ok(asked.len());
        }
        if !is_said && watch.elapsed() > PATIENCE {
            console.say(&format!("{} runs are still in flight; Ctrl-C does not cancel them", asked.len()));
            is_said = true;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_POLL);
    }
}
