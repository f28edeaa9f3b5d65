//! `wayfarer runs void` and `wayfarer runs unvoid`: take runs out of the rates where the runner was at fault, and put them back.

use reqwest::Method;
use serde_json::json;
use wayfarer_model::ids::{JourneyName, RunId};

use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::values::{When, when};
use crate::cli::walk::runtime;
use crate::client::Query;
use crate::clock::now;
use crate::exit::Exit;
use crate::protocol::{VoidInfo, VoidRequest};

#[derive(Debug, clap::Args)]
pub(super) struct Void {
    #[command(flatten)]
    runs: Chosen,
    /// Why these runs do not count, for whoever reads the rates
    #[arg(long, value_name = "TEXT")]
    note: String,
}

/// Runs of one tenant. Only those that rates count, or that a person took out, are changed.
#[derive(Debug, clap::Args)]
pub(super) struct Chosen {
    /// The runs' ids, as `wayfarer runs` shows them
    #[arg(value_name = "RUN", required_unless_present = "since", conflicts_with_all = ["since", "until", "journey"])]
    runs: Vec<RunId>,
    /// The runs with slots since then: a duration such as `2h`, a date, or RFC 3339
    #[arg(long, value_name = "WHEN", value_parser = when)]
    since: Option<When>,
    /// The runs with slots before then; by default now
    #[arg(long, value_name = "WHEN", value_parser = when, requires = "since")]
    until: Option<When>,
    /// Only runs of this journey; by default those of every journey of the tenant
    #[arg(long, value_name = "NAME", requires = "since")]
    journey: Option<JourneyName>,
    /// Show which runs would be changed, and change none
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn void(global: &Global, args: &Void) -> Result<Exit, CliError> {
    send(global, "runs/void", &args.runs, &args.note, ("voided", "would void"))
}

pub(super) fn unvoid(global: &Global, args: &Chosen) -> Result<Exit, CliError> {
    send(global, "runs/unvoid", args, "", ("put back", "would put back"))
}

/// `verbs` say what was done, and what would be.
fn send(
    global: &Global,
    path: &str,
    chosen: &Chosen,
    note: &str,
    verbs: (&str, &str),
) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let at = |when: Option<When>| when.map(|when| when.at(now()).0);
    let request = VoidRequest {
        tenant: global.tenant(&user),
        runs: chosen.runs.clone(),
        journey: chosen.journey.clone(),
        since_ms: at(chosen.since),
        until_ms: at(chosen.until),
        note: note.to_owned(),
        dry_run: chosen.dry_run,
    };
    let client = global.client(&user)?;
    let info: VoidInfo =
        runtime()?.block_on(client.send(Method::POST, path, &Query::new(), &Some(request)))?;
    if console.json {
        console.print_json(&json!(info));
    } else {
        let verb = if info.dry_run { verbs.1 } else { verbs.0 };
        console.print(&format!("{}\n", sentence(verb, &info)));
    }
    Ok(Exit::Passed)
}

fn sentence(verb: &str, info: &VoidInfo) -> String {
    let verdicts: Vec<String> =
        info.verdicts.iter().map(|(verdict, runs)| format!("{runs} {verdict}")).collect();
    let runs = if info.runs == 1 { "1 run".to_owned() } else { format!("{} runs", info.runs) };
    format!("{verb} {runs} of {}: {}", info.journeys.join(", "), verdicts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_was_changed() {
        let info = |verdicts: &[(&str, u64)], journeys: &[&str]| VoidInfo {
            runs: verdicts.iter().map(|(_, runs)| runs).sum(),
            verdicts: verdicts.iter().map(|(verdict, runs)| ((*verdict).to_owned(), *runs)).collect(),
            journeys: journeys.iter().map(|name| (*name).to_owned()).collect(),
            dry_run: false,
        };
        let one = sentence("voided", &info(&[("failed", 1)], &["checkout"]));
        assert_eq!(one, "voided 1 run of checkout: 1 failed");
        let many = sentence("would void", &info(&[("passed", 40), ("failed", 2)], &["checkout", "search"]));
        assert_eq!(many, "would void 42 runs of checkout, search: 2 failed, 40 passed");
    }
}
