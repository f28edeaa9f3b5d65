//! What a deploy sends: one [`JourneySpec`] for each journey that is enabled, or everything that is wrong with any.

use std::collections::BTreeSet;

use wayfarer_model::deployment::JourneySpec;
use wayfarer_model::ids::ComponentDigest;

use super::spec::spec;
use super::{Given, JourneyIn};
use crate::config::{NoSecret, Project};
use crate::runnable::{Origin, ResolveError, ResolveErrors, params};

/// A journey that may be deployed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'a> {
    pub(crate) of: &'a JourneyIn<'a>,
    /// The component that holds it; none for a check without code.
    pub(crate) component: Option<ComponentDigest>,
}

/// What a deploy sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deployable {
    /// In the order of the candidates.
    pub(crate) specs: Vec<JourneySpec>,
    /// What the author should know, a sentence each.
    pub(crate) notes: Vec<String>,
}

/// Makes versions of journeys, with every override and parameter in its place.
pub(crate) fn deployable(candidates: &[Candidate<'_>], given: &Given) -> Result<Deployable, ResolveErrors> {
    let (mut specs, mut notes, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    let (mut names, mut folders) = (BTreeSet::new(), BTreeSet::new());
    for candidate in candidates {
        let (journey, project) = (&candidate.of.journey, candidate.of.project);
        if !candidate.of.enabled {
            let file = project.file_name();
            notes.push(format!("journey `{}` is disabled in {file} and is not deployed", journey.name));
            continue;
        }
        if !names.insert(&journey.name) {
            let rule =
                "another project here has a journey of that name, and a tenant has one of each: rename one";
            errors.push(ResolveError::Rule { journey: journey.name.clone(), rule: rule.to_owned() });
        }
        if folders.insert(project.place()) {
            notes.extend(stays_here(project));
        }
        if let Some(spec) = spec(candidate.of, candidate.component, given, &mut errors) {
            check(&spec, &candidate.of.origin(), &mut errors);
            specs.push(spec);
        }
    }
    if errors.is_empty() { Ok(Deployable { specs, notes }) } else { Err(ResolveErrors(errors)) }
}

/// Names the keys of a project's network that hold for `wayfarer test` only.
fn stays_here(project: &Project) -> Option<String> {
    let network = &project.toml.network;
    let keys = [
        ("network.resolver", network.resolver.is_some()),
        ("network.tls.ca", !network.tls.ca.is_empty()),
        ("network.tls.client", !network.tls.client.is_empty()),
    ];
    let given: Vec<&str> = keys.into_iter().filter_map(|(key, is_given)| is_given.then_some(key)).collect();
    (!given.is_empty()).then(|| {
        format!(
            "`{}` in {} is for `wayfarer test`: for deployed journeys it stands under [tenants.NAME.network] in \
             the runner's wayfarer.toml",
            given.join("`, `"),
            project.path(project.file_name().as_ref()).display()
        )
    })
}

/// What can be checked without the tenant: parameters, and that every secret is configured.
fn check(spec: &JourneySpec, origin: &Origin, errors: &mut Vec<ResolveError>) {
    params(spec, origin, errors);
    let secrets = spec.descriptor.secrets.iter();
    let missing = secrets.filter(|secret| secret.required && !spec.secrets.contains_key(&secret.name));
    errors.extend(missing.map(|secret| ResolveError::Secret {
        journey: spec.name().clone(),
        secret: secret.name.clone(),
        why: NoSecret::Unconfigured,
        origin: origin.clone(),
    }));
}
