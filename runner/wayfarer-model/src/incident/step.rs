//! The transition over one look: from a state and a look to the next state, and what happened.
//!
//! Phases: `quiet`, `suspected` from the first bad look on (confirmation runs are wanted), `open`, and `recovering` after a good look. A state is a fold
//! over looks in their canonical order: it is stored beside them, or computed again by [`replay`](super::replay()).
//!
//! One state watches one signal of a journey, at one location or at several. At several, a look at another location than that of the bad one before is
//! independent of it, so its `pi` is the base rate: "2 of 3 locations" follows from the arithmetic.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::detector::{BadBefore, Detector, chance_of_failure};
use super::look::{Look, LookKey};
use super::noise::{BaseRate, Gap, Noise};
use super::phase::Phase;
use super::plain::Outcomes;
use super::recovery::Recovery;
use super::settings::{Rule, Settings};
use crate::context::Lane;
use crate::ids::LocationName;
use crate::units::UnixMillis;

/// Where a look stands to a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// After all that the state has seen.
    Next,
    /// It is the last one that the state has seen.
    Duplicate,
    /// Before the last one. If the state has not seen it, only a replay of the rows takes it into account.
    Late,
}

/// Why an incident opened.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The detector's statistic. A healthy journey reaches it once in so many looks, at most and on average.
    pub statistic: f64,
    /// Looks since the first bad one.
    pub looks: u64,
    /// How many of them were bad.
    pub bad: u64,
    /// The end of the first bad look.
    pub since: UnixMillis,
    /// How often the journey fails by chance. Where it is too flaky, nobody is paged.
    pub base: BaseRate,
}

impl Evidence {
    /// As in `3 of 3 looks failed; by chance that happens once in 8 years at most`, for a journey with so many looks a day.
    pub fn in_words(&self, looks_a_day: f64) -> String {
        let days = self.statistic / looks_a_day.max(1e-9);
        let (count, unit) = match days {
            days if days >= 730.0 => (days / 365.0, "years"),
            days if days >= 60.0 => (days / 30.0, "months"),
            days if days >= 2.0 => (days, "days"),
            days => (days * 24.0, "hours"),
        };
        let chance = if count >= 1_000.0 {
            "less than once in 1000".to_owned()
        } else {
            format!("once in {:.0}", count.floor().max(1.0))
        };
        let (looks, plural) = (self.looks, if self.looks == 1 { "" } else { "s" });
        format!("{} of {looks} look{plural} failed; by chance that happens {chance} {unit} at most", self.bad)
    }
}

/// What a look changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transition {
    /// The first bad look.
    Suspected,
    /// The suspicion was not confirmed.
    Relaxed,
    /// The evidence reached what the rule asks for.
    Opened(Evidence),
    /// An incident that closed a short time ago is open again.
    Reopened(Evidence),
    /// The incident is over.
    Closed,
}

/// The newest look at a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Before {
    ended_at: UnixMillis,
    is_bad: bool,
}

/// Looks since the detector was last at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Tally {
    since: UnixMillis,
    looks: u64,
    bad: u64,
}

/// From when to when an incident was open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The look that opened it.
    pub opened_at: UnixMillis,
    /// The look that closed it; none while it is open.
    pub closed_at: Option<UnixMillis>,
}

/// All that the rule knows of one signal of a journey.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct State {
    phase: Phase,
    detector: Detector,
    outcomes: Outcomes,
    recovery: Recovery,
    noise: Noise,
    tally: Tally,
    good_in_a_row: u32,
    before: BTreeMap<LocationName, Before>,
    last: Option<LookKey>,
    incident: Option<Span>,
}

/// Takes a look into account. Looks that are not [`Place::Next`] change nothing.
pub fn step(mut state: State, look: &Look, settings: &Settings) -> (State, Option<Transition>) {
    if state.place(&look.key) != Place::Next {
        return (state, None);
    }
    state.noise.turn_to(look.key.ended_at);
    let transition = match state.phase {
        Phase::Quiet | Phase::Suspected => state.watch(look, settings),
        Phase::Open | Phase::Recovering => state.recover(look, settings),
    };
    state.remember(look);
    (state, transition)
}

impl State {
    /// With what is known of the journey's noise from elsewhere.
    pub fn with_noise(noise: Noise) -> Self {
        Self { noise, ..Self::default() }
    }

    /// Gives a suspicion or an incident up, and goes on with what is known of the noise from elsewhere.
    pub fn rest(&mut self, noise: Noise) {
        self.noise = noise;
        (self.detector, self.outcomes, self.good_in_a_row) = (Detector::default(), Outcomes::default(), 0);
        self.phase = Phase::Quiet;
    }

    /// Where the journey is between quiet and open.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The evidence of the detector, at least 0; it opens an incident at the threshold.
    pub fn statistic(&self) -> f64 {
        self.detector.statistic()
    }

    /// What was learned of the journey's noise.
    pub fn noise(&self) -> &Noise {
        &self.noise
    }

    /// The newest incident, open or closed.
    pub fn incident(&self) -> Option<Span> {
        self.incident
    }

    /// The newest look; a row before it comes late. None before the first.
    pub fn last(&self) -> Option<&LookKey> {
        self.last.as_ref()
    }

    /// Where a look stands to this state.
    pub fn place(&self, look: &LookKey) -> Place {
        match self.last.as_ref().map_or(std::cmp::Ordering::Greater, |last| look.cmp(last)) {
            std::cmp::Ordering::Greater => Place::Next,
            std::cmp::Ordering::Equal => Place::Duplicate,
            std::cmp::Ordering::Less => Place::Late,
        }
    }

    fn watch(&mut self, look: &Look, settings: &Settings) -> Option<Transition> {
        let base = self.noise.base();
        let gap_ms = self.gap_after_bad_ms(look);
        let before = gap_ms
            .map(|gap_ms| BadBefore { gap_s: gap_ms as f64 / 1e3, again: self.noise.again(Gap::of(gap_ms)) });
        if self.is_at_rest(settings.rule) {
            self.tally = Tally { since: look.key.ended_at, ..Tally::default() };
        }
        self.detector.look(look.is_bad, chance_of_failure(base.value(), before, settings.tau.as_secs_f64()));
        self.outcomes.push(look.is_bad);
        self.tally.looks += 1;
        self.tally.bad += u64::from(look.is_bad);
        self.good_in_a_row = if look.is_bad { 0 } else { self.good_in_a_row.saturating_add(1) };
        self.noise.note(look.key.lane == Lane::Scheduled, look.is_bad, gap_ms.map(Gap::of));
        if self.is_at_rest(settings.rule) {
            self.noise.keep();
        }
        if look.is_bad && self.opens(settings.rule) {
            return Some(self.open(look, settings, base));
        }
        match self.phase {
            Phase::Quiet if look.is_bad => {
                self.phase = Phase::Suspected;
                Some(Transition::Suspected)
            }
            Phase::Suspected if self.is_relaxed(settings) => {
                self.phase = Phase::Quiet;
                Some(Transition::Relaxed)
            }
            _ => None,
        }
    }

    fn remember(&mut self, look: &Look) {
        let before = Before { ended_at: look.key.ended_at, is_bad: look.is_bad };
        match self.before.get_mut(&look.key.location) {
            Some(known) => *known = before,
            None => drop(self.before.insert(look.key.location.clone(), before)),
        }
        self.last = Some(look.key.clone());
    }

    /// From the end of the look before at the same location, if that was bad.
    fn gap_after_bad_ms(&self, look: &Look) -> Option<u64> {
        let before = self.before.get(&look.key.location).filter(|before| before.is_bad)?;
        Some(look.started_at.0.saturating_sub(before.ended_at.0))
    }

    /// Whether nothing is left of earlier failures, as far as the rule asks for them.
    fn is_at_rest(&self, rule: Rule) -> bool {
        match rule {
            Rule::Outage(_) => self.detector.is_outage_at_rest(),
            Rule::Bounded(_) | Rule::Plain(_) => self.detector.is_at_rest(),
        }
    }

    /// Whether a suspicion is given up. One of an outage is as soon as its evidence is gone: a journey behind a ticket fails all the time, and would
    /// ask for confirmation runs all the time.
    fn is_relaxed(&self, settings: &Settings) -> bool {
        let is_gone = matches!(settings.rule, Rule::Outage(_)) && self.is_at_rest(settings.rule);
        is_gone || self.good_in_a_row >= settings.confirmations.relax_after
    }

    fn opens(&self, rule: Rule) -> bool {
        match rule {
            Rule::Bounded(threshold) => self.detector.statistic() >= threshold,
            Rule::Outage(threshold) => self.detector.statistic_of_outage() >= threshold,
            Rule::Plain(plain) => plain.opens(self.outcomes),
        }
    }

    fn open(&mut self, look: &Look, settings: &Settings, base: BaseRate) -> Transition {
        self.phase = Phase::Open;
        self.recovery = Recovery::default();
        self.noise.drop_pending();
        let Tally { since, looks, bad } = self.tally;
        let statistic = match settings.rule {
            Rule::Outage(_) => self.detector.statistic_of_outage(),
            Rule::Bounded(_) | Rule::Plain(_) => self.detector.statistic(),
        };
        let evidence = Evidence { statistic, looks, bad, since, base };
        let at = look.key.ended_at;
        let joins = |span: &Span| {
            let join_ms = u64::try_from(settings.join_within.as_millis()).unwrap_or(u64::MAX);
            span.closed_at.is_some_and(|closed_at| at.0.saturating_sub(closed_at.0) <= join_ms)
        };
        if let Some(span) = self.incident.filter(joins) {
            self.incident = Some(Span { closed_at: None, ..span });
            Transition::Reopened(evidence)
        } else {
            self.incident = Some(Span { opened_at: at, closed_at: None });
            Transition::Opened(evidence)
        }
    }

    fn recover(&mut self, look: &Look, settings: &Settings) -> Option<Transition> {
        self.recovery.look(look.is_bad, self.noise.base().value());
        self.phase = if look.is_bad { Phase::Open } else { Phase::Recovering };
        if self.recovery.statistic() < settings.close_at {
            return None;
        }
        self.phase = Phase::Quiet;
        (self.detector, self.outcomes, self.good_in_a_row) = (Detector::default(), Outcomes::default(), 0);
        if let Some(span) = &mut self.incident {
            span.closed_at = Some(look.key.ended_at);
        }
        Some(Transition::Closed)
    }
}

#[cfg(test)]
#[path = "step_tests.rs"]
mod tests;
