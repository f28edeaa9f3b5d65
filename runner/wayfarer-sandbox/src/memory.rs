//! Accounts of memory: of an attempt, of its run, of the tenant and of the runner, each within the next.
//!
//! The guest's memories count, and so does what the host holds for the guest: bodies, connections, recordings, header fields.
//! It is charged before it is allocated. An account that is full refuses, and says whose it is, because that decides who
//! is to blame: the attempt's or the tenant's is the journey's fault, the runner's is nobody's but the runner's.
//!
//! Invariants: what a parent holds is the sum of what its children hold, each counted with its floor at least; an account
//! that is dropped gives everything back; locks are taken from child to parent.

use std::sync::Arc;

use parking_lot::Mutex;
use wayfarer_model::units::Bytes;

/// Whose account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// One attempt's; its limit is `limits.memory`.
    Attempt,
    /// One run's, which has no limit of its own.
    Run,
    /// All runs' of a tenant.
    Tenant,
    /// All runs'.
    Runner,
}

/// An account refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct OutOfMemory {
    /// The account that is full.
    pub whose: Whose,
    /// Its limit, in bytes.
    pub limit: u64,
}

impl OutOfMemory {
    fn words(self) -> String {
        let limit = Bytes(self.limit);
        match self.whose {
            Whose::Attempt | Whose::Run => format!(
                "the journey and what the host holds for it need more than {limit}: raise `limits.memory` or make the \
                 journey hold less"
            ),
            Whose::Tenant => format!(
                "the runs of this tenant hold {limit} together, and this one needs more: let fewer run at a time, or raise \
                 the tenant's `memory` in wayfarer.toml"
            ),
            Whose::Runner => format!(
                "the runs of all tenants hold {limit} together, and this one needs more: raise `limits.memory` in \
                 wayfarer.toml, or let fewer run at a time"
            ),
        }
    }
}

/// An account. Clones share it.
#[derive(Debug, Clone)]
pub struct MemoryAccount(Arc<Account>);

#[derive(Debug)]
struct Account {
    whose: Whose,
    /// In bytes.
    limit: u64,
    /// What the parent counts at least while this account is open, in bytes.
    floor: u64,
    held: Mutex<Held>,
    parent: Option<MemoryAccount>,
}

/// In bytes.
#[derive(Debug, Default, Clone, Copy)]
struct Held {
    now: u64,
    peak: u64,
}

impl MemoryAccount {
    /// The account of a runner.
    pub fn of_runner(limit: u64) -> Self {
        Self::new(Whose::Runner, limit, 0, None)
    }

    /// One without a limit, for a runner that is a person's own.
    pub fn unlimited() -> Self {
        Self::of_runner(u64::MAX)
    }

    fn new(whose: Whose, limit: u64, floor: u64, parent: Option<Self>) -> Self {
        Self(Arc::new(Account { whose, limit, floor, held: Mutex::default(), parent }))
    }

    /// An account within this one. While it is open, this one counts `floor` bytes at least, whether or not they fit.
    #[must_use]
    pub fn open(&self, whose: Whose, limit: u64, floor: u64) -> Self {
        self.add(floor);
        Self::new(whose, limit, floor, Some(self.clone()))
    }

    /// What it holds, in bytes.
    pub fn held(&self) -> u64 {
        self.0.held.lock().now
    }

    /// The most that it held at a time, in bytes.
    pub fn peak(&self) -> u64 {
        self.0.held.lock().peak
    }

    /// In bytes.
    pub fn limit(&self) -> u64 {
        self.0.limit
    }

    /// Whether so many bytes more would fit here and in the accounts around it. One that holds nothing has room for anything,
    /// because nothing that it waited for could make more.
    pub fn has_room(&self, bytes: u64) -> bool {
        let held = self.held();
        (held == 0 || held.saturating_add(bytes) <= self.0.limit)
            && self.0.parent.as_ref().is_none_or(|parent| parent.has_room(bytes))
    }

    /// Charges so many bytes, which [`shrink`](Self::shrink) gives back, or the account's end.
    ///
    /// # Errors
    /// One of the accounts is full. Nothing is charged then.
    pub fn grow(&self, bytes: u64) -> Result<(), OutOfMemory> {
        let Account { whose, limit, floor, held, parent } = &*self.0;
        let mut held = held.lock();
        let total = held.now.saturating_add(bytes);
        if total > *limit {
            return Err(OutOfMemory { whose: *whose, limit: *limit });
        }
        if let Some(parent) = parent {
            parent.grow(total.max(*floor) - held.now.max(*floor))?;
        }
        held.now = total;
        held.peak = held.peak.max(total);
        Ok(())
    }

    /// As [`grow`](Self::grow), until what it returns is dropped.
    ///
    /// # Errors
    /// One of the accounts is full. Nothing is charged then.
    pub fn hold(&self, bytes: u64) -> Result<HeldMemory, OutOfMemory> {
        self.grow(bytes)?;
        Ok(HeldMemory { account: self.clone(), bytes })
    }

    /// Gives so many bytes back.
    pub fn shrink(&self, bytes: u64) {
        let Account { floor, held, parent, .. } = &*self.0;
        let mut held = held.lock();
        let before = held.now;
        held.now = before.saturating_sub(bytes);
        if let Some(parent) = parent {
            parent.shrink(before.max(*floor) - held.now.max(*floor));
        }
    }

    /// Charges what may not be refused.
    fn add(&self, bytes: u64) {
        let Account { floor, held, parent, .. } = &*self.0;
        let mut held = held.lock();
        let before = held.now;
        held.now = before.saturating_add(bytes);
        held.peak = held.peak.max(held.now);
        if let Some(parent) = parent {
            parent.add(held.now.max(*floor) - before.max(*floor));
        }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        if let Some(parent) = &self.parent {
            parent.shrink(self.held.lock().now.max(self.floor));
        }
    }
}

/// Bytes of an account, given back when it is dropped.
#[derive(Debug)]
pub struct HeldMemory {
    account: MemoryAccount,
    bytes: u64,
}

impl HeldMemory {
    /// Charges so many bytes more.
    ///
    /// # Errors
    /// One of the accounts is full. Nothing is charged then.
    pub fn grow(&mut self, bytes: u64) -> Result<(), OutOfMemory> {
        self.account.grow(bytes)?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for HeldMemory {
    fn drop(&mut self) {
        self.account.shrink(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_account_that_is_full_refuses_and_nothing_is_charged() {
        let runner = MemoryAccount::of_runner(1_000);
        let tenant = runner.open(Whose::Tenant, 600, 0);
        let other = runner.open(Whose::Tenant, 600, 0);
        let attempt = tenant.open(Whose::Run, u64::MAX, 0).open(Whose::Attempt, 400, 0);
        let held = attempt.hold(400).unwrap();
        assert_eq!(attempt.grow(1).unwrap_err().whose, Whose::Attempt);
        let second = tenant.open(Whose::Attempt, 400, 0);
        assert_eq!(second.grow(201).unwrap_err(), OutOfMemory { whose: Whose::Tenant, limit: 600 });
        let third = other.open(Whose::Attempt, 700, 0);
        third.grow(600).unwrap();
        assert_eq!(second.grow(1).unwrap_err().whose, Whose::Runner);
        assert_eq!([&runner, &tenant, &other, &second].map(MemoryAccount::held), [1_000, 400, 600, 0]);
        drop(held);
        assert_eq!([&runner, &tenant, &attempt].map(MemoryAccount::held), [600, 0, 0]);
        drop(third);
        assert_eq!((runner.held(), runner.peak(), attempt.peak()), (0, 1_000, 400));
    }

    #[test]
    fn a_floor_counts_until_more_is_held_and_goes_with_its_account() {
        let runner = MemoryAccount::of_runner(1_000);
        let run = runner.open(Whose::Run, u64::MAX, 300);
        assert_eq!((runner.held(), runner.has_room(700), runner.has_room(701)), (300, true, false));
        let attempt = run.open(Whose::Attempt, 800, 0);
        let mut held = attempt.hold(200).unwrap();
        assert_eq!(runner.held(), 300);
        held.grow(300).unwrap();
        assert_eq!((runner.held(), run.held()), (500, 500));
        drop(held);
        assert_eq!(runner.held(), 300);
        drop((run, attempt));
        assert_eq!(runner.held(), 0);
        assert!(runner.has_room(u64::MAX), "a run that needs more than there is may try it alone");
    }
}
