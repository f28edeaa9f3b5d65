//! Which slots are due: the planner's core, without a thread and without a clock.
//!
//! Between the versions of journeys, as the store knows them, and the dispatcher. Whoever drives it says what
//! time it is; time may stand still, jump back, or leap ahead by a year.
//!
//! Invariants:
//!
//! - A slot is handed out once, or passed over once, and never both. Within a journey they come in order.
//! - `through` never goes back: every slot whose fire instant is at or before it was handed out or passed over.
//! - A new version is announced ([`Plan::announce`]) before it is written, and until it is learnt nothing of its
//!   journey from its `valid_from` on is handed out, nor is `planned_through` at or beyond it. So no version is
//!   ever learnt too late.
//! - One pass makes a bounded number of entries, however far time has leapt: slots past their grace are not
//!   listed but passed over as a whole ([`Passed`]). After a freeze the same goes for slots within their grace: no more than
//!   [`MOST_LATE`] late ones of a version are handed out, the newest.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use wayfarer_model::schedule::Schedule;
use wayfarer_model::units::UnixMillis;

use super::claim::{Claim, Track};

/// A slot is late once it was to begin this long ago, in milliseconds.
const LATE_MS: u64 = 1_000;
/// As many late slots of a version run. More would only run into each other.
const MOST_LATE: usize = 2;

/// A slot whose instant has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due<V> {
    /// The version that owns it.
    pub(crate) version: V,
    /// Its nominal instant.
    pub(crate) slot: UnixMillis,
    /// When its run was to begin.
    pub(crate) fire: UnixMillis,
}

/// Slots that are not going to run: all those of a version within a stretch of time.
#[derive(Debug, Clone)]
pub(crate) struct Passed<V> {
    /// The version that owns them.
    pub(crate) version: V,
    /// Its schedule.
    pub(crate) schedule: Arc<Schedule>,
    /// The first.
    pub(crate) from: UnixMillis,
    /// Nominal, excluded.
    pub(crate) until: UnixMillis,
}

impl<V> Passed<V> {
    /// When the first of them was to begin.
    pub(crate) fn first_fire(&self) -> UnixMillis {
        self.schedule.fire_at(self.from)
    }
}

/// What one pass found.
#[derive(Debug, Clone)]
pub(crate) struct Batch<V> {
    /// In the order of their fire instants.
    pub(crate) due: Vec<Due<V>>,
    /// Too late to run.
    pub(crate) passed: Vec<Passed<V>>,
    /// Everything whose fire instant is at or before this has been handed out now.
    pub(crate) through: UnixMillis,
    /// Whether more is due at the same instant.
    pub(crate) more: bool,
}

impl<V> Batch<V> {
    /// Whether there is nothing in it but the time.
    pub(crate) fn is_empty(&self) -> bool {
        self.due.is_empty() && self.passed.is_empty()
    }
}

/// The versions of all journeys, and when the next slot is due.
#[derive(Debug)]
pub(crate) struct Plan<K, V> {
    /// By journey, each with its versions in order; only the last may have no slots left.
    journeys: BTreeMap<K, Vec<Track<V>>>,
    /// The next fire of each version that has one.
    order: BTreeSet<(UnixMillis, K, u32)>,
    through: UnixMillis,
    /// What was to begin at or before this was done before the plan was made.
    done: UnixMillis,
    /// The `valid_from` of versions that are announced and not yet learnt.
    announced: Option<UnixMillis>,
    /// No `valid_from` that was seen is later.
    newest: UnixMillis,
}

impl<K: Ord + Copy, V: Clone> Plan<K, V> {
    /// A plan of nothing. What was to begin at or before that instant is done already.
    pub(crate) fn new(done: UnixMillis) -> Self {
        Self {
            journeys: BTreeMap::new(),
            order: BTreeSet::new(),
            through: done,
            done,
            announced: None,
            newest: UnixMillis(0),
        }
    }

    /// Learns a version, or what changed about it. Versions of a journey come in their order, and a later one
    /// takes over from those before.
    pub(crate) fn learn(&mut self, journey: K, claim: Claim<V>) {
        self.newest = self.newest.max(claim.from);
        let first = claim.nominal_of(UnixMillis(self.done.0.saturating_add(1))).max(claim.from);
        self.change(journey, |tracks| {
            if let Some(known) = tracks.iter_mut().find(|track| track.claim.number == claim.number) {
                *known = Track::new(claim, known.reached);
                return;
            }
            // One that was followed and has nothing left was forgotten.
            if tracks.last().is_some_and(|last| last.claim.number > claim.number) {
                return;
            }
            // Nothing is handed out twice, should the version not have been announced.
            let handed = tracks.last().map_or(UnixMillis(0), Track::handed);
            for track in tracks.iter_mut() {
                track.cut(claim.from);
            }
            tracks.push(Track::new(claim, first.max(handed)));
        });
    }

    /// Gives the instant from which versions that are about to be written are valid, and stops handing out slots
    /// of these journeys from it on. Ends with [`conclude`](Self::conclude); there is one at a time.
    pub(crate) fn announce(&mut self, now: UnixMillis, journeys: impl IntoIterator<Item = K>) -> UnixMillis {
        let from = UnixMillis(now.0.max(self.through.0 + 1).max(self.newest.0 + 1));
        self.newest = from;
        self.announced = Some(from);
        for journey in journeys {
            self.change(journey, |tracks| tracks.iter_mut().for_each(|track| track.cut(from)));
        }
        from
    }

    /// Says that what was announced is learnt by now, or did not come about.
    pub(crate) fn conclude(&mut self) {
        self.announced = None;
    }

    /// Hands out what is due, at most so much.
    pub(crate) fn due(&mut self, now: UnixMillis, most: usize) -> Batch<V> {
        let (mut due, mut passed) = (Vec::new(), Vec::new());
        let mut room = most;
        while let Some((fire, journey, number)) = self.order.first().copied().filter(|next| next.0 <= now) {
            if room == 0 {
                break;
            }
            room -= 1;
            self.order.pop_first();
            let Some(track) = self.track(journey, number) else { continue };
            let Some(slot) = track.next else { continue };
            if let Some(fresh) = beyond_grace(track, fire, now).or_else(|| beyond_late(track, slot, now)) {
                passed.extend(pass(track, slot, fresh));
            } else {
                due.push(Due { version: track.claim.version.clone(), slot, fire });
                track.advance(UnixMillis(slot.0 + 1));
            }
            let next = track.next_fire();
            self.schedule(journey, number, next);
        }
        let more = self.next_fire().filter(|fire| *fire <= now);
        self.through = self.through.max(more.map_or(now, |fire| UnixMillis(fire.0.saturating_sub(1))));
        Batch { due, passed, through: self.planned_through(), more: more.is_some() }
    }

    /// When something is due next.
    pub(crate) fn next_fire(&self) -> Option<UnixMillis> {
        self.order.first().map(|(fire, _, _)| *fire)
    }

    /// Every slot whose fire instant is at or before this was handed out or passed over, whatever version
    /// is still to be learnt.
    pub(crate) fn planned_through(&self) -> UnixMillis {
        self.announced.map_or(self.through, |from| self.through.min(UnixMillis(from.0.saturating_sub(1))))
    }

    /// The newest version of a journey.
    pub(crate) fn newest(&self, journey: K) -> Option<&V> {
        Some(&self.journeys.get(&journey)?.last()?.claim.version)
    }

    /// Every version that has slots to come, and the newest of each journey.
    pub(crate) fn versions(&self) -> impl Iterator<Item = &V> {
        self.journeys.values().flatten().map(|track| &track.claim.version)
    }

    fn track(&mut self, journey: K, number: u32) -> Option<&mut Track<V>> {
        self.journeys.get_mut(&journey)?.iter_mut().find(|track| track.claim.number == number)
    }

    /// Puts a version's next fire in its place; forgets versions that were followed and have nothing left.
    fn schedule(&mut self, journey: K, number: u32, fire: Option<UnixMillis>) {
        match (fire, self.journeys.get_mut(&journey)) {
            (Some(fire), _) => drop(self.order.insert((fire, journey, number))),
            (None, Some(tracks)) => forget(tracks),
            (None, None) => {}
        }
    }

    /// Changes a journey's versions and keeps the order in step.
    fn change(&mut self, journey: K, change: impl FnOnce(&mut Vec<Track<V>>)) {
        let tracks = self.journeys.entry(journey).or_default();
        for track in &*tracks {
            if let Some(fire) = track.next_fire() {
                self.order.remove(&(fire, journey, track.claim.number));
            }
        }
        change(tracks);
        forget(tracks);
        for track in &*tracks {
            if let Some(fire) = track.next_fire() {
                self.order.insert((fire, journey, track.claim.number));
            }
        }
    }
}

/// Where a slot's grace is over: the first instant that is still within it.
fn beyond_grace<V>(track: &Track<V>, fire: UnixMillis, now: UnixMillis) -> Option<UnixMillis> {
    let grace_ms = track.claim.grace_ms;
    (fire.0.saturating_add(grace_ms) < now.0).then(|| UnixMillis(now.0.saturating_sub(grace_ms)))
}

/// Where more late slots follow than may run: the instant of the first that may.
fn beyond_late<V>(track: &Track<V>, slot: UnixMillis, now: UnixMillis) -> Option<UnixMillis> {
    let claim = &track.claim;
    let on_time = claim.nominal_of(UnixMillis(now.0.saturating_sub(LATE_MS).saturating_add(1)));
    let until = claim.until.map_or(on_time, |until| until.min(on_time));
    if slot >= until {
        return None;
    }
    let mut newest = VecDeque::with_capacity(MOST_LATE + 1);
    for late in claim.schedule.as_ref()?.slots_between(slot, until) {
        newest.push_back(late);
        if newest.len() > MOST_LATE {
            newest.pop_front();
        }
    }
    newest.front().filter(|first| **first > slot).map(|first| claim.fire_at(*first))
}

/// Goes on to the first slot that is to begin at or after `fresh`; what lies before is passed over.
fn pass<V: Clone>(track: &mut Track<V>, slot: UnixMillis, fresh: UnixMillis) -> Option<Passed<V>> {
    let nominal = track.claim.nominal_of(fresh);
    let until = track.claim.until.map_or(nominal, |until| until.min(nominal));
    track.advance(until);
    let schedule = track.claim.schedule.clone()?;
    Some(Passed { version: track.claim.version.clone(), schedule, from: slot, until })
}

fn forget<V>(tracks: &mut Vec<Track<V>>) {
    let last = tracks.last().map(|track| track.claim.number);
    tracks.retain(|track| track.next.is_some() || Some(track.claim.number) == last);
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
