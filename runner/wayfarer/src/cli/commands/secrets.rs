//! `wayfarer secrets`: the secrets of a server's configuration, without their values.

use serde_json::json;

use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::table::{Cell, Table};
use crate::config::RunnerFile;
use crate::exit::Exit;
use crate::runnable::{Origin, TenantSecret};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Read every secret of the server's configuration; show which have no value and which are easy to guess
    Check,
}

/// One secret of one tenant.
struct Checked {
    tenant: String,
    secret: String,
    /// What the value is worth in bits if that is too little, or why there is none.
    found: Result<Option<u32>, String>,
}

pub(super) fn run(global: &Global, Args { what: What::Check }: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let here = std::env::current_dir().map_err(anyhow::Error::from)?;
    let file = global.runner()?.with_secrets_of(&[], &here)?;
    let checked = check(&file)?;
    if console.json {
        let rows = checked.iter().map(|Checked { tenant, secret, found }| {
            let (error, bits) = (found.as_ref().err(), found.as_ref().ok().copied().flatten());
            json!({
                "tenant": tenant,
                "secret": secret,
                "has_value": error.is_none(),
                "is_guessable": bits.is_some(),
                "bits": bits,
                "error": error,
            })
        });
        console.print_json(&json!(rows.collect::<Vec<_>>()));
    } else {
        let mut table = Table::new(console.out, &["TENANT", "SECRET", "STATE"]);
        for Checked { tenant, secret, found } in &checked {
            let state = match found {
                Ok(None) => console.out.good("good"),
                Ok(Some(bits)) => console.out.odd(&format!(
                    "guessable: about {bits} bits, and a journey can try many values: make it longer"
                )),
                Err(error) => console.out.bad(error),
            };
            table.row([tenant.into(), secret.into(), Cell::painted(&state)]);
        }
        console.print(&table.text());
    }
    Ok(if checked.iter().any(|one| one.found.is_err()) { Exit::Usage } else { Exit::Passed })
}

fn check(file: &RunnerFile) -> Result<Vec<Checked>, CliError> {
    let mut all = Vec::new();
    for (name, table) in &file.tenants()? {
        let origin = Origin::Runner { tenant: name.clone(), is_implied: file.has_only_tenant() };
        for (secret, own) in &table.secrets {
            let read =
                TenantSecret::read(own, |path| file.path(path), |variable| std::env::var(variable).ok());
            let found = read.map(|value| value.guessable()).map_err(|why| origin.secret(secret, &why));
            all.push(Checked { tenant: name.to_string(), secret: secret.clone(), found });
        }
    }
    Ok(all)
}
