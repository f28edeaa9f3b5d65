//! One [`JourneySpec`] for each journey that is enabled, or everything that is wrong with any of them.

use std::collections::{BTreeMap, BTreeSet};

use url::{Host, Url};
use wayfarer_model::deployment::{Code, JourneySpec, SecretUse, Timing};
use wayfarer_model::ids::ComponentDigest;
use wayfarer_model::parameter;
use wayfarer_model::retry::RetryPolicy;
use wayfarer_model::schedule::{Expression, Timezone};

use crate::author::session::{Given, JourneyIn, PrepareError, PrepareErrors, SecretError};
use crate::config::{HttpCheckTable, Project};

/// A journey that may be deployed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'a> {
    /// What it is in its project.
    pub(crate) of: &'a JourneyIn<'a>,
    /// The component that it is in; none for one without code.
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
pub(crate) fn deployable(candidates: &[Candidate<'_>], given: &Given) -> Result<Deployable, PrepareErrors> {
    let (mut specs, mut notes, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    let (mut names, mut folders) = (BTreeSet::new(), BTreeSet::new());
    for candidate in candidates {
        let (journey, project) = (&candidate.of.journey, candidate.of.project);
        if !candidate.of.enabled {
            notes.push(format!("journey `{}` is disabled in journey.toml and is not deployed", journey.name));
            continue;
        }
        if !names.insert(&journey.name) {
            let rule =
                "another project here has a journey of that name, and a tenant has one of each: rename one";
            errors.push(PrepareError::Rule { journey: journey.name.clone(), rule: rule.to_owned() });
        }
        if folders.insert(&project.dir) {
            notes.extend(stays_here(project));
        }
        match spec(*candidate, given) {
            Ok(spec) => specs.push(spec),
            Err(more) => errors.extend(more),
        }
    }
    if errors.is_empty() { Ok(Deployable { specs, notes }) } else { Err(PrepareErrors(errors)) }
}

/// What of a project's network holds for `wayfarer test` only.
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
            project.path("journey.toml".as_ref()).display()
        )
    })
}

fn spec(candidate: Candidate<'_>, given: &Given) -> Result<JourneySpec, Vec<PrepareError>> {
    let Candidate { of, component } = candidate;
    let (journey, project) = (&of.journey, of.project);
    let rule = |rule: String| PrepareError::Rule { journey: journey.name.clone(), rule };
    let mut errors = Vec::new();
    let params = params(of, given, &mut errors);
    let secrets = secrets(of, &mut errors);
    let timing = timing(of).unwrap_or_else(|message| {
        errors.push(rule(message));
        None
    });
    let table = project.toml.http_checks.get(journey.name.as_str());
    let code = match (component, table) {
        (Some(digest), _) => Some(Code::Component(digest)),
        (None, Some(table)) => {
            table.to_json().map(Code::HttpCheck).map_err(|error| errors.push(rule(error.to_string()))).ok()
        }
        (None, None) => {
            errors.push(rule("it has neither a component nor an [http-check] table".to_owned()));
            None
        }
    };
    let Some(code) = code.filter(|_| errors.is_empty()) else { return Err(errors) };
    let mut descriptor = (**journey).clone();
    // As the schedule was read: one text, one version.
    descriptor.schedule = timing.as_ref().map(|timing| timing.schedule.to_string());
    let own = table.filter(|_| component.is_none()).and_then(own_host);
    let allow = project.toml.network.allow.iter().map(|host| host.0.to_string()).chain(own).collect();
    let retry = RetryPolicy { retries: of.retries(given) };
    let (limits, group) = (of.limits(given), of.slots.group.as_ref().map(|group| group.0.clone()));
    Ok(JourneySpec { descriptor, code, timing, params, secrets, allow, limits, retry, group })
}

/// The values that were given; the code's presets stay with the code. A variable that a secret comes from is no
/// parameter, though it stands in the same file.
fn params(of: &JourneyIn<'_>, given: &Given, errors: &mut Vec<PrepareError>) -> BTreeMap<String, String> {
    let is_secret =
        |name: &str| of.project.toml.secrets.values().any(|secret| secret.env.as_deref() == Some(name));
    let mut given = given.clone();
    given.env_file.retain(|name, _| !is_secret(name));
    let mut values = of.values(&given);
    values.retain(|name, _| of.journey.parameters.iter().any(|parameter| parameter.name == *name));
    if let Err(wrong) = parameter::resolve(&of.journey.parameters, &values) {
        let journey = &of.journey.name;
        errors.extend(
            wrong.into_iter().map(|error| PrepareError::Parameter { journey: journey.clone(), error }),
        );
    }
    values
}

/// Where each secret may go. Where it comes from is the runner's to say.
fn secrets(of: &JourneyIn<'_>, errors: &mut Vec<PrepareError>) -> BTreeMap<String, SecretUse> {
    let mut uses = BTreeMap::new();
    for name in &of.journey.secrets {
        let Some(table) = of.project.toml.secrets.get(name) else {
            let error = SecretError::Unconfigured { name: name.clone() };
            errors.push(PrepareError::Secret { journey: of.journey.name.clone(), error });
            continue;
        };
        let hosts = table.hosts.iter().map(|host| host.0.to_string()).collect();
        uses.insert(name.clone(), SecretUse { hosts, plaintext: table.plaintext });
    }
    uses
}

/// When it is due; the error is the rule that is broken.
fn timing(of: &JourneyIn<'_>) -> Result<Option<Timing>, String> {
    let slots = &of.slots;
    let Some(schedule) = &of.journey.schedule else {
        let given: Vec<&str> = slots.given().collect();
        return if given.is_empty() || slots.is_off {
            Ok(None)
        } else {
            Err(format!(
                "journey.toml gives it `{}` and no schedule, and neither does its code: add `schedule`, or take \
                 that out",
                given.join("`, `")
            ))
        };
    };
    let schedule: Expression = schedule.parse().map_err(|error| format!("{error}"))?;
    let timezone = of.journey.timezone.as_deref().map_or(Ok(Timezone::UTC), str::parse);
    Ok(Some(Timing {
        schedule,
        timezone: timezone.map_err(|error| error.to_string())?,
        spread: slots.spread.map(|spread| spread.0).unwrap_or_default(),
        grace: slots.grace.map_or(Timing::GRACE, |grace| grace.0.0),
        overlap: slots.overlap.map(|overlap| overlap.0).unwrap_or_default(),
        confirm_every: slots.confirm_every.as_ref().map(|expression| expression.0.clone()),
        tzdata: None,
    }))
}

/// The host of a check without code is allowed by being named. Only under its name: which addresses that may
/// lead to is for `network.allow` and the tenant to say, unless they are public.
fn own_host(table: &HttpCheckTable) -> Option<String> {
    let url: &Url = &table.url.0;
    let port = url.port_or_known_default()?;
    Some(match url.host()? {
        Host::Domain(name) => format!("{name}:{port}"),
        Host::Ipv4(address) => format!("{address}:{port}"),
        Host::Ipv6(address) => format!("[{address}]:{port}"),
    })
}
