//! `wayfarer tokens`: operators create, list and revoke API tokens.

use reqwest::Method;
use serde_json::json;
use wayfarer_model::access::Role;
use wayfarer_model::units::UnixMillis;

use super::CliError;
use super::global::Global;
use super::table::Table;
use super::walk::runtime;
use crate::author::report::Style;
use crate::client::Query;
use crate::exit::Exit;
use crate::protocol::{NewTokenInfo, TokenInfo, TokenRequest};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Create a token for the tenant of `--tenant` (by default all tenants) and print it once
    Add {
        /// A name for people, such as `ci`
        #[arg(value_name = "NAME")]
        name: String,
        /// What the token may do: `viewer`, `author` or `operator`
        #[arg(long, value_name = "ROLE", default_value = "author")]
        role: Role,
    },
    /// List tokens, without their secrets
    List,
    /// Revoke a token: the server refuses it from now on
    Revoke {
        /// The token's number, as `tokens list` shows it
        #[arg(value_name = "ID")]
        id: i64,
    },
}

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
                        "this is token {}; it is not shown again; to revoke it: `wayfarer tokens revoke {}`",
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
                console.say(&format!("token {id} has been revoked"));
            }
        }
        Ok(Exit::Passed)
    })
}

fn table(style: Style, tokens: &[TokenInfo]) -> Table {
    let mut table = Table::new(style, &["id", "name", "role", "tenant", "created", "revoked"]);
    for token in tokens {
        table.row(vec![
            token.id.to_string(),
            token.name.clone(),
            token.role.as_str().to_owned(),
            token.tenant.as_ref().map_or_else(|| "all".to_owned(), ToString::to_string),
            UnixMillis(token.created_ms).rfc3339(),
            token.revoked_ms.map_or_else(String::new, |at| UnixMillis(at).rfc3339()),
        ]);
    }
    table
}
