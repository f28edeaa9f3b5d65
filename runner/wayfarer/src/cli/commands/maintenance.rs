//! `wayfarer maintenance`: windows in which slots are skipped, or run and not counted.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::maintenance::{MaintenanceMode, Weekly};
use wayfarer_model::schedule::Timezone;
use wayfarer_model::units::{UnixMillis, parse_duration};

use crate::author::report::Style;
use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::table::{Cell, Table};
use crate::cli::walk::runtime;
use crate::client::Query;
use crate::clock::now;
use crate::exit::Exit;
use crate::protocol::{MaintenanceInfo, MaintenancePhase, MaintenanceRequest};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Plan a window: one time with `--for` or `--until`, or every week with `--weekly`
    Add(Box<Add>),
    /// List windows that are in force or planned
    List {
        /// Also list windows that are over
        #[arg(long)]
        past: bool,
        /// Only windows with a greater number, to go on where a list ended
        #[arg(long, value_name = "ID")]
        after: Option<i64>,
        /// The most windows to list
        #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
        limit: u32,
    },
    /// End a window; runs that it covered keep its number
    End {
        /// The window's number, as `maintenance list` shows it
        #[arg(value_name = "ID")]
        id: i64,
    },
}

#[derive(Debug, clap::Args)]
struct Add {
    /// A journey that the window covers, may be repeated; by default all journeys of the tenant
    #[arg(long = "journey", value_name = "NAME")]
    journeys: Vec<JourneyName>,
    /// Cover the journeys of all tenants; only for operators
    #[arg(long, conflicts_with = "journeys")]
    all_tenants: bool,
    /// `skip` skips slots; `mute` runs them and does not count them
    #[arg(long, value_name = "MODE", default_value = "skip")]
    mode: MaintenanceMode,
    /// For one time: how long the window lasts, such as `2h`
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration, conflicts_with_all = ["until", "weekly"], required_unless_present_any = ["until", "weekly"])]
    lasts: Option<Duration>,
    /// For one time: when the window begins, such as `2026-11-28T22:00`; by default now
    #[arg(long, value_name = "INSTANT", conflicts_with = "weekly")]
    from: Option<String>,
    /// For one time: when the window ends
    #[arg(long, value_name = "INSTANT", conflicts_with = "weekly")]
    until: Option<String>,
    /// For every week: days and times, such as `sat,sun 02:00-04:00`
    #[arg(long, value_name = "WINDOW")]
    weekly: Option<String>,
    /// The timezone of these times
    #[arg(long, value_name = "TIMEZONE", default_value = "UTC")]
    timezone: Timezone,
    /// A note for others: what is being done, and by whom
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let request = match &args.what {
        What::Add(add) => {
            let tenant = global.tenant(&user).filter(|_| !add.all_tenants);
            Some(MaintenanceRequest { tenant, ..request(add, now())? })
        }
        What::List { .. } | What::End { .. } => None,
    };
    let client = global.client(&user)?;
    runtime()?.block_on(async {
        match &args.what {
            What::Add(_) => {
                let made: MaintenanceInfo =
                    client.send(Method::POST, "maintenance", &Query::new(), &request).await?;
                if console.json {
                    console.print_json(&json!(made));
                } else {
                    console.print(&table(console.out, std::slice::from_ref(&made), now()).text());
                    console.say(&format!("to end it: `wayfarer maintenance end {}`", made.id));
                }
            }
            What::List { past, after, limit } => {
                let mut query = global.tenant_query(&user);
                query.extend([("past", past.to_string()), ("limit", limit.to_string())]);
                query.extend(after.map(|after| ("after", after.to_string())));
                let windows: Vec<MaintenanceInfo> = client.get("maintenance", &query).await?;
                if console.json {
                    console.print_json(&json!(windows));
                } else if windows.is_empty() {
                    console.say("no maintenance is planned");
                } else {
                    console.print(&table(console.out, &windows, now()).text());
                }
                if let Some(last) = windows.last().filter(|_| windows.len() == *limit as usize) {
                    console.say(&format!("there may be more: `--after {}` goes on", last.id));
                }
            }
            What::End { id } => {
                client.delete(&format!("maintenance/{id}"), &Query::new()).await?;
                console.say(&format!("maintenance {id} has ended"));
            }
        }
        Ok(Exit::Passed)
    })
}

/// The request to the server. Mistakes in texts are reported here, before the server is asked.
fn request(add: &Add, now: UnixMillis) -> Result<MaintenanceRequest, CliError> {
    let usage = |error: &dyn ToString| CliError::Usage(error.to_string());
    if let Some(weekly) = &add.weekly {
        Weekly::parse(weekly, add.timezone).map_err(|error| usage(&error))?;
    }
    let read = |text: &Option<String>| {
        text.as_ref().map(|text| add.timezone.read(text)).transpose().map_err(|error| usage(&error))
    };
    let (from, until) = (read(&add.from)?, read(&add.until)?);
    let after = |lasts: Duration| {
        let millis = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
        UnixMillis(from.unwrap_or(now).0.saturating_add(millis))
    };
    Ok(MaintenanceRequest {
        tenant: None,
        all_tenants: add.all_tenants,
        journeys: add.journeys.clone(),
        mode: add.mode,
        note: add.note.clone(),
        from_ms: from.map(|at| at.0),
        until_ms: until.or_else(|| add.lasts.map(after)).map(|at| at.0),
        weekly: add.weekly.clone(),
        timezone: add.weekly.is_some().then_some(add.timezone),
    })
}

fn table(style: Style, windows: &[MaintenanceInfo], now: UnixMillis) -> Table {
    let mut table = Table::new(style, &["id", "tenant", "journeys", "mode", "when", "now", "by", "note"]);
    for window in windows {
        let names: Vec<&str> = window.journeys.iter().map(JourneyName::as_str).collect();
        table.row([
            window.id.to_string().into(),
            window.tenant.as_ref().map_or("all", TenantName::as_str).into(),
            if names.is_empty() { "all".into() } else { names.join(",").into() },
            window.mode.as_str().into(),
            when(window).into(),
            Cell::painted(&standing(style, window, now)),
            window.planned_by.as_str().into(),
            window.note.as_str().into(),
        ]);
    }
    table
}

fn when(window: &MaintenanceInfo) -> String {
    match (&window.weekly, window.timezone, window.from_ms, window.until_ms) {
        (Some(weekly), timezone, _, _) => format!("{weekly} {}", timezone.unwrap_or(Timezone::UTC)),
        (None, _, from, until) => {
            let text =
                |at: Option<u64>| at.map_or_else(String::new, |at| UnixMillis(at / 1_000 * 1_000).rfc3339());
            format!("{} to {}", text(from), text(until))
        }
    }
}

fn standing(style: Style, window: &MaintenanceInfo, now: UnixMillis) -> String {
    match (window.phase, window.next_ms) {
        (MaintenancePhase::InForce, _) => style.odd("in force"),
        (MaintenancePhase::Planned, Some(next)) => {
            let minutes = next.saturating_sub(now.0).div_ceil(60_000);
            match minutes {
                0..60 => format!("in {minutes}m"),
                60..2_880 => format!("in {}h{:02}m", minutes / 60, minutes % 60),
                _ => format!("in {}d", minutes / 1_440),
            }
        }
        (MaintenancePhase::Planned, None) => "planned".to_owned(),
        (MaintenancePhase::Over, _) => style.dim("over"),
    }
}
