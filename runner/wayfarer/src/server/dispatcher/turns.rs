//! Fair turns: whose run is next.
//!
//! Of the tenants that have something waiting and are below their cap, the one is next whose last turn lies
//! longest ago. Tenants that always wait take turns one after another; one that waits seldom is served at
//! the first place that becomes free, however much the others have queued.
//!
//! Invariant: a tenant is in `eligible`, at its last turn, exactly while it waits and is below its cap.

use std::collections::{BTreeMap, BTreeSet};

/// One tenant's share.
#[derive(Debug)]
struct Share {
    waiting: usize,
    running: u32,
    cap: u32,
    served: u64,
}

/// Who waits, who runs, and who is next.
#[derive(Debug)]
pub(super) struct Turns<K> {
    places: u32,
    running: u32,
    turn: u64,
    shares: BTreeMap<K, Share>,
    eligible: BTreeSet<(u64, K)>,
}

impl<K: Ord + Copy> Turns<K> {
    /// With so many places for all together.
    pub(super) fn new(places: u32) -> Self {
        Self { places, running: 0, turn: 0, shares: BTreeMap::new(), eligible: BTreeSet::new() }
    }

    /// Gives a tenant its cap. One that was given none may use every place.
    pub(super) fn set_cap(&mut self, tenant: K, cap: u32) {
        self.change(tenant, |share| share.cap = cap);
    }

    /// One more of the tenant's waits.
    pub(super) fn waits(&mut self, tenant: K) {
        self.change(tenant, |share| share.waiting += 1);
    }

    /// One of the tenant's gives up waiting.
    pub(super) fn leaves(&mut self, tenant: K) {
        self.change(tenant, |share| share.waiting = share.waiting.saturating_sub(1));
    }

    /// Takes a free place for the tenant whose turn it is.
    pub(super) fn take(&mut self) -> Option<K> {
        if self.running >= self.places {
            return None;
        }
        let (_, tenant) = *self.eligible.first()?;
        self.turn += 1;
        self.running += 1;
        let turn = self.turn;
        self.change(tenant, |share| {
            share.waiting = share.waiting.saturating_sub(1);
            share.running += 1;
            share.served = turn;
        });
        Some(tenant)
    }

    /// A run of the tenant's has ended: its place is free.
    pub(super) fn ended(&mut self, tenant: K) {
        self.running = self.running.saturating_sub(1);
        self.change(tenant, |share| share.running = share.running.saturating_sub(1));
    }

    /// How many places there are, and how many of them are taken.
    pub(super) fn places(&self) -> (u32, u32) {
        (self.places, self.running)
    }

    /// How many of a tenant's wait and run.
    pub(super) fn of(&self, tenant: K) -> (usize, u32) {
        self.shares.get(&tenant).map_or((0, 0), |share| (share.waiting, share.running))
    }

    fn change(&mut self, tenant: K, change: impl FnOnce(&mut Share)) {
        let share =
            self.shares.entry(tenant).or_insert(Share { waiting: 0, running: 0, cap: u32::MAX, served: 0 });
        self.eligible.remove(&(share.served, tenant));
        change(share);
        if share.waiting > 0 && share.running < share.cap {
            self.eligible.insert((share.served, tenant));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(turns: &mut Turns<char>) -> String {
        std::iter::from_fn(|| turns.take()).collect()
    }

    #[test]
    fn tenants_take_turns_whatever_they_have_queued() {
        let mut turns = Turns::new(6);
        (0..5).for_each(|_| turns.waits('a'));
        (0..2).for_each(|_| turns.waits('b'));
        assert_eq!(order(&mut turns), "ababaa");
        assert_eq!(turns.places(), (6, 6));
        turns.ended('a');
        turns.waits('c');
        assert_eq!(order(&mut turns), "c", "no turn before lies longest ago");
    }

    #[test]
    fn a_cap_holds_and_a_place_that_is_freed_goes_on() {
        let mut turns = Turns::new(4);
        turns.set_cap('a', 1);
        (0..3).for_each(|_| turns.waits('a'));
        turns.waits('b');
        assert_eq!(order(&mut turns), "ab");
        assert_eq!(turns.of('a'), (2, 1));
        turns.ended('a');
        assert_eq!(order(&mut turns), "a");
        turns.leaves('a');
        turns.ended('a');
        assert_eq!((order(&mut turns).as_str(), turns.of('a')), ("", (0, 0)));
    }
}
