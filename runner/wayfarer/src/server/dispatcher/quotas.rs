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
    pub(super) fn used_up(&self, tenant: K, slot: UnixMillis) -> Option<u64> {
        let limit = *self.limits.get(&tenant)?;
        let used = self.used.get(&(slot.0 / DAY_MS, tenant)).copied().unwrap_or(0);
        (used >= limit).then_some(limit)
    }

    /// Counts one run. The caller has asked whether one is left.
    pub(super) fn charge(&mut self, tenant: K, slot: UnixMillis) {
        if !self.limits.contains_key(&tenant) {
            return;
        }
        let day = slot.0 / DAY_MS;
        *self.used.entry((day, tenant)).or_default() += 1;
        // Slots of yesterday may still come; earlier ones do not.
        while let Some(first) = self.used.first_entry().filter(|first| first.key().0 + 1 < day) {
            first.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_so_many_runs_and_the_next_one_as_many_again() {
        let mut quotas = Quotas::new();
        let (today, tomorrow) = (UnixMillis(20_000 * DAY_MS + 5), UnixMillis(20_001 * DAY_MS));
        let take = |quotas: &mut Quotas<char>, tenant, slot| {
            let is_left = quotas.used_up(tenant, slot).is_none();
            if is_left {
                quotas.charge(tenant, slot);
            }
            is_left
        };
        quotas.limit('a', 3, today, 1);
        assert!(take(&mut quotas, 'a', today) && take(&mut quotas, 'a', today));
        assert!(!take(&mut quotas, 'a', today));
        assert_eq!(quotas.used_up('a', today), Some(3));
        assert!(take(&mut quotas, 'a', tomorrow));
        assert!(!take(&mut quotas, 'a', today), "a slot of yesterday is charged to yesterday");
        assert!((0..100).all(|_| take(&mut quotas, 'b', today)), "no limit was given");
    }
}
