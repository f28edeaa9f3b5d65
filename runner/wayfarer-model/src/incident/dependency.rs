//! Which notices hang on another one: `depends_on` between journeys of a tenant.
//!
//! Results are never suppressed, only notices. Where journeys depend on each other in a circle, the first of them by name still has its notice.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::ids::JourneyName;
use crate::nearest::nearest;

/// What is wrong with `depends_on`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DependencyError {
    /// The tenant has no such journey.
    #[error("its `depends_on` names `{needs}`, and there is no such journey: {mend}")]
    Unknown {
        /// The journey that names it.
        journey: JourneyName,
        /// The name that nothing has.
        needs: JourneyName,
        /// How to mend it, as the end of a sentence; the nearest name, where there is one.
        mend: String,
    },
    /// Journeys depend on each other.
    #[error("its `depends_on` leads back to it ({}): take one of these out", joined(.0))]
    Circle(Vec<JourneyName>),
}

impl DependencyError {
    /// The journey whose list is to be mended.
    pub fn journey(&self) -> Option<&JourneyName> {
        match self {
            Self::Unknown { journey, .. } => Some(journey),
            Self::Circle(journeys) => journeys.first(),
        }
    }
}

fn joined(journeys: &[JourneyName]) -> String {
    let names: Vec<String> = journeys.iter().map(|name| format!("`{name}`")).collect();
    names.join(" → ")
}

/// What each journey depends on directly.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dependencies(BTreeMap<JourneyName, BTreeSet<JourneyName>>);

impl Dependencies {
    /// From each journey's own list.
    pub fn new(of: BTreeMap<JourneyName, BTreeSet<JourneyName>>) -> Self {
        Self(of)
    }

    /// Everything that is wrong, given the journeys that there are. Of each circle the first journey by name has the error.
    pub fn errors(&self, known: &BTreeSet<JourneyName>) -> Vec<DependencyError> {
        let mut errors = Vec::new();
        for (journey, needs) in &self.0 {
            for needs in needs.iter().filter(|needs| !known.contains(*needs)) {
                let near = nearest(needs.as_str(), known.iter().map(JourneyName::as_str));
                let mend = near.map_or_else(
                    || "deploy it together with this one, or take the name out".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                errors.push(DependencyError::Unknown {
                    journey: journey.clone(),
                    needs: needs.clone(),
                    mend,
                });
            }
            if let Some(circle) = self.circle(journey).filter(|circle| circle.iter().min() == Some(journey)) {
                errors.push(DependencyError::Circle(circle));
            }
        }
        errors
    }

    /// The shortest way from a journey back to it, with the journey at both ends.
    fn circle(&self, journey: &JourneyName) -> Option<Vec<JourneyName>> {
        let mut ways = VecDeque::from([vec![journey.clone()]]);
        let mut seen = BTreeSet::new();
        while let Some(way) = ways.pop_front() {
            for next in way.last().and_then(|last| self.0.get(last)).into_iter().flatten() {
                let longer = || way.iter().chain([next]).cloned().collect();
                if next == journey {
                    return Some(longer());
                }
                if seen.insert(next.clone()) {
                    ways.push_back(longer());
                }
            }
        }
        None
    }

    /// What a journey depends on directly.
    pub fn of(&self, journey: &JourneyName) -> impl Iterator<Item = &JourneyName> {
        self.0.get(journey).into_iter().flatten()
    }

    /// The journeys that hang on one, over others too, by name.
    pub fn hanging_on(&self, journey: &JourneyName) -> Vec<JourneyName> {
        let hangs = |other: &&JourneyName| *other != journey && self.reached_from(other).contains(journey);
        self.0.keys().filter(hangs).cloned().collect()
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

    #[test]
    fn an_unknown_name_and_a_circle_are_told_with_their_mend() {
        let known: BTreeSet<JourneyName> = ["checkout", "log-in", "pay", "search"].map(name).into();
        let errors = |edges: &[(&str, &str)]| {
            let found = of(edges).errors(&known);
            found.iter().map(|error| format!("{}: {error}", error.journey().unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(errors(&[("checkout", "log-in"), ("pay", "checkout")]), [""; 0]);
        assert_eq!(
            errors(&[("checkout", "log-on"), ("pay", "warehouse")]),
            [
                "checkout: its `depends_on` names `log-on`, and there is no such journey: did you mean `log-in`?",
                "pay: its `depends_on` names `warehouse`, and there is no such journey: deploy it together with this one, or take the name out",
            ]
        );
        assert_eq!(
            errors(&[("pay", "log-in"), ("log-in", "checkout"), ("checkout", "pay"), ("search", "pay")]),
            [
                "checkout: its `depends_on` leads back to it (`checkout` → `pay` → `log-in` → `checkout`): take one of these out"
            ],
            "once, and not for what only leads there"
        );
        assert_eq!(
            errors(&[("pay", "pay")]),
            ["pay: its `depends_on` leads back to it (`pay` → `pay`): take one of these out"]
        );
    }

    #[test]
    fn what_hangs_on_a_journey_hangs_on_it_over_others_too() {
        let dependencies = of(&[("checkout", "log-in"), ("refund", "checkout"), ("search", "index")]);
        assert_eq!(dependencies.hanging_on(&name("log-in")), [name("checkout"), name("refund")]);
        assert!(dependencies.hanging_on(&name("refund")).is_empty());
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
