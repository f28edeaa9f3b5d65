//! Times in which the runner's process did not run: stopped, frozen, or without a processor. What was measured across one
//! says little about the target. Times in which it was ready to run and had to wait for a processor count as well.

use super::evidence::Evidence;
use crate::failure::Failure;
use crate::report::CheckRecord;
use crate::traffic::{TrafficErrorKind, TrafficRecord};
use crate::units::Micros;

/// A stall above one part in so many of a limit excuses its breach: 20 %.
const SHARE: u64 = 5;
/// A deadline that fires later than this was not watched.
const LATE: Micros = Micros(250_000);
/// How near to its end a stall must reach to have delayed it.
const NEAR: Micros = Micros(20_000);
/// Peers break off what stands still for longer.
const BREAKS_OFF: Micros = Micros(1_000_000);

/// A time in which the runner did not run, on the attempt clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stall {
    /// From the attempt's start; what began before it counts from 0.
    pub from: Micros,
    /// The instant, from the attempt's start, at which the process ran again.
    pub until: Micros,
    /// For how long the whole machine was suspended beside that: no clock but the wall clock and the boot clock moved.
    pub suspended: Micros,
}

impl Stall {
    /// For how long the machine was suspended by it, if it touches `from..until`.
    fn suspended_within(&self, from: Micros, until: Micros) -> u64 {
        if from <= self.until && self.from <= until { self.suspended.0 } else { 0 }
    }
}

/// How long the runner did not run within `from..until`.
pub fn stalled(stalls: &[Stall], from: Micros, until: Micros) -> Micros {
    let within = |stall: &Stall| {
        let running = stall.until.min(until).since(stall.from.max(from));
        running.0 + stall.suspended_within(from, until)
    };
    Micros(stalls.iter().map(within).sum())
}

/// How long the runner did not run or had no processor within `from..until`. What is both counts once.
fn held_up(evidence: &Evidence<'_>, from: Micros, until: Micros) -> Micros {
    let suspended: u64 = evidence.stalls.iter().map(|stall| stall.suspended_within(from, until)).sum();
    let both = evidence.stalls.iter().chain(evidence.starved);
    let mut spans: Vec<(Micros, Micros)> =
        both.map(|stall| (stall.from.max(from), stall.until.min(until))).collect();
    spans.sort_unstable();
    let (mut sum, mut covered) = (0, from);
    for (from, until) in spans {
        sum += until.since(from.max(covered)).0;
        covered = covered.max(until);
    }
    Micros(sum.saturating_add(suspended))
}

/// How long the runner did not run before the attempt's deadline, if that may be why the deadline passed.
pub(super) fn deadline(evidence: &Evidence<'_>, limit: Micros) -> Option<Micros> {
    let lost = held_up(evidence, Micros(0), evidence.ended);
    let late = evidence.ended.since(limit);
    (lost.0 * SHARE > limit.0 || late > LATE).then_some(lost.max(late))
}

/// How long the runner did not run during a request, if that may be why the request failed.
pub(super) fn request(evidence: &Evidence<'_>, record: &TrafficRecord) -> Option<Micros> {
    let from = record.started_us;
    let took = match record.phases.total_us {
        Micros(0) => evidence.ended.since(from),
        total => total,
    };
    let until = Micros(from.0.saturating_add(took.0));
    let lost = held_up(evidence, from, until);
    let is_share = lost.0 * SHARE > took.0;
    let is_excused = match record.error.as_ref().map(|error| error.kind) {
        // A limit's own end, which is as far from its beginning as the limit says.
        Some(TrafficErrorKind::Timeout | TrafficErrorKind::Cancelled) | None => {
            let delays = |stall: &&Stall| until <= Micros(stall.until.0.saturating_add(NEAR.0));
            let nearest = |stalls: &[Stall]| {
                let nearest = stalls.iter().rev().find(delays);
                nearest.is_some_and(|nearest| stalled(&[*nearest], from, until) > LATE)
            };
            is_share || nearest(evidence.stalls) || nearest(evidence.starved)
        }
        Some(TrafficErrorKind::Protocol | TrafficErrorKind::Tls | TrafficErrorKind::Connect) => {
            is_share && lost >= BREAKS_OFF
        }
        Some(_) => false,
    };
    is_excused.then_some(lost)
}

/// How long the runner did not run during what a check of a latency measured, if that may be why the check did not hold.
///
/// What it measured is the request that the failure names, with the redirects that led there, or what its step did until then, or the attempt. A
/// journey that measures by its own clock measures its way back from the answer, too: then what it measured goes on beyond the request.
pub(super) fn latency(
    evidence: &Evidence<'_>,
    failure: &Failure,
    check: Option<&CheckRecord>,
) -> Option<Micros> {
    let (actual, limit) = (duration(failure.actual.as_deref()?)?, duration(failure.expected.as_deref()?)?);
    if actual <= limit {
        return None;
    }
    let recording = evidence.recording;
    let named = failure.request.and_then(|place| call(&recording.traffic, place as usize));
    let until = check.map_or(evidence.ended, |check| check.at_us);
    let step = check.and_then(|check| recording.steps.get(check.step? as usize));
    let (from, until) = match (named, step) {
        (Some((from, end)), _) => {
            let measured = Micros(from.0.saturating_add(actual.0)).min(until);
            (from, end.max(measured))
        }
        (None, Some(step)) => (step.started_us, until),
        (None, None) => (Micros(0), until),
    };
    let lost = held_up(evidence, from, until);
    // Stalls count twice: a process without a processor is slowed down by more than what the heartbeat sees of it. What threads waited for a
    // processor is exact. Beyond both the target is slow, too.
    let unseen = stalled(evidence.stalls, from, until);
    let is_explained = actual.0 <= limit.0.saturating_add(lost.0).saturating_add(unseen.0);
    (lost.0 * SHARE > limit.0 && is_explained).then_some(lost)
}

/// When the call began whose last hop is the request at `place`, and when that ended.
fn call(traffic: &[TrafficRecord], place: usize) -> Option<(Micros, Micros)> {
    let last = traffic.get(place)?;
    let is_redirect = |record: &&TrafficRecord| {
        record.step == last.step && record.kind.http().is_some_and(|http| http.redirected)
    };
    let before = traffic.get(..place).unwrap_or_default().iter().rev().take_while(is_redirect);
    let first = before.last().unwrap_or(last);
    Some((first.started_us, Micros(last.started_us.0.saturating_add(last.phases.total_us.0))))
}

/// Reads a duration as checks write it: `1.25s`, `340.1ms`, `480µs`, `2m05s`, each perhaps after `at most`.
fn duration(text: &str) -> Option<Micros> {
    let mut rest = text.trim().trim_start_matches("at most ").trim();
    let mut nanoseconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?);
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        nanoseconds += number.parse::<f64>().ok()?
            * match unit.trim() {
                "ns" => 1.0,
                "us" | "µs" | "μs" => 1e3,
                "ms" => 1e6,
                "s" => 1e9,
                "m" | "min" => 60e9,
                "h" => 3_600e9,
                _ => return None,
            };
        rest = after;
    }
    (nanoseconds < 1e18).then_some(Micros((nanoseconds / 1e3) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_counts_where_it_overlaps() {
        let stalls = [
            Stall { from: Micros(10), until: Micros(20), suspended: Micros(0) },
            Stall { from: Micros(30), until: Micros(31), suspended: Micros(500) },
        ];
        let lost = |from, until| stalled(&stalls, Micros(from), Micros(until)).0;
        assert_eq!((lost(0, 15), lost(15, 25), lost(20, 29), lost(0, 40)), (5, 5, 0, 511));
    }

    #[test]
    fn durations_read_as_checks_write_them() {
        let read = |text| duration(text).map(|read| read.0);
        assert_eq!(read("1.250000001s"), Some(1_250_000));
        assert_eq!(read("340.1ms"), Some(340_100));
        assert_eq!(read("480µs"), Some(480));
        assert_eq!(read("at most 2m05s"), Some(125_000_000));
        assert_eq!(read("900ns"), Some(0));
        for text in ["", "201", "503", "ms", "1 fortnight", "\"5s\"", "at most ", "1.2.3s"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
