//! `wayfarer incidents`: what fails, since when, and what people do about it.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::units::{UnixMillis, parse_duration};

use super::incident_replay;
use crate::author::report::Style;
use crate::cli::CliError;
use crate::cli::global::{Console, Global};
use crate::cli::table::{Cell, Table};
use crate::cli::walk::runtime;
use crate::client::Query;
use crate::clock::now;
use crate::exit::Exit;
use crate::protocol::{
    IncidentAction, IncidentDetail, IncidentEventInfo, IncidentInfo, IncidentRequest, IncidentState,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List open incidents
    List {
        /// Also list incidents that are over
        #[arg(long)]
        all: bool,
        /// Only those of this journey
        #[arg(long, value_name = "NAME")]
        journey: Option<JourneyName>,
        /// Only incidents with a smaller number, to go on where a list ended
        #[arg(long, value_name = "INCIDENT")]
        before: Option<i64>,
        /// The most incidents to list
        #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
        limit: u32,
    },
    /// Show an incident and its time line
    Show {
        /// The incident's number, as `incidents list` shows it
        #[arg(value_name = "INCIDENT")]
        incident: i64,
    },
    /// Say that you work on an incident: until it is over, or for a while
    Ack {
        #[arg(value_name = "INCIDENT")]
        incident: i64,
        /// How long the acknowledgement lasts, such as `2h`; by default until the incident is over
        #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
        lasts: Option<Duration>,
        /// A note for others
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Have nobody told of an incident for a while
    Mute {
        #[arg(value_name = "INCIDENT")]
        incident: i64,
        /// How long, such as `2h`
        #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
        lasts: Duration,
        /// A note for others: why
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Write a note into an incident's time line
    Note {
        #[arg(value_name = "INCIDENT")]
        incident: i64,
        /// The note
        #[arg(value_name = "TEXT", required_unless_present = "post_mortem", default_value = "")]
        note: String,
        /// Where its analysis can be read
        #[arg(long, value_name = "URL", conflicts_with = "note")]
        post_mortem: Option<String>,
    },
    /// Write words for the public: the tenant's status page shows them
    Publish {
        #[arg(value_name = "INCIDENT")]
        incident: i64,
        /// What everybody may read
        #[arg(value_name = "TEXT")]
        note: String,
    },
    /// Show which incidents a rule would have opened on the history of this machine's data directory
    Replay(incident_replay::Args),
    /// Say that an incident is over; if the journey goes on failing, another one opens
    Resolve {
        #[arg(value_name = "INCIDENT")]
        incident: i64,
        /// A note for others
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let later =
        |lasts: Duration| now().0.saturating_add(u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX));
    let change = |action, note: &str, lasts: Option<Duration>, post_mortem: Option<String>| IncidentRequest {
        action,
        note: note.to_owned(),
        until_ms: lasts.map(later),
        post_mortem,
    };
    let (incident, request) = match &args.what {
        What::List { all, journey, before, limit } => {
            let mut query = global.tenant_query(&user);
            query.push(("past", all.to_string()));
            query.push(("limit", limit.to_string()));
            query.extend(journey.as_ref().map(|journey| ("journey", journey.to_string())));
            query.extend(before.map(|before| ("before", before.to_string())));
            let client = global.client(&user)?;
            let incidents: Vec<IncidentInfo> = runtime()?.block_on(client.get("incidents", &query))?;
            list(console, &incidents);
            if let Some(last) = incidents.last().filter(|_| incidents.len() == *limit as usize) {
                console.say(&format!("there may be more: `--before {}` goes on", last.incident));
            }
            return Ok(Exit::Passed);
        }
        What::Show { incident } => (*incident, None),
        What::Replay(args) => return incident_replay::run(global, args),
        What::Ack { incident, lasts, note } => {
            (*incident, Some(change(IncidentAction::Acknowledge, note, *lasts, None)))
        }
        What::Mute { incident, lasts, note } => {
            (*incident, Some(change(IncidentAction::Mute, note, Some(*lasts), None)))
        }
        What::Note { incident, note, post_mortem } => {
            (*incident, Some(change(IncidentAction::Note, note, None, post_mortem.clone())))
        }
        What::Publish { incident, note } => {
            (*incident, Some(change(IncidentAction::Publish, note, None, None)))
        }
        What::Resolve { incident, note } => {
            (*incident, Some(change(IncidentAction::Resolve, note, None, None)))
        }
    };
    let (client, path) = (global.client(&user)?, format!("incidents/{incident}"));
    let found: IncidentDetail = runtime()?.block_on(async {
        match &request {
            None => client.get(&path, &Query::new()).await,
            Some(request) => client.send(Method::POST, &path, &Query::new(), request).await,
        }
    })?;
    show(console, &found);
    Ok(Exit::Passed)
}

fn list(console: Console, incidents: &[IncidentInfo]) {
    if console.json {
        console.print_json(&json!(incidents));
        return;
    }
    if incidents.is_empty() {
        console.say("no incidents");
        return;
    }
    let style = console.out;
    let heading = ["id", "tenant", "journey", "kind", "state", "opened", "lasts", "looks", "says"];
    let mut table = Table::new(style, &heading);
    for incident in incidents {
        table.row([
            incident.incident.to_string().into(),
            incident.tenant.as_ref().map_or("-", TenantName::as_str).into(),
            incident.journey.as_ref().map_or(of_no_journey(incident), JourneyName::as_str).into(),
            incident.kind.as_str().into(),
            Cell::painted(&state(style, incident)),
            UnixMillis(incident.opened_ms / 1_000 * 1_000).rfc3339().into(),
            lasts(incident).into(),
            looks(incident).into(),
            incident.message.as_deref().unwrap_or("").into(),
        ]);
    }
    console.print(&table.text());
}

/// What it is of, where that is no journey.
fn of_no_journey(incident: &IncidentInfo) -> &str {
    if incident.subject.is_empty() { "the runner" } else { &incident.subject }
}

fn looks(incident: &IncidentInfo) -> String {
    match incident.looks {
        0 => "-".to_owned(),
        looks => format!("{} of {looks} bad", incident.bad_looks),
    }
}

fn state(style: Style, incident: &IncidentInfo) -> String {
    match (incident.state, &incident.acknowledged_by) {
        (IncidentState::Open, _) => style.bad("open"),
        (IncidentState::Acknowledged, Some(by)) => style.odd(&format!("acknowledged by {by}")),
        (IncidentState::Acknowledged, None) => style.odd("acknowledged"),
        (IncidentState::Muted, _) => style.dim("muted"),
        (IncidentState::Resolved, _) => style.good("resolved"),
    }
}

/// From the first bad run to the end, or to now.
fn lasts(incident: &IncidentInfo) -> String {
    let end = incident.resolved_ms.unwrap_or_else(|| now().0);
    let minutes = end.saturating_sub(incident.began_ms) / 60_000;
    match minutes {
        0 => format!("{}s", end.saturating_sub(incident.began_ms) / 1_000),
        1..60 => format!("{minutes}m"),
        60..2_880 => format!("{}h{:02}m", minutes / 60, minutes % 60),
        _ => format!("{}d", minutes / 1_440),
    }
}

fn show(console: Console, found: &IncidentDetail) {
    if console.json {
        console.print_json(&json!(found));
        return;
    }
    list(console, std::slice::from_ref(&found.incident));
    let incident = &found.incident;
    let at = |ms: u64| UnixMillis(ms).rfc3339();
    let began = if incident.journey.is_some() { "first bad run ended" } else { "began" };
    let mut lines = vec![String::new(), format!("{began:<21} {}", at(incident.began_ms))];
    let runs = [
        ("first bad run", incident.first_run),
        ("run that opened it", incident.opening_run),
        ("last good run before", incident.last_good_run),
    ];
    for (what, run) in runs {
        lines.extend(run.map(|run| format!("{what:<21} wayfarer show {run}")));
    }
    if incident.looks > 0 {
        lines.push(evidence(incident));
    }
    if !incident.post_mortem.is_empty() {
        lines.push(format!(
            "analysis              {}",
            wayfarer_model::text::printable(&incident.post_mortem)
        ));
    }
    lines.push(String::new());
    console.print(&(lines.join("\n") + "\n"));
    console.print(&time_line(console.out, &found.events).text());
}

/// Why it opened, in words.
fn evidence(incident: &IncidentInfo) -> String {
    let IncidentInfo { bad_looks, looks, statistic, bound, .. } = incident;
    if incident.kind.is_counted() {
        return format!("evidence              {bad_looks} in a row");
    }
    if *bound <= 0.0 {
        return format!(
            "evidence              {bad_looks} of {looks} runs were bad; the plain rule is wrong about once in {statistic:.0} runs"
        );
    }
    format!(
        "evidence              {bad_looks} of {looks} runs were bad; by chance that happens once in {statistic:.0} runs at most, and the \
         bound is {bound:.0}"
    )
}

fn time_line(style: Style, events: &[IncidentEventInfo]) -> Table {
    let mut table = Table::new(style, &["at", "what", "by", "note"]);
    for event in events {
        let by = match &event.run {
            Some(run) => format!("run {run}"),
            None => event.actor.clone(),
        };
        table.row([
            UnixMillis(event.occurred_ms).rfc3339().into(),
            event.kind.as_str().into(),
            by.into(),
            event.note.as_str().into(),
        ]);
    }
    table
}
