//! Runs that failed in the same way, as one row each.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::protocol::RunInfo;

/// Runs of one journey with one fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FailureGroup {
    pub(crate) fingerprint: String,
    pub(crate) tenant: String,
    pub(crate) journey: String,
    pub(crate) reason: String,
    pub(crate) failed_step: Option<String>,
    /// Of the last run.
    pub(crate) message: String,
    /// How many of the runs that were looked at.
    pub(crate) runs: usize,
    /// The first and the last slot of them.
    pub(crate) first_at: String,
    pub(crate) last_at: String,
    /// The id of the last run.
    pub(crate) last_run: String,
}

/// The groups of these runs, the most frequent first. Runs in which nothing failed are in none.
pub(crate) fn groups(runs: &[RunInfo]) -> Vec<FailureGroup> {
    let mut by_key: BTreeMap<(String, String, String), FailureGroup> = BTreeMap::new();
    for run in runs {
        let Some(fingerprint) = run.fingerprint.clone() else { continue };
        let (tenant, journey) = (run.tenant.to_string(), run.journey.to_string());
        let group =
            by_key.entry((tenant.clone(), journey.clone(), fingerprint.clone())).or_insert_with(|| {
                FailureGroup {
                    fingerprint,
                    tenant,
                    journey,
                    reason: run.reason.as_str().to_owned(),
                    failed_step: None,
                    message: String::new(),
                    runs: 0,
                    first_at: run.slot_at.clone(),
                    last_at: String::new(),
                    last_run: String::new(),
                }
            });
        group.runs += 1;
        if run.slot_at < group.first_at {
            group.first_at.clone_from(&run.slot_at);
        }
        if run.slot_at >= group.last_at {
            group.last_at.clone_from(&run.slot_at);
            group.last_run = run.run.to_string();
            group.failed_step.clone_from(&run.failed_step);
            let message = run.message.as_deref().unwrap_or_default();
            message.lines().next().unwrap_or_default().clone_into(&mut group.message);
        }
    }
    let mut groups: Vec<FailureGroup> = by_key.into_values().collect();
    groups.sort_by(|one, other| other.runs.cmp(&one.runs).then_with(|| other.last_at.cmp(&one.last_at)));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(minute: u32, fingerprint: Option<&str>, message: &str) -> RunInfo {
        let at = format!("2026-11-30T12:{minute:02}:00.000Z");
        serde_json::from_value(serde_json::json!({
            "run": "0199f3aa-6c00-7707-8707-070707070707", "cursor": minute, "tenant": "acme", "journey": "checkout",
            "location": "local", "lane": "scheduled", "slot_ms": minute, "slot_at": at, "version": 1, "started_ms": null,
            "finished_ms": 1, "duration_us": null, "verdict": "failed", "first_verdict": null, "reason": "check",
            "attempts": 1, "message": message, "fingerprint": fingerprint, "failed_step": "place order",
        }))
        .unwrap()
    }

    #[test]
    fn equal_failures_are_one_row_with_what_the_last_one_says() {
        let runs = [
            run(3, Some("aa"), "order 3 is visible\nmore"),
            run(2, Some("bb"), "status is 201"),
            run(1, Some("aa"), "order 1 is visible"),
            run(0, None, ""),
        ];
        let groups = groups(&runs);
        let told: Vec<_> = groups
            .iter()
            .map(|group| {
                (group.runs, group.fingerprint.as_str(), group.message.as_str(), &group.first_at[14..16])
            })
            .collect();
        assert_eq!(told, [(2, "aa", "order 3 is visible", "01"), (1, "bb", "status is 201", "02")]);
        assert_eq!(&groups[0].last_at[14..16], "03");
    }
}
