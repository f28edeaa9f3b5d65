//! `wayfarer clock`: a server's clock, and the word of a person that the wall clock is right.

use reqwest::Method;
use serde_json::json;
use wayfarer_model::units::{Micros, UnixMillis};

use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::walk::runtime;
use crate::client::Query;
use crate::exit::Exit;
use crate::protocol::{Changed, ClockInfo, PauseRequest};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show the time that the server goes by, and whether the wall clock has stepped (the default)
    Show,
    /// After a step: say that the wall clock is right as it is now
    Accept {
        /// A note for others: why it is right
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    match &args.what {
        None | Some(What::Show) => show(global),
        Some(What::Accept { note }) => accept(global, note),
    }
}

fn show(global: &Global) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let client = global.client(&user)?;
    let clock: ClockInfo = runtime()?.block_on(client.get("clock", &Query::new()))?;
    if console.json {
        console.print_json(&json!(clock));
        return Ok(Exit::Passed);
    }
    let now = UnixMillis(clock.now_ms).rfc3339();
    let line = match clock.step {
        None => format!("{now}: the wall clock is right\n"),
        Some(step) => {
            let direction = if step.by_ms > 0 { "ahead" } else { "behind" };
            let by = Micros(step.by_ms.unsigned_abs().saturating_mul(1_000));
            let lasts = Micros(step.lasts_ms.saturating_mul(1_000));
            let text = format!("{now}: the wall clock has been {by} {direction} for {lasts}");
            format!("{}: set it right, or run `wayfarer clock accept`\n", console.out.bad(&text))
        }
    };
    console.print(&line);
    Ok(Exit::Passed)
}

fn accept(global: &Global, note: &str) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let client = global.client(&user)?;
    let request = PauseRequest { note: note.to_owned() };
    let answer: Changed =
        runtime()?.block_on(client.send(Method::POST, "clock/accept", &Query::new(), &request))?;
    if console.json {
        console.print_json(&json!(answer));
    } else if answer.changed {
        console.say("the server believes the wall clock and follows it within seconds");
    } else {
        console.say("the wall clock has not stepped: nothing to accept");
    }
    Ok(Exit::Passed)
}
