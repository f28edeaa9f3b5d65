//! What differs between two versions of a journey, in a few words each. This is for people; whether a new version is
//! deployed depends on whether the two are equal.

use wayfarer_model::deployment::{Code, JourneySpec, Timing};

use crate::view;

/// What changes from `before` to `after`; at least one entry if they differ.
pub(super) fn difference(before: &JourneySpec, after: &JourneySpec) -> Vec<String> {
    let mut what = Vec::new();
    if before.code != after.code {
        what.push(match (&before.code, &after.code) {
            (Code::Component(one), Code::Component(other)) => {
                format!("code {} → {}", short(one), short(other))
            }
            (Code::HttpCheck(_), Code::HttpCheck(_)) => "what is checked".to_owned(),
            _ => "code".to_owned(),
        });
    }
    if before.timing != after.timing {
        what.push(format!("schedule {} → {}", shown(before.timing.as_ref()), shown(after.timing.as_ref())));
    }
    let names = before.params.keys().chain(after.params.keys());
    let mut params: Vec<&str> = names
        .filter(|name| before.params.get(*name) != after.params.get(*name))
        .map(String::as_str)
        .collect();
    params.sort_unstable();
    params.dedup();
    if !params.is_empty() {
        what.push(format!("parameters {}", params.join(", ")));
    }
    let parts = [
        (before.secrets != after.secrets, "secrets"),
        (before.allow != after.allow, "allowed hosts"),
        (before.limits != after.limits, "limits"),
        (before.retry != after.retry, "retries"),
        (before.group != after.group, "group"),
        (before.alert.depends_on != after.alert.depends_on, "what it depends on"),
        (before.alert.rule != after.alert.rule, "the rule of its incidents"),
    ];
    what.extend(parts.iter().filter(|(differs, _)| *differs).map(|(_, name)| (*name).to_owned()));
    if what.is_empty() {
        what.push("its description".to_owned());
    }
    what
}

fn short(digest: &wayfarer_model::ids::ComponentDigest) -> String {
    digest.to_string().chars().take(8).collect()
}

fn shown(timing: Option<&Timing>) -> String {
    let Some(Timing { schedule, timezone, spread, grace, overlap, confirm_every, locations, tzdata: _ }) =
        timing
    else {
        return "none".to_owned();
    };
    let mut text = format!("`{schedule}` {timezone}");
    if !spread.window().is_zero() {
        text = format!("{text}, spread {:?}", spread.window());
    }
    if *grace != Timing::GRACE {
        text = format!("{text}, grace {grace:?}");
    }
    if *overlap != wayfarer_model::deployment::Overlap::Skip {
        text = format!("{text}, overlap {}", format!("{overlap:?}").to_lowercase());
    }
    if let Some(expression) = confirm_every {
        text = format!("{text}, `{expression}` when failing");
    }
    if let Some(named) = view::locations(locations) {
        text = format!("{text}, at {named}");
    }
    text
}
