//! `wayfarer tenants`: the tenants of a server, and their kill switches.

use reqwest::Method;
use serde_json::json;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::Bytes;

use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::table::{Cell, Table};
use crate::cli::walk::runtime;
use crate::client::Query;
use crate::exit::Exit;
use crate::protocol::{Changed, PauseRequest, TenantInfo};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List tenants (the default)
    List,
    /// Turn the kill switch on: cancel runs in flight and skip slots
    Stop {
        #[command(flatten)]
        scope: KillScope,
        /// A note for others: why the tenant is stopped
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Turn the kill switch off: run slots again
    Start {
        #[command(flatten)]
        scope: KillScope,
    },
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct KillScope {
    /// The tenant's name
    #[arg(value_name = "NAME")]
    name: Option<TenantName>,
    /// All tenants of the runner
    #[arg(long)]
    all: bool,
}

impl KillScope {
    fn path(&self, verb: &str) -> String {
        self.name.as_ref().map_or_else(|| verb.to_owned(), |name| format!("tenants/{name}/{verb}"))
    }

    fn text(&self) -> &str {
        self.name.as_ref().map_or("the whole runner", TenantName::as_str)
    }
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    match &args.what {
        None | Some(What::List) => list(global),
        Some(What::Stop { scope, note }) => change(
            global,
            scope,
            "stop",
            note,
            ["is stopped: slots are skipped until `wayfarer tenants start`", "was stopped already"],
        ),
        Some(What::Start { scope }) => {
            change(global, scope, "start", "", ["runs again from the next slot", "was not stopped"])
        }
    }
}

fn change(
    global: &Global,
    scope: &KillScope,
    verb: &str,
    note: &str,
    [changed, already]: [&str; 2],
) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let client = global.client(&user)?;
    let request = PauseRequest { note: note.to_owned() };
    let (path, nothing) = (scope.path(verb), Query::new());
    let answer: Changed = runtime()?.block_on(client.send(Method::POST, &path, &nothing, &request))?;
    if console.json {
        console.print_json(&json!(answer));
    } else {
        console.say(&format!("{} {}", scope.text(), if answer.changed { changed } else { already }));
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
    let mut table =
        Table::new(console.out, &["tenant", "title", "journeys", "at a time", "a day", "stored", "runs"]);
    for tenant in &tenants {
        let runs = match &tenant.stopped {
            None => "as planned".to_owned(),
            Some(stop) => {
                let whole = if stop.all_tenants { "all are stopped" } else { "stopped" };
                let note = if stop.note.is_empty() { String::new() } else { format!(": {}", stop.note) };
                console.out.bad(&format!("{whole} by {}{note}", stop.by))
            }
        };
        table.row([
            tenant.tenant.as_str().into(),
            tenant.title.as_deref().unwrap_or_default().into(),
            format!("{} of {}", tenant.journeys, tenant.most_journeys).into(),
            tenant.runs.to_string().into(),
            tenant.runs_per_day.map_or("no limit".to_owned(), |runs| runs.to_string()).into(),
            match (Bytes(tenant.stored_bytes), tenant.most_stored_bytes.map(Bytes)) {
                (stored, None) => stored.to_string().into(),
                (stored, Some(most)) if stored >= most => Cell::painted(
                    &console.out.bad(&format!("{stored} of {most}: new recordings are reduced")),
                ),
                (stored, Some(most)) => format!("{stored} of {most}").into(),
            },
            Cell::painted(&runs),
        ]);
    }
    console.print(&table.text());
    Ok(Exit::Passed)
}
