//! `wayfarer pause` and `wayfarer resume`.

use reqwest::Method;
use serde_json::json;
use wayfarer_model::ids::JourneyName;

use super::CliError;
use super::global::Global;
use super::walk::runtime;
use crate::exit::Exit;
use crate::protocol::{Changed, PauseRequest};

/// Arguments of `pause`.
#[derive(Debug, clap::Args)]
pub(super) struct PauseArgs {
    /// The journey
    #[arg(value_name = "JOURNEY")]
    journey: JourneyName,
    /// Why, for those who wonder
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
}

/// Arguments of `resume`.
#[derive(Debug, clap::Args)]
pub(super) struct ResumeArgs {
    /// The journey
    #[arg(value_name = "JOURNEY")]
    journey: JourneyName,
}

/// Pauses.
pub(super) fn pause(global: &Global, args: &PauseArgs) -> Result<Exit, CliError> {
    let note = PauseRequest { note: args.note.clone() };
    change(global, &args.journey, "pause", &note, ["is paused: its slots are skipped", "was paused already"])
}

/// Resumes.
pub(super) fn resume(global: &Global, args: &ResumeArgs) -> Result<Exit, CliError> {
    let nothing = PauseRequest::default();
    change(global, &args.journey, "resume", &nothing, ["runs again from its next slot on", "was not paused"])
}

fn change(
    global: &Global,
    journey: &JourneyName,
    verb: &str,
    body: &PauseRequest,
    [changed, already]: [&str; 2],
) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let client = global.client(&user)?;
    let path = format!("journeys/{journey}/{verb}");
    let query = global.tenant_query(&user);
    let answer: Changed = runtime()?.block_on(client.send(Method::POST, &path, &query, body))?;
    if console.json {
        console.print_json(&json!(answer));
    } else {
        console.say(&format!("{journey} {}", if answer.changed { changed } else { already }));
    }
    Ok(Exit::Passed)
}
