//! The state of the shop. Every handler has a clone of its handle.
//!
//! Invariant: no code holds a lock across an await, or two locks at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::accounts::Accounts;
use crate::fault::Board;
use crate::orders::Orders;
use crate::sessions::{Sessions, Who};

/// The settings of a shop.
#[derive(Clone, Debug)]
pub struct Options {
    /// The preset users, as name and password.
    pub users: Vec<(String, String)>,
    /// The most accounts. A new one replaces the oldest.
    pub max_accounts: usize,
    /// The most orders. A new one replaces the oldest.
    pub max_orders: usize,
    /// The most sessions. A new one replaces the oldest.
    pub max_sessions: usize,
    /// The delay until an account shows its verification.
    pub account_lag: Duration,
    /// The delay until clients can read a new order.
    pub order_lag: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let user = |name: &str, password: &str| (name.to_owned(), password.to_owned());
        Self {
            users: vec![user("ana", "correct-horse"), user("ben", "battery-staple")],
            max_accounts: 10_000,
            max_orders: 10_000,
            max_sessions: 50_000,
            account_lag: Duration::from_millis(200),
            order_lag: Duration::from_millis(150),
        }
    }
}

/// The users, accounts, orders, sessions and faults of a shop.
#[derive(Clone)]
pub struct Shop(Arc<State>);

struct State {
    users: HashMap<String, String>,
    accounts: Mutex<Accounts>,
    orders: Mutex<Orders>,
    sessions: Mutex<Sessions>,
    faults: Mutex<Board>,
}

impl Shop {
    pub fn new(options: Options) -> Self {
        Self(Arc::new(State {
            users: options.users.into_iter().collect(),
            accounts: Mutex::new(Accounts::new(options.max_accounts, options.account_lag)),
            orders: Mutex::new(Orders::new(options.max_orders, options.order_lag)),
            sessions: Mutex::new(Sessions::new(options.max_sessions)),
            faults: Mutex::new(Board::default()),
        }))
    }

    pub(crate) fn accounts(&self) -> &Mutex<Accounts> {
        &self.0.accounts
    }

    pub(crate) fn orders(&self) -> &Mutex<Orders> {
        &self.0.orders
    }

    pub(crate) fn sessions(&self) -> &Mutex<Sessions> {
        &self.0.sessions
    }

    pub(crate) fn faults(&self) -> &Mutex<Board> {
        &self.0.faults
    }

    /// Finds a preset user by name, or an account by email, and checks the password.
    pub(crate) fn authenticate(&self, user: &str, password: &str) -> Option<Who> {
        match self.0.users.get(user) {
            Some(expected) if expected == password => Some(Who::Preset(user.to_owned())),
            Some(_) => None,
            None => self.accounts().lock().authenticate(user, password).map(Who::Account),
        }
    }

    /// Finds the user of a token. None if the account no longer exists.
    pub(crate) fn bearer(&self, token: &str) -> Option<Who> {
        let who = self.sessions().lock().find(token)?;
        match &who {
            Who::Account(id) if !self.accounts().lock().contains(id) => None,
            _ => Some(who),
        }
    }
}

impl Default for Shop {
    fn default() -> Self {
        Self::new(Options::default())
    }
}
