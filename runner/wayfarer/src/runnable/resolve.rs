//! The one resolver: from a version of a journey and its tenant's settings to everything that an attempt needs.
//!
//! Nothing here waits: no file, no name server, no compiler. Of what the journey and its tenant say, the narrower holds:
//! hosts that both lists cover, secrets toward hosts that both name and without TLS only if both say it, limits up to
//! the tenant's.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use wayfarer_model::deployment::{JourneySpec, SecretUse};
use wayfarer_model::descriptor::SecretNeed;
use wayfarer_model::egress::{EgressPolicy, HostPattern, PatternError};
use wayfarer_model::parameter;
use wayfarer_sandbox::Secret;

use super::{CheckHosts, JourneyCode, Origin, ResolveError, ResolveErrors, RunnableJourney, TenantSettings};
use crate::config::NoSecret;

impl TenantSettings {
    /// Resolves one version. `code` is loaded by whoever has the sandbox; versions of one component share it. `also` are
    /// hosts that whoever runs it allows beside the journey's own: `--allow`, for instance.
    ///
    /// # Errors
    /// Everything that stands in the way. For a version that was admitted at a deploy, that is a later change of the
    /// tenant's settings.
    pub(crate) fn resolve(
        &self,
        spec: &JourneySpec,
        code: Arc<JourneyCode>,
        also: &[HostPattern],
    ) -> Result<RunnableJourney, ResolveErrors> {
        let mut errors = Vec::new();
        let params = params(spec, &self.origin, &mut errors);
        let secrets = self.secrets(spec, &mut errors);
        let named = match &*code {
            JourneyCode::HttpCheck(check) => CheckHosts::of(check, &spec.params).patterns(),
            JourneyCode::Guest(_) => Vec::new(),
        };
        let policy = self.journeys_policy(spec, &[also, &named].concat(), &mut errors);
        if !errors.is_empty() {
            return Err(ResolveErrors(errors));
        }
        let (limits, retry) = self.ceiling.cut(&spec.limits, spec.retry);
        let network = self.network.with_policy(self.network.policy().clone().and(policy));
        Ok(RunnableJourney {
            journey: Arc::new(spec.descriptor.clone()),
            code,
            params,
            secrets,
            limits,
            retry,
            evidence: self.evidence,
            network: Arc::new(network),
            was_good: AtomicBool::new(false),
        })
    }

    /// The secrets that the journey uses, in the order of its descriptor.
    pub(crate) fn secrets(&self, spec: &JourneySpec, errors: &mut Vec<ResolveError>) -> Vec<Secret> {
        let mut found = Vec::new();
        for SecretNeed { name, required, .. } in &spec.descriptor.secrets {
            // The guest learns that an optional secret has no value when it asks for the secret.
            if *required || self.secrets.contains_key(name) {
                found.extend(self.secret(spec, name).map_err(|error| errors.extend(error.0)).ok());
            }
        }
        found
    }

    fn secret(&self, spec: &JourneySpec, name: &str) -> Result<Secret, ResolveErrors> {
        let (journey, secret, origin) = (spec.name().clone(), name.to_owned(), self.origin.clone());
        let own = match self.secrets.get(name) {
            Some(Ok(own)) => own,
            Some(Err(why)) => {
                return Err(ResolveError::Secret { journey, secret, why: why.clone(), origin }.into());
            }
            None => {
                return Err(
                    ResolveError::Secret { journey, secret, why: NoSecret::Unconfigured, origin }.into()
                );
            }
        };
        let unused = SecretUse::default();
        let usage = spec.secrets.get(name).unwrap_or(&unused);
        let listed = if usage.hosts.is_empty() { &spec.allow } else { &usage.hosts };
        let wanted = match patterns(listed) {
            Ok(wanted) => wanted,
            Err(error) => return Err(ResolveError::Host { journey, error }.into()),
        };
        let granted = if own.hosts.is_empty() { &self.allow } else { &own.hosts };
        let hosts: Vec<HostPattern> =
            wanted.iter().flat_map(|host| granted.iter().flat_map(|other| host.meet(other))).collect();
        if hosts.is_empty() && !wanted.is_empty() {
            let wanted = listed.join("`, `");
            return Err(ResolveError::SecretWithoutHost { journey, secret, wanted, origin }.into());
        }
        let declared = spec.descriptor.secrets.iter().find(|secret| secret.name == name);
        let mut asks = usage.asks.clone();
        asks.extend(declared.and_then(SecretNeed::line));
        let lacking = own.uses.lacks(name, &asks);
        if !lacking.is_empty() {
            let lines = lacking.join("`, `");
            return Err(ResolveError::SecretNotGranted { journey, secret, lines, origin }.into());
        }
        let plaintext = own.plaintext && usage.plaintext;
        let (places, grants) = (own.uses.places(name), own.uses.grants());
        Ok(Secret { name: secret, value: own.value.clone(), hosts, plaintext, places, grants })
    }

    /// The journey's own layer of the policy.
    pub(crate) fn journeys_policy(
        &self,
        spec: &JourneySpec,
        also: &[HostPattern],
        errors: &mut Vec<ResolveError>,
    ) -> EgressPolicy {
        match patterns(&spec.allow) {
            Ok(own) => {
                let entries = own.into_iter().chain(also.iter().cloned()).collect();
                EgressPolicy::of(&self.origin.journeys_hosts(), entries)
            }
            Err(error) => {
                errors.push(ResolveError::Host { journey: spec.name().clone(), error });
                EgressPolicy::deny_all()
            }
        }
    }
}

/// The value of every parameter, presets filled in, in the order of the descriptor.
pub(crate) fn params(
    spec: &JourneySpec,
    origin: &Origin,
    errors: &mut Vec<ResolveError>,
) -> Vec<(String, String)> {
    parameter::resolve(&spec.descriptor.parameters, &spec.params).unwrap_or_else(|wrong| {
        errors.extend(wrong.into_iter().map(|error| ResolveError::Parameter {
            journey: spec.name().clone(),
            error,
            origin: origin.clone(),
        }));
        Vec::new()
    })
}

/// A list of hosts as it was deployed.
pub(crate) fn patterns(written: &[String]) -> Result<Vec<HostPattern>, PatternError> {
    written.iter().map(|entry| entry.parse()).collect()
}
