//! The uploads that are under way, and whose turn it is to be compiled.
//!
//! A compilation takes up to two processors, 1 GiB and minutes, so few go on at the same time and tenants take turns. A tenant
//! never has all places, so another one waits at most for its own. What waits is bounded too: a body on the disk each.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use wayfarer_model::ids::TenantName;

use crate::server::turns::Turns;

/// How many uploads of one tenant may be under way.
const OWN: usize = 8;
/// How many uploads may be under way.
const ALL: usize = 64;

/// Why an upload is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueueFull {
    #[error(
        "{OWN} uploads of the tenant are under way, and it may have no more: upload this once one of them is done"
    )]
    Own,
    #[error("{ALL} uploads are under way, and the runner takes no more: upload this again in some minutes")]
    All,
}

/// Everybody's uploads. Clones share it.
#[derive(Clone)]
pub(crate) struct UploadQueue(Arc<Mutex<Lines>>);

struct Lines {
    turns: Turns<TenantName>,
    /// The most places of one tenant.
    cap: u32,
    waiting: BTreeMap<TenantName, VecDeque<(u64, oneshot::Sender<()>)>>,
    under_way: BTreeMap<TenantName, usize>,
    next: u64,
}

impl UploadQueue {
    /// A queue for that many compilations at the same time. Half of them may be one tenant's.
    pub(crate) fn new(places: u32) -> Self {
        let (turns, cap) = (Turns::new(places.max(1)), (places / 2).max(1));
        let (waiting, under_way) = (BTreeMap::new(), BTreeMap::new());
        Self(Arc::new(Mutex::new(Lines { turns, cap, waiting, under_way, next: 0 })))
    }

    /// Admits an upload, until the ticket is dropped.
    ///
    /// # Errors
    /// There are too many already.
    pub(crate) fn admit(&self, tenant: &TenantName) -> Result<Ticket, QueueFull> {
        let mut lines = self.0.lock();
        if lines.under_way.get(tenant).is_some_and(|own| *own >= OWN) {
            return Err(QueueFull::Own);
        }
        if lines.under_way.values().sum::<usize>() >= ALL {
            return Err(QueueFull::All);
        }
        *lines.under_way.entry(tenant.clone()).or_default() += 1;
        drop(lines);
        Ok(Ticket { queue: self.clone(), tenant: tenant.clone() })
    }
}

impl Lines {
    /// Gives free places to those whose turn it is.
    fn advance(&mut self) {
        loop {
            let Some(tenant) = self.turns.in_turn().next() else { return };
            self.turns.take(&tenant);
            let next = self.waiting.get_mut(&tenant).and_then(VecDeque::pop_front);
            // Whoever waits removes itself before its end of the channel goes.
            if next.is_none_or(|(_, turn)| turn.send(()).is_err()) {
                self.turns.ended(tenant);
            }
        }
    }
}

/// An upload that was admitted.
pub(crate) struct Ticket {
    queue: UploadQueue,
    tenant: TenantName,
}

impl Ticket {
    /// Waits for a place. It is free again when the answer is dropped.
    pub(crate) async fn turn(&self) -> Turn {
        let (number, granted) = {
            let mut lines = self.queue.0.lock();
            let (turn, granted) = oneshot::channel();
            let number = lines.next;
            lines.next += 1;
            let cap = lines.cap;
            lines.turns.set_cap(self.tenant.clone(), cap);
            lines.waiting.entry(self.tenant.clone()).or_default().push_back((number, turn));
            lines.turns.waits(self.tenant.clone());
            lines.advance();
            (number, granted)
        };
        let turn = Turn { queue: self.queue.clone(), tenant: self.tenant.clone(), number };
        // The queue keeps the other end until it grants the turn.
        let _ = granted.await;
        turn
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut lines = self.queue.0.lock();
        if let Some(own) = lines.under_way.get_mut(&self.tenant) {
            *own = own.saturating_sub(1);
        }
        lines.under_way.retain(|_, own| *own > 0);
    }
}

/// A place, or the wait for one.
pub(crate) struct Turn {
    queue: UploadQueue,
    tenant: TenantName,
    number: u64,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut lines = self.queue.0.lock();
        let waiting = lines.waiting.get_mut(&self.tenant);
        let place = waiting.and_then(|own| {
            let place = own.iter().position(|(number, _)| *number == self.number)?;
            own.remove(place)
        });
        if place.is_some() {
            lines.turns.leaves(self.tenant.clone());
        } else {
            lines.turns.ended(self.tenant.clone());
        }
        lines.waiting.retain(|_, own| !own.is_empty());
        lines.advance();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn tenant(name: &str) -> TenantName {
        name.parse().unwrap()
    }

    #[tokio::test]
    async fn tenants_take_turns_and_none_has_every_place() {
        let queue = UploadQueue::new(2);
        let admit = |name: &str| queue.admit(&tenant(name)).unwrap();
        let (many, other) =
            ([admit("acme"), admit("acme"), admit("acme")], [admit("globex"), admit("initech")]);
        let first = many[0].turn().now_or_never().expect("a free place");
        let mut waits = Box::pin(many[1].turn());
        let mut third = Box::pin(many[2].turn());
        assert!(waits.as_mut().now_or_never().is_none(), "the other place is for another tenant");
        assert!(third.as_mut().now_or_never().is_none());
        let globex = other[0].turn().now_or_never().expect("the other place");
        let mut initech = Box::pin(other[1].turn());
        assert!(initech.as_mut().now_or_never().is_none());
        drop(first);
        let initech = initech.now_or_never().expect("before the tenant that had a turn already");
        drop(globex);
        // Whoever hangs up while it waits, or before it has seen its turn, holds up nobody.
        drop(waits);
        let third = third.now_or_never().expect("the next of acme");
        drop((third, initech));
        assert!(many[0].turn().now_or_never().is_some());
    }

    #[test]
    fn what_is_under_way_is_bounded() {
        let queue = UploadQueue::new(2);
        let mut own: Vec<Ticket> = (0..OWN).map(|_| queue.admit(&tenant("acme")).unwrap()).collect();
        assert_eq!(queue.admit(&tenant("acme")).err(), Some(QueueFull::Own));
        own.pop();
        let again = queue.admit(&tenant("acme")).unwrap();
        let others: Vec<Ticket> = (0..ALL - OWN)
            .map(|number| queue.admit(&tenant(&format!("t-{}", number / OWN))).unwrap())
            .collect();
        assert_eq!(queue.admit(&tenant("globex")).err(), Some(QueueFull::All));
        drop((own, again, others));
        assert!(queue.admit(&tenant("globex")).is_ok());
    }
}
