//! Orders and their owners.
//!
//! Invariants: there are at most `capacity` orders. Only the owner can read an order, and only after the lag.
//! Cancelling works and shows at once. An idempotency key belongs to at most one order of its owner, as long as the
//! shop keeps that order.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use serde::Serialize;
use thiserror::Error;

use crate::catalogue::{CURRENCY, Cents, Item};
use crate::ids;
use crate::sessions::Who;

/// The most orders in a list.
const LISTED: usize = 50;

/// Why the shop did not place an order.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum OrderError {
    #[error("cannot order {wanted} of {sku}: {stock} in stock")]
    OutOfStock { sku: &'static str, stock: u32, wanted: u32 },
    #[error("the idempotency key belongs to another order, {0}: send a new key")]
    KeyReused(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Pending,
    Cancelled,
}

/// An order in responses.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct OrderView {
    pub(crate) id: String,
    pub(crate) sku: &'static str,
    pub(crate) quantity: u32,
    pub(crate) total: Cents,
    pub(crate) currency: &'static str,
    pub(crate) status: Status,
}

#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) order: OrderView,
    /// Whether an earlier request with the same idempotency key placed the order.
    pub(crate) replayed: bool,
}

struct Order {
    owner: Who,
    key: Option<String>,
    placed_at: Instant,
    view: OrderView,
}

pub(crate) struct Orders {
    by_id: BTreeMap<String, Order>,
    id_by_key: HashMap<(Who, String), String>,
    capacity: usize,
    lag: Duration,
}

impl Orders {
    pub(crate) fn new(capacity: usize, lag: Duration) -> Self {
        Self { by_id: BTreeMap::new(), id_by_key: HashMap::new(), capacity: capacity.max(1), lag }
    }

    pub(crate) fn place(
        &mut self,
        owner: &Who,
        item: &Item,
        quantity: u32,
        key: Option<String>,
        now: Instant,
    ) -> Result<Placed, OrderError> {
        if let Some(order) = key.as_ref().and_then(|key| self.placed_with(owner, key)) {
            if (order.sku, order.quantity) != (item.sku, quantity) {
                return Err(OrderError::KeyReused(order.id.clone()));
            }
            return Ok(Placed { order: order.clone(), replayed: true });
        }
        if quantity > item.stock {
            return Err(OrderError::OutOfStock { sku: item.sku, stock: item.stock, wanted: quantity });
        }
        self.make_room();
        let view = OrderView {
            id: ids::fresh("ord"),
            sku: item.sku,
            quantity,
            total: item.price.times(quantity),
            currency: CURRENCY,
            status: Status::Pending,
        };
        if let Some(key) = &key {
            self.id_by_key.insert((owner.clone(), key.clone()), view.id.clone());
        }
        let order = Order { owner: owner.clone(), key, placed_at: now, view: view.clone() };
        self.by_id.insert(view.id.clone(), order);
        Ok(Placed { order: view, replayed: false })
    }

    pub(crate) fn find(&self, owner: &Who, id: &str, now: Instant) -> Option<OrderView> {
        let order = self.by_id.get(id)?;
        (order.owner == *owner && self.shows(order, now)).then(|| order.view.clone())
    }

    /// The owner's newest orders, newest first.
    pub(crate) fn list(&self, owner: &Who, now: Instant) -> Vec<OrderView> {
        let own = self.by_id.values().rev().filter(|order| order.owner == *owner && self.shows(order, now));
        own.take(LISTED).map(|order| order.view.clone()).collect()
    }

    /// Returns whether the owner has the order. Cancelling it again changes nothing.
    pub(crate) fn cancel(&mut self, owner: &Who, id: &str) -> bool {
        let Some(order) = self.by_id.get_mut(id).filter(|order| order.owner == *owner) else { return false };
        order.view.status = Status::Cancelled;
        true
    }

    fn placed_with(&self, owner: &Who, key: &str) -> Option<&OrderView> {
        let id = self.id_by_key.get(&(owner.clone(), key.to_owned()))?;
        self.by_id.get(id).map(|order| &order.view)
    }

    fn shows(&self, order: &Order, now: Instant) -> bool {
        order.view.status == Status::Cancelled || now.saturating_duration_since(order.placed_at) >= self.lag
    }

    fn make_room(&mut self) {
        while self.by_id.len() >= self.capacity {
            let Some((_, oldest)) = self.by_id.pop_first() else { break };
            if let Some(key) = oldest.key {
                self.id_by_key.remove(&(oldest.owner, key));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{OrderError, Orders, Status};
    use crate::catalogue::find;
    use crate::clock;
    use crate::sessions::Who;

    const LAG: Duration = Duration::from_millis(150);

    fn ana() -> Who {
        Who::Preset("ana".into())
    }

    #[test]
    fn an_order_shows_to_its_owner_after_the_lag() {
        let (mut orders, start) = (Orders::new(10, LAG), clock::now());
        let lamp = find("A1").expect("A1 is sold");
        let id = orders.place(&ana(), lamp, 1, None, start).expect("in stock").order.id;
        assert!(orders.find(&ana(), &id, start).is_none());
        assert!(orders.list(&ana(), start).is_empty());
        assert!(orders.find(&ana(), &id, start + LAG).is_some());
        assert!(orders.find(&Who::Preset("ben".into()), &id, start + LAG).is_none());
    }

    #[test]
    fn a_cancelled_order_shows_at_once_and_only_its_owner_cancels_it() {
        let (mut orders, start) = (Orders::new(10, LAG), clock::now());
        let lamp = find("A1").expect("A1 is sold");
        let id = orders.place(&ana(), lamp, 1, None, start).expect("in stock").order.id;
        assert!(!orders.cancel(&Who::Preset("ben".into()), &id));
        assert!(orders.cancel(&ana(), &id));
        assert!(orders.cancel(&ana(), &id));
        assert_eq!(orders.find(&ana(), &id, start).map(|order| order.status), Some(Status::Cancelled));
    }

    #[test]
    fn a_key_places_one_order_until_that_order_is_dropped() {
        let (mut orders, start) = (Orders::new(2, LAG), clock::now());
        let lamp = find("A1").expect("A1 is sold");
        let mut place =
            |quantity, key: Option<&str>| orders.place(&ana(), lamp, quantity, key.map(str::to_owned), start);
        let first = place(1, Some("k")).expect("in stock").order.id;
        let again = place(1, Some("k")).expect("the same order");
        assert!(again.replayed && again.order.id == first);
        assert_eq!(place(2, Some("k")).err(), Some(OrderError::KeyReused(first.clone())));
        place(1, None).expect("in stock");
        place(1, None).expect("in stock, and the first order is dropped");
        assert!(!place(2, Some("k")).expect("the key is free again").replayed);
    }

    #[test]
    fn what_is_not_in_stock_is_not_sold() {
        let mut orders = Orders::new(10, LAG);
        let pillow = find("D2").expect("D2 is in the catalogue");
        let refused = orders.place(&ana(), pillow, 1, None, clock::now()).err();
        assert_eq!(refused, Some(OrderError::OutOfStock { sku: "D2", stock: 0, wanted: 1 }));
    }
}
