//! The tenants of a runner, made from its file, its environment and the files that it names.
//!
//! A value of [`Tenants`] never changes. To read secrets and certificates again, make another one from the same
//! [`RunnerFile`]; whoever holds the old one finishes with it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use wayfarer_model::deployment::JourneySpec;
use wayfarer_model::ids::TenantName;
use wayfarer_sandbox::Network;
use wayfarer_sandbox::net::Controls;

use super::{TenantError, TenantErrors};
use crate::config::{NoSecret, RunnerFile, StatusPageTable, TenantTable, tenant_network_settings};
use crate::runnable::{
    Ceiling, JourneyCode, Origin, ResolveErrors, RunnableJourney, TenantSecret, TenantSettings,
    default_ceiling, runner_controls,
};

/// One tenant. Every secret of its settings has a value.
pub(crate) struct Tenant {
    pub(super) name: TenantName,
    pub(super) table: TenantTable,
    pub(super) settings: TenantSettings,
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant")
            .field("name", &self.name)
            .field("secrets", &self.settings.secrets)
            .finish_non_exhaustive()
    }
}

impl Tenant {
    pub(crate) fn name(&self) -> &TenantName {
        &self.name
    }

    /// A sentence for each secret that has no value, with the mend.
    pub(crate) fn secrets_without_value(&self) -> Vec<String> {
        let missing = |(name, own): (&String, &Result<_, NoSecret>)| {
            let why = own.as_ref().err()?;
            Some(format!("tenant `{}`: {}", self.name, self.settings.origin.secret(name, why)))
        };
        self.settings.secrets.iter().filter_map(missing).collect()
    }

    /// Its name for people.
    pub(crate) fn title(&self) -> Option<&str> {
        self.table.title.as_deref()
    }

    /// What it shows to the public.
    pub(crate) fn status_page(&self) -> Option<&StatusPageTable> {
        self.table.status_page.as_ref()
    }

    /// How many of its runs may be in flight at a time.
    pub(crate) fn runs(&self) -> u32 {
        self.table.runs()
    }

    /// How many runs it may make a day (UTC); none: as many as it likes.
    pub(crate) fn runs_per_day(&self) -> Option<u64> {
        self.table.runs_per_day.map(|count| count.0.0.into())
    }

    /// How many confirmation runs its journeys may have a day (UTC), beside these. As many, where nothing is said.
    pub(crate) fn confirm_runs_per_day(&self) -> Option<u64> {
        let own = self.table.confirm_runs_per_day.map(|count| count.0.0.into());
        own.or_else(|| self.runs_per_day())
    }

    /// What its runs may hold in memory, in bytes; none: half of what all may.
    pub(crate) fn memory(&self) -> Option<u64> {
        self.table.memory()
    }

    /// What its components may have together, in bytes.
    pub(crate) fn components(&self) -> u64 {
        self.table.components()
    }

    /// What its recordings may have together in the database, in bytes; none: as many as there are.
    pub(crate) fn stored_bytes(&self) -> Option<u64> {
        self.table.stored_bytes()
    }

    /// How many journeys it may have deployed.
    pub(crate) fn journeys(&self) -> u32 {
        self.table.journeys()
    }

    /// Its network: policy, trust, name server, proxy.
    pub(crate) fn network(&self) -> Network {
        self.settings.network.with_policy(self.settings.network.policy().clone())
    }

    /// Resolves a version of a journey. `code` is loaded by whoever has the sandbox.
    ///
    /// # Errors
    /// Everything that stands in the way. After [`admit`](Self::admit) that is a change of the configuration.
    pub(crate) fn resolve(
        &self,
        spec: &JourneySpec,
        code: Arc<JourneyCode>,
    ) -> Result<RunnableJourney, ResolveErrors> {
        self.settings.resolve(spec, code, &[])
    }

    fn read(
        name: TenantName,
        table: TenantTable,
        runner: &RunnerFile,
        controls: &Arc<Controls>,
    ) -> Result<Self, Vec<TenantError>> {
        let origin = Origin::Runner { tenant: name.clone(), is_implied: runner.has_only_tenant() };
        let (mut secrets, mut errors) = (BTreeMap::new(), Vec::new());
        for (secret, own) in &table.secrets {
            let variable_of = |variable: &str| std::env::var(variable).ok();
            match TenantSecret::read(own, |path| runner.path(path), variable_of) {
                Ok(value) => {
                    if let Some(bits) = value.guessable() {
                        tracing::warn!(
                            tenant = %name,
                            secret,
                            bits,
                            "a journey could guess this secret: make it longer; see `wayfarer secrets check`"
                        );
                    }
                    secrets.insert(secret.clone(), Ok(value));
                }
                // A project's secret may be one that no deployed journey needs.
                Err(why) if runner.has_only_tenant() => {
                    tracing::warn!("{}", origin.secret(secret, &why));
                    secrets.insert(secret.clone(), Err(why));
                }
                Err(why) => {
                    let (tenant, secret, origin) = (name.clone(), secret.clone(), origin.clone());
                    errors.push(TenantError::Secret { tenant, secret, why, origin });
                }
            }
        }
        let network = match tenant_network_settings(runner, &name, &table.network, controls) {
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
        let ceiling = Ceiling { limits: table.limits.over(default_ceiling()), retries: table.retries() };
        let settings = {
            let evidence = runner.toml.evidence.bounds();
            TenantSettings { origin, network, allow, secrets, evidence, ceiling }
        };
        Ok(Self { name, table, settings })
    }
}

/// All tenants of a runner.
#[derive(Debug, Clone)]
pub(crate) struct Tenants {
    by_name: BTreeMap<TenantName, Arc<Tenant>>,
    controls: Arc<Controls>,
}

impl Tenants {
    /// Reads everything that the file names: secrets, certificate authorities, client certificates.
    ///
    /// # Errors
    /// Everything that is wrong with any tenant.
    pub(crate) fn read(runner: &RunnerFile) -> Result<Self, TenantErrors> {
        let alone = |error| TenantErrors(vec![TenantError::Config(error)]);
        let tables = runner.tenants().map_err(alone)?;
        let controls = runner_controls(runner).map_err(alone)?;
        let (mut tenants, mut errors) = (BTreeMap::new(), Vec::new());
        for (name, table) in tables {
            match Tenant::read(name.clone(), table, runner, &controls) {
                Ok(tenant) => {
                    tenants.insert(name, Arc::new(tenant));
                }
                Err(more) => errors.extend(more),
            }
        }
        if errors.is_empty() { Ok(Self { by_name: tenants, controls }) } else { Err(TenantErrors(errors)) }
    }

    /// What tells a dead target of any of them from a dead uplink of the runner's.
    pub(crate) fn controls(&self) -> &Arc<Controls> {
        &self.controls
    }

    pub(crate) fn get(&self, name: &TenantName) -> Option<&Arc<Tenant>> {
        self.by_name.get(name)
    }

    /// All, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Tenant>> {
        self.by_name.values()
    }
}
