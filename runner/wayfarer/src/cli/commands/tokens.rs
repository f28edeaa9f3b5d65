//! `wayfarer tokens`: operators create, list and revoke API tokens.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use wayfarer_model::access::Role;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::{UnixMillis, parse_duration};

use crate::author::report::Style;
use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::table::Table;
use crate::cli::walk::runtime;
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
        /// After which time the token ends by itself, such as `720h`; by default never
        #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
        expires: Option<Duration>,
    },
    /// List tokens, without their secrets
    List {
        /// Only tokens with a greater number, to go on where a list ended
        #[arg(long, value_name = "ID")]
        after: Option<i64>,
        /// The most tokens to list
        #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
        limit: u32,
    },
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
            What::Add { name, role, expires } => {
                let expires_in_ms = expires.map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
                let (name, tenant) = (name.clone(), global.tenant(&user));
                let request = TokenRequest { name, role: *role, tenant, expires_in_ms };
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
            What::List { after, limit } => {
                let mut query: Query = vec![("limit", limit.to_string())];
                query.extend(after.map(|after| ("after", after.to_string())));
                let tokens: Vec<TokenInfo> = client.get("tokens", &query).await?;
                if console.json {
                    console.print_json(&json!(tokens));
                } else {
                    console.print(&table(console.out, &tokens).text());
                }
                if let Some(last) = tokens.last().filter(|_| tokens.len() == *limit as usize) {
                    console.say(&format!("there may be more: `--after {}` goes on", last.id));
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
    let heading = ["id", "name", "role", "tenant", "created", "used", "expires", "revoked"];
    let mut table = Table::new(style, &heading);
    let at =
        |instant: Option<u64>, none: &str| instant.map_or(none.to_owned(), |at| UnixMillis(at).rfc3339());
    for token in tokens {
        table.row([
            token.id.to_string().into(),
            token.name.as_str().into(),
            token.role.as_str().into(),
            token.tenant.as_ref().map_or("all", TenantName::as_str).into(),
            at(Some(token.created_ms), "").into(),
            at(token.used_ms, "never").into(),
            at(token.expires_ms, "never").into(),
            at(token.revoked_ms, "").into(),
        ]);
    }
    table
}
