//! `wayfarer tenants`: for whom the server works.

use serde_json::json;

use super::CliError;
use super::global::Global;
use super::table::Table;
use super::walk::runtime;
use crate::api::wire::TenantInfo;
use crate::exit::Exit;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Runs it.
pub(super) fn run(global: &Global, _: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let client = global.client(&user)?;
    let tenants: Vec<TenantInfo> = runtime()?.block_on(client.get("tenants", &global.tenant_query(&user)))?;
    if console.json {
        console.print_json(&json!(tenants));
        return Ok(Exit::Passed);
    }
    let mut table = Table::new(console.out, &["tenant", "title", "journeys", "at a time", "a day"]);
    for tenant in &tenants {
        table.row(vec![
            tenant.tenant.as_str().into(),
            tenant.title.clone().unwrap_or_default().into(),
            format!("{} of {}", tenant.journeys, tenant.most_journeys).into(),
            tenant.runs.to_string().into(),
            tenant.runs_per_day.map_or("no limit".to_owned(), |runs| runs.to_string()).into(),
        ]);
    }
    console.print(&table.text());
    Ok(Exit::Passed)
}
