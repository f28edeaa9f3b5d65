//! The part of a tenant's configuration that matters to results, as JSON for the store: one text is one version of the
//! policy, which every run names. Secrets are in it by name and hosts, never by value or place.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};
use wayfarer_model::egress::HostPattern;

use super::Tenant;
use crate::config::{IncidentTable, SecretUses, Text};

#[derive(Serialize)]
struct Policy<'a> {
    runs: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    runs_per_day: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm_runs_per_day: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_bytes: Option<u64>,
    journeys: u32,
    retries: u32,
    network: NetworkPolicy<'a>,
    limits: Map<String, Value>,
    #[serde(skip_serializing_if = "is_default")]
    incidents: IncidentTable,
    secrets: BTreeMap<&'a str, SecretPolicy<'a>>,
}

#[derive(Serialize)]
struct NetworkPolicy<'a> {
    allow: &'a [Text<HostPattern>],
    #[serde(skip_serializing_if = "Option::is_none")]
    resolver: Option<Text<SocketAddr>>,
    ca: &'a [PathBuf],
    client: Vec<ClientPolicy<'a>>,
}

#[derive(Serialize)]
struct ClientPolicy<'a> {
    hosts: &'a [Text<HostPattern>],
    certificate: &'a Path,
}

#[derive(Serialize)]
struct SecretPolicy<'a> {
    hosts: &'a [Text<HostPattern>],
    plaintext: bool,
    #[serde(flatten)]
    uses: SecretUses,
}

fn is_default(table: &IncidentTable) -> bool {
    *table == IncidentTable::default()
}

impl Tenant {
    /// The policy as text; equal configurations give equal texts.
    pub(crate) fn policy_json(&self) -> serde_json::Result<String> {
        let network = &self.table.network;
        let clients = network
            .tls
            .client
            .iter()
            .map(|client| ClientPolicy { hosts: &client.hosts, certificate: &client.certificate });
        let secrets = self.table.secrets.iter().map(|(name, secret)| {
            (
                name.as_str(),
                SecretPolicy { hosts: &secret.hosts, plaintext: secret.plaintext, uses: secret.into() },
            )
        });
        serde_json::to_string(&Policy {
            runs: self.runs(),
            runs_per_day: self.runs_per_day(),
            confirm_runs_per_day: self.confirm_runs_per_day(),
            stored_bytes: self.stored_bytes(),
            journeys: self.journeys(),
            retries: self.settings.ceiling.retries,
            network: NetworkPolicy {
                allow: &network.allow,
                resolver: network.resolver,
                ca: &network.tls.ca,
                client: clients.collect(),
            },
            limits: self.settings.ceiling.json(),
            incidents: self.table.incidents,
            secrets: secrets.collect(),
        })
    }
}
