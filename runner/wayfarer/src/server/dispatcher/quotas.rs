//! How many runs a tenant has left of a day: `runs_per_day`, and `confirm_runs_per_day` for confirmation runs. A run belongs to the day (UTC) of its slot, in the
//! store's accounts as here.

use std::collections::BTreeMap;

use wayfarer_model::context::Lane;
use wayfarer_model::units::UnixMillis;

const DAY_MS: u64 = 86_400_000;

/// The runs of a day that one account has, and how many of today's are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DailyRuns {
    pub(crate) limit: u64,
    pub(crate) used: u64,
}

/// Whose account a run goes to. Confirmation runs are the runner's own idea: they never use up what a tenant has for its slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Account {
    Quota,
    Confirmations,
}

impl Account {
    fn of(lane: Lane) -> Self {
        match lane {
            Lane::Confirm => Self::Confirmations,
            Lane::Scheduled | Lane::Manual => Self::Quota,
        }
    }
}

/// Runs by tenant, account and day.
#[derive(Debug)]
pub(super) struct Quotas<K> {
    limits: BTreeMap<(K, Account), u64>,
    used: BTreeMap<(u64, K, Account), u64>,
}

impl<K: Ord + Copy> Quotas<K> {
    /// No tenant has a limit.
    pub(super) fn new() -> Self {
        Self { limits: BTreeMap::new(), used: BTreeMap::new() }
    }

    /// Gives a tenant a limit, with what it has used on the day of that instant.
    pub(super) fn limit(&mut self, tenant: K, account: Account, at: UnixMillis, runs: DailyRuns) {
        self.limits.insert((tenant, account), runs.limit);
        self.used.insert((at.0 / DAY_MS, tenant, account), runs.used);
    }

    /// The limit of the account of a lane, if nothing is left of it on the day of that slot.
    pub(super) fn used_up(&self, tenant: K, lane: Lane, slot: UnixMillis) -> Option<u64> {
        let account = Account::of(lane);
        let limit = *self.limits.get(&(tenant, account))?;
        let used = self.used.get(&(slot.0 / DAY_MS, tenant, account)).copied().unwrap_or(0);
        (used >= limit).then_some(limit)
    }

    /// Counts one run. The caller has asked whether one is left.
    pub(super) fn charge(&mut self, tenant: K, lane: Lane, slot: UnixMillis) {
        let account = Account::of(lane);
        if !self.limits.contains_key(&(tenant, account)) {
            return;
        }
        let day = slot.0 / DAY_MS;
        *self.used.entry((day, tenant, account)).or_default() += 1;
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
            let is_left = quotas.used_up(tenant, Lane::Scheduled, slot).is_none();
            if is_left {
                quotas.charge(tenant, Lane::Scheduled, slot);
            }
            is_left
        };
        quotas.limit('a', Account::Quota, today, DailyRuns { limit: 3, used: 1 });
        assert!(take(&mut quotas, 'a', today) && take(&mut quotas, 'a', today));
        assert!(!take(&mut quotas, 'a', today));
        assert_eq!(quotas.used_up('a', Lane::Manual, today), Some(3));
        assert!(take(&mut quotas, 'a', tomorrow));
        assert!(!take(&mut quotas, 'a', today), "a slot of yesterday is charged to yesterday");
        assert!((0..100).all(|_| take(&mut quotas, 'b', today)), "no limit was given");
    }
    #[test]
    fn confirmation_runs_have_an_account_of_their_own() {
        let (mut quotas, today) = (Quotas::new(), UnixMillis(20_000 * DAY_MS + 5));
        quotas.limit('a', Account::Quota, today, DailyRuns { limit: 2, used: 0 });
        quotas.limit('a', Account::Confirmations, today, DailyRuns { limit: 3, used: 1 });
        for _ in 0..2 {
            assert_eq!(quotas.used_up('a', Lane::Confirm, today), None);
            quotas.charge('a', Lane::Confirm, today);
        }
        assert_eq!(quotas.used_up('a', Lane::Confirm, today), Some(3));
        assert_eq!(quotas.used_up('a', Lane::Scheduled, today), None);
    }
}
