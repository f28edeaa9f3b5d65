//! The connections that the API holds: how many there may be, in all and of one peer, and which of them gives way.
//!
//! A connection costs a descriptor and some memory whether it says something or not, and whoever can reach the port can open
//! one. At a limit a new connection takes the place of the one that has been idle for longest, so silence never keeps
//! anybody out: a health check is answered beside thousands of silent connections. If no connection is idle, the new one
//! is closed.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::server::access::party;

/// How many connections there may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionLimits {
    pub(crate) all: usize,
    pub(crate) of_one_peer: usize,
    /// How long a peer may take for the head of a request, and how long a connection may be idle.
    pub(crate) head: Duration,
}

impl ConnectionLimits {
    /// As many as that, of one peer too, with a usual time for a head.
    pub(crate) fn of(all: usize, of_one_peer: usize) -> Self {
        Self { all, of_one_peer, head: Duration::from_secs(20) }
    }
}

/// The connections. Clones share them.
#[derive(Clone)]
pub(super) struct Connections(Arc<Mutex<Held>>);

struct Held {
    limits: ConnectionLimits,
    next: u64,
    all: BTreeMap<u64, Entry>,
}

struct Entry {
    peer: IpAddr,
    /// Requests of it that are answered at this time: HTTP/2 has several.
    answering: u32,
    /// Since when it has been idle, as a number that grows.
    used: u64,
    gives_way: Arc<Notify>,
}

impl Connections {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self(Arc::new(Mutex::new(Held { limits, next: 0, all: BTreeMap::new() })))
    }

    /// Counts a new connection until the answer is dropped. None if it has to be closed.
    pub(super) fn admit(&self, peer: IpAddr) -> Option<Connection> {
        let peer = party(peer);
        let mut held = self.0.lock();
        let own = held.all.values().filter(|entry| entry.peer == peer).count();
        if own >= held.limits.of_one_peer {
            held.make_room(|entry| entry.peer == peer)?;
        } else if held.all.len() >= held.limits.all {
            held.make_room(|_| true)?;
        }
        let (number, gives_way) = (held.next, Arc::new(Notify::new()));
        held.next += 1;
        let entry = Entry { peer, answering: 0, used: number, gives_way: Arc::clone(&gives_way) };
        held.all.insert(number, entry);
        Some(Connection { connections: self.clone(), number, gives_way })
    }
}

impl Held {
    /// Tells the connection that has been idle for longest to give way, and counts it no more.
    fn make_room(&mut self, may: impl Fn(&Entry) -> bool) -> Option<()> {
        let idle = self.all.iter().filter(|(_, entry)| entry.answering == 0 && may(entry));
        let (_, number) = idle.map(|(number, entry)| (entry.used, *number)).min()?;
        self.all.remove(&number)?.gives_way.notify_one();
        Some(())
    }
}

/// A connection that is counted.
pub(super) struct Connection {
    connections: Connections,
    number: u64,
    gives_way: Arc<Notify>,
}

impl Connection {
    /// Ready once it has to give way.
    pub(super) async fn gives_way(&self) {
        self.gives_way.notified().await;
    }

    /// Ready once it has been idle for so long, or up to twice as long.
    pub(super) async fn idle(&self, longest: Duration) {
        let mut seen = None;
        loop {
            let now = self.idle_since();
            if now.is_some() && now == seen {
                return;
            }
            seen = now;
            sleep(longest).await;
        }
    }

    /// None while a request of it is answered.
    fn idle_since(&self) -> Option<u64> {
        let held = self.connections.0.lock();
        held.all.get(&self.number).filter(|entry| entry.answering == 0).map(|entry| entry.used)
    }

    /// A request of it is answered until the guard is dropped.
    pub(super) fn answering(self: &Arc<Self>) -> Answering {
        self.set(|answering| answering + 1);
        Answering(Arc::clone(self))
    }

    fn set(&self, change: impl FnOnce(u32) -> u32) {
        let mut held = self.connections.0.lock();
        let next = held.next;
        held.next += 1;
        if let Some(entry) = held.all.get_mut(&self.number) {
            entry.answering = change(entry.answering);
            entry.used = next;
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.connections.0.lock().all.remove(&self.number);
    }
}

/// Keeps a connection from giving way.
pub(super) struct Answering(Arc<Connection>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.set(|answering| answering.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn peer(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    #[test]
    fn the_one_that_is_idle_for_longest_gives_way() {
        let connections = Connections::new(ConnectionLimits::of(4, 2));
        let admit = |last| connections.admit(peer(last)).map(Arc::new);
        let gives_way = |connection: &Arc<Connection>| connection.gives_way().now_or_never().is_some();
        let (one, two) = (admit(1).unwrap(), admit(1).unwrap());
        drop(one.answering());
        let three = admit(1).unwrap();
        assert!(gives_way(&two) && !gives_way(&one) && !gives_way(&three), "one was used since");
        drop(two);
        let (busy, also) = (one.answering(), three.answering());
        assert!(admit(1).is_none(), "nothing of this peer is idle");
        let (other, another) = (admit(2).unwrap(), admit(3).unwrap());
        let last = admit(4).unwrap();
        assert!(gives_way(&other) && !gives_way(&another) && !gives_way(&last));
        drop((busy, also));
        drop((one, three, other, another, last));
        assert!(admit(1).is_some() && connections.0.lock().all.is_empty());
    }
}
