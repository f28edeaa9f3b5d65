//! `wayfarer tokens`: made, listed and revoked by operators.

use reqwest::Method;
use serde_json::json;
use wayfarer_model::access::Role;
use wayfarer_model::units::UnixMillis;

use super::CliError;
use super::global::Global;
use super::table::Table;
use super::walk::runtime;
use crate::client::Query;
use crate::exit::Exit;
use crate::protocol::{NewTokenInfo, TokenInfo, TokenRequest};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Make a token and print it, this once; `--tenant` says whose things it opens
    Add {
        /// What people call it
        #[arg(value_name = "NAME")]
        name: String,
        /// `viewer`, `author` or `operator`
        #[arg(long, value_name = "ROLE", default_value = "author")]
        role: Role,
    },
    /// List all, without the tokens themselves
    List,
    /// Make a token open nothing any more
    Revoke {
        /// Its number, as listed
        #[arg(value_name = "ID")]
        id: i64,
    },
}

/// Runs it.
pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let client = global.client(&user)?;
    let nothing = Query::new();
    runtime()?.block_on(async {
        match &args.what {
            What::Add { name, role } => {
                let request = TokenRequest { name: name.clone(), role: *role, tenant: global.tenant(&user) };
                let made: NewTokenInfo = client.send(Method::POST, "tokens", &nothing, &request).await?;
                if console.json {
                    console.print_json(&json!(made));
                } else {
                    console.print(&format!("{}\n", made.token));
                    console.say(&format!(
                        "token {}: it is not shown again; `wayfarer tokens revoke {}` ends it",
                        made.id, made.id
                    ));
                }
            }
            What::List => {
                let tokens: Vec<TokenInfo> = client.get("tokens", &nothing).await?;
                if console.json {
                    console.print_json(&json!(tokens));
                } else {
                    console.print(&table(console.out, &tokens).text());
                }
            }
            What::Revoke { id } => {
                client.delete(&format!("tokens/{id}"), &nothing).await?;
                console.say(&format!("token {id} opens nothing any more"));
            }
        }
        Ok(Exit::Passed)
    })
}

fn table(style: crate::author::report::Style, tokens: &[TokenInfo]) -> Table {
    let mut table = Table::new(style, &["id", "name", "role", "tenant", "made", "revoked"]);
    for token in tokens {
        table.row(vec![
            token.id.to_string().into(),
            token.name.clone().into(),
            token.role.as_str().into(),
            token.tenant.as_ref().map_or("all", |tenant| tenant.as_str()).into(),
            UnixMillis(token.created_ms).rfc3339().into(),
            token.revoked_ms.map_or_else(String::new, |at| UnixMillis(at).rfc3339()).into(),
        ]);
    }
    table
}
