//! The faults that are on for all requests.
//!
//! Invariants: there is at most one fault for each name. A fault has no effect from its end on.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::name::Name;
use super::plan::{Canned, Pace, Plan};
use super::sequence::Sequence;
use super::settings::{Fault, Settings, fault_body, final_status};

#[derive(Default)]
pub(crate) struct Board {
    active: BTreeMap<Name, Active>,
}

struct Active {
    fault: Fault,
    path: Option<String>,
    ends: Option<Instant>,
    sequence: Sequence,
}

/// A fault in responses of the control endpoints.
#[derive(Debug, Serialize)]
pub(crate) struct FaultView {
    #[serde(flatten)]
    fault: Fault,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_in_ms: Option<u64>,
}

impl Board {
    /// Switches a fault on. It replaces a fault with the same name.
    pub(crate) fn set(&mut self, name: Name, settings: Settings, now: Instant) -> FaultView {
        let Settings { fault, path, for_ms } = settings;
        let seed = if let Fault::ErrorRate(errors) = &fault { errors.seed } else { 0 };
        // An end that an `Instant` cannot represent is no end.
        let ends = for_ms.and_then(|ms| now.checked_add(Duration::from_millis(ms)));
        let active = Active { fault, path, ends, sequence: Sequence::new(seed) };
        let view = active.view(now);
        self.active.insert(name, active);
        view
    }

    pub(crate) fn remove(&mut self, name: Name) {
        self.active.remove(&name);
    }

    pub(crate) fn clear(&mut self) {
        self.active.clear();
    }

    pub(crate) fn list(&mut self, now: Instant) -> BTreeMap<String, FaultView> {
        self.expire(now);
        self.active.iter().map(|(name, active)| (name.to_string(), active.view(now))).collect()
    }

    /// The effects on a request for `path`. Every call advances the sequences.
    pub(crate) fn plan(&mut self, path: &str, now: Instant) -> Plan {
        self.expire(now);
        let mut plan = Plan::default();
        for active in self.active.values_mut().filter(|active| active.covers(path)) {
            active.add_to(&mut plan);
        }
        plan
    }

    fn expire(&mut self, now: Instant) {
        self.active.retain(|_, active| active.ends.is_none_or(|ends| now < ends));
    }
}

impl Active {
    fn covers(&self, path: &str) -> bool {
        match &self.path {
            _ if under(path, "/faults") => false,
            None => !under(path, "/health"),
            Some(prefix) => under(path, prefix),
        }
    }

    fn add_to(&mut self, plan: &mut Plan) {
        match &self.fault {
            Fault::Latency(latency) => {
                let ms = latency.ms.saturating_add(self.sequence.up_to(latency.jitter_ms));
                plan.delay += Duration::from_millis(ms);
            }
            Fault::ErrorRate(errors) => {
                if self.sequence.hits(errors.rate) {
                    plan.answer = canned(errors.status, fault_body());
                }
            }
            Fault::BrokenEndpoint(broken) => plan.answer = canned(broken.status, broken.body.clone()),
            Fault::SlowBody(slow) => {
                let delay = slow.chunk_delay_ms.map(|ms| Pace::chunk_delay(Duration::from_millis(ms)));
                plan.pace = slow.bytes_per_second.map(Pace::bytes_per_second).or(delay);
            }
            Fault::Reset(reset) => plan.reset = Some(reset.when),
        }
    }

    fn view(&self, now: Instant) -> FaultView {
        let left = self.ends.map(|ends| ends.saturating_duration_since(now));
        FaultView {
            fault: self.fault.clone(),
            path: self.path.clone(),
            ends_in_ms: left.map(|left| left.as_millis() as u64),
        }
    }
}

fn canned(status: u16, body: serde_json::Value) -> Option<Canned> {
    Some(Canned { status: final_status(status).ok()?, body })
}

/// Whether `path` is `prefix` or below it. Compares whole segments.
fn under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use serde_json::{Value, json};

    use super::super::plan::Plan;
    use super::{Board, Name, Settings};
    use crate::clock;

    fn board_with(name: Name, sent: Value, now: Instant) -> Board {
        let Value::Object(sent) = sent else { panic!("settings are an object") };
        let mut board = Board::default();
        board.set(name, Settings::parse(name, sent).expect("good settings"), now);
        board
    }

    #[test]
    fn a_fault_without_a_path_spares_health_and_its_own_switch() {
        let now = clock::now();
        for sent in [json!({}), json!({"path": "/"})] {
            let mut board = board_with(Name::Reset, sent, now);
            let mut hit = |path| board.plan(path, now) != Plan::default();
            assert!(hit("/") && hit("/orders") && hit("/nowhere") && hit("/healthy"));
            assert!(!hit("/health") && !hit("/faults") && !hit("/faults/reset"));
        }
    }

    #[test]
    fn a_path_covers_whole_segments() {
        let now = clock::now();
        let mut board = board_with(Name::Reset, json!({"path": "/orders/"}), now);
        let mut hit = |path| board.plan(path, now) != Plan::default();
        assert!(hit("/orders") && hit("/orders/7"));
        assert!(!hit("/ordersx") && !hit("/me"));
        let mut board = board_with(Name::Reset, json!({"path": "/health"}), now);
        assert!(board.plan("/health", now) != Plan::default());
    }

    #[test]
    fn a_fault_ends_by_itself() {
        let now = clock::now();
        let mut board = board_with(Name::Latency, json!({"ms": 5, "for_ms": 1_000}), now);
        let just_before = now + Duration::from_millis(999);
        assert_eq!(board.plan("/", just_before).delay, Duration::from_millis(5));
        assert_eq!(board.list(just_before).len(), 1);
        assert_eq!(board.plan("/", now + Duration::from_secs(1)), Plan::default());
        assert!(board.list(now + Duration::from_secs(1)).is_empty());
    }

    #[test]
    fn jitter_stays_within_its_bounds_and_varies() {
        let now = clock::now();
        let mut board = board_with(Name::Latency, json!({"ms": 50, "jitter_ms": 20}), now);
        let mut delays: Vec<u128> = (0..200).map(|_| board.plan("/", now).delay.as_millis()).collect();
        delays.sort_unstable();
        delays.dedup();
        assert_eq!(delays, (50..=70).collect::<Vec<u128>>());
    }
}
