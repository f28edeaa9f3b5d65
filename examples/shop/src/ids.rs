//! Ids.
//!
//! Invariants: an id is never used again, not even after a restart has emptied the shop. A cleanup from before the
//! restart therefore finds nothing, and not another user's order. Ids of one kind sort by age, so that the bounded
//! maps can drop the oldest.

use uuid::Uuid;

/// Creates an id such as `ord_0199f3…`.
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
