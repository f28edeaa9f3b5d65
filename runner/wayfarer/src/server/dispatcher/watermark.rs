//! The watermark: every slot that was due at or before it has its row, or was started. A later process need not look
//! at them again.
//!
//! It may lag behind and must never run ahead: what the planner has handed out counts only once it no longer waits here,
//! and a missed range counts once its rows are durable.

use std::collections::BTreeMap;

use wayfarer_model::units::UnixMillis;

/// The watermark, over fire instants.
#[derive(Debug)]
pub(super) struct Watermark {
    through: UnixMillis,
    /// Fire instants of slots that wait, and how many do.
    waiting: BTreeMap<UnixMillis, usize>,
    /// Missed ranges by number: the fire instant of the first slot whose row is not durable.
    ranges: BTreeMap<u64, UnixMillis>,
    reported: UnixMillis,
}

impl Watermark {
    /// Nothing waits, and every slot up to there has its row.
    pub(super) fn new(through: UnixMillis) -> Self {
        Self { through, waiting: BTreeMap::new(), ranges: BTreeMap::new(), reported: UnixMillis(0) }
    }

    /// The planner has handed out everything up to there. The caller has named what of it waits.
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

    /// Rows of a missed range are not durable from that slot on; without an instant, all are.
    pub(super) fn range(&mut self, number: u64, first_open: Option<UnixMillis>) {
        match first_open {
            Some(first) => drop(self.ranges.insert(number, first)),
            None => drop(self.ranges.remove(&number)),
        }
    }

    pub(super) fn value(&self) -> UnixMillis {
        let waiting = self.waiting.keys().next().copied();
        let open = waiting.into_iter().chain(self.ranges.values().copied()).min();
        open.map_or(self.through, |open| self.through.min(UnixMillis(open.0.saturating_sub(1))))
    }

    /// Whether rows of missed slots are still to be written.
    pub(super) fn has_ranges(&self) -> bool {
        !self.ranges.is_empty()
    }

    /// Goes back: slots that are due later are still to come. The caller has taken out those that wait.
    pub(super) fn rewind(&mut self, to: UnixMillis) {
        self.through = self.through.min(to);
        self.reported = self.reported.min(to);
    }

    /// The value, if it is higher than the one that was reported last.
    pub(super) fn unreported(&self) -> Option<UnixMillis> {
        Some(self.value()).filter(|value| *value > self.reported)
    }

    /// That value was reported.
    pub(super) fn reported(&mut self, value: UnixMillis) {
        self.reported = self.reported.max(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_below_whatever_is_open() {
        let mut mark = Watermark::new(UnixMillis(100));
        assert_eq!(mark.unreported(), Some(UnixMillis(100)));
        mark.reported(UnixMillis(100));
        assert_eq!(mark.unreported(), None);
        mark.waits(UnixMillis(150));
        mark.waits(UnixMillis(150));
        mark.waits(UnixMillis(160));
        mark.planned(UnixMillis(200));
        assert_eq!(mark.value(), UnixMillis(149));
        mark.done(UnixMillis(150));
        assert_eq!(mark.value(), UnixMillis(149), "the other one of that instant still waits");
        mark.done(UnixMillis(150));
        assert_eq!(mark.value(), UnixMillis(159));
        mark.range(1, Some(UnixMillis(120)));
        assert_eq!((mark.value(), mark.unreported()), (UnixMillis(119), Some(UnixMillis(119))));
        mark.range(1, Some(UnixMillis(155)));
        mark.done(UnixMillis(160));
        assert_eq!(mark.value(), UnixMillis(154));
        mark.range(1, None);
        assert_eq!(mark.value(), UnixMillis(200));
    }
}
