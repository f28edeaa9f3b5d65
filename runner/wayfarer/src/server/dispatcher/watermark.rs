//! Up to where every slot has its row or was started: what a successor need not look at again.
//!
//! It may lag behind and must never run ahead: the planner's word counts only for what is not still waiting
//! here, and slots that are passed over count once they are durable.

use std::collections::BTreeMap;

use wayfarer_model::units::UnixMillis;

/// The watermark, over fire instants.
#[derive(Debug)]
pub(super) struct Watermark {
    through: UnixMillis,
    /// Fire instants of slots that wait, and how many do.
    waiting: BTreeMap<UnixMillis, usize>,
    /// Slots that are passed over, by number: the fire instant of the first that is not durable.
    passing: BTreeMap<u64, UnixMillis>,
    told: UnixMillis,
}

impl Watermark {
    /// Nothing waits, and everything up to there is done.
    pub(super) fn new(through: UnixMillis) -> Self {
        Self { through, waiting: BTreeMap::new(), passing: BTreeMap::new(), told: UnixMillis(0) }
    }

    /// The planner has handed out everything up to there; what of it waits was said before.
    pub(super) fn planned(&mut self, through: UnixMillis) {
        self.through = self.through.max(through);
    }

    /// A slot waits.
    pub(super) fn waits(&mut self, fire: UnixMillis) {
        *self.waiting.entry(fire).or_default() += 1;
    }

    /// A slot that waited was started, or settled.
    pub(super) fn done(&mut self, fire: UnixMillis) {
        if let Some(count) = self.waiting.get_mut(&fire) {
            *count -= 1;
            if *count == 0 {
                self.waiting.remove(&fire);
            }
        }
    }

    /// Slots are being passed over; the first that is not durable was to begin then.
    pub(super) fn passes(&mut self, number: u64, first: UnixMillis) {
        self.passing.insert(number, first);
    }

    /// All of them are durable.
    pub(super) fn passed(&mut self, number: u64) {
        self.passing.remove(&number);
    }

    /// Where it is.
    pub(super) fn value(&self) -> UnixMillis {
        let waiting = self.waiting.keys().next().copied();
        let open = waiting.into_iter().chain(self.passing.values().copied()).min();
        open.map_or(self.through, |open| self.through.min(UnixMillis(open.0.saturating_sub(1))))
    }

    /// Where it is, if that was not told before.
    pub(super) fn news(&self) -> Option<UnixMillis> {
        Some(self.value()).filter(|value| *value > self.told)
    }

    /// Where it is was told.
    pub(super) fn told(&mut self, value: UnixMillis) {
        self.told = self.told.max(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_below_whatever_is_open() {
        let mut mark = Watermark::new(UnixMillis(100));
        assert_eq!(mark.news(), Some(UnixMillis(100)));
        mark.told(UnixMillis(100));
        assert_eq!(mark.news(), None);
        mark.waits(UnixMillis(150));
        mark.waits(UnixMillis(150));
        mark.waits(UnixMillis(160));
        mark.planned(UnixMillis(200));
        assert_eq!(mark.value(), UnixMillis(149));
        mark.done(UnixMillis(150));
        assert_eq!(mark.value(), UnixMillis(149), "the other one of that instant still waits");
        mark.done(UnixMillis(150));
        assert_eq!(mark.value(), UnixMillis(159));
        mark.passes(1, UnixMillis(120));
        assert_eq!((mark.value(), mark.news()), (UnixMillis(119), Some(UnixMillis(119))));
        mark.passes(1, UnixMillis(155));
        mark.done(UnixMillis(160));
        assert_eq!(mark.value(), UnixMillis(154));
        mark.passed(1);
        assert_eq!(mark.value(), UnixMillis(200));
    }
}
