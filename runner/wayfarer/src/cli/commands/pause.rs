//! `wayfarer pause` and `wayfarer resume`.

use reqwest::Method;
use serde_json::json;
use wayfarer_model::ids::JourneyName;

use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::walk::runtime;
use crate::exit::Exit;
use crate::protocol::{Changed, PauseRequest};

#[derive(Debug, clap::Args)]
pub(super) struct PauseArgs {
    /// The journey's name
    #[arg(value_name = "JOURNEY")]
    journey: JourneyName,
    /// A note for others: why the journey is paused
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct ResumeArgs {
    /// The journey's name
    #[arg(value_name = "JOURNEY")]
    journey: JourneyName,
}

pub(super) fn pause(global: &Global, args: &PauseArgs) -> Result<Exit, CliError> {
    let note = PauseRequest { note: args.note.clone() };
    change(global, &args.journey, "pause", &note, ["is paused: its slots are skipped", "was paused already"])
}

pub(super) fn resume(global: &Global, args: &ResumeArgs) -> Result<Exit, CliError> {
    let nothing = PauseRequest::default();
    change(global, &args.journey, "resume", &nothing, ["runs again from its next slot", "was not paused"])
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
