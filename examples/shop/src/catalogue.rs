//! The catalogue. It is fixed, and orders do not reduce the stock. A journey that orders every minute therefore
//! finds the same shop after a week.

use serde::{Serialize, Serializer};

/// The currency of all prices.
pub(crate) const CURRENCY: &str = "EUR";

/// An amount in cents. JSON has it as a decimal number (`12.5`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cents(u64);

impl Cents {
    pub(crate) fn times(self, quantity: u32) -> Self {
        Self(self.0.saturating_mul(u64::from(quantity)))
    }
}

impl Serialize for Cents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 100.0)
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Item {
    pub(crate) sku: &'static str,
    pub(crate) name: &'static str,
    pub(crate) price: Cents,
    pub(crate) currency: &'static str,
    pub(crate) stock: u32,
}

const fn item(sku: &'static str, name: &'static str, cents: u64, stock: u32) -> Item {
    Item { sku, name, price: Cents(cents), currency: CURRENCY, stock }
}

/// All items; `D2` is always sold out.
pub(crate) static ITEMS: [Item; 12] = [
    item("A1", "Desk lamp", 2490, 100),
    item("A2", "Floor lamp", 7900, 40),
    item("A3", "Lamp shade", 1250, 250),
    item("B1", "Oak chair", 11900, 30),
    item("B2", "Folding chair", 3495, 120),
    item("B3", "Writing desk", 24900, 12),
    item("C1", "Coffee mug", 890, 500),
    item("C2", "Tea pot", 2750, 80),
    item("C3", "Bread board", 1999, 60),
    item("D1", "Wool blanket", 6400, 45),
    item("D2", "Goose-down pillow", 4200, 0),
    item("D3", "Paper lantern", 675, 300),
];

pub(crate) fn find(sku: &str) -> Option<&'static Item> {
    ITEMS.iter().find(|item| item.sku == sku)
}

/// The first `limit` items whose name contains the text, in any case.
pub(crate) fn search(words: &str, limit: usize) -> Vec<&'static Item> {
    let wanted = words.to_lowercase();
    ITEMS.iter().filter(|item| item.name.to_lowercase().contains(&wanted)).take(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::{find, search};

    #[test]
    fn search_ignores_case_and_honours_the_limit() {
        let skus = |words, limit| search(words, limit).iter().map(|item| item.sku).collect::<Vec<_>>();
        assert_eq!(skus("LAMP", 10), ["A1", "A2", "A3"]);
        assert_eq!(skus("lamp", 2), ["A1", "A2"]);
        assert_eq!(skus("boat", 10), [""; 0]);
    }

    #[test]
    fn amounts_are_exact_to_the_cent() {
        let board = find("C3").expect("C3 is sold");
        assert_eq!(serde_json::to_string(&board.price.times(3)).expect("a number"), "59.97");
    }
}
