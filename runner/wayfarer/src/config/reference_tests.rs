//! The annotated `examples/journey.toml` and `examples/checks.toml`: each is read, names every key of its tables, and none that is no key.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::checks_toml::ChecksToml;
use super::http_check::RequestTable;
use super::journey_toml::{BuildTable, LimitsTable, ProfileTable, TestTable};
use super::network_tables::{ClientTable, HostTable, NetworkTable, ProxyTable, TlsTable};
use super::parse::known_keys;
use super::{HttpCheckTable, JourneyTable, JourneyToml, Project, RuleTable, SecretTable, ServerTable};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// The first words of the keys of each table, those that are commented out included, by the table's header.
fn keys(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut table = String::new();
    for line in text.lines() {
        if let Some(header) = line.strip_prefix('[') {
            table = header.trim_start_matches('[').split(']').next().unwrap_or_default().to_owned();
            found.entry(table.clone()).or_default();
            continue;
        }
        let written = line.strip_prefix("# ").unwrap_or(line);
        let key = written.split_once(" = ").map(|(key, _)| key).filter(|key| !key.contains(' '));
        if let Some(key) = key {
            let first = key.split('.').next().unwrap_or(key);
            found.entry(table.clone()).or_default().insert(first.to_owned());
        }
    }
    found
}

/// What the example says of a table, and what the table takes.
fn compare(said: &BTreeSet<String>, known: Vec<String>, table: &str) {
    let known: BTreeSet<String> = known.into_iter().collect();
    assert!(!known.is_empty(), "nothing is known of [{table}]");
    let missing: Vec<_> = known.difference(said).collect();
    let stale: Vec<_> = said.difference(&known).collect();
    assert!(missing.is_empty(), "the example does not explain {missing:?} of [{table}]");
    assert!(stale.is_empty(), "the example explains {stale:?}, which are no keys of [{table}]");
}

#[test]
fn the_annotated_journey_toml_is_read_and_explains_every_key() {
    let project = Project::named(&folder()).unwrap();
    assert_eq!(project.toml.journeys["checkout"].retries, Some(2));
    let text = std::fs::read_to_string(project.file.unwrap()).unwrap();
    let said = keys(&text);
    let of = |table: &str| said.get(table).unwrap_or_else(|| panic!("[{table}] is missing")).clone();
    // A dotted key or a table of its own explains a table.
    let with = |table: &str, tables: &[&str]| {
        of(table).into_iter().chain(tables.iter().map(|name| (*name).to_owned())).collect::<BTreeSet<_>>()
    };
    let roots: BTreeSet<String> =
        said.keys().filter_map(|table| table.split('.').next()).map(str::to_owned).collect();
    compare(&roots, known_keys::<JourneyToml>(), "");
    compare(&of("build"), known_keys::<BuildTable>(), "build");
    assert!(said.contains_key("profiles.staging.params"));
    assert_eq!(known_keys::<ProfileTable>(), ["params"]);
    compare(&of("secrets.password"), known_keys::<SecretTable>(), "secrets.password");
    compare(&with("network", &["proxy", "host"]), known_keys::<NetworkTable>(), "network");
    assert!(text.contains("\ntls.ca = "));
    assert_eq!(known_keys::<TlsTable>(), ["ca", "client"]);
    compare(&of("network.tls.client"), known_keys::<ClientTable>(), "network.tls.client");
    compare(&of("network.proxy"), known_keys::<ProxyTable>(), "network.proxy");
    compare(&of("network.host"), known_keys::<HostTable>(), "network.host");
    compare(&of("limits"), known_keys::<LimitsTable>(), "limits");
    compare(&of("alert"), known_keys::<RuleTable>(), "alert");
    compare(&of("journeys.checkout"), known_keys::<JourneyTable>(), "journeys.checkout");
    compare(&with("test", &["server"]), known_keys::<TestTable>(), "test");
    compare(&of("test.server"), known_keys::<ServerTable>(), "test.server");
    let checks: BTreeSet<String> = known_keys::<HttpCheckTable>().into_iter().collect();
    assert!(of("http-check.front-page").is_subset(&checks) && of("http-check-defaults").is_subset(&checks));
}

#[test]
fn the_annotated_checks_toml_is_read_and_explains_every_key_of_a_check() {
    let project = Project::named(&folder().join("checks.toml")).unwrap();
    assert_eq!(project.toml.http_checks["order"].owner.as_deref(), Some("team shop"), "a default");
    let text = std::fs::read_to_string(folder().join("checks.toml")).unwrap();
    let said = keys(&text);
    let roots: BTreeSet<String> =
        said.keys().filter_map(|table| table.split('.').next()).map(str::to_owned).collect();
    compare(&roots, known_keys::<ChecksToml>(), "");
    let mut of_check = said["http-check.front-page"].clone();
    of_check.insert("request".to_owned());
    assert!(said["http-check.order.request"].contains("capture"));
    compare(&of_check, known_keys::<HttpCheckTable>(), "http-check.NAME");
    let requests: BTreeSet<String> = known_keys::<RequestTable>().into_iter().collect();
    assert!(said["http-check.order.request"].is_subset(&requests));
}

#[test]
fn what_the_readme_shows_of_journey_toml_is_read() {
    let readme = std::fs::read_to_string(folder().join("../README.md")).unwrap();
    let blocks: Vec<&str> =
        readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() >= 2, "{blocks:?}");
    for block in blocks {
        super::parse::parse::<JourneyToml>(Path::new("README.md"), block).unwrap();
    }
    assert!(readme.contains("Write this to `checks.toml`"));
}
