//! `wayfarer incidents replay`: which incidents a rule would have opened on the history of a data directory. So a person chooses the
//! settings by what they would have meant.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::incident::{Budget, IncidentKind, Plain, Rule, Settings, Severity, mean_transient};
use wayfarer_model::incident_fold::IncidentFold;
use wayfarer_model::journey_watch::{IncidentMove, Moved};
use wayfarer_model::units::{UnixMillis, parse_duration};
use wayfarer_store::{NamedRow, incident_rows};

use crate::cli::CliError;
use crate::cli::global::{Console, Global};
use crate::cli::table::Table;
use crate::cli::values::{When, when};
use crate::cli::walk::runtime;
use crate::clock::now;
use crate::exit::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only incidents that would have opened since then: a duration such as `14d`, a date, or RFC 3339. The rule learns from every row
    #[arg(long, value_name = "WHEN", value_parser = when)]
    since: Option<When>,
    /// Only those of this journey
    #[arg(long, value_name = "NAME")]
    journey: Option<JourneyName>,
    /// How many pages a month may be false, of all journeys of a tenant together
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    false_pages_per_month: u32,
    /// Nine of ten failures that pass by themselves do so within this long: not worth a page
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = parse_duration)]
    transient: Duration,
    /// A plain rule for every journey: `2 in a row` or `2 of 3`. Without it a version that had a plain rule keeps that one
    #[arg(long, value_name = "RULE", conflicts_with_all = ["false_pages_per_month"])]
    plain: Option<Plain>,
}

/// An incident that would have been.
#[derive(Debug, serde::Serialize)]
struct Replayed {
    tenant: TenantName,
    journey: JourneyName,
    kind: IncidentKind,
    is_page: bool,
    opened_ms: u64,
    resolved_ms: Option<u64>,
    looks: u64,
    bad_looks: u64,
}

/// Identifies an incident: its journey, kind and first bad run.
type Identity = (TenantName, JourneyName, IncidentKind, i64);

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let tenant = global.tenant(&user);
    let rule = |looks_a_day: f64| rule(args, looks_a_day);
    let mut fold: IncidentFold<TenantName, (TenantName, JourneyName)> = IncidentFold::default();
    let mut incidents: BTreeMap<Identity, Replayed> = BTreeMap::new();
    let mut rows = 0_u64;
    let see = |NamedRow { tenant, journey, mut row }: NamedRow| {
        rows += 1;
        if args.plain.is_some() {
            row.rule = None;
        }
        let key = (tenant.clone(), journey.clone());
        for moved in fold.see(&tenant, &key, &row, |_, looks| rule(looks)).moves {
            apply(&mut incidents, (tenant.clone(), journey.clone()), moved);
        }
    };
    runtime()?.block_on(incident_rows(&global.data_dir(&user)?, see))?;
    let since = args.since.map_or(UnixMillis(0), |when| when.at(now()));
    let mut found: Vec<Replayed> = incidents
        .into_values()
        .filter(|incident| tenant.as_ref().is_none_or(|tenant| *tenant == incident.tenant))
        .filter(|incident| args.journey.as_ref().is_none_or(|journey| *journey == incident.journey))
        .filter(|incident| incident.opened_ms >= since.0)
        .collect();
    found.sort_by_key(|incident| incident.opened_ms);
    print(console, &found, rows);
    Ok(Exit::Passed)
}

fn rule(args: &Args, looks_a_day: f64) -> Settings {
    let budget = Budget { pages: args.false_pages_per_month.into(), days: 30.0 };
    let settings = Settings::within(budget, looks_a_day);
    let rule = args.plain.map_or(settings.rule, Rule::Plain);
    Settings { rule, tau: mean_transient(args.transient), ..settings }
}

fn apply(
    incidents: &mut BTreeMap<Identity, Replayed>,
    (tenant, journey): (TenantName, JourneyName),
    moved: IncidentMove,
) {
    let IncidentMove { kind, first_run, at, what, .. } = moved;
    let identity = (tenant.clone(), journey.clone(), kind, first_run);
    match what {
        Moved::Opened(opening) => {
            let replayed = Replayed {
                tenant,
                journey,
                kind,
                is_page: kind.severity() == Severity::Page,
                opened_ms: at.0,
                resolved_ms: None,
                looks: opening.looks,
                bad_looks: opening.bad_looks,
            };
            incidents.insert(identity, replayed);
        }
        Moved::Reopened | Moved::Closed => {
            if let Some(incident) = incidents.get_mut(&identity) {
                incident.resolved_ms = (what == Moved::Closed).then_some(at.0);
            }
        }
    }
}

fn print(console: Console, found: &[Replayed], rows: u64) {
    if console.json {
        console.print_json(&json!(found));
        return;
    }
    let mut table = Table::new(console.out, &["opened", "resolved", "tenant", "journey", "kind", "looks"]);
    for incident in found {
        let second = |ms: u64| UnixMillis(ms / 1_000 * 1_000).rfc3339();
        table.row([
            second(incident.opened_ms).into(),
            incident.resolved_ms.map_or_else(|| "open".to_owned(), second).into(),
            incident.tenant.as_str().into(),
            incident.journey.as_str().into(),
            incident.kind.as_str().into(),
            format!("{} of {} bad", incident.bad_looks, incident.looks).into(),
        ]);
    }
    if !found.is_empty() {
        console.print(&table.text());
    }
    let pages = found.iter().filter(|incident| incident.is_page).count();
    console.say(&format!(
        "{rows} rows: {pages} pages and {} tickets. The rows hold the confirmation runs that there were; another rule would have had others",
        found.len() - pages
    ));
}
