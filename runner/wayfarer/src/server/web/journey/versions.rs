//! The versions of a journey, and what changed between each and the one before it.

use wayfarer_model::deployment::JourneySpec;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::Version;

use crate::server::web::instants::Instant;

/// The most versions that are listed.
const MOST: usize = 12;

/// A version as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct VersionRow {
    pub(super) number: u32,
    pub(super) from: Instant,
    pub(super) by: String,
    /// Revision and labels of its deployment.
    pub(super) provenance: String,
    /// What differs from the version before, in words.
    pub(super) changed: String,
}

/// The newest versions, which come with the newest first.
pub(super) fn rows(versions: &[&Version], now: UnixMillis) -> Vec<VersionRow> {
    let before = versions.iter().skip(1).map(Some).chain([None]);
    let row = |(version, before): (&&Version, Option<&&Version>)| VersionRow {
        number: version.number,
        from: Instant::new(version.valid_from.0, now),
        by: version.deployed_by.clone(),
        provenance: version.provenance.to_string(),
        changed: changed(version, before.copied()),
    };
    versions.iter().zip(before).take(MOST).map(row).collect()
}

fn changed(version: &Version, before: Option<&Version>) -> String {
    let Some(spec) = &version.spec else { return "removed".to_owned() };
    let Some(before) = before else { return "the first one".to_owned() };
    match &before.spec {
        Some(before) => parts(spec, before),
        None => "deployed again".to_owned(),
    }
}

/// The parts of a version that differ.
fn parts(spec: &JourneySpec, before: &JourneySpec) -> String {
    let parts = [
        ("code", spec.code != before.code),
        ("schedule", spec.timing != before.timing),
        ("parameters", spec.params != before.params),
        ("steps", spec.descriptor.steps != before.descriptor.steps),
        ("hosts", spec.allow != before.allow),
        ("secrets", spec.secrets != before.secrets),
        ("limits", spec.limits != before.limits),
        ("retries", spec.retry != before.retry),
        ("alerts", spec.alert != before.alert),
        ("group", spec.group != before.group),
        ("tags", spec.descriptor.tags != before.descriptor.tags),
        ("title", spec.descriptor.title != before.descriptor.title),
        ("owner", spec.descriptor.owner != before.descriptor.owner),
        ("runbook", spec.descriptor.runbook != before.descriptor.runbook),
    ];
    let differing: Vec<&str> =
        parts.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
    if differing.is_empty() { "details of its description".to_owned() } else { differing.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_said_in_words() {
        let spec = wayfarer_testkit::spec("checkout");
        let mut other = spec.clone();
        other.params.insert("user".to_owned(), "ana".to_owned());
        other.descriptor.owner = "web".to_owned();
        assert_eq!(parts(&other, &spec), "parameters, owner");
    }
}
