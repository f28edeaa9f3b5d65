//! Accounts.
//!
//! Invariants: there are at most `capacity` accounts, and one for each email, whatever its case. An account shows
//! its verification only after the lag; until then clients read the earlier state.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use serde::Serialize;
use thiserror::Error;

use crate::ids;

/// Why the shop did not create an account.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum SignUpError {
    #[error("an account with the email {0} exists: log in, or delete it first")]
    EmailTaken(String),
}

/// The data of a new account. The caller has validated it.
pub(crate) struct SignUp {
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) name: String,
}

/// An account in responses.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(crate) struct AccountView {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) verified: bool,
}

struct Account {
    email: String,
    password: String,
    name: String,
    verified_at: Option<Instant>,
}

pub(crate) struct Accounts {
    by_id: BTreeMap<String, Account>,
    id_by_email: HashMap<String, String>,
    capacity: usize,
    lag: Duration,
}

impl Accounts {
    pub(crate) fn new(capacity: usize, lag: Duration) -> Self {
        Self { by_id: BTreeMap::new(), id_by_email: HashMap::new(), capacity: capacity.max(1), lag }
    }

    pub(crate) fn sign_up(&mut self, wanted: SignUp) -> Result<AccountView, SignUpError> {
        let SignUp { email, password, name } = wanted;
        if self.id_by_email.contains_key(&email.to_lowercase()) {
            return Err(SignUpError::EmailTaken(email));
        }
        while self.by_id.len() >= self.capacity {
            let Some((_, oldest)) = self.by_id.pop_first() else { break };
            self.id_by_email.remove(&oldest.email.to_lowercase());
        }
        let id = ids::fresh("acc");
        self.id_by_email.insert(email.to_lowercase(), id.clone());
        let view = AccountView { id: id.clone(), email: email.clone(), name: name.clone(), verified: false };
        self.by_id.insert(id, Account { email, password, name, verified_at: None });
        Ok(view)
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// The id of the account with this email and password.
    pub(crate) fn authenticate(&self, email: &str, password: &str) -> Option<String> {
        let id = self.id_by_email.get(&email.to_lowercase())?;
        (self.by_id.get(id)?.password == password).then(|| id.clone())
    }

    pub(crate) fn find(&self, id: &str, now: Instant) -> Option<AccountView> {
        let account = self.by_id.get(id)?;
        let verified = account.verified_at.is_some_and(|at| now.saturating_duration_since(at) >= self.lag);
        Some(AccountView {
            id: id.to_owned(),
            email: account.email.clone(),
            name: account.name.clone(),
            verified,
        })
    }

    /// Accepts the verification. A second one changes nothing. Returns whether the account exists.
    pub(crate) fn verify(&mut self, id: &str, now: Instant) -> bool {
        let Some(account) = self.by_id.get_mut(id) else { return false };
        account.verified_at.get_or_insert(now);
        true
    }

    /// Returns whether the account existed.
    pub(crate) fn remove(&mut self, id: &str) -> bool {
        let Some(account) = self.by_id.remove(id) else { return false };
        self.id_by_email.remove(&account.email.to_lowercase());
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Accounts, SignUp, SignUpError};
    use crate::clock;

    const LAG: Duration = Duration::from_millis(200);

    fn sign_up(email: &str) -> SignUp {
        SignUp { email: email.into(), password: "opensesame".into(), name: "Cy".into() }
    }

    #[test]
    fn a_verification_shows_after_the_lag() {
        let mut accounts = Accounts::new(10, LAG);
        let id = accounts.sign_up(sign_up("cy@shop.test")).expect("a free email").id;
        let start = clock::now();
        assert!(accounts.verify(&id, start));
        assert!(accounts.verify(&id, start + LAG / 2));
        let verified = |at| accounts.find(&id, at).expect("the account").verified;
        assert!(!verified(start + LAG / 2));
        assert!(verified(start + LAG));
    }

    #[test]
    fn an_email_is_free_again_once_its_account_is_gone() {
        let mut accounts = Accounts::new(10, LAG);
        let id = accounts.sign_up(sign_up("cy@shop.test")).expect("a free email").id;
        let taken = accounts.sign_up(sign_up("CY@shop.test"));
        assert_eq!(taken, Err(SignUpError::EmailTaken("CY@shop.test".into())));
        assert!(accounts.remove(&id));
        assert!(!accounts.remove(&id));
        assert!(accounts.sign_up(sign_up("cy@shop.test")).is_ok());
    }

    #[test]
    fn the_oldest_account_gives_way_and_frees_its_email() {
        let mut accounts = Accounts::new(1, LAG);
        let first = accounts.sign_up(sign_up("cy@shop.test")).expect("a free email").id;
        accounts.sign_up(sign_up("di@shop.test")).expect("a free email");
        assert!(!accounts.contains(&first));
        assert!(accounts.sign_up(sign_up("cy@shop.test")).is_ok());
    }
}
