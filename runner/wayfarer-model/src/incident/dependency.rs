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
        let mut before: BTreeMap<&JourneyName, &JourneyName> = BTreeMap::new();
        let mut open = VecDeque::from([journey]);
        while let Some(last) = open.pop_front() {
            for next in self.of(last) {
                if next == journey {
                    let back = std::iter::successors(Some(last), |at| before.get(*at).copied());
                    let mut way: Vec<JourneyName> = std::iter::once(journey).chain(back).cloned().collect();
                    way.reverse();
                    return Some(way);
                }
                if !before.contains_key(next) {
                    before.insert(next, last);
                    open.push_back(next);
                }
            }
        }
        None
    }

    /// What a journey depends on directly.
    pub fn of(&self, journey: &JourneyName) -> impl Iterator<Item = &JourneyName> {
        self.0.get(journey).into_iter().flatten()
    }

    /// The journeys that hang on any of these, over others too, by name; without these themselves.
    pub fn hanging_on(&self, journeys: &BTreeSet<&JourneyName>) -> Vec<JourneyName> {
        let dependants = self.dependants();
        let (mut found, mut open) = (BTreeSet::new(), journeys.iter().copied().collect::<Vec<_>>());
        while let Some(next) = open.pop() {
            let above = dependants.get(next).into_iter().flatten().copied();
            open.extend(above.filter(|above| found.insert(*above)));
        }
        found.into_iter().filter(|journey| !journeys.contains(journey)).cloned().collect()
    }

    /// The failing journeys whose notices stand for others, by the journey whose notice is not sent. One that is left out has its own.
    ///
    /// The notice of a journey goes to the failing one below it that hangs on no other failing one; of several to the first by name. Each
    /// journey is passed once, so a tenant cannot keep the runner busy with its lists.
    pub fn stand_ins(&self, failing: &BTreeSet<JourneyName>) -> BTreeMap<JourneyName, JourneyName> {
        let mut stand_ins = BTreeMap::new();
        if self.0.values().all(BTreeSet::is_empty) {
            return stand_ins;
        }
        let below: BTreeMap<&JourneyName, BTreeSet<&JourneyName>> = failing
            .iter()
            .map(|name| {
                (name, self.reached_from(name).into_iter().filter(|it| failing.contains(*it)).collect())
            })
            .collect();
        // It hangs on nothing that fails but what hangs on it too, of which it is the first.
        let is_root = |name: &&JourneyName| {
            let mut others = below.get(*name).into_iter().flatten().filter(|other| *other != name);
            others.all(|other| name < other && below.get(*other).is_some_and(|its| its.contains(*name)))
        };
        let dependants = self.dependants();
        let mut seen = BTreeSet::new();
        for root in failing.iter().filter(is_root) {
            let circle = self.reached_from(root);
            let mut open = vec![root];
            while let Some(next) = open.pop() {
                for above in dependants.get(next).into_iter().flatten().copied() {
                    // What an earlier root has passed, it has passed with everything above.
                    if !seen.insert(above) {
                        continue;
                    }
                    open.push(above);
                    if above != root && (root < above || !circle.contains(above)) {
                        stand_ins.insert(above.clone(), root.clone());
                    }
                }
            }
        }
        stand_ins
    }

    /// What depends on each journey directly.
    fn dependants(&self) -> BTreeMap<&JourneyName, Vec<&JourneyName>> {
        let mut dependants: BTreeMap<&JourneyName, Vec<&JourneyName>> = BTreeMap::new();
        for (journey, needs) in &self.0 {
            for needs in needs {
                dependants.entry(needs).or_default().push(journey);
            }
        }
        dependants
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
            dependencies.stand_ins(&failing.iter().map(|text| name(text)).collect()).remove(&name(journey))
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
        let hanging = |on: &str| dependencies.hanging_on(&BTreeSet::from([&name(on)]));
        assert_eq!(hanging("log-in"), [name("checkout"), name("refund")]);
        assert!(hanging("refund").is_empty());
        let both = [name("log-in"), name("checkout")];
        assert_eq!(dependencies.hanging_on(&both.iter().collect()), [name("refund")]);
    }

    /// By the rule as it is written, which takes the third power of the journeys: a list of 2,000 would take it days.
    fn by_the_rule(
        dependencies: &Dependencies,
        journey: &JourneyName,
        failing: &BTreeSet<JourneyName>,
    ) -> Option<JourneyName> {
        let hangs_on = |one: &JourneyName, other: &JourneyName| {
            let leads = |from, to| dependencies.reached_from(from).contains(to);
            one != other && leads(one, other) && (!leads(other, one) || other < one)
        };
        let below: Vec<&JourneyName> = failing.iter().filter(|other| hangs_on(journey, other)).collect();
        let is_root = |other: &&&JourneyName| !below.iter().any(|third| hangs_on(other, third));
        below.iter().find(is_root).map(|name| (**name).clone())
    }

    #[test]
    fn a_long_list_of_a_tenant_is_no_work() {
        let named = |n: u32| name(&format!("j{n:04}"));
        // The first by name hangs on all others.
        let chain = (0..2_000).map(|n| (named(n), BTreeSet::from([named(n + 1)])));
        let dependencies = Dependencies::new(chain.collect());
        let failing: BTreeSet<JourneyName> = (0..2_000).step_by(2).map(named).collect();
        let stand_ins = dependencies.stand_ins(&failing);
        assert_eq!(stand_ins.len(), 1_998);
        assert!(stand_ins.values().all(|root| *root == named(1_998)));
        assert_eq!(dependencies.hanging_on(&BTreeSet::from([&named(2_000)])).len(), 2_000);
        let ring = (0..2_000).map(|n| (named(n), BTreeSet::from([named((n + 1) % 2_000)])));
        let errors = Dependencies::new(ring.collect()).errors(&(0..2_000).map(named).collect());
        assert!(matches!(&errors[..], [DependencyError::Circle(way)] if way.len() == 2_001));
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
            let stand_ins = dependencies.stand_ins(&failing);
            prop_assert!(failing.iter().any(|journey| !stand_ins.contains_key(journey)));
            prop_assert!(stand_ins.values().all(|root| !stand_ins.contains_key(root)));
            for journey in (0..6).map(named) {
                let expected = by_the_rule(&dependencies, &journey, &failing);
                prop_assert_eq!(stand_ins.get(&journey), expected.as_ref(), "{}", journey);
            }
        }
    }
}
