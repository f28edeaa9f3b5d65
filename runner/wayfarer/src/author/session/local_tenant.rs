//! The tenant that `wayfarer test` implies: what `journey.toml`, the environment and the command line say is laid upon the
//! versions that a deploy would send, by the resolver that a server uses.
//!
//! It differs from a server's tenant in three ways. It has no ceiling. It allows every host, so that the journey's own
//! list decides alone. And it allows what is named on the spot: the hosts of `--allow`, and the addresses behind the URL
//! of a check without code.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use wayfarer_model::egress::HostPattern;
use wayfarer_model::exchange::EvidenceBounds;
use wayfarer_sandbox::net::Controls;
use wayfarer_sandbox::{Network, NetworkError};

use super::named_hosts::named_hosts;
use crate::author::deployable::{Given, JourneyIn, spec};
use crate::config::{ConfigError, Project, network_settings};
use crate::runnable::{
    Ceiling, CheckHosts, JourneyCode, Origin, ResolveErrors, RunnableJourney, TenantSecret, TenantSettings,
};

/// What the command line adds to the network of every project.
#[derive(Debug, Clone, Default)]
pub(crate) struct NetworkGiven {
    /// Hosts beside those of the files.
    pub(crate) allow: Vec<HostPattern>,
    /// A name server in place of the files'.
    pub(crate) resolver: Option<SocketAddr>,
    /// What tells a dead target from a dead uplink.
    pub(crate) controls: Option<Arc<Controls>>,
}

/// Why journeys cannot run here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LocalError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Certificates and the like.
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error(transparent)]
    Resolve(#[from] ResolveErrors),
}

/// Makes journeys ready to run in this process, in the order given.
///
/// # Errors
/// A file that cannot be used; otherwise everything that stands in the way of any journey.
pub(crate) fn resolve_here(
    chosen: &[(&JourneyIn<'_>, &Arc<JourneyCode>)],
    given: &Given,
    network: &NetworkGiven,
) -> Result<Vec<RunnableJourney>, LocalError> {
    let mut tenants: BTreeMap<&Path, TenantSettings> = BTreeMap::new();
    let (mut ready, mut errors) = (Vec::new(), Vec::new());
    for &(of, code) in chosen {
        let component = match &**code {
            JourneyCode::Guest(component) => Some(component.digest()),
            JourneyCode::HttpCheck(_) => None,
        };
        let Some(spec) = spec(of, component, given, &mut errors) else { continue };
        let tenant = match tenants.entry(of.project.place()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(local_tenant(of, chosen, given, network)?),
        };
        let mut also = network.allow.clone();
        if let JourneyCode::HttpCheck(check) = &**code {
            also.extend(named_hosts(check, &spec.params));
        }
        match tenant.resolve(&spec, Arc::clone(code), &also) {
            Ok(journey) => ready.push(journey),
            Err(more) => errors.extend(more.0),
        }
    }
    if errors.is_empty() { Ok(ready) } else { Err(ResolveErrors(errors).into()) }
}

/// The tenant of one project, with the secrets that any of its chosen journeys uses.
fn local_tenant(
    of: &JourneyIn<'_>,
    chosen: &[(&JourneyIn<'_>, &Arc<JourneyCode>)],
    given: &Given,
    network: &NetworkGiven,
) -> Result<TenantSettings, LocalError> {
    let project = of.project;
    let together = chosen.iter().filter(|(other, _)| other.project.place() == project.place());
    let used = together.clone().flat_map(|(other, _)| other.journey.secret_names()).collect();
    let called = together.filter_map(|(other, code)| match &***code {
        JourneyCode::HttpCheck(check) => Some(CheckHosts::of(check, &other.values(given)).called),
        JourneyCode::Guest(_) => None,
    });
    let called = called.flatten().filter_map(|host| host.parse().ok()).collect();
    let network = Network::new(network_settings(project, network.resolver, network.controls.clone())?)?;
    Ok(settings(project, &used, given, (network, called), of.origin()))
}

fn settings(
    project: &Project,
    used: &BTreeSet<&str>,
    given: &Given,
    (network, called): (Network, Vec<HostPattern>),
    origin: Origin,
) -> TenantSettings {
    let variable_of =
        |variable: &str| given.env_file.get(variable).cloned().or_else(|| std::env::var(variable).ok());
    let tables = project.toml.secrets.iter().filter(|(name, _)| used.contains(name.as_str()));
    let secrets = tables.map(|(name, table)| {
        (name.clone(), TenantSecret::read(table, |path| project.path(path), variable_of))
    });
    TenantSettings {
        origin,
        network,
        // Where a secret without hosts of its own may go.
        allow: project.toml.network.allow.iter().map(|host| host.0.clone()).chain(called).collect(),
        secrets: secrets.collect(),
        evidence: EvidenceBounds::default(),
        ceiling: Ceiling::UNBOUNDED,
    }
}

#[cfg(test)]
#[path = "local_tenant_tests.rs"]
mod tests;
