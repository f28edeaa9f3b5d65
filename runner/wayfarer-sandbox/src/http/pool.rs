//! The connections of one attempt. They end with it.
//!
//! An HTTP/1.1 connection is leased to one exchange at a time; an HTTP/2 connection is shared by all to its origin.
//! Only a handshake shows which of the two an `https` origin speaks. The first dial to it is therefore made alone, and
//! the others wait for its result.

use std::sync::Arc;

use parking_lot::Mutex;
use wayfarer_model::traffic::{Phase, TrafficError};

use super::connection::{Connection, Drivers};
use super::target::Origin;
use crate::net::{Budget, Dialer, Trace};
use crate::tape::Tape;

/// Kept connections of one origin; further ones are closed when they are given back.
const KEPT: usize = 16;

/// A connection for one exchange.
pub(super) struct Lease {
    pub(super) connection: Connection,
    /// Whether it served an exchange before, or serves others at the same time.
    pub(super) reused: bool,
}

#[derive(Default)]
struct Kept {
    idle: Vec<Connection>,
    shared: Option<Connection>,
    /// Whether a dial is over, successful or not.
    tried: bool,
    first: Arc<tokio::sync::Mutex<()>>,
}

/// See the module.
pub(super) struct Pool {
    dialer: Dialer,
    // An attempt calls a handful of origins: a list is quicker than a map.
    origins: Mutex<Vec<(Origin, Kept)>>,
    drivers: Drivers,
}

impl Pool {
    pub(super) fn new(dialer: Dialer, tape: Tape) -> Self {
        Self { dialer, origins: Mutex::default(), drivers: Drivers::new(tape) }
    }

    pub(super) fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    /// A kept connection, or a new one.
    pub(super) async fn lease(
        &self,
        origin: &Origin,
        budget: &Budget<'_>,
        trace: &mut Trace<'_>,
    ) -> Result<Lease, TrafficError> {
        if let Some(connection) = self.kept(origin).await {
            return Ok(Lease { connection, reused: true });
        }
        let first = self.with(origin, |kept| (origin.tls && !kept.tried).then(|| Arc::clone(&kept.first)));
        let Some(first) = first else { return self.fresh(origin, budget, trace).await };
        let alone = budget.within(Phase::Total, &origin.host, first.lock()).await?;
        if let Some(connection) = self.kept(origin).await {
            return Ok(Lease { connection, reused: true });
        }
        if self.with(origin, |kept| kept.tried) {
            // Nothing to share: from now on each exchange dials without waiting for the others.
            drop(alone);
        }
        self.fresh(origin, budget, trace).await
    }

    /// A new connection, after the kept ones of this origin turned out to be stale.
    pub(super) async fn renewed(
        &self,
        origin: &Origin,
        budget: &Budget<'_>,
        trace: &mut Trace<'_>,
    ) -> Result<Lease, TrafficError> {
        self.with(origin, |kept| {
            kept.idle.clear();
            kept.shared = None;
        });
        self.fresh(origin, budget, trace).await
    }

    async fn fresh(
        &self,
        origin: &Origin,
        budget: &Budget<'_>,
        trace: &mut Trace<'_>,
    ) -> Result<Lease, TrafficError> {
        // Boxed, because most requests do not need the memory that a handshake's future takes.
        let dialled = Box::pin(self.dial(origin, budget, trace)).await;
        self.with(origin, |kept| {
            kept.tried = true;
            if let Ok(connection) = &dialled {
                kept.shared = connection.share();
            }
        });
        Ok(Lease { connection: dialled?, reused: false })
    }

    async fn dial(
        &self,
        origin: &Origin,
        budget: &Budget<'_>,
        trace: &mut Trace<'_>,
    ) -> Result<Connection, TrafficError> {
        let stream = self.dialer.dial(origin.endpoint(), origin.security(), budget, trace).await?;
        Connection::begin(stream, origin.endpoint(), budget, &self.drivers).await
    }

    /// Keeps a connection whose exchange is complete.
    pub(super) async fn give_back(&self, origin: &Origin, mut connection: Connection) {
        if !connection.is_multiplexed() && connection.is_usable().await {
            self.with(origin, |kept| {
                if kept.idle.len() < KEPT {
                    kept.idle.push(connection);
                }
            });
        }
    }

    async fn kept(&self, origin: &Origin) -> Option<Connection> {
        loop {
            let mut connection = self.with(origin, |kept| {
                let shared = kept.shared.as_ref().and_then(Connection::share);
                shared.or_else(|| kept.idle.pop())
            })?;
            if connection.is_usable().await {
                return Some(connection);
            }
            if connection.is_multiplexed() {
                self.with(origin, |kept| kept.shared = None);
            }
        }
    }

    fn with<T>(&self, origin: &Origin, change: impl FnOnce(&mut Kept) -> T) -> T {
        let mut origins = self.origins.lock();
        let known = origins.iter().position(|(other, _)| other == origin);
        let place = known.unwrap_or(origins.len());
        if known.is_none() {
            origins.push((origin.clone(), Kept::default()));
        }
        match origins.get_mut(place) {
            Some((_, kept)) => change(kept),
            None => change(&mut Kept::default()),
        }
    }
}
