//! What a failed attempt had otherwise than the last good one: where a person begins to look.

use crate::report::{AttemptReport, Recording, StepOutcome};
use crate::traffic::TrafficRecord;
use crate::units::Micros;

/// How many sentences there are at most.
const MOST: usize = 5;

/// A phase that took this many times as long is worth a sentence,
const SLOWER: u64 = 3;
/// if it took at least this long.
const SLOW: Micros = Micros(500_000);

/// Sentences about what `bad` had otherwise than `good`, the most telling first. `versions` are those of the journey: of the good
/// attempt and of the bad one.
pub fn differences(good: &AttemptReport, bad: &AttemptReport, versions: (u32, u32)) -> Vec<String> {
    let mut found = Vec::new();
    if versions.0 != versions.1 {
        found.push(format!("the journey is version {}, and was {}", versions.1, versions.0));
    } else if good.component != bad.component {
        found.push("the journey has another component".to_owned());
    }
    found.extend(of_traffic(&good.recording, &bad.recording));
    found.extend(of_steps(&good.recording, &bad.recording));
    found.truncate(MOST);
    found
}

/// The first exchange that went otherwise.
fn of_traffic(good: &Recording, bad: &Recording) -> Vec<String> {
    for (place, now) in bad.traffic.iter().enumerate() {
        let Some(before) = same(good, bad, place) else { continue };
        let mut found = Vec::new();
        let (what, kind, earlier) = (short(now), now.kind.as_request(), before.kind.as_request());
        match (&now.error, kind.status, earlier.status) {
            (Some(error), ..) if before.error.is_none() => {
                let was = earlier.status.map(|status| format!(", and answered {status}")).unwrap_or_default();
                found.push(format!("{what} has failed ({}){was}", error.message));
            }
            (_, Some(now), Some(before)) if now != before => {
                found.push(format!("{what} answered {now}, and {before} before"));
            }
            _ => {}
        }
        let (took, took_before) = (now.phases.total_us, before.phases.total_us);
        if took >= SLOW && took.0 >= took_before.0.saturating_mul(SLOWER) {
            found.push(format!("{what} took {took}, and {took_before} before"));
        }
        if let (Some(address), Some(was)) = (host_of(now), host_of(before))
            && address != was
            && !found.is_empty()
        {
            found.push(format!("it was answered by {address}, and by {was} before"));
        }
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// The exchange of the good attempt that stands for one of the bad attempt: of the same kind and step, in the same turn.
fn same<'a>(good: &'a Recording, bad: &Recording, place: usize) -> Option<&'a TrafficRecord> {
    let now = bad.traffic.get(place)?;
    let is_like = |recording: &Recording, other: &TrafficRecord| {
        short(other) == short(now) && step(recording, other) == step(bad, now)
    };
    let turn = bad.traffic.iter().take(place).filter(|other| is_like(bad, other)).count();
    good.traffic.iter().filter(|other| is_like(good, other)).nth(turn)
}

fn step<'a>(recording: &'a Recording, record: &TrafficRecord) -> Option<&'a str> {
    recording.steps.get(record.step? as usize).map(|step| step.name.as_str())
}

/// Without what differs from run to run: the query, and parts of the path with digits.
fn short(record: &TrafficRecord) -> String {
    let request = record.kind.as_request();
    let url = request.url.split(['?', '#']).next().unwrap_or_default();
    let (head, path) = url.split_once("://").map_or(("", url), |(scheme, rest)| {
        let end = rest.find('/').unwrap_or(rest.len());
        let end = scheme.len() + 3 + end;
        (url.get(..end).unwrap_or_default(), url.get(end..).unwrap_or_default())
    });
    let parts = path.split('/').map(|part| {
        let is_id = part.len() > 1 && part.contains(|letter: char| letter.is_ascii_digit());
        if is_id { "…" } else { part }
    });
    format!("{} {head}{}", request.method, parts.collect::<Vec<_>>().join("/"))
}

fn host_of(record: &TrafficRecord) -> Option<&str> {
    let address = record.remote_address.as_deref()?;
    address.rsplit_once(':').map(|(host, _)| host)
}

/// The steps that the good attempt went through and the bad one did not reach.
fn of_steps(good: &Recording, bad: &Recording) -> Vec<String> {
    let is_there = |name: &str| bad.steps.iter().any(|step| step.name == name);
    let passed =
        good.steps.iter().filter(|step| step.outcome == StepOutcome::Passed && step.parent.is_none());
    let missing: Vec<&str> = passed.map(|step| step.name.as_str()).filter(|name| !is_there(name)).collect();
    match missing.as_slice() {
        [] => Vec::new(),
        [one] => vec![format!("the step \"{one}\" was not reached")],
        all => vec![format!("the steps \"{}\" were not reached", all.join("\", \""))],
    }
}

#[cfg(test)]
#[path = "difference_tests.rs"]
mod tests;
