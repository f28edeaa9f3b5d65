//! How many runs a tenant has left of a day: `runs_per_day`. A run belongs to the day (UTC) of its slot, in the
//! store's accounts as here.

use std::collections::BTreeMap;

use wayfarer_model::units::UnixMillis;

const DAY_MS: u64 = 86_400_000;

/// Runs by tenant and day.
#[derive(Debug)]
pub(super) struct Quotas<K> {
    limits: BTreeMap<K, u64>,
    used: BTreeMap<(u64, K), u64>,
}

impl<K: Ord + Copy> Quotas<K> {
    /// No tenant has a limit.
    pub(super) fn new() -> Self {
        Self { limits: BTreeMap::new(), used: BTreeMap::new() }
    }

    /// Gives a tenant a limit, with what it has used on the day of that instant.
    pub(super) fn limit(&mut self, tenant: K, limit: u64, at: UnixMillis, used: u64) {
        self.limits.insert(tenant, limit);
        self.used.insert((at.0 / DAY_MS, tenant), used);
    }

    /// The tenant's limit, if nothing is left of it on the day of that slot.
    pub(super) fn exhausted(&self, tenant: K, slot: UnixMillis) -> Option<u64> {
        let limit = *self.limits.get(&tenant)?;
        let used = self.used.get(&(slot.0 / DAY_MS, tenant)).copied().unwrap_or(0);
        (used >= limit).then_some(limit)
    }

    /// Uses one run; false where nothing is left.
    pub(super) fn take(&mut self, tenant: K, slot: UnixMillis) -> bool {
        if !self.limits.contains_key(&tenant) {
            return true;
        }
        if self.exhausted(tenant, slot).is_some() {
            return false;
        }
        let day = slot.0 / DAY_MS;
        *self.used.entry((day, tenant)).or_default() += 1;
        // Slots of yesterday may still come; those before do not.
        while let Some(first) = self.used.first_entry().filter(|first| first.key().0 + 1 < day) {
            first.remove();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_so_many_runs_and_the_next_one_as_many_again() {
        let mut quotas = Quotas::new();
        let (today, tomorrow) = (UnixMillis(20_000 * DAY_MS + 5), UnixMillis(20_001 * DAY_MS));
        quotas.limit('a', 3, today, 1);
        assert!(quotas.take('a', today) && quotas.take('a', today));
        assert!(!quotas.take('a', today));
        assert_eq!(quotas.exhausted('a', today), Some(3));
        assert!(quotas.take('a', tomorrow));
        assert!(!quotas.take('a', today), "a slot of yesterday is charged to yesterday");
        assert!((0..100).all(|_| quotas.take('b', today)), "no limit was given");
    }
}
