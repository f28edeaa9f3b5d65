//! Permits or places, handed out in fair turns among tenants: for runs, and for uploads that are compiled.
//!
//! Of the tenants that have something waiting and are below their cap, the one whose last turn lies longest ago is next.
//! Tenants that always wait take turns one after another. One that waits seldom gets the first permit that becomes free,
//! however much the others have queued.
//!
//! Invariant: a tenant is in `eligible`, at its last turn, exactly while it waits and is below its cap.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug)]
struct TenantTurns {
    waiting: usize,
    running: u32,
    cap: u32,
    served: u64,
}

/// Who waits, who runs, and who is next.
#[derive(Debug)]
pub(crate) struct Turns<K> {
    permits: u32,
    running: u32,
    turn: u64,
    tenants: BTreeMap<K, TenantTurns>,
    eligible: BTreeSet<(u64, K)>,
}

impl<K: Ord + Clone> Turns<K> {
    /// `permits` are for all tenants together.
    pub(crate) fn new(permits: u32) -> Self {
        Self { permits, running: 0, turn: 0, tenants: BTreeMap::new(), eligible: BTreeSet::new() }
    }

    /// Gives a tenant its cap. One that was given none may use every permit.
    pub(crate) fn set_cap(&mut self, tenant: K, cap: u32) {
        self.change(tenant, |own| own.cap = cap);
    }

    /// One more of the tenant's waits.
    pub(crate) fn waits(&mut self, tenant: K) {
        self.change(tenant, |own| own.waiting += 1);
    }

    /// One of the tenant's gives up waiting.
    pub(crate) fn leaves(&mut self, tenant: K) {
        self.change(tenant, |own| own.waiting = own.waiting.saturating_sub(1));
    }

    /// The tenants that may have a free permit, in the order of their turns.
    pub(crate) fn in_turn(&self) -> impl Iterator<Item = K> {
        let is_free = self.running < self.permits;
        self.eligible.iter().map(|(_, tenant)| tenant.clone()).take_while(move |_| is_free)
    }

    /// Gives a free permit to one of the tenants [in turn](Self::in_turn).
    pub(crate) fn take(&mut self, tenant: &K) {
        self.turn += 1;
        self.running += 1;
        let turn = self.turn;
        self.change(tenant.clone(), |own| {
            own.waiting = own.waiting.saturating_sub(1);
            own.running += 1;
            own.served = turn;
        });
    }

    /// A run of the tenant's has ended: its permit is free.
    pub(crate) fn ended(&mut self, tenant: K) {
        self.running = self.running.saturating_sub(1);
        self.change(tenant, |own| own.running = own.running.saturating_sub(1));
    }

    /// How many permits there are, and how many of them are taken.
    pub(crate) fn permits(&self) -> (u32, u32) {
        (self.permits, self.running)
    }

    /// How many of a tenant's wait and run.
    pub(crate) fn of(&self, tenant: &K) -> (usize, u32) {
        self.tenants.get(tenant).map_or((0, 0), |own| (own.waiting, own.running))
    }

    fn change(&mut self, tenant: K, change: impl FnOnce(&mut TenantTurns)) {
        let fresh = TenantTurns { waiting: 0, running: 0, cap: u32::MAX, served: 0 };
        let turns = self.tenants.entry(tenant.clone()).or_insert(fresh);
        let mut turn = (turns.served, tenant);
        self.eligible.remove(&turn);
        change(turns);
        if turns.waiting > 0 && turns.running < turns.cap {
            turn.0 = turns.served;
            self.eligible.insert(turn);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(turns: &mut Turns<char>) -> String {
        let take = || {
            let next = turns.in_turn().next()?;
            turns.take(&next);
            Some(next)
        };
        std::iter::from_fn(take).collect()
    }

    #[test]
    fn tenants_take_turns_whatever_they_have_queued() {
        let mut turns = Turns::new(6);
        (0..5).for_each(|_| turns.waits('a'));
        (0..2).for_each(|_| turns.waits('b'));
        assert_eq!(order(&mut turns), "ababaa");
        assert_eq!(turns.permits(), (6, 6));
        turns.ended('a');
        turns.waits('c');
        assert_eq!(order(&mut turns), "c", "no turn before lies longest ago");
    }

    #[test]
    fn a_cap_holds_and_a_permit_that_is_freed_goes_on() {
        let mut turns = Turns::new(4);
        turns.set_cap('a', 1);
        (0..3).for_each(|_| turns.waits('a'));
        turns.waits('b');
        assert_eq!(order(&mut turns), "ab");
        assert_eq!(turns.of(&'a'), (2, 1));
        turns.ended('a');
        assert_eq!(order(&mut turns), "a");
        turns.leaves('a');
        turns.ended('a');
        assert_eq!((order(&mut turns).as_str(), turns.of(&'a')), ("", (0, 0)));
    }
}
