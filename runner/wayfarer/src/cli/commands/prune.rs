//! `wayfarer db prune`: what a running server's retention does all day, done at once while the server is stopped.

use std::collections::BTreeMap;

use serde_json::{Map, json};
use wayfarer_store::{RetentionKind, Store, StoreError, StoreSettings};

use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::walk::runtime;
use crate::clock::now;
use crate::exit::Exit;
use crate::server::background::retention::{Haste, Periods, trim_audit_trail, work_off};

pub(super) fn run(global: &Global) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let file = global.runner()?;
    let data_dir = file.data_dir(global.data_dir.as_deref(), user.data_dir.as_deref());
    let database = data_dir.join("wayfarer.db");
    if !database.is_file() {
        return Err(StoreError::NotThere(database).into());
    }
    let location = file.location().map_err(anyhow::Error::from)?;
    let settings = StoreSettings::new(data_dir, location, env!("CARGO_PKG_VERSION"));
    let (removed, events) = runtime()?.block_on(async {
        // Opening settles the runs that the last server left in flight, before anything is removed.
        let store = Store::open(settings, now()).await?.store;
        let periods = Periods::of(&file.toml);
        let removed = prune(&store, &periods).await;
        let events = match periods.audit_due(now()) {
            Some(before) => trim_audit_trail(&store, before, Haste::Quick).await,
            None => Ok(0),
        };
        store.close(now()).await?;
        Ok::<_, StoreError>((removed?, events?))
    })?;
    if console.json {
        let counts = removed.iter().map(|(kind, count)| (kind.as_str().to_owned(), json!(count)));
        let counts = counts.chain([("audit".to_owned(), json!(events))]);
        console.print_json(&json!(counts.collect::<Map<_, _>>()));
    } else {
        let counts: Vec<String> =
            removed.iter().map(|(kind, count)| format!("{count} {}", words(*kind))).collect();
        console.print(&format!("removed {}, {events} audit events\n", counts.join(", ")));
    }
    Ok(Exit::Passed)
}

/// How many of each kind were removed.
async fn prune(store: &Store, periods: &Periods) -> Result<BTreeMap<RetentionKind, u64>, StoreError> {
    let mut removed = BTreeMap::from(RetentionKind::ALL.map(|kind| (kind, 0)));
    let tenants = store.tenants().await?;
    for due in periods.due(&tenants, now()) {
        let count = removed.entry(due.kind).or_default();
        work_off(store, &due, Haste::Quick, |step| *count += step.count).await?;
    }
    Ok(removed)
}

fn words(kind: RetentionKind) -> &'static str {
    match kind {
        RetentionKind::Bodies => "excerpts of bodies",
        RetentionKind::Logs => "log lines",
        RetentionKind::Artifacts => "artifacts",
        RetentionKind::Deliveries => "deliveries of notices",
        RetentionKind::Incidents => "incidents",
        RetentionKind::Runs => "runs",
        RetentionKind::Rollups => "rows of roll-ups",
    }
}
