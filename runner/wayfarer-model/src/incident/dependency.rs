//! Which notices hang on another one: `depends_on` between journeys of a tenant.
//!
//! Results are never suppressed, only notices. Where journeys depend on each other in a circle, the first of them by name still has its notice.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::JourneyName;

/// What each journey depends on directly.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dependencies(BTreeMap<JourneyName, BTreeSet<JourneyName>>);

impl Dependencies {
    /// From each journey's own list.
    pub fn new(of: BTreeMap<JourneyName, BTreeSet<JourneyName>>) -> Self {
        Self(of)
    }

    /// The failing journey whose notice stands for this one's; none if this journey has its own.
    pub fn stand_in(&self, journey: &JourneyName, failing: &BTreeSet<JourneyName>) -> Option<JourneyName> {
        let below = self.reached_from(journey);
        let is_below = |other: &&JourneyName| {
            *other != journey && failing.contains(*other) && self.stands_above(journey, other)
        };
        // The first that hangs on no other; one exists, because "hangs on" has no circle.
        let candidates: BTreeSet<&JourneyName> = below.iter().copied().filter(is_below).collect();
        let free = |other: &&&JourneyName| {
            !candidates.iter().any(|third| third != *other && self.is_below(other, third))
        };
        candidates.iter().find(free).map(|name| (**name).clone())
    }

    /// Whether `journey` hangs on `other`, given that it reaches it: not in a circle of which it is the first.
    fn stands_above(&self, journey: &JourneyName, other: &JourneyName) -> bool {
        !self.reached_from(other).contains(journey) || other < journey
    }

    fn is_below(&self, journey: &JourneyName, other: &JourneyName) -> bool {
        self.reached_from(journey).contains(other) && self.stands_above(journey, other)
    }

    fn reached_from<'a>(&'a self, journey: &JourneyName) -> BTreeSet<&'a JourneyName> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&JourneyName> = self.0.get(journey).into_iter().flatten().collect();
        while let Some(next) = open.pop() {
            if reached.insert(next) {
                open.extend(self.0.get(next).into_iter().flatten());
            }
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> JourneyName {
        text.parse().unwrap()
    }

    fn of(edges: &[(&str, &str)]) -> Dependencies {
        let mut map: BTreeMap<JourneyName, BTreeSet<JourneyName>> = BTreeMap::new();
        for (from, to) in edges {
            map.entry(name(from)).or_default().insert(name(to));
        }
        Dependencies::new(map)
    }

    #[test]
    fn what_hangs_on_a_failing_journey_is_silent() {
        let dependencies = of(&[("checkout", "log-in"), ("refund", "checkout"), ("log-in", "gateway")]);
        let stand_in = |journey: &str, failing: &[&str]| {
            dependencies.stand_in(&name(journey), &failing.iter().map(|text| name(text)).collect())
        };
        assert_eq!(
            stand_in("refund", &["refund", "log-in"]),
            Some(name("log-in")),
            "also over one that works"
        );
        assert_eq!(stand_in("refund", &["refund", "checkout", "gateway"]), Some(name("gateway")), "the root");
        assert_eq!(stand_in("log-in", &["log-in", "checkout"]), None, "it does not hang on what hangs on it");
        assert_eq!(stand_in("checkout", &["checkout"]), None);
    }

    proptest! {
        #[test]
        fn some_notice_always_remains_and_stand_ins_have_their_own(
            edges in prop::collection::vec((0_u8..6, 0_u8..6), 0..12),
            failing in prop::collection::btree_set(0_u8..6, 1..6),
        ) {
            let named = |n: u8| name(&format!("j{n}"));
            let mut map: BTreeMap<JourneyName, BTreeSet<JourneyName>> = BTreeMap::new();
            for (from, to) in edges {
                map.entry(named(from)).or_default().insert(named(to));
            }
            let dependencies = Dependencies::new(map);
            let failing: BTreeSet<JourneyName> = failing.into_iter().map(named).collect();
            let own = failing.iter().filter(|journey| dependencies.stand_in(journey, &failing).is_none()).count();
            prop_assert!(own >= 1);
            for journey in &failing {
                if let Some(root) = dependencies.stand_in(journey, &failing) {
                    prop_assert_eq!(dependencies.stand_in(&root, &failing), None);
                }
            }
        }
    }
}
