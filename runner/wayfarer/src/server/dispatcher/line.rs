//! One line of entries: those of people first, then those of schedules, each in the order of their arrival.

use std::collections::VecDeque;

/// Numbers of entries in a line. A number may outlive its entry: whoever takes one checks.
#[derive(Debug, Default)]
pub(super) struct Line {
    manual: VecDeque<u64>,
    scheduled: VecDeque<u64>,
}

impl Line {
    pub(super) fn push(&mut self, id: u64, is_manual: bool) {
        if is_manual { &mut self.manual } else { &mut self.scheduled }.push_back(id);
    }

    pub(super) fn pop(&mut self) -> Option<u64> {
        self.manual.pop_front().or_else(|| self.scheduled.pop_front())
    }

    /// The first one that is still there.
    pub(super) fn first(&self, is_there: impl Fn(u64) -> bool) -> Option<u64> {
        self.manual.iter().chain(&self.scheduled).copied().find(|id| is_there(*id))
    }

    /// Takes an entry out of the middle.
    pub(super) fn remove(&mut self, id: u64) {
        self.manual.retain(|other| *other != id);
        self.scheduled.retain(|other| *other != id);
    }

    /// Whether an entry of a schedule is in it.
    pub(super) fn has_scheduled(&self) -> bool {
        !self.scheduled.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.manual.clear();
        self.scheduled.clear();
    }
}
