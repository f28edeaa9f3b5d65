//! The memory of all runs: an account for the runner, one within it for each tenant, and one within that for each run.
//!
//! The gate asks whether there is room before a run starts; the sandbox charges what a run takes while it goes on
//! ([`MemoryAccount`]). A run counts from its start with what its journey took the last times, so that as many start as
//! will fit, and not as many as fit while they are small.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use wayfarer_model::admission::MemoryRoom;
use wayfarer_model::ids::TenantName;
use wayfarer_sandbox::{MemoryAccount, Whose};
use wayfarer_store::JourneyKey;

/// What a run counts with whose journey has not run yet, in bytes: about what a small guest takes.
const FIRST: u64 = 2 << 20;

/// The memory of a server's runs.
pub(crate) type RunnerMemory = Memory<JourneyKey>;

/// See the module. `K` names a journey. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Memory<K>(Arc<Inner<K>>);

#[derive(Debug)]
struct Inner<K> {
    runner: MemoryAccount,
    tenants: BTreeMap<TenantName, MemoryAccount>,
    /// What each journey's runs took, in bytes: the most of the last ones, of which earlier ones count less and less.
    taken: Mutex<BTreeMap<K, u64>>,
}

impl<K: Ord + Copy> Memory<K> {
    /// Limits in bytes. A tenant without one of its own may have half of the runner's, or all of it if there is no other.
    pub(crate) fn new(limit: u64, tenants: impl IntoIterator<Item = (TenantName, Option<u64>)>) -> Self {
        let runner = MemoryAccount::of_runner(limit);
        let tenants: Vec<_> = tenants.into_iter().collect();
        let share = if tenants.len() == 1 { limit } else { limit / 2 };
        let account = |own: Option<u64>| runner.open(Whose::Tenant, own.unwrap_or(share).min(limit), 0);
        let tenants = tenants.into_iter().map(|(name, own)| (name, account(own))).collect();
        Self(Arc::new(Inner { runner, tenants, taken: Mutex::default() }))
    }

    /// Whether a run of the journey may start, as far as memory goes.
    pub(crate) fn has_room(&self, tenant: &TenantName, journey: K) -> bool {
        self.of(tenant).has_room(self.expected(journey))
    }

    /// The same as a fact for the gate.
    pub(crate) fn room(&self, tenant: &TenantName, journey: K) -> MemoryRoom {
        if self.has_room(tenant, journey) { MemoryRoom::Enough } else { MemoryRoom::Lacking }
    }

    /// The account of a run that starts.
    pub(crate) fn open(&self, tenant: &TenantName, journey: K) -> MemoryAccount {
        self.of(tenant).open(Whose::Run, u64::MAX, self.expected(journey))
    }

    /// Takes note of what a run took.
    pub(crate) fn learn(&self, journey: K, taken: u64) {
        let mut all = self.0.taken.lock();
        let expected = all.entry(journey).or_insert(taken);
        *expected = taken.max(*expected - *expected / 8);
    }

    /// What all runs hold, and what they may, in bytes.
    pub(crate) fn figures(&self) -> (u64, u64) {
        (self.0.runner.held(), self.0.runner.limit())
    }

    /// The same of a tenant.
    pub(crate) fn figures_of(&self, tenant: &TenantName) -> (u64, u64) {
        let account = self.of(tenant);
        (account.held(), account.limit())
    }

    /// A tenant that is not known has no more than the runner.
    fn of(&self, tenant: &TenantName) -> &MemoryAccount {
        self.0.tenants.get(tenant).unwrap_or(&self.0.runner)
    }

    fn expected(&self, journey: K) -> u64 {
        self.0.taken.lock().get(&journey).copied().unwrap_or(FIRST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_starts_when_what_its_journey_took_before_fits() {
        let (acme, globex): (TenantName, TenantName) = ("acme".parse().unwrap(), "globex".parse().unwrap());
        let memory = Memory::new(100 << 20, [(acme.clone(), None), (globex.clone(), Some(1 << 40))]);
        let (small, large) = ('s', 'l');
        assert_eq!(memory.figures_of(&acme).1, 50 << 20, "half of the runner's");
        assert_eq!(memory.figures_of(&globex).1, 100 << 20, "no more than the runner's");
        memory.learn(large, 40 << 20);
        let first = memory.open(&acme, large);
        assert!(!memory.has_room(&acme, large), "two of them exceed the tenant's");
        assert!(memory.has_room(&acme, small) && memory.has_room(&globex, large));
        let second = memory.open(&globex, large);
        assert_eq!(memory.figures().0, 80 << 20);
        assert!(!memory.has_room(&globex, large), "three of them exceed the runner's");
        drop((first, second));
        assert_eq!(memory.figures().0, 0);
        memory.learn(large, 1 << 20);
        let third = memory.open(&acme, large);
        assert_eq!(memory.figures_of(&acme).0, 35 << 20, "one small run does not make it a small journey");
        drop(third);
    }
}
