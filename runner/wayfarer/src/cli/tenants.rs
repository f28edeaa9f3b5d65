//! `wayfarer tenants`: for whom the server works, and the kill switches.

use reqwest::Method;
use serde_json::json;
use wayfarer_model::ids::TenantName;

use super::CliError;
use super::global::Global;
use super::table::{Cell, Table};
use super::walk::runtime;
use crate::client::Query;
use crate::exit::Exit;
use crate::protocol::{Changed, PauseRequest, TenantInfo};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List them
    List,
    /// Throw the kill switch: runs under way are cancelled, and no more are made
    Stop {
        #[command(flatten)]
        whose: Whose,
        /// Why, for those who wonder
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Take the kill switch back: slots are run again
    Start {
        #[command(flatten)]
        whose: Whose,
    },
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Whose {
    /// The tenant
    #[arg(value_name = "NAME")]
    name: Option<TenantName>,
    /// The whole runner
    #[arg(long)]
    all: bool,
}

impl Whose {
    fn path(&self, verb: &str) -> String {
        self.name.as_ref().map_or_else(|| verb.to_owned(), |name| format!("tenants/{name}/{verb}"))
    }

    fn text(&self) -> &str {
        self.name.as_ref().map_or("the whole runner", TenantName::as_str)
    }
}

/// Runs it.
pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    match &args.what {
        None | Some(What::List) => list(global),
        Some(What::Stop { whose, note }) => change(
            global,
            whose,
            "stop",
            note,
            ["is stopped: nothing is run until `wayfarer tenants start`", "was stopped already"],
        ),
        Some(What::Start { whose }) => {
            change(global, whose, "start", "", ["runs again from the next slots on", "was not stopped"])
        }
    }
}

fn change(
    global: &Global,
    whose: &Whose,
    verb: &str,
    note: &str,
    [changed, already]: [&str; 2],
) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let client = global.client(&user)?;
    let request = PauseRequest { note: note.to_owned() };
    let (path, nothing) = (whose.path(verb), Query::new());
    let answer: Changed = runtime()?.block_on(client.send(Method::POST, &path, &nothing, &request))?;
    if console.json {
        console.print_json(&json!(answer));
    } else {
        console.say(&format!("{} {}", whose.text(), if answer.changed { changed } else { already }));
    }
    Ok(Exit::Passed)
}

fn list(global: &Global) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let client = global.client(&user)?;
    let tenants: Vec<TenantInfo> = runtime()?.block_on(client.get("tenants", &global.tenant_query(&user)))?;
    if console.json {
        console.print_json(&json!(tenants));
        return Ok(Exit::Passed);
    }
    let mut table = Table::new(console.out, &["tenant", "title", "journeys", "at a time", "a day", "runs"]);
    for tenant in &tenants {
        let runs = match &tenant.stopped {
            None => "as planned".into(),
            Some(stop) => {
                let whole = if stop.all_tenants { "all are stopped" } else { "stopped" };
                let note = if stop.note.is_empty() { String::new() } else { format!(": {}", stop.note) };
                let text = format!("{whole} by {}{note}", stop.by);
                Cell::painted(&text, console.out.bad(&text))
            }
        };
        table.row(vec![
            tenant.tenant.as_str().into(),
            tenant.title.clone().unwrap_or_default().into(),
            format!("{} of {}", tenant.journeys, tenant.most_journeys).into(),
            tenant.runs.to_string().into(),
            tenant.runs_per_day.map_or("no limit".to_owned(), |runs| runs.to_string()).into(),
            runs,
        ]);
    }
    console.print(&table.text());
    Ok(Exit::Passed)
}
