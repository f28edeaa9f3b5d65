//! The shop's state, as one cheap handle that every handler gets a clone of.
//!
//! Invariant: no lock is held across an await, and no two locks are held at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::accounts::Accounts;
use crate::fault::Board;
use crate::orders::Orders;
use crate::sessions::{Sessions, Who};

/// How a shop is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// The preset users, as name and password.
    pub users: Vec<(String, String)>,
    /// How many accounts are kept; the oldest gives way to a new one.
    pub max_accounts: usize,
    /// How many orders are kept; the oldest gives way to a new one.
    pub max_orders: usize,
    /// How many sessions are kept; the oldest gives way to a new one.
    pub max_sessions: usize,
    /// How long after a verification it shows on the account.
    pub account_lag: Duration,
    /// How long after its creation an order can be read.
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

/// A shop: users, accounts, orders, sessions, and the faults that are on.
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
    /// An empty shop.
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

    /// Who has these credentials: a preset user by name, or an account by email.
    pub(crate) fn authenticate(&self, user: &str, password: &str) -> Option<Who> {
        match self.0.users.get(user) {
            Some(expected) if expected == password => Some(Who::Preset(user.to_owned())),
            Some(_) => None,
            None => self.accounts().lock().authenticate(user, password).map(Who::Account),
        }
    }

    /// Who holds this token; nobody once the account behind it is gone.
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
