//! What waits, and in which order it starts: the dispatcher's core, without a task and without a clock.
//!
//! The gate decides whether an entry waits, and for what. The queue carries that out: it gives the gate the facts
//! ([`Queue::contention`]), and lets an entry go on when what it waited for is over.
//!
//! An entry waits for up to three things, one after the other ([`WaitFor`]):
//!
//! 1. The previous run of its journey. At most one run of a journey is in line or in flight, unless the journey allows
//!    overlaps.
//! 2. The [group](super::groups) of its journey. A group has one member in line or in flight.
//! 3. A permit. Within a tenant, manual runs come first, and then the order of arrival; between tenants [`Turns`] decides.
//!
//! Invariants: no entry is lost or handed out twice: each that was accepted leaves by `take`, `remove_most_urgent` or
//! `drain`. Permits and caps are never exceeded, and no permit stays free while an entry may have it.

use std::collections::{BTreeMap, BTreeSet};

use wayfarer_model::admission::{Contention, WaitFor};
use wayfarer_model::deployment::Overlap;
use wayfarer_model::ids::GroupName;
use wayfarer_model::units::UnixMillis;

use super::groups::Groups;
use super::line::Line;
use crate::server::turns::Turns;

/// Something that is going to run.
#[derive(Debug, Clone)]
pub(super) struct QueueEntry<K, J, T> {
    pub(super) tenant: K,
    pub(super) journey: J,
    /// The tenant's group that the journey belongs to.
    pub(super) group: Option<GroupName>,
    /// The last instant at which it may start; none for a manual run.
    pub(super) deadline: Option<UnixMillis>,
    pub(super) what: T,
}

impl<K, J, T> QueueEntry<K, J, T> {
    fn is_manual(&self) -> bool {
        self.deadline.is_none()
    }
}

#[derive(Debug)]
struct Waiting<K, J, T> {
    entry: QueueEntry<K, J, T>,
    wait_for: WaitFor,
}

/// The entries of one tenant.
#[derive(Debug, Default)]
struct TenantLine {
    for_permit: Line,
    /// Manual runs, whatever they wait for.
    manual: usize,
}

/// The entries and runs of one journey.
#[derive(Debug, Default)]
struct Presence {
    running: u32,
    /// In line for the group or a permit.
    in_line: u32,
    set_aside: Line,
}

impl Presence {
    fn is_busy(&self) -> bool {
        self.running + self.in_line > 0
    }
}

/// Everything that waits.
#[derive(Debug)]
pub(super) struct Queue<K, J, T> {
    turns: Turns<K>,
    entries: BTreeMap<u64, Waiting<K, J, T>>,
    tenants: BTreeMap<K, TenantLine>,
    groups: Groups<K>,
    journeys: BTreeMap<J, Presence>,
    deadlines: BTreeSet<(UnixMillis, u64)>,
    next: u64,
}

impl<K: Ord + Copy, J: Ord + Copy, T> Queue<K, J, T> {
    pub(super) fn new(permits: u32) -> Self {
        Self {
            turns: Turns::new(permits),
            entries: BTreeMap::new(),
            tenants: BTreeMap::new(),
            groups: Groups::new(),
            journeys: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            next: 0,
        }
    }

    /// The most permits that a tenant may hold at a time.
    pub(super) fn set_cap(&mut self, tenant: K, cap: u32) {
        self.turns.set_cap(tenant, cap);
    }

    /// What an entry of that journey would meet.
    pub(super) fn contention(
        &self,
        tenant: K,
        journey: J,
        group: Option<&GroupName>,
        overlap: Overlap,
    ) -> Contention {
        let presence = self.journeys.get(&journey);
        Contention {
            overlap,
            journey_is_busy: presence.is_some_and(Presence::is_busy),
            slot_is_set_aside: presence.is_some_and(|presence| presence.set_aside.has_scheduled()),
            group_is_busy: group.is_some_and(|group| self.groups.is_busy(tenant, group)),
        }
    }

    /// Takes in an entry, which waits for what the gate says.
    pub(super) fn enqueue(&mut self, entry: QueueEntry<K, J, T>, wait_for: WaitFor) {
        let (id, is_manual, journey) = (self.next, entry.is_manual(), entry.journey);
        self.next += 1;
        self.tenants.entry(entry.tenant).or_default().manual += usize::from(is_manual);
        self.deadlines.extend(entry.deadline.map(|deadline| (deadline, id)));
        self.entries.insert(id, Waiting { entry, wait_for });
        let presence = self.journeys.entry(journey).or_default();
        if wait_for == WaitFor::PreviousRun {
            presence.set_aside.push(id, is_manual);
        } else {
            presence.in_line += 1;
            self.enter_group(id);
        }
    }

    /// As [`take_where`](Self::take_where), whatever the entry is.
    #[cfg(test)]
    pub(super) fn take(&mut self) -> Option<QueueEntry<K, J, T>> {
        self.take_where(|_| true)
    }

    /// Takes a free permit for the next entry, of the first tenant in turn whose next entry may start.
    /// [`run_ended`](Self::run_ended) gives it back.
    pub(super) fn take_where(&mut self, may_start: impl Fn(&T) -> bool) -> Option<QueueEntry<K, J, T>> {
        let next = |tenant: K| {
            let id = self.tenants.get(&tenant)?.for_permit.first(|id| self.entries.contains_key(&id))?;
            self.entries.get(&id).map(|waiting| &waiting.entry.what)
        };
        let tenant = self.turns.in_turn().find(|tenant| next(*tenant).is_some_and(&may_start))?;
        self.turns.take(&tenant);
        let line = self.tenants.get_mut(&tenant)?;
        let entry = loop {
            let id = line.for_permit.pop()?;
            if let Some(Waiting { entry, .. }) = self.entries.remove(&id) {
                if let Some(deadline) = entry.deadline {
                    self.deadlines.remove(&(deadline, id));
                }
                break entry;
            }
        };
        line.manual -= usize::from(entry.is_manual());
        let presence = self.journeys.entry(entry.journey).or_default();
        presence.in_line = presence.in_line.saturating_sub(1);
        presence.running += 1;
        if let Some(group) = &entry.group {
            self.groups.started(tenant, group);
        }
        Some(entry)
    }

    /// A run that was taken has ended. The group is the one that it was taken with.
    pub(super) fn run_ended(&mut self, tenant: K, journey: J, group: Option<&GroupName>) {
        self.turns.ended(tenant);
        self.leave_group(tenant, group);
        if let Some(presence) = self.journeys.get_mut(&journey) {
            presence.running = presence.running.saturating_sub(1);
        }
        self.release_set_aside(journey);
    }

    /// The entry whose deadline is first, and what it waits for.
    pub(super) fn most_urgent(&self) -> Option<(&T, WaitFor)> {
        let (_, id) = self.deadlines.first()?;
        self.entries.get(id).map(|waiting| (&waiting.entry.what, waiting.wait_for))
    }

    /// Takes out the entry whose deadline is first.
    pub(super) fn remove_most_urgent(&mut self) -> Option<T> {
        let (_, id) = self.deadlines.pop_first()?;
        let Waiting { entry, wait_for } = self.entries.remove(&id)?;
        let presence = self.journeys.entry(entry.journey).or_default();
        if wait_for == WaitFor::PreviousRun {
            presence.set_aside.remove(id);
        } else {
            presence.in_line = presence.in_line.saturating_sub(1);
        }
        if wait_for == WaitFor::Permit {
            self.leave_line(entry.tenant);
            self.leave_group(entry.tenant, entry.group.as_ref());
        }
        self.release_set_aside(entry.journey);
        Some(entry.what)
    }

    /// The first deadline.
    pub(super) fn next_deadline(&self) -> Option<UnixMillis> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Takes out everything that waits, each with what it waited for.
    pub(super) fn drain(&mut self) -> Vec<(T, WaitFor)> {
        self.deadlines.clear();
        self.tenants.clear();
        self.groups.drain();
        let entries = std::mem::take(&mut self.entries);
        for waiting in entries.values() {
            // Also for what never had a turn to wait for: nothing is left to wait.
            self.turns.leaves(waiting.entry.tenant);
        }
        for presence in self.journeys.values_mut() {
            *presence = Presence { running: presence.running, ..Presence::default() };
        }
        self.journeys.retain(|_, presence| presence.is_busy());
        entries.into_values().map(|waiting| (waiting.entry.what, waiting.wait_for)).collect()
    }

    /// How many entries wait.
    pub(super) fn waiting(&self) -> usize {
        self.entries.len()
    }

    /// Whether an entry waits for a permit, or for room beside it, while permits are free.
    pub(super) fn waits_for_permit(&self) -> bool {
        self.turns.in_turn().next().is_some()
    }

    /// How many permits there are, and how many of them are taken.
    pub(super) fn permits(&self) -> (u32, u32) {
        self.turns.permits()
    }

    /// How many entries of a tenant wait for a permit, and how many run.
    pub(super) fn of(&self, tenant: K) -> (usize, u32) {
        self.turns.of(&tenant)
    }

    /// How many manual runs of a tenant wait, whatever for.
    pub(super) fn manual_waiting(&self, tenant: K) -> usize {
        self.tenants.get(&tenant).map_or(0, |line| line.manual)
    }

    /// Nothing of its journey keeps an entry waiting any longer: it gets in line, or behind its group.
    fn enter_group(&mut self, id: u64) {
        let Some(waiting) = self.entries.get_mut(&id) else { return };
        let QueueEntry { tenant, group, .. } = &waiting.entry;
        if let Some(group) = group
            && !self.groups.enter(*tenant, group, id, waiting.entry.is_manual())
        {
            waiting.wait_for = WaitFor::Group;
            return;
        }
        self.enter_line(id);
    }

    /// The member of a group that was in line or in flight is gone: the next one gets in line.
    fn leave_group(&mut self, tenant: K, group: Option<&GroupName>) {
        let Some(group) = group else { return };
        if let Some(id) = self.groups.next(tenant, group, |id| self.entries.contains_key(&id)) {
            self.enter_line(id);
        }
    }

    fn enter_line(&mut self, id: u64) {
        let Some(waiting) = self.entries.get_mut(&id) else { return };
        waiting.wait_for = WaitFor::Permit;
        let (tenant, is_manual) = (waiting.entry.tenant, waiting.entry.is_manual());
        self.tenants.entry(tenant).or_default().for_permit.push(id, is_manual);
        self.turns.waits(tenant);
    }

    /// An entry in line gives up; its number stays there until it is met.
    fn leave_line(&mut self, tenant: K) {
        self.turns.leaves(tenant);
        if let (0, Some(line)) = (self.turns.of(&tenant).0, self.tenants.get_mut(&tenant)) {
            line.for_permit.clear();
        }
    }

    /// Lets the next entry that was set aside go on, once nothing of the journey is in line or in flight.
    fn release_set_aside(&mut self, journey: J) {
        let Some(presence) = self.journeys.get_mut(&journey).filter(|presence| !presence.is_busy()) else {
            return;
        };
        let Some(id) = presence.set_aside.pop() else {
            self.journeys.remove(&journey);
            return;
        };
        presence.in_line += 1;
        self.enter_group(id);
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
