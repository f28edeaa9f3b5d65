//! Decides whether versions of journeys may be deployed, before anything is stored.
//!
//! Nothing that an author sends is believed. The answer lists everything that is wrong.

use std::collections::{BTreeMap, BTreeSet};

use wayfarer_model::deployment::{Code, JourneySpec};
use wayfarer_model::descriptor::{self, Descriptor, DescriptorError, check_bounds, check_values};
use wayfarer_model::ids::{ComponentDigest, JourneyName};
use wayfarer_model::parameter;

use super::{Locations, Tenant};
use crate::config::Grace;
use crate::runnable::{Excess, JourneyCode, ResolveError, ResolveErrors, params, patterns};

/// The journeys of each component that the versions name and that the tenant has uploaded.
pub(crate) type Described = BTreeMap<ComponentDigest, Vec<Descriptor>>;

impl Tenant {
    /// Checks versions that are to be deployed. `others` are the journeys that are deployed already and stay.
    /// Returns what the author should know, a sentence each.
    ///
    /// # Errors
    /// Everything because of which the deploy is refused.
    pub(crate) fn admit(
        &self,
        specs: &[JourneySpec],
        described: &Described,
        others: &BTreeSet<JourneyName>,
        locations: &Locations,
    ) -> Result<Vec<String>, ResolveErrors> {
        let (mut errors, mut warnings) = (Vec::new(), Vec::new());
        let mut names = others.clone();
        let mut listed = BTreeSet::new();
        for spec in specs {
            if !listed.insert(spec.name()) {
                let rule = "it is deployed twice: give each journey a name of its own".to_owned();
                errors.push(ResolveError::Rule { journey: spec.name().clone(), rule });
            }
            names.insert(spec.name().clone());
            self.admit_one(spec, described, &mut errors, &mut warnings);
            let rules = locations.rules(spec).into_iter();
            errors.extend(rules.map(|rule| ResolveError::Rule { journey: spec.name().clone(), rule }));
            warnings.extend(locations.warning(spec));
        }
        if names.len() > self.journeys() as usize {
            let (tenant, count, most) = (self.name.clone(), names.len(), self.journeys());
            errors.push(ResolveError::TooMany { tenant, count, most });
        }
        if errors.is_empty() { Ok(warnings) } else { Err(ResolveErrors(errors)) }
    }

    fn admit_one(
        &self,
        spec: &JourneySpec,
        described: &Described,
        errors: &mut Vec<ResolveError>,
        warnings: &mut Vec<String>,
    ) {
        let bounds = check_bounds(&spec.descriptor).and_then(|()| check_values(spec.params.values()));
        if let Err(error) = bounds {
            let journey = spec.name().clone();
            errors.push(DescriptorError::Bound { journey, error }.into());
            return;
        }
        params(spec, &self.settings.origin, errors);
        let given = spec.params.keys().map(String::as_str);
        for (name, nearest) in parameter::unknown(&spec.descriptor.parameters, given) {
            let (journey, name) = (spec.name().clone(), name.to_owned());
            errors.push(ResolveError::UnknownParameter {
                journey,
                name,
                nearest: nearest.map(str::to_owned),
            });
        }
        self.settings.secrets(spec, errors);
        self.plaintext(spec, warnings);
        self.settings.journeys_policy(spec, &[], errors);
        self.hosts(spec, errors, warnings);
        self.ceilings(spec, errors);
        errors.extend(JourneyCode::without_component(spec).err().into_iter().flat_map(|errors| errors.0));
        errors
            .extend(descriptor::check(std::slice::from_ref(&spec.descriptor)).err().map(ResolveError::from));
        let rules = [code(spec, described), timing(spec)].into_iter().flatten();
        errors.extend(rules.map(|rule| ResolveError::Rule { journey: spec.name().clone(), rule }));
    }

    /// Warns of secrets that the journey wants to send without TLS and may not.
    fn plaintext(&self, spec: &JourneySpec, warnings: &mut Vec<String>) {
        let is_used = |name: &String| spec.descriptor.secret_names().any(|used| used == name);
        for (name, _) in spec.secrets.iter().filter(|(name, usage)| usage.plaintext && is_used(name)) {
            let own = self.settings.secrets.get(name).and_then(|own| own.as_ref().ok());
            if own.is_some_and(|own| !own.is_plaintext()) {
                warnings.push(format!(
                    "journey `{}`: the secret `{name}` goes over TLS only: to send it without, add `plaintext = \
                     true` under [tenants.{}.secrets.{name}] in wayfarer.toml",
                    spec.name(),
                    self.name
                ));
            }
        }
    }

    /// Warns of hosts that the tenant's own list denies. If it denies all of them, no run can succeed: an error.
    fn hosts(&self, spec: &JourneySpec, errors: &mut Vec<ResolveError>, warnings: &mut Vec<String>) {
        let Ok(entries) = patterns(&spec.allow) else { return };
        let denials: Vec<String> = entries
            .iter()
            .filter_map(|entry| self.settings.network.policy().check_entry(entry).err())
            .map(|denial| denial.to_string())
            .collect();
        let journey = spec.name();
        if denials.len() == entries.len() {
            errors.extend(
                denials.into_iter().map(|denial| ResolveError::Denied { journey: journey.clone(), denial }),
            );
        } else {
            warnings.extend(denials.into_iter().map(|denial| format!("journey `{journey}`: {denial}")));
        }
    }

    fn ceilings(&self, spec: &JourneySpec, errors: &mut Vec<ResolveError>) {
        for Excess { key, asked, most, table } in self.settings.ceiling.excesses(&spec.limits, spec.retry) {
            let (journey, tenant) = (spec.name().clone(), self.name.clone());
            errors.push(ResolveError::Above { journey, tenant, key, asked, most, table });
        }
    }
}

/// The rule that the code of a version breaks, if any.
fn code(spec: &JourneySpec, described: &Described) -> Option<String> {
    let Code::Component(digest) = spec.code else { return None };
    let Some(journeys) = described.get(&digest) else {
        return Some(format!(
            "its component {digest} is not here: upload it first, as `wayfarer deploy` does"
        ));
    };
    let Some(own) = journeys.iter().find(|own| own.name == *spec.name()) else {
        return Some(format!(
            "its component {digest} holds no journey of that name: build and deploy it again"
        ));
    };
    let said = &spec.descriptor;
    let is_same = own.parameters == said.parameters
        && own.secrets == said.secrets
        && own.steps == said.steps
        && own.hosts == said.hosts
        && own.cleanups == said.cleanups;
    let rule = "what is said of its parameters, secrets, steps, hosts or cleanups is not what its component says: \
                build and deploy it again";
    (!is_same).then(|| rule.to_owned())
}

/// The rule that a version's timing breaks, if any. Most are enforced by its types.
fn timing(spec: &JourneySpec) -> Option<String> {
    let grace = spec.timing.as_ref()?.grace;
    Grace::new(grace).err()
}
