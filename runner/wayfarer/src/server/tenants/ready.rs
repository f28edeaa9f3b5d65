//! From a version of a journey to everything that its attempts need.
//!
//! Nothing here waits: no file, no name server, no compiler. What the journey says and what its tenant says are
//! laid upon each other, and of each the narrower holds: hosts that both lists cover, secrets toward hosts that
//! both name, without TLS only where both say so, limits up to the tenant's.

use std::sync::Arc;

use wayfarer_model::deployment::{Code, JourneySpec, SecretUse};
use wayfarer_model::egress::{EgressPolicy, HostPattern, PatternError};
use wayfarer_model::parameter;
use wayfarer_sandbox::Secret;

use super::{ReadyError, ReadyErrors, Tenant, ceiling};
use crate::config::HttpCheckTable;
use crate::runnable::Prepared;
use crate::runnable::{JourneyCode, RunnableJourney};

/// Where a person edits the journey's own list.
const JOURNEYS_LIST: &str = "network.allow in journey.toml, and deploy again";

impl Tenant {
    /// A version, ready to be walked. `route` is its code, loaded by whoever has the sandbox; versions of one
    /// component share it.
    ///
    /// # Errors
    /// Everything that stands in the way. After [`admit`](Self::admit) that is a change of the configuration.
    pub(crate) fn ready(
        &self,
        spec: &JourneySpec,
        route: Arc<JourneyCode>,
    ) -> Result<RunnableJourney, ReadyErrors> {
        let mut errors = Vec::new();
        let params = Self::params(spec, &mut errors);
        let secrets = self.secrets(spec, &mut errors);
        let policy = journeys_policy(spec, &mut errors);
        if !errors.is_empty() {
            return Err(ReadyErrors(errors));
        }
        let limits = ceiling::cut(&spec.limits, &self.ceiling);
        let mut retry = spec.retry;
        retry.retries = retry.retries.min(self.table.retries());
        let network = self.network.with_policy(self.network.policy().clone().and(policy));
        Ok(RunnableJourney {
            journey: Arc::new(spec.descriptor.clone()),
            code: route,
            prepared: Prepared { params, secrets, limits, retry },
            network: Arc::new(network),
        })
    }

    /// The value of every parameter, presets filled in.
    pub(super) fn params(spec: &JourneySpec, errors: &mut Vec<ReadyError>) -> Vec<(String, String)> {
        parameter::resolve(&spec.descriptor.parameters, &spec.params).unwrap_or_else(|wrong| {
            let journey = spec.name();
            errors.extend(
                wrong.into_iter().map(|error| ReadyError::Parameter { journey: journey.clone(), error }),
            );
            Vec::new()
        })
    }

    /// The secrets that the journey uses.
    pub(super) fn secrets(&self, spec: &JourneySpec, errors: &mut Vec<ReadyError>) -> Vec<Secret> {
        let mut found = Vec::new();
        for name in &spec.descriptor.secrets {
            match self.secret(spec, name) {
                Ok(secret) => found.push(secret),
                Err(error) => errors.push(error),
            }
        }
        found
    }

    #[expect(clippy::result_large_err, reason = "it is made once a deploy, and put in a list at once")]
    fn secret(&self, spec: &JourneySpec, name: &str) -> Result<Secret, ReadyError> {
        let own = self.secrets.get(name).ok_or_else(|| ReadyError::NoSecret {
            journey: spec.name().clone(),
            tenant: self.name.clone(),
            secret: name.to_owned(),
            is_implied: self.is_implied,
        })?;
        let unused = SecretUse::default();
        let usage = spec.secrets.get(name).unwrap_or(&unused);
        let listed = if usage.hosts.is_empty() { &spec.allow } else { &usage.hosts };
        let wanted =
            patterns(listed).map_err(|error| ReadyError::Host { journey: spec.name().clone(), error })?;
        let granted = if own.hosts.is_empty() { &self.allow } else { &own.hosts };
        let hosts: Vec<HostPattern> =
            wanted.iter().flat_map(|host| granted.iter().flat_map(|other| host.meet(other))).collect();
        if hosts.is_empty() && !wanted.is_empty() {
            return Err(ReadyError::SecretWithoutHost {
                journey: spec.name().clone(),
                tenant: self.name.clone(),
                secret: name.to_owned(),
                wanted: listed.join("`, `"),
            });
        }
        let plaintext = own.plaintext && usage.plaintext;
        Ok(Secret { name: name.to_owned(), value: own.value.clone(), hosts, plaintext })
    }
}

/// The journey's own layer.
pub(super) fn journeys_policy(spec: &JourneySpec, errors: &mut Vec<ReadyError>) -> EgressPolicy {
    EgressPolicy::parse(JOURNEYS_LIST, spec.allow.iter().map(String::as_str)).unwrap_or_else(|error| {
        errors.push(ReadyError::Host { journey: spec.name().clone(), error });
        EgressPolicy::deny_all()
    })
}

/// A list of hosts as it was deployed.
pub(super) fn patterns(written: &[String]) -> Result<Vec<HostPattern>, PatternError> {
    written.iter().map(|host| host.parse()).collect()
}

/// What stands behind a journey without code; none where there is code to load.
///
/// # Errors
/// If the table was not written by a deploy.
#[expect(clippy::result_large_err, reason = "it is made once a deploy, and put in a list at once")]
pub(crate) fn route_without_code(spec: &JourneySpec) -> Result<Option<JourneyCode>, ReadyError> {
    let Code::HttpCheck(text) = &spec.code else { return Ok(None) };
    let table = HttpCheckTable::from_json(text).map_err(|error| ReadyError::Rule {
        journey: spec.name().clone(),
        rule: format!(
            "its [http-check] table cannot be read: {error}; deploy it with this version of wayfarer"
        ),
    })?;
    Ok(Some(JourneyCode::HttpCheck(Box::new(table.check()))))
}
