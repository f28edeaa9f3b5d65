//! Which slots a version of a journey owns, and how far they have been handed out.

use std::sync::Arc;

use wayfarer_model::schedule::Schedule;
use wayfarer_model::units::UnixMillis;

/// The slots of one version: those of its schedule from `from` (included) to `until` (excluded), by their nominal
/// instants.
#[derive(Debug, Clone)]
pub(crate) struct Claim<V> {
    /// Tells the versions of a journey apart, and grows.
    pub(crate) number: u32,
    /// What is handed out with each slot.
    pub(crate) version: V,
    /// None for a journey that was removed, or runs only when somebody asks.
    pub(crate) schedule: Option<Arc<Schedule>>,
    /// Its `valid_from`.
    pub(crate) from: UnixMillis,
    /// The next version's.
    pub(crate) until: Option<UnixMillis>,
    /// How long after its fire instant a slot may still begin, in milliseconds.
    pub(crate) grace_ms: u64,
}

impl<V> Claim<V> {
    /// Its first slot at or after a nominal instant.
    pub(super) fn slot_from(&self, from: UnixMillis) -> Option<UnixMillis> {
        let schedule = self.schedule.as_ref()?;
        let until = self.until.unwrap_or(UnixMillis(u64::MAX));
        schedule.slots_between(from.max(self.from), until).next()
    }

    /// The first nominal instant whose fire instant is at or after that one.
    pub(super) fn nominal_of(&self, fire: UnixMillis) -> UnixMillis {
        let delay = self.schedule.as_ref().map_or(0, |schedule| schedule.fire_at(UnixMillis(0)).0);
        UnixMillis(fire.0.saturating_sub(delay))
    }

    /// When the run of a slot is to begin.
    pub(super) fn fire_at(&self, slot: UnixMillis) -> UnixMillis {
        self.schedule.as_ref().map_or(slot, |schedule| schedule.fire_at(slot))
    }
}

/// A claim and the place up to which its slots have been handed out.
#[derive(Debug, Clone)]
pub(super) struct Track<V> {
    pub(super) claim: Claim<V>,
    /// Every own slot before this nominal instant was handed out or passed over.
    pub(super) reached: UnixMillis,
    /// The next one; always the first own slot at or after `reached`.
    pub(super) next: Option<UnixMillis>,
}

impl<V> Track<V> {
    /// A track on which nothing before `reached` is handed out.
    pub(super) fn new(claim: Claim<V>, reached: UnixMillis) -> Self {
        let next = claim.slot_from(reached);
        Self { claim, reached, next }
    }

    /// Goes on to the first slot at or after a nominal instant; never back.
    pub(super) fn advance(&mut self, to: UnixMillis) {
        self.reached = self.reached.max(to);
        self.next = self.claim.slot_from(self.reached);
    }

    /// Gives the slots from that instant on away.
    pub(super) fn cut(&mut self, until: UnixMillis) {
        self.claim.until = Some(self.claim.until.map_or(until, |now| now.min(until)));
        self.advance(self.reached);
    }

    /// Every own slot that was handed out lies before this.
    pub(super) fn handed(&self) -> UnixMillis {
        self.claim.until.map_or(self.reached, |until| until.min(self.reached))
    }

    /// When the next slot is to begin.
    pub(super) fn next_fire(&self) -> Option<UnixMillis> {
        self.next.map(|slot| self.claim.fire_at(slot))
    }
}
