//! One version of a journey, as a deploy sends it and as `wayfarer test` runs it.

use std::collections::{BTreeMap, BTreeSet};

use wayfarer_model::deployment::{Code, JourneySpec, SecretUse, Timing};
use wayfarer_model::ids::{ComponentDigest, LocationName};
use wayfarer_model::schedule::{Expression, Timezone};
use wayfarer_sandbox::http_check::HttpCheck;

use super::{Given, JourneyIn};
use crate::config::{SecretSites, SecretUses, SlotKeys, StoredCheck, needs};
use crate::runnable::{CheckHosts, ResolveError};

/// Makes the version of one journey. Rules that it breaks are added to `errors`; none if there is nothing to run.
///
/// Whether every parameter and every secret has a value is not checked here: that takes the tenant.
pub(crate) fn spec(
    of: &JourneyIn<'_>,
    component: Option<ComponentDigest>,
    given: &Given,
    errors: &mut Vec<ResolveError>,
) -> Option<JourneySpec> {
    let (journey, project) = (&of.journey, of.project);
    let rule = |rule: String| ResolveError::Rule { journey: journey.name.clone(), rule };
    let timing = timing(of).map_err(|message| errors.push(rule(message))).ok().flatten();
    let alert = of.alert().map_err(|message| errors.push(rule(message))).ok().unwrap_or_default();
    let table = project.toml.http_checks.get(journey.name.as_str()).filter(|_| component.is_none());
    let code = match (component, table) {
        (Some(digest), _) => Ok(Code::Component(digest)),
        (None, Some(table)) => {
            StoredCheck::of(table).and_then(|stored| stored.to_json()).map(Code::HttpCheck)
        }
        (None, None) => Err("it has neither a component nor an [http-check] table".to_owned()),
    };
    let code = code.map_err(|message| errors.push(rule(message))).ok()?;
    let mut descriptor = (**journey).clone();
    // As the schedule was read: one text, one version.
    descriptor.schedule = timing.as_ref().map(|timing| timing.schedule.to_string());
    let params = of.values(given);
    let check = table.and_then(|table| table.check().ok());
    let hosts = check.as_ref().map(|check| CheckHosts::of(check, &params)).unwrap_or_default();
    let allowed = project.toml.network.allow.iter().map(|host| host.0.to_string());
    let allow: Vec<String> = allowed.chain(hosts.called.iter().cloned()).collect();
    Some(JourneySpec {
        descriptor,
        code,
        timing,
        params,
        secrets: secrets(of, check.as_ref(), &allow),
        allow,
        limits: of.limits(given),
        retry: of.retry(given),
        group: of.slots.group.as_ref().map(|group| group.0.clone()),
        alert,
    })
}

/// Where each secret may travel, and what it asks for. A tenant says where its value comes from. A check's secret whose table names no
/// hosts goes to `named`: to those of `network.allow` and those that the check calls, and to none that only a redirect leads to.
fn secrets(of: &JourneyIn<'_>, check: Option<&HttpCheck>, named: &[String]) -> BTreeMap<String, SecretUse> {
    let needed = check.map(needs).unwrap_or_default().secrets;
    let tables =
        of.journey.secret_names().filter_map(|name| Some((name, of.project.toml.secrets.get(name)?)));
    tables
        .map(|(name, table)| {
            let mut hosts: Vec<String> = table.hosts.iter().map(|host| host.0.to_string()).collect();
            if hosts.is_empty() && check.is_some() {
                hosts = named.to_vec();
            }
            let mut asks = SecretUses::from(table).asks();
            asks.extend(needed.get(name).into_iter().flat_map(SecretSites::lines));
            (name.to_owned(), SecretUse { hosts, plaintext: table.plaintext, asks })
        })
        .collect()
}

/// When it is due. The error is the rule that is broken.
fn timing(of: &JourneyIn<'_>) -> Result<Option<Timing>, String> {
    let slots = &of.slots;
    let Some(schedule) = &of.journey.schedule else {
        let given: Vec<&str> = slots.given().collect();
        return if given.is_empty() || slots.is_off {
            Ok(None)
        } else {
            Err(format!(
                "{} gives it `{}` and no schedule, and neither does its code: add `schedule`, or take that out",
                of.project.file_name(),
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
        locations: locations(slots, of.project.file_name())?,
        tzdata: None,
    }))
}

/// The locations of its slots. An empty list is refused, because it looks like a journey that is never due.
fn locations(slots: &SlotKeys, file: &str) -> Result<BTreeSet<LocationName>, String> {
    match &slots.locations {
        Some(named) if named.is_empty() => Err(format!(
            "`locations` in {file} is empty: name a location, or leave it out for every location"
        )),
        named => Ok(named.iter().flatten().map(|location| location.0.clone()).collect()),
    }
}
