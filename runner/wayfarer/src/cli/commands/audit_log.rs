//! `wayfarer audit-log`: who did what to a server, and whether the trail of that is whole.

use serde_json::json;
use wayfarer_model::audit::{AuditAction, AuditOutcome};
use wayfarer_model::ids::TenantName;
use wayfarer_store::{AuditTrailReport, verify_audit_trail};

use crate::cli::CliError;
use crate::cli::global::{Console, Global};
use crate::cli::table::{Cell, Table};
use crate::cli::values::{When, when};
use crate::cli::walk::runtime;
use crate::client::Query;
use crate::clock::now;
use crate::exit::Exit;
use crate::protocol::{AuditEventInfo, AuditEventQuery};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only what this one did: a token's number, the name of a token or a journey, `server`, or `nobody` (requests without a
    /// valid token)
    #[arg(long, value_name = "WHO")]
    actor: Option<String>,
    /// Only this action, such as `deploy` or `token-add`
    #[arg(long, value_name = "ACTION")]
    action: Option<AuditAction>,
    /// Only events since then: a duration such as `2h`, a date, or RFC 3339
    #[arg(long, value_name = "WHEN", value_parser = when)]
    since: Option<When>,
    /// Only events before then
    #[arg(long, value_name = "WHEN", value_parser = when)]
    until: Option<When>,
    /// Only events with a smaller number, to go on where a list ended
    #[arg(long, value_name = "EVENT")]
    before: Option<i64>,
    /// The most events to list
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
    /// Check that no event was changed, inserted or removed, in the database of the data directory; a server may be running
    #[arg(long, conflicts_with_all = ["actor", "action", "since", "until", "before", "limit"])]
    verify: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    if args.verify {
        let report = runtime()?.block_on(verify_audit_trail(&global.data_dir(&user)?))?;
        return Ok(print_verified(console, &report));
    }
    let client = global.client(&user)?;
    let at = |when: Option<When>| when.map(|when| when.at(now()).0);
    let query = AuditEventQuery {
        tenant: global.tenant(&user),
        actor: args.actor.clone(),
        action: args.action.map(|action| action.to_string()),
        since_ms: at(args.since),
        until_ms: at(args.until),
        before: args.before,
        limit: Some(args.limit),
    };
    let events: Vec<AuditEventInfo> = runtime()?.block_on(client.get("audit-events", &pairs(query)))?;
    if console.json {
        console.print_json(&json!(events));
    } else if events.is_empty() {
        console.say("no such events");
    } else {
        console.print(&table(console, &events).text());
        if let Some(last) = events.last().filter(|_| events.len() == args.limit as usize) {
            console.say(&format!("there may be more: `--before {}` goes on", last.event));
        }
    }
    Ok(Exit::Passed)
}

fn pairs(query: AuditEventQuery) -> Query {
    let AuditEventQuery { tenant, actor, action, since_ms, until_ms, before, limit } = query;
    let all = [
        ("tenant", tenant.map(String::from)),
        ("actor", actor),
        ("action", action),
        ("since_ms", since_ms.map(|at| at.to_string())),
        ("until_ms", until_ms.map(|at| at.to_string())),
        ("before", before.map(|event| event.to_string())),
        ("limit", limit.map(|limit| limit.to_string())),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn table(console: Console, events: &[AuditEventInfo]) -> Table {
    let style = console.out;
    let mut table = Table::new(style, &["event", "at", "tenant", "actor", "action", "object", "outcome"]);
    for event in events {
        let times = if event.count > 1 { format!(" ×{}", event.count) } else { String::new() };
        let outcome = match event.outcome {
            AuditOutcome::Done => style.good(event.outcome.as_str()),
            AuditOutcome::Refused | AuditOutcome::CutOff => style.odd(event.outcome.as_str()),
            AuditOutcome::Failed => style.bad(event.outcome.as_str()),
        };
        table.row([
            event.event.to_string().into(),
            event.occurred_at.as_str().into(),
            event.tenant.as_ref().map_or("", TenantName::as_str).into(),
            event.actor.as_str().into(),
            event.action.to_string().into(),
            event.object.as_str().into(),
            Cell::painted(&(outcome + &times)),
        ]);
    }
    table
}

fn print_verified(console: Console, report: &AuditTrailReport) -> Exit {
    let exit = if report.broken.is_none() { Exit::Passed } else { Exit::Failed };
    if console.json {
        console.print_json(&json!(report));
        return exit;
    }
    match &report.broken {
        Some(broken) => {
            let line = format!("NOT WHOLE: event {}: {}", broken.event, broken.what);
            console.print(&format!("{}\n", console.out.bad(&line)));
        }
        None => console.print(&format!("{}: {}\n", console.out.good("whole"), extent(report))),
    }
    exit
}

/// From where to where the trail goes, and its head, which somebody may keep elsewhere.
fn extent(report: &AuditTrailReport) -> String {
    let AuditTrailReport { events, removed_until, newest, head, .. } = report;
    match (*events, *removed_until) {
        (0, _) => format!("no events; the next is {}", newest + 1),
        (_, 0) => format!("{events} events; the newest is {newest}, its hash {head}"),
        (_, last) => format!(
            "{events} events after {last}, which retention removed; the newest is {newest}, its hash {head}"
        ),
    }
}
