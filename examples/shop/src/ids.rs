//! Names for what the shop creates.
//!
//! Invariants: an id never comes back, not even after a restart has emptied the shop, so that a cleanup from
//! before the restart finds nothing rather than somebody else's order; and ids of one kind sort by age,
//! which is how the bounded stores find the oldest to drop.

use uuid::Uuid;

/// A fresh id such as `ord_0199f3…`.
pub(crate) fn fresh(kind: &str) -> String {
    format!("{kind}_{}", Uuid::now_v7().simple())
}

#[cfg(test)]
mod tests {
    use super::fresh;

    #[test]
    fn later_ids_sort_later() {
        let ids: Vec<String> = (0..1_000).map(|_| fresh("ord")).collect();
        assert!(ids.is_sorted());
    }
}
