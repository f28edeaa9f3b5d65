//! Groups of journeys that never run together, such as two that share a test account.
//!
//! Invariant: a group is here exactly while one of its members waits for a permit or is in flight. The next member gets
//! in line when that one has ended or has given up.

use std::collections::BTreeMap;

use wayfarer_model::ids::GroupName;

use super::line::Line;

#[derive(Debug, Default)]
struct Members {
    behind: Line,
    is_running: bool,
}

/// All groups that are busy, by tenant and name.
#[derive(Debug)]
pub(super) struct Groups<K>(BTreeMap<(K, GroupName), Members>);

impl<K: Ord + Copy> Groups<K> {
    pub(super) fn new() -> Self {
        Self(BTreeMap::new())
    }

    pub(super) fn is_busy(&self, tenant: K, group: &GroupName) -> bool {
        self.0.contains_key(&(tenant, group.clone()))
    }

    /// Makes the group busy, and answers true. Where it was, the entry waits behind, and the answer is false.
    pub(super) fn enter(&mut self, tenant: K, group: &GroupName, id: u64, is_manual: bool) -> bool {
        let key = (tenant, group.clone());
        if let Some(members) = self.0.get_mut(&key) {
            members.behind.push(id, is_manual);
            return false;
        }
        self.0.insert(key, Members::default());
        true
    }

    /// The member in line has got a permit.
    pub(super) fn started(&mut self, tenant: K, group: &GroupName) {
        if let Some(members) = self.0.get_mut(&(tenant, group.clone())) {
            members.is_running = true;
        }
    }

    /// The member in line or in flight is gone: gives the one that gets in line now.
    pub(super) fn next(
        &mut self,
        tenant: K,
        group: &GroupName,
        is_there: impl Fn(u64) -> bool,
    ) -> Option<u64> {
        let key = (tenant, group.clone());
        let members = self.0.get_mut(&key)?;
        members.is_running = false;
        while let Some(id) = members.behind.pop() {
            if is_there(id) {
                return Some(id);
            }
        }
        self.0.remove(&key);
        None
    }

    /// Nobody waits any more; members in flight stay.
    pub(super) fn drain(&mut self) {
        self.0.retain(|_, members| {
            members.behind.clear();
            members.is_running
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_member_at_a_time_people_first_and_whoever_left_is_passed_over() {
        let mut groups = Groups::new();
        let account: GroupName = "account".parse().unwrap();
        assert!(!groups.is_busy('a', &account));
        assert!(groups.enter('a', &account, 1, false));
        assert!(
            groups.enter('b', &account, 2, false),
            "another tenant's group of that name is another group"
        );
        assert!(!groups.enter('a', &account, 3, false));
        assert!(!groups.enter('a', &account, 4, false));
        assert!(!groups.enter('a', &account, 5, true));
        groups.started('a', &account);
        assert_eq!(groups.next('a', &account, |_| true), Some(5));
        assert_eq!(groups.next('a', &account, |id| id != 3), Some(4));
        groups.started('a', &account);
        groups.drain();
        assert!(
            groups.is_busy('a', &account) && !groups.is_busy('b', &account),
            "one runs, the other waited"
        );
        assert_eq!(groups.next('a', &account, |_| true), None);
        assert!(!groups.is_busy('a', &account));
    }
}
