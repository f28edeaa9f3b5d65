//! What waits for a place, and in which order it gets one: the dispatcher's core, without a task and without a
//! clock.
//!
//! Between what arrives (slots that are due, runs that people ask for) and the runs. Within a tenant the first
//! to come is the first to run, runs that people ask for before those; between tenants, [`Turns`] decides.
//!
//! A journey whose runs must not overlap has at most one run under way or in line. What arrives meanwhile is
//! refused (`Skip`), or set aside until that one has ended (`Queue`: one slot at a time). Runs that people ask
//! for are never refused, only set aside.
//!
//! Journeys of one group (two that share a test account) never run together either: the next member steps into line
//! when the one before it has ended, or has given up. A group has one member in line or under way.
//!
//! Invariants: no entry is lost or handed out twice: each that was accepted leaves by `take`, `expired` or
//! `drain`. Places and caps are never exceeded, and no place stays free while an entry may have it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use wayfarer_model::deployment::Overlap;
use wayfarer_model::ids::GroupName;
use wayfarer_model::units::UnixMillis;

use super::turns::Turns;

/// Something that wants to run.
#[derive(Debug, Clone)]
pub(super) struct Entry<K, J, T> {
    /// Whose.
    pub(super) tenant: K,
    /// Of which journey.
    pub(super) journey: J,
    /// The tenant's group that the journey belongs to.
    pub(super) group: Option<GroupName>,
    /// What becomes of it while another run of the journey is under way.
    pub(super) overlap: Overlap,
    /// After this it is too late to begin; none where a person waits for it.
    pub(super) deadline: Option<UnixMillis>,
    /// What it is.
    pub(super) what: T,
}

impl<K, J, T> Entry<K, J, T> {
    fn is_manual(&self) -> bool {
        self.deadline.is_none()
    }
}

/// How far an entry has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It waits for another run of its journey.
    Aside,
    /// It waits for another member of its group.
    Behind,
    /// It waits for a place.
    InLine,
}

/// An entry, and how far it has come.
#[derive(Debug)]
struct Held<K, J, T> {
    entry: Entry<K, J, T>,
    stage: Stage,
}

/// A group that has a member in line or under way, and those who wait for that one.
#[derive(Debug, Default)]
struct Group {
    manual: VecDeque<u64>,
    scheduled: VecDeque<u64>,
    is_running: bool,
}

/// The entries of one tenant that wait for a place.
#[derive(Debug, Default)]
struct Line {
    manual: VecDeque<u64>,
    scheduled: VecDeque<u64>,
    /// How many that people asked for wait, those that are set aside among them.
    asked: usize,
}

/// What there is of one journey.
#[derive(Debug, Default)]
struct Presence {
    running: u32,
    in_line: u32,
    aside_manual: VecDeque<u64>,
    aside: Option<u64>,
}

impl Presence {
    fn is_busy(&self) -> bool {
        self.running + self.in_line > 0
    }

    fn is_nothing(&self) -> bool {
        !self.is_busy() && self.aside.is_none() && self.aside_manual.is_empty()
    }
}

/// Everything that waits.
#[derive(Debug)]
pub(super) struct Queue<K, J, T> {
    turns: Turns<K>,
    entries: BTreeMap<u64, Held<K, J, T>>,
    lines: BTreeMap<K, Line>,
    groups: BTreeMap<(K, GroupName), Group>,
    journeys: BTreeMap<J, Presence>,
    deadlines: BTreeSet<(UnixMillis, u64)>,
    next: u64,
}

impl<K: Ord + Copy, J: Ord + Copy, T> Queue<K, J, T> {
    /// With so many places.
    pub(super) fn new(places: u32) -> Self {
        Self {
            turns: Turns::new(places),
            entries: BTreeMap::new(),
            lines: BTreeMap::new(),
            groups: BTreeMap::new(),
            journeys: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            next: 0,
        }
    }

    /// Gives a tenant its cap.
    pub(super) fn set_cap(&mut self, tenant: K, cap: u32) {
        self.turns.set_cap(tenant, cap);
    }

    /// Takes an entry in, or gives it back because it overlaps with an earlier one.
    pub(super) fn arrive(&mut self, entry: Entry<K, J, T>) -> Result<(), T> {
        let presence = self.journeys.entry(entry.journey).or_default();
        let (id, manual) = (self.next, entry.is_manual());
        let steps_up = entry.overlap == Overlap::Allow || !presence.is_busy();
        if steps_up {
            presence.in_line += 1;
        } else if manual {
            presence.aside_manual.push_back(id);
        } else if entry.overlap == Overlap::Queue && presence.aside.is_none() {
            presence.aside = Some(id);
        } else {
            return Err(entry.what);
        }
        self.next += 1;
        self.lines.entry(entry.tenant).or_default().asked += usize::from(manual);
        self.deadlines.extend(entry.deadline.map(|deadline| (deadline, id)));
        self.entries.insert(id, Held { entry, stage: Stage::Aside });
        if steps_up {
            self.step_up(id);
        }
        Ok(())
    }

    /// Takes a free place for the next entry. [`ended`](Self::ended) gives it back.
    pub(super) fn take(&mut self) -> Option<Entry<K, J, T>> {
        let tenant = self.turns.take()?;
        let line = self.lines.get_mut(&tenant)?;
        // What expired meanwhile is still in line by its number.
        let entry = loop {
            let id = line.manual.pop_front().or_else(|| line.scheduled.pop_front())?;
            if let Some(Held { entry, .. }) = self.entries.remove(&id) {
                if let Some(deadline) = entry.deadline {
                    self.deadlines.remove(&(deadline, id));
                }
                break entry;
            }
        };
        line.asked -= usize::from(entry.is_manual());
        let presence = self.journeys.entry(entry.journey).or_default();
        presence.in_line = presence.in_line.saturating_sub(1);
        presence.running += 1;
        if let Some(name) = entry.group.clone()
            && let Some(members) = self.groups.get_mut(&(entry.tenant, name))
        {
            members.is_running = true;
        }
        Some(entry)
    }

    /// A run that was taken has ended. The group is the one that it was taken with.
    pub(super) fn ended(&mut self, tenant: K, journey: J, group: Option<GroupName>) {
        self.turns.ended(tenant);
        self.next_of_group(tenant, group);
        if let Some(presence) = self.journeys.get_mut(&journey) {
            presence.running = presence.running.saturating_sub(1);
        }
        self.go_on(journey);
    }

    /// Takes out what can no longer begin in time, with what it waited for.
    pub(super) fn expired(&mut self, now: UnixMillis) -> Vec<(T, Stage)> {
        let mut expired = Vec::new();
        while let Some((_, id)) = self.deadlines.first().copied().filter(|(deadline, _)| *deadline < now) {
            self.deadlines.pop_first();
            let Some(Held { entry, stage }) = self.entries.remove(&id) else { continue };
            let presence = self.journeys.entry(entry.journey).or_default();
            match stage {
                Stage::Aside => presence.aside = None,
                Stage::Behind => presence.in_line = presence.in_line.saturating_sub(1),
                Stage::InLine => {
                    presence.in_line = presence.in_line.saturating_sub(1);
                    self.leave(entry.tenant);
                    self.next_of_group(entry.tenant, entry.group);
                }
            }
            self.go_on(entry.journey);
            expired.push((entry.what, stage));
        }
        expired
    }

    /// The instant after which the next entry will have expired.
    pub(super) fn next_deadline(&self) -> Option<UnixMillis> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Takes out everything that waits.
    pub(super) fn drain(&mut self) -> Vec<T> {
        self.deadlines.clear();
        self.lines.clear();
        let entries = std::mem::take(&mut self.entries);
        for held in entries.values() {
            // Also for what is set aside, which never waited for a turn: nothing is left to wait.
            self.turns.leaves(held.entry.tenant);
        }
        self.groups.retain(|_, members| {
            *members = Group { is_running: members.is_running, ..Group::default() };
            members.is_running
        });
        for presence in self.journeys.values_mut() {
            *presence = Presence { running: presence.running, ..Presence::default() };
        }
        self.journeys.retain(|_, presence| !presence.is_nothing());
        entries.into_values().map(|held| held.entry.what).collect()
    }

    /// How many entries wait.
    pub(super) fn waiting(&self) -> usize {
        self.entries.len()
    }

    /// How many places there are, and how many of them are taken.
    pub(super) fn places(&self) -> (u32, u32) {
        self.turns.places()
    }

    /// How many of a tenant's wait for a place, and how many run.
    pub(super) fn of(&self, tenant: K) -> (usize, u32) {
        self.turns.of(tenant)
    }

    /// How many runs that people asked for wait.
    pub(super) fn asked_of(&self, tenant: K) -> usize {
        self.lines.get(&tenant).map_or(0, |line| line.asked)
    }

    /// One of the tenant's gives up its place in line; its number stays there until it is met.
    fn leave(&mut self, tenant: K) {
        self.turns.leaves(tenant);
        if let (0, Some(line)) = (self.turns.of(tenant).0, self.lines.get_mut(&tenant)) {
            line.scheduled.clear();
        }
    }

    /// Nothing of its journey keeps an entry waiting any longer: it gets in line, or behind its group.
    fn step_up(&mut self, id: u64) {
        let Some(held) = self.entries.get_mut(&id) else { return };
        let manual = held.entry.is_manual();
        if let Some(name) = &held.entry.group {
            let key = (held.entry.tenant, name.clone());
            if let Some(members) = self.groups.get_mut(&key) {
                held.stage = Stage::Behind;
                if manual {
                    members.manual.push_back(id);
                } else {
                    members.scheduled.push_back(id);
                }
                return;
            }
            self.groups.insert(key, Group::default());
        }
        self.line_up(id);
    }

    /// A member of a group has ended or given up: the next one gets in line.
    fn next_of_group(&mut self, tenant: K, name: Option<GroupName>) {
        let Some(key) = name.map(|name| (tenant, name)) else { return };
        while let Some(members) = self.groups.get_mut(&key) {
            members.is_running = false;
            let Some(id) = members.manual.pop_front().or_else(|| members.scheduled.pop_front()) else {
                self.groups.remove(&key);
                return;
            };
            // What expired meanwhile is still there by its number.
            if self.entries.contains_key(&id) {
                self.line_up(id);
                return;
            }
        }
    }

    fn line_up(&mut self, id: u64) {
        let Some(held) = self.entries.get_mut(&id) else { return };
        held.stage = Stage::InLine;
        let (tenant, manual) = (held.entry.tenant, held.entry.is_manual());
        let line = self.lines.entry(tenant).or_default();
        if manual {
            line.manual.push_back(id);
        } else {
            line.scheduled.push_back(id);
        }
        self.turns.waits(tenant);
    }

    /// Lets what was set aside step into line once nothing of the journey is under way.
    fn go_on(&mut self, journey: J) {
        let Some(presence) = self.journeys.get_mut(&journey).filter(|presence| !presence.is_busy()) else {
            return;
        };
        let Some(id) = presence.aside_manual.pop_front().or_else(|| presence.aside.take()) else {
            self.journeys.remove(&journey);
            return;
        };
        presence.in_line += 1;
        self.step_up(id);
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
