//! The fresh parts of the overview as they were last made, kept for a moment: however many browsers have the page open, making them
//! takes a fixed share of one processor for each choice of journeys that somebody looks at. Where that takes long, nobody waits for it.
//!
//! Who may look is decided before, for each request. What is kept is the same for all who see the same journeys: it names nobody.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use wayfarer_model::ids::TenantName;

use super::parts::Parts;
use crate::clock::Stopwatch;

/// Parts are made again when they are this many times as old as making them took.
const REST: u32 = 40;
/// Making them takes less than a person notices: whoever asks for rested ones waits for new ones.
const QUICK: Duration = Duration::from_millis(10);
/// Nobody is given older ones.
const TOO_OLD: Duration = Duration::from_secs(10);
/// The most that is kept, in bytes.
const MOST: usize = 16 << 20;

/// What parts are of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Choice {
    /// The only tenant that the visitor sees.
    pub(super) tenant: Option<TenantName>,
    /// What the URL asks for.
    pub(super) url: String,
}

/// All that is kept.
#[derive(Clone)]
pub(in crate::server::web) struct Kept {
    of_choice: Arc<Mutex<HashMap<Choice, Posted>>>,
    since: Stopwatch,
}

/// What is kept of a choice.
#[derive(Debug, Clone)]
pub(super) enum Looked {
    /// Parts for the visitor.
    Kept(Arc<Parts>),
    /// The same; whoever gets them has new ones made.
    Rested(Arc<Parts>),
    /// The visitor waits for new ones.
    Nothing,
}

struct Posted {
    parts: Arc<Parts>,
    at: Duration,
    took: Duration,
    is_being_made: bool,
}

impl Kept {
    pub(in crate::server::web) fn new() -> Self {
        Self { of_choice: Arc::default(), since: Stopwatch::start() }
    }

    /// Since this began; the instants of the other calls.
    pub(super) fn now(&self) -> Duration {
        self.since.elapsed()
    }

    /// What there is for a visitor.
    pub(super) fn look(&self, choice: &Choice, now: Duration) -> Looked {
        let mut of_choice = self.of_choice.lock();
        let Some(posted) = of_choice.get_mut(choice) else { return Looked::Nothing };
        let age = now.saturating_sub(posted.at);
        if age >= TOO_OLD {
            return Looked::Nothing;
        }
        if age < posted.took * REST || posted.is_being_made {
            return Looked::Kept(Arc::clone(&posted.parts));
        }
        if posted.took < QUICK {
            return Looked::Nothing;
        }
        // If making them fails this stays: they are then given until they are too old.
        posted.is_being_made = true;
        Looked::Rested(Arc::clone(&posted.parts))
    }

    /// Keeps parts that were begun at that instant.
    pub(super) fn put(&self, choice: Choice, parts: Arc<Parts>, begun: Duration, now: Duration) {
        let mut of_choice = self.of_choice.lock();
        let took = now.saturating_sub(begun);
        of_choice.insert(choice, Posted { parts, at: begun, took, is_being_made: false });
        of_choice.retain(|_, posted| now.saturating_sub(posted.at) < TOO_OLD);
        while of_choice.values().map(|posted| posted.parts.size()).sum::<usize>() > MOST {
            let oldest =
                of_choice.iter().min_by_key(|(_, posted)| posted.at).map(|(choice, _)| choice.clone());
            let Some(oldest) = oldest else { break };
            of_choice.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn choice(url: &str) -> Choice {
        Choice { tenant: None, url: url.to_owned() }
    }

    fn parts(size: usize) -> Arc<Parts> {
        Arc::new(Parts { rows: "x".repeat(size), ..Parts::default() })
    }

    fn seen(looked: &Looked) -> &'static str {
        match looked {
            Looked::Kept(_) => "kept",
            Looked::Rested(_) => "rested",
            Looked::Nothing => "nothing",
        }
    }

    #[test]
    fn parts_that_rested_are_made_again_by_one_visitor_for_all() {
        let kept = Kept::new();
        let look = |choice: &Choice, at| seen(&kept.look(choice, ms(at)));
        assert_eq!(look(&choice("/"), 0), "nothing");
        kept.put(choice("/"), parts(10), ms(0), ms(20));
        assert_eq!(look(&choice("/"), 799), "kept");
        assert_eq!(look(&choice("/?q=a"), 799), "nothing", "another choice");
        let of_tenant = Choice { tenant: Some("acme".parse().unwrap()), ..choice("/") };
        assert_eq!(look(&of_tenant, 799), "nothing", "another tenant's visitor");
        assert_eq!(look(&choice("/"), 800), "rested", "this one has them made");
        assert_eq!(look(&choice("/"), 801), "kept", "and the others get the old ones meanwhile");
        assert_eq!(look(&choice("/"), 10_000), "nothing", "that failed");
        kept.put(choice("/"), parts(10), ms(10_000), ms(10_001));
        assert_eq!(
            [look(&choice("/"), 10_039), look(&choice("/"), 10_040)],
            ["kept", "nothing"],
            "it is quick"
        );
    }

    #[test]
    fn no_more_is_kept_than_fits() {
        let kept = Kept::new();
        for at in 0..40 {
            kept.put(choice(&format!("/?q={at}")), parts(1 << 20), ms(at), ms(at + 1_000));
        }
        let is_kept = |at| seen(&kept.look(&choice(&format!("/?q={at}")), ms(1_100))) == "kept";
        let held = (0..40).filter(|at| is_kept(*at)).count();
        assert!((8..=16).contains(&held), "{held}");
        assert!(is_kept(39), "the newest stays");
    }
}
