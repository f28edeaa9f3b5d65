//! `wayfarer sessions`: operators list and revoke the sessions of browsers.

use serde_json::json;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;

use crate::author::report::Style;
use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::table::Table;
use crate::cli::walk::runtime;
use crate::client::Query;
use crate::exit::Exit;
use crate::protocol::SessionInfo;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List the browsers that are signed in, the newest session first
    List {
        /// Sessions that are over, too; they are listed for thirty days
        #[arg(long)]
        past: bool,
        /// Only sessions with a smaller number, to go on where a list ended
        #[arg(long, value_name = "ID")]
        before: Option<i64>,
        /// The most sessions to list
        #[arg(short = 'n', long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
        limit: u32,
    },
    /// Revoke a session: its browser has to sign in again
    Revoke {
        /// The session's number, as `sessions list` shows it
        #[arg(value_name = "ID")]
        id: i64,
    },
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let client = global.client(&user)?;
    runtime()?.block_on(async {
        match &args.what {
            What::List { past, before, limit } => {
                let mut query = global.tenant_query(&user);
                query.extend([("past", past.to_string()), ("limit", limit.to_string())]);
                query.extend(before.map(|before| ("before", before.to_string())));
                let sessions: Vec<SessionInfo> = client.get("sessions", &query).await?;
                if console.json {
                    console.print_json(&json!(sessions));
                } else if sessions.is_empty() {
                    console.say("nobody is signed in");
                } else {
                    console.print(&table(console.out, &sessions).text());
                    if let Some(last) = sessions.last().filter(|_| sessions.len() == *limit as usize) {
                        console.say(&format!("there may be more: `--before {}` goes on", last.id));
                    }
                }
            }
            What::Revoke { id } => {
                client.delete(&format!("sessions/{id}"), &Query::new()).await?;
                console.say(&format!("session {id} has been revoked"));
            }
        }
        Ok(Exit::Passed)
    })
}

fn table(style: Style, sessions: &[SessionInfo]) -> Table {
    let heading = ["id", "name", "by", "role", "tenant", "created", "used", "expires", "state"];
    let mut table = Table::new(style, &heading);
    let at = |at: u64| UnixMillis(at).rfc3339();
    for session in sessions {
        let by = session.token.map_or("provider".to_owned(), |token| format!("token {token}"));
        table.row([
            session.id.to_string().into(),
            session.name.as_str().into(),
            by.into(),
            session.role.as_str().into(),
            session.tenant.as_ref().map_or("all", TenantName::as_str).into(),
            at(session.created_ms).into(),
            at(session.used_ms).into(),
            at(session.expires_ms).into(),
            if session.is_open { "open" } else { "over" }.into(),
        ]);
    }
    table
}
