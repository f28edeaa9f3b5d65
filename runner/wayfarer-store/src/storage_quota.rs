//! What each tenant's recordings take, and may: in memory, so that a run's recording is admitted before it is written.
//!
//! A recording reserves its bytes when it is packed, and the writer keeps them once the transaction is committed. So what is
//! stored never goes beyond a limit, but for what is left of recordings that were reduced. [`stored_bytes`](crate::stored_bytes) is
//! the same in the database.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use wayfarer_model::ids::TenantName;

use crate::stored_bytes::BytesByTenant;

/// What one tenant's recordings take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoredFigures {
    /// Bytes of recordings, those under way to the database included.
    pub bytes: u64,
    /// The most that they may take; none if there is no limit.
    pub limit: Option<u64>,
    /// Runs whose recording this process has reduced, because it did not fit.
    pub reduced_runs: u64,
}

#[derive(Debug, Default)]
struct Account {
    limit: Option<u64>,
    /// In the database.
    stored: u64,
    /// Under way to it.
    pending: u64,
    reduced_runs: u64,
    /// Whether somebody was told that it is full.
    is_full: bool,
}

/// The accounts of all tenants.
#[derive(Debug, Default)]
pub(crate) struct StorageQuotas(Mutex<BTreeMap<TenantName, Account>>);

/// What becomes of a recording.
pub(crate) enum Admitted {
    /// It fits.
    Whole(Reservation),
    /// It does not, and has to be reduced. `is_news` once, until there was room again.
    Full { is_news: bool },
}

impl StorageQuotas {
    /// Sets a tenant's limit.
    pub(crate) fn limit(&self, tenant: &TenantName, limit: Option<u64>) {
        self.0.lock().entry(tenant.clone()).or_default().limit = limit;
    }

    /// Takes over what the database says. Nothing may be committed meanwhile.
    pub(crate) fn recount(&self, totals: &BytesByTenant) {
        let mut accounts = self.0.lock();
        for account in accounts.values_mut() {
            account.stored = 0;
        }
        for (tenant, bytes) in &totals.0 {
            accounts.entry(tenant.clone()).or_default().stored = *bytes;
        }
    }

    /// Bytes were given back by a transaction that is committed.
    pub(crate) fn give_back(&self, given: &BytesByTenant) {
        let mut accounts = self.0.lock();
        for (tenant, bytes) in &given.0 {
            if let Some(account) = accounts.get_mut(tenant) {
                account.stored = account.stored.saturating_sub(*bytes);
            }
        }
    }

    /// Contents were added to the database.
    pub(crate) fn add_contents(&self, added: &BTreeMap<TenantName, u64>) {
        let mut accounts = self.0.lock();
        for (tenant, bytes) in added {
            accounts.entry(tenant.clone()).or_default().stored += bytes;
        }
    }

    /// Reserves the bytes of a whole recording, if they fit. So many of them are of contents, which take nothing if they are there already:
    /// once the recording is stored, [`add_contents`](Self::add_contents) says what they take.
    pub(crate) fn admit(self: &Arc<Self>, tenant: &TenantName, bytes: u64, of_contents: u64) -> Admitted {
        let mut accounts = self.0.lock();
        let account = accounts.entry(tenant.clone()).or_default();
        let wanted = account.stored.saturating_add(account.pending).saturating_add(bytes);
        let Some(limit) = account.limit.filter(|limit| wanted > *limit) else {
            // A tenth of room ends it, so that recordings of different sizes are not told again and again.
            account.is_full &= account.limit.is_some_and(|limit| wanted > limit / 10 * 9);
            account.pending += bytes;
            drop(accounts);
            return Admitted::Whole(self.reservation(tenant, (bytes, of_contents)));
        };
        account.reduced_runs += 1;
        let is_news = !std::mem::replace(&mut account.is_full, true);
        tracing::debug!(%tenant, bytes, limit, "a recording does not fit");
        Admitted::Full { is_news }
    }

    /// Reserves what is left of a recording that was reduced, whether it fits or not.
    pub(crate) fn reserve(self: &Arc<Self>, tenant: &TenantName, bytes: u64) -> Reservation {
        self.0.lock().entry(tenant.clone()).or_default().pending += bytes;
        self.reservation(tenant, (bytes, 0))
    }

    fn reservation(self: &Arc<Self>, tenant: &TenantName, (bytes, of_contents): (u64, u64)) -> Reservation {
        let is_stored = AtomicBool::new(false);
        Reservation { of: Arc::clone(self), tenant: tenant.clone(), bytes, of_contents, is_stored }
    }

    pub(crate) fn figures(&self, tenant: &TenantName) -> StoredFigures {
        self.0.lock().get(tenant).map_or_else(StoredFigures::default, |account| StoredFigures {
            bytes: account.stored + account.pending,
            limit: account.limit,
            reduced_runs: account.reduced_runs,
        })
    }
}

/// Bytes on their way to the database. Dropped before they are there, they are free again.
pub(crate) struct Reservation {
    of: Arc<StorageQuotas>,
    tenant: TenantName,
    bytes: u64,
    of_contents: u64,
    is_stored: AtomicBool,
}

impl Reservation {
    /// They are in the database.
    pub(crate) fn stored(&self) {
        self.is_stored.store(true, Ordering::Relaxed);
        if let Some(account) = self.of.0.lock().get_mut(&self.tenant) {
            account.pending = account.pending.saturating_sub(self.bytes);
            account.stored += self.bytes.saturating_sub(self.of_contents);
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.is_stored.load(Ordering::Relaxed)
            && let Some(account) = self.of.0.lock().get_mut(&self.tenant)
        {
            account.pending = account.pending.saturating_sub(self.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(quotas: &Arc<StorageQuotas>, bytes: u64) -> Result<Reservation, bool> {
        match quotas.admit(&"acme".parse().unwrap(), bytes, 0) {
            Admitted::Whole(reserved) => Ok(reserved),
            Admitted::Full { is_news } => Err(is_news),
        }
    }

    #[test]
    fn what_is_under_way_counts_and_what_never_arrives_is_free_again() {
        let (quotas, acme) = (Arc::new(StorageQuotas::default()), "acme".parse().unwrap());
        quotas.limit(&acme, Some(1_000));
        let (first, second) = (whole(&quotas, 600).unwrap(), whole(&quotas, 400).unwrap());
        assert_eq!(whole(&quotas, 1).err(), Some(true));
        assert_eq!(whole(&quotas, 1).err(), Some(false), "said once");
        first.stored();
        drop((first, second));
        assert_eq!(quotas.figures(&acme), StoredFigures { bytes: 600, limit: Some(1_000), reduced_runs: 2 });
        drop(quotas.reserve(&acme, 5_000));
        assert_eq!(whole(&quotas, 401).err(), Some(false), "there was no room in between");
        assert!(whole(&quotas, 200).is_ok());
        assert_eq!(whole(&quotas, 401).err(), Some(true));
    }

    #[test]
    fn what_is_given_back_is_free_and_the_database_has_the_last_word() {
        let (quotas, acme) = (Arc::new(StorageQuotas::default()), "acme".parse::<TenantName>().unwrap());
        quotas.limit(&acme, Some(1_000));
        whole(&quotas, 1_000).unwrap().stored();
        quotas.give_back(&BytesByTenant([(acme.clone(), 300)].into()));
        assert_eq!(quotas.figures(&acme).bytes, 700);
        quotas.recount(&BytesByTenant::default());
        assert_eq!(quotas.figures(&acme).bytes, 0);
        let other = "globex".parse().unwrap();
        assert!(matches!(quotas.admit(&other, u64::MAX, 0), Admitted::Whole(_)), "without a limit");
    }
}
