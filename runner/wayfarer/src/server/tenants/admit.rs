//! Whether versions of journeys may be deployed: the server's look at what an author sends, before anything is
//! stored. Nothing that comes from outside is believed; everything that is wrong is said at once.

use std::collections::{BTreeMap, BTreeSet};

use wayfarer_model::deployment::{Code, JourneySpec};
use wayfarer_model::descriptor::{self, Descriptor};
use wayfarer_model::ids::{ComponentDigest, JourneyName};
use wayfarer_model::parameter;

use super::ready::{journeys_policy, patterns, route_without_code};
use super::{ReadyError, ReadyErrors, Tenant, ceiling};
use crate::config::Grace;

/// The journeys of each component that the tenant has uploaded and that is asked for.
pub(crate) type Described = BTreeMap<ComponentDigest, Vec<Descriptor>>;

impl Tenant {
    /// Looks at versions that are to be deployed. `others` are the journeys that are deployed already and stay.
    /// The answer is what the author should know, a sentence each.
    ///
    /// # Errors
    /// Everything for which the deploy is refused.
    pub(crate) fn admit(
        &self,
        specs: &[JourneySpec],
        described: &Described,
        others: &BTreeSet<JourneyName>,
    ) -> Result<Vec<String>, ReadyErrors> {
        let (mut errors, mut warnings) = (Vec::new(), Vec::new());
        let mut names = others.clone();
        let mut seen = BTreeSet::new();
        for spec in specs {
            if !seen.insert(spec.name()) {
                let rule = "it is deployed twice: give each journey a name of its own".to_owned();
                errors.push(ReadyError::Rule { journey: spec.name().clone(), rule });
            }
            names.insert(spec.name().clone());
            self.admit_one(spec, described, &mut errors, &mut warnings);
        }
        if names.len() > self.journeys() as usize {
            let (tenant, count, most) = (self.name.clone(), names.len(), self.journeys());
            errors.push(ReadyError::TooMany { tenant, count, most });
        }
        if errors.is_empty() { Ok(warnings) } else { Err(ReadyErrors(errors)) }
    }

    fn admit_one(
        &self,
        spec: &JourneySpec,
        described: &Described,
        errors: &mut Vec<ReadyError>,
        warnings: &mut Vec<String>,
    ) {
        Self::params(spec, errors);
        let given = spec.params.keys().map(String::as_str);
        for (name, nearest) in parameter::unknown(&spec.descriptor.parameters, given) {
            let (journey, name) = (spec.name().clone(), name.to_owned());
            errors.push(ReadyError::UnknownParameter { journey, name, nearest: nearest.map(str::to_owned) });
        }
        self.secrets(spec, errors);
        self.plaintext(spec, warnings);
        journeys_policy(spec, errors);
        self.hosts(spec, errors, warnings);
        self.ceilings(spec, errors);
        errors.extend(route_without_code(spec).err());
        errors.extend(descriptor::check(std::slice::from_ref(&spec.descriptor)).err().map(ReadyError::from));
        let rules = [code(spec, described), timing(spec)].into_iter().flatten();
        errors.extend(rules.map(|rule| ReadyError::Rule { journey: spec.name().clone(), rule }));
    }

    /// A secret that the journey would send in the clear, and may not.
    fn plaintext(&self, spec: &JourneySpec, warnings: &mut Vec<String>) {
        let is_used = |name: &String| spec.descriptor.secrets.contains(name);
        for (name, _) in spec.secrets.iter().filter(|(name, usage)| usage.plaintext && is_used(name)) {
            if self.secrets.get(name).is_some_and(|own| !own.plaintext) {
                warnings.push(format!(
                    "journey `{}`: the secret `{name}` goes over TLS only: to send it without, add `plaintext = \
                     true` under [tenants.{}.secrets.{name}] in wayfarer.toml",
                    spec.name(),
                    self.name
                ));
            }
        }
    }

    /// Hosts that the tenant's own list leaves nothing of. If that is all of them, no run can come to anything.
    fn hosts(&self, spec: &JourneySpec, errors: &mut Vec<ReadyError>, warnings: &mut Vec<String>) {
        let Ok(entries) = patterns(&spec.allow) else { return };
        let denials: Vec<String> = entries
            .iter()
            .filter_map(|entry| self.network.policy().check_entry(entry).err())
            .map(|denial| denial.to_string())
            .collect();
        let journey = spec.name();
        if denials.len() == entries.len() {
            errors.extend(
                denials.into_iter().map(|denial| ReadyError::Denied { journey: journey.clone(), denial }),
            );
        } else {
            warnings.extend(denials.into_iter().map(|denial| format!("journey `{journey}`: {denial}")));
        }
    }

    fn ceilings(&self, spec: &JourneySpec, errors: &mut Vec<ReadyError>) {
        let journey = spec.name();
        let mut refuse = |key, asked: String, most: String, table| {
            let (journey, tenant) = (journey.clone(), self.name.clone());
            errors.push(ReadyError::Above { journey, tenant, key, asked, most, table });
        };
        for (key, asked, most) in ceiling::above(&spec.limits, &self.ceiling) {
            refuse(key, asked.to_string(), most.to_string(), ".limits");
        }
        let most = self.table.retries();
        if spec.retry.retries > most {
            refuse("retries", spec.retry.retries.to_string(), most.to_string(), "");
        }
    }
}

/// What is wrong with the code that a version names.
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

/// What is wrong with a version's timing, beside what its types refuse.
fn timing(spec: &JourneySpec) -> Option<String> {
    let grace = spec.timing.as_ref()?.grace;
    Grace::new(grace).err()
}
