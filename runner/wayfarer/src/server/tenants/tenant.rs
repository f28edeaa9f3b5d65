//! The tenants of a runner, made from its file, its environment and the files that it names.
//!
//! Nothing in a value of [`Tenants`] changes. Reading secrets and certificates again means making another from
//! the same [`RunnerFile`]; whoever holds the old one finishes with it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use wayfarer_model::egress::HostPattern;
use wayfarer_model::ids::TenantName;
use wayfarer_model::limits::Limits;
use wayfarer_sandbox::Network;

use super::{TenantError, TenantErrors, ceiling};
use crate::config::{RunnerFile, SecretTable, TenantTable, secret_value, tenant_network_settings};

/// A secret of a tenant.
#[derive(Clone)]
pub(super) struct TenantSecret {
    pub(super) value: String,
    /// Toward whom it may be sent; empty means every host that the tenant may call.
    pub(super) hosts: Vec<HostPattern>,
    pub(super) plaintext: bool,
}

impl fmt::Debug for TenantSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantSecret")
            .field("hosts", &self.hosts)
            .field("plaintext", &self.plaintext)
            .finish_non_exhaustive()
    }
}

/// One tenant.
pub(crate) struct Tenant {
    pub(super) name: TenantName,
    pub(super) table: TenantTable,
    /// Whether it is there because no tenant is written down.
    pub(super) is_implied: bool,
    /// Its layer alone; journeys lay theirs upon it.
    pub(super) network: Network,
    pub(super) allow: Vec<HostPattern>,
    pub(super) secrets: BTreeMap<String, TenantSecret>,
    /// The most that a journey may ask for.
    pub(super) ceiling: Limits,
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant")
            .field("name", &self.name)
            .field("secrets", &self.secrets)
            .finish_non_exhaustive()
    }
}

impl Tenant {
    /// Its name.
    pub(crate) fn name(&self) -> &TenantName {
        &self.name
    }

    /// Its name for people.
    pub(crate) fn title(&self) -> Option<&str> {
        self.table.title.as_deref()
    }

    /// How many of its runs may be under way at a time.
    pub(crate) fn runs(&self) -> u32 {
        self.table.runs()
    }

    /// How many runs it has a day (UTC); no limit where there is none.
    pub(crate) fn runs_per_day(&self) -> Option<u64> {
        self.table.runs_per_day.map(|count| count.0.0.into())
    }

    /// How many journeys it may have deployed.
    pub(crate) fn journeys(&self) -> u32 {
        self.table.journeys()
    }

    fn read(name: TenantName, table: TenantTable, runner: &RunnerFile) -> Result<Self, Vec<TenantError>> {
        let mut errors = Vec::new();
        let mut secrets = BTreeMap::new();
        for (secret, own) in &table.secrets {
            match read_secret(own, runner) {
                Ok(value) => {
                    let hosts = own.hosts.iter().map(|host| host.0.clone()).collect();
                    secrets.insert(secret.clone(), TenantSecret { value, hosts, plaintext: own.plaintext });
                }
                Err(why) => {
                    let (tenant, secret) = (name.clone(), secret.clone());
                    errors.push(TenantError::Secret { tenant, secret, why });
                }
            }
        }
        let network = match tenant_network_settings(runner, &name, &table.network) {
            Ok(settings) => Network::new(settings)
                .map_err(|error| errors.push(TenantError::Network { tenant: name.clone(), error })),
            Err(error) => {
                errors.push(TenantError::Config(error));
                Err(())
            }
        };
        let Ok(network) = network else { return Err(errors) };
        if !errors.is_empty() {
            return Err(errors);
        }
        let allow = table.network.allow.iter().map(|host| host.0.clone()).collect();
        let ceiling = table.limits.over(ceiling::usual());
        Ok(Self { name, is_implied: runner.has_only_tenant(), network, allow, secrets, ceiling, table })
    }
}

fn read_secret(table: &SecretTable, runner: &RunnerFile) -> Result<String, super::error::NoSecret> {
    let value = secret_value(table, |path| runner.path(path), |variable| std::env::var(variable).ok())?;
    if value.is_empty() { Err(super::error::NoSecret::Empty) } else { Ok(value) }
}

/// All tenants of a runner.
#[derive(Debug, Clone)]
pub(crate) struct Tenants(BTreeMap<TenantName, Arc<Tenant>>);

impl Tenants {
    /// Reads everything that the file names: secrets, authorities, client certificates.
    ///
    /// # Errors
    /// Everything that is wrong with any tenant.
    pub(crate) fn read(runner: &RunnerFile) -> Result<Self, TenantErrors> {
        let tables = runner.tenants().map_err(|error| TenantErrors(vec![TenantError::Config(error)]))?;
        let (mut tenants, mut errors) = (BTreeMap::new(), Vec::new());
        for (name, table) in tables {
            match Tenant::read(name.clone(), table, runner) {
                Ok(tenant) => {
                    tenants.insert(name, Arc::new(tenant));
                }
                Err(more) => errors.extend(more),
            }
        }
        if errors.is_empty() { Ok(Self(tenants)) } else { Err(TenantErrors(errors)) }
    }

    /// The tenant of that name.
    pub(crate) fn get(&self, name: &TenantName) -> Option<&Arc<Tenant>> {
        self.0.get(name)
    }

    /// All, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Tenant>> {
        self.0.values()
    }
}
