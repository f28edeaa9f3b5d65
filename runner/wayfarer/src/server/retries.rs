//! What keeps retries and confirmation runs from multiplying an outage: a budget for each journey and hour, a circuit for each
//! tenant and host.
//!
//! Between the runs, which tell what each attempt saw, and whoever wants to make one more than the schedule asks for. Slots are never
//! held back here. All of it is in memory: a server that starts anew has whole budgets and closed circuits.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use parking_lot::Mutex;
use wayfarer_model::ids::TenantName;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::retry::{Circuits, HourlyBudget, Sign, signs};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::JourneyKey;

/// What became of a wish for one more attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RetryAnswer {
    Made,
    /// The journey has used up its budget of this hour.
    OverBudget,
    /// The host is dead, and somebody else's extra was a moment ago.
    CircuitOpen,
}

impl RetryAnswer {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::OverBudget => "over-budget",
            Self::CircuitOpen => "circuit-open",
        }
    }
}

/// How one journey stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct JourneyRetries {
    /// Within the last sixty minutes.
    pub(crate) made: u32,
    /// The dead host that its retries and confirmation runs are spaced out for.
    pub(crate) slowed_by: Option<String>,
}

/// Counts for the metrics.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RetryFigures {
    pub(crate) answers: BTreeMap<(TenantName, RetryAnswer), u64>,
    /// By tenant; one that had an open circuit stays, at 0.
    pub(crate) open_circuits: BTreeMap<TenantName, u64>,
}

/// See the module. `J` names a journey.
pub(crate) struct Retries<J = JourneyKey>(Mutex<State<J>>);

impl<J> Default for Retries<J> {
    fn default() -> Self {
        let (budgets, dead) = (HashMap::new(), HashMap::new());
        let (circuits, figures) = (Circuits::default(), RetryFigures::default());
        Self(Mutex::new(State { budgets, circuits, dead, figures }))
    }
}

struct State<J> {
    budgets: HashMap<J, HourlyBudget>,
    circuits: Circuits<TenantName>,
    /// The hosts that the last attempt of a journey found dead, if it found any.
    dead: HashMap<J, (TenantName, Vec<String>)>,
    figures: RetryFigures,
}

impl<J: Copy + Eq + Hash> State<J> {
    /// The first dead host of a journey whose circuit is open.
    fn slowed_by(&self, journey: J) -> Option<(&TenantName, &str)> {
        let (tenant, hosts) = self.dead.get(&journey)?;
        let host = hosts.iter().find(|host| self.circuits.is_open(tenant, host))?;
        Some((tenant, host))
    }

    fn admits(&mut self, journey: J, now: UnixMillis) -> bool {
        let Some((tenant, host)) = self.slowed_by(journey) else { return true };
        let (tenant, host) = (tenant.clone(), host.to_owned());
        self.circuits.admits(&tenant, &host, now)
    }
}

impl<J: Copy + Eq + Hash> Retries<J> {
    /// Takes over what an attempt saw.
    pub(crate) fn saw(&self, tenant: &TenantName, journey: J, report: &AttemptReport) {
        let seen = signs(&report.recording);
        let mut state = self.0.lock();
        for (host, sign) in &seen {
            state.circuits.see(tenant, host, *sign);
        }
        let dead: Vec<String> =
            seen.into_iter().filter(|(_, sign)| *sign == Sign::Dead).map(|(host, _)| host).collect();
        if dead.is_empty() {
            state.dead.remove(&journey);
        } else {
            state.dead.insert(journey, (tenant.clone(), dead));
        }
    }

    /// Whether a further attempt of a run may be made. If so, it counts.
    pub(crate) fn may_retry(&self, tenant: &TenantName, journey: J, per_hour: u32, now: UnixMillis) -> bool {
        let mut state = self.0.lock();
        let has_left = state.budgets.get(&journey).is_none_or(|budget| budget.made(now) < per_hour);
        let answer = if !has_left {
            RetryAnswer::OverBudget
        } else if !state.admits(journey, now) {
            RetryAnswer::CircuitOpen
        } else if state.budgets.entry(journey).or_default().take(per_hour, now) {
            RetryAnswer::Made
        } else {
            RetryAnswer::OverBudget
        };
        *state.figures.answers.entry((tenant.clone(), answer)).or_default() += 1;
        answer == RetryAnswer::Made
    }

    /// Whether a confirmation run may be made now. If not, it is to be asked for again.
    pub(crate) fn may_confirm(&self, journey: J, now: UnixMillis) -> bool {
        self.0.lock().admits(journey, now)
    }

    /// How a journey stands.
    pub(crate) fn of_journey(&self, journey: J, now: UnixMillis) -> JourneyRetries {
        let state = self.0.lock();
        JourneyRetries {
            made: state.budgets.get(&journey).map_or(0, |budget| budget.made(now)),
            slowed_by: state.slowed_by(journey).map(|(_, host)| host.to_owned()),
        }
    }

    /// Counts since the start, and the circuits that are open.
    pub(crate) fn figures(&self) -> RetryFigures {
        let mut state = self.0.lock();
        let State { figures, circuits, .. } = &mut *state;
        figures.open_circuits.values_mut().for_each(|open| *open = 0);
        for (tenant, _) in circuits.open() {
            *figures.open_circuits.entry(tenant.clone()).or_default() += 1;
        }
        figures.clone()
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::report::Recording;
    use wayfarer_model::traffic::{HttpFacts, TrafficRecord};
    use wayfarer_model::units::Micros;
    use wayfarer_model::verdict::Verdict;
    use wayfarer_testkit::report;

    use super::*;

    fn answered(host: &str, status: u16) -> AttemptReport {
        let facts =
            HttpFacts { status: Some(status), ..HttpFacts::request("GET", format!("http://{host}/")) };
        let traffic = vec![TrafficRecord::http(None, Micros(0), facts)];
        AttemptReport { recording: Recording { traffic, ..Recording::default() }, ..report(Verdict::Failed) }
    }

    #[test]
    fn an_hour_has_so_many_retries_and_a_dead_host_so_few_for_all_journeys() {
        let (retries, acme): (_, TenantName) = (Retries::<u8>::default(), "acme".parse().unwrap());
        let globex: TenantName = "globex".parse().unwrap();
        let (one, other) = (1, 2);
        let now = UnixMillis(10_000_000);
        assert!(retries.may_retry(&acme, one, 2, now) && retries.may_retry(&acme, one, 2, now));
        assert!(!retries.may_retry(&acme, one, 2, now), "its budget is used up");
        assert!(retries.may_retry(&acme, other, 2, now), "another journey has its own");
        assert!(!retries.may_retry(&acme, 3, 0, now));

        for journey in [one, other, one, other, one, other] {
            retries.saw(&acme, journey, &answered("shop.test", 503));
        }
        let slowed = |journey| retries.of_journey(journey, now).slowed_by;
        assert_eq!(slowed(one).as_deref(), Some("shop.test"));
        assert!(retries.may_retry(&acme, other, 9, now), "the first since it is dead");
        assert!(!retries.may_confirm(one, now) && !retries.may_retry(&acme, other, 9, now));
        assert!(retries.may_confirm(one, UnixMillis(now.0 + 10_000)));
        retries.saw(&globex, 4, &answered("shop.test", 503));
        assert!(retries.may_confirm(4, now), "another tenant's view of that host");
        assert_eq!(retries.figures().open_circuits[&acme], 1);

        retries.saw(&acme, one, &answered("shop.test", 200));
        assert_eq!((slowed(one), slowed(other)), (None, None));
        assert!(retries.may_confirm(other, now));
        let figures = retries.figures();
        assert_eq!(figures.open_circuits[&acme], 0);
        let count = |answer| figures.answers[&(acme.clone(), answer)];
        assert_eq!((count(RetryAnswer::Made), count(RetryAnswer::OverBudget)), (4, 2));
        assert_eq!(count(RetryAnswer::CircuitOpen), 1);
    }
}
