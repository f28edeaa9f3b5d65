//! The file `journey.toml`: the tables of the check's file that the journey needs, and what its code does not say.

use std::path::Path;

use toml::{Table, Value};
use wayfarer_model::egress::HostPattern;
use wayfarer_model::ids::JourneyName;
use wayfarer_sandbox::http_check::HttpCheck;
use wayfarer_sandbox::net::Families;

use super::identifiers::Fields;
use crate::author::check_file::host_of;
use crate::config::Project;

/// Keys of a check that stand under `[journeys.NAME]`; the others are in the code.
const OVERRIDES: [&str; 13] = [
    "spread",
    "grace",
    "overlap",
    "confirm_every",
    "locations",
    "group",
    "retry_wait",
    "retry_on",
    "retries_per_hour",
    "depends_on",
    "alert",
    "params",
    "enabled",
];

/// The text. `written` is that of the check's file.
pub(in crate::author::scaffold) fn journey_toml(
    name: &JourneyName,
    project: &Project,
    written: &str,
    check: &HttpCheck,
    fields: &Fields,
) -> String {
    let tables: Table = written.parse().unwrap_or_default();
    let mut whole = Table::new();
    whole.insert("build".to_owned(), Table::from_iter([("language".to_owned(), Value::from("rust"))]).into());
    for key in ["limits", "alert"] {
        whole.extend(tables.get(key).map(|table| (key.to_owned(), table.clone())));
    }
    if let Some(params) = tables.get("params").and_then(Value::as_table) {
        whole.insert("params".to_owned(), renamed(params, &fields.params).into());
    }
    if let Some(profiles) = tables.get("profiles").and_then(Value::as_table) {
        let profile = |(name, profile): (&String, &Value)| {
            let params = profile.get("params").and_then(Value::as_table).cloned().unwrap_or_default();
            let params = Table::from_iter([("params".to_owned(), renamed(&params, &fields.params).into())]);
            (name.clone(), Value::from(params))
        };
        whole.insert("profiles".to_owned(), profiles.iter().map(profile).collect::<Table>().into());
    }
    if let Some(secrets) = tables.get("secrets").and_then(Value::as_table) {
        whole.insert("secrets".to_owned(), renamed(secrets, &fields.secrets).into());
    }
    whole.insert("network".to_owned(), network(&tables, project, check).into());
    let overrides = overrides(name, &tables, fields);
    if !overrides.is_empty() {
        let journeys = Table::from_iter([(name.to_string(), Value::from(overrides))]);
        whole.insert("journeys".to_owned(), journeys.into());
    }
    for key in ["secrets", "network"] {
        if let Some(value) = whole.get_mut(key) {
            absolute(value, &project.dir);
        }
    }
    format!("#:schema ./.wayfarer/journey-toml.schema.json\n\n{whole}")
}

/// The entries that the journey needs, by the names that it has for them.
fn renamed(table: &Table, names: &std::collections::BTreeMap<String, String>) -> Table {
    table.iter().filter_map(|(name, value)| Some((names.get(name)?.clone(), value.clone()))).collect()
}

fn overrides(name: &JourneyName, tables: &Table, fields: &Fields) -> Table {
    let defaults = tables.get("http-check-defaults").and_then(Value::as_table);
    let own = tables.get("http-check").and_then(|checks| checks.get(name.as_str())).and_then(Value::as_table);
    let of = |key: &str| {
        own.and_then(|own| own.get(key)).or_else(|| defaults.and_then(|defaults| defaults.get(key)))
    };
    let mut overrides: Table =
        OVERRIDES.iter().filter_map(|key| Some(((*key).to_owned(), of(key)?.clone()))).collect();
    if let Some(params) = overrides.get("params").and_then(Value::as_table) {
        let params = renamed(params, &fields.params);
        overrides.insert("params".to_owned(), params.into());
    }
    if let Some(Value::String(schedule)) = of("schedule").filter(|schedule| schedule.as_str() == Some("off"))
    {
        overrides.insert("schedule".to_owned(), schedule.clone().into());
    }
    overrides
}

/// The network of the check's file, with the hosts of the check. What a request says of its host is said of the host here.
fn network(tables: &Table, project: &Project, check: &HttpCheck) -> Table {
    let mut network = tables.get("network").and_then(Value::as_table).cloned().unwrap_or_default();
    let mut allow: Vec<Value> = network.get("allow").and_then(Value::as_array).cloned().unwrap_or_default();
    let param = |name: &str| project.toml.params.get(name).map(|value| value.0.clone());
    let mut hosts: Vec<Value> = Vec::new();
    for request in &check.requests {
        let alone = HttpCheck { requests: vec![request.clone()] };
        for host in
            alone.urls(param).iter().filter_map(host_of).filter(|host| host.parse::<HostPattern>().is_ok())
        {
            if !allow.iter().any(|known| known.as_str() == Some(&host)) {
                allow.push(host.clone().into());
            }
            let mut of_host = Table::from_iter([("hosts".to_owned(), Value::from(vec![host]))]);
            let family = match request.families {
                Families::Both => None,
                Families::Ipv4 => Some("ipv4"),
                Families::Ipv6 => Some("ipv6"),
            };
            of_host.extend(family.map(|family| ("family".to_owned(), Value::from(family))));
            let named = request.host.as_ref().and_then(|host| host.as_literal());
            of_host.extend(named.map(|named| ("host".to_owned(), Value::from(named))));
            let of_host = Value::from(of_host);
            if (family.is_some() || named.is_some()) && !hosts.contains(&of_host) {
                hosts.push(of_host);
            }
        }
    }
    network.insert("allow".to_owned(), allow.into());
    if !hosts.is_empty() {
        hosts.extend(network.get("host").and_then(Value::as_array).into_iter().flatten().cloned());
        network.insert("host".to_owned(), hosts.into());
    }
    network
}

/// Paths of a file in another folder.
fn absolute(value: &mut Value, dir: &Path) {
    const PATHS: [&str; 4] = ["file", "ca", "certificate", "key"];
    let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    match value {
        Value::Table(table) => {
            for (name, value) in table.iter_mut() {
                match value {
                    Value::String(path) if PATHS.contains(&name.as_str()) => {
                        *path = dir.join(&*path).display().to_string();
                    }
                    Value::Array(paths) if name == "ca" => {
                        for path in paths.iter_mut() {
                            if let Value::String(path) = path {
                                *path = dir.join(&*path).display().to_string();
                            }
                        }
                    }
                    other => absolute(other, &dir),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| absolute(item, &dir)),
        _ => {}
    }
}
