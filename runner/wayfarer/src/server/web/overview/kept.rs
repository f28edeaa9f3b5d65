//! The fresh parts of the overview as they were last sent, kept for a moment: however many browsers have the page open, making them
//! takes a fixed share of one processor for each choice of journeys that somebody looks at.
//!
//! Who may look is decided before, for each request. What is kept is the same for all who see the same journeys: it names nobody.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use wayfarer_model::ids::TenantName;

use crate::clock::Stopwatch;
use crate::server::web::answer::Prepared;

/// Parts are made again when they are this many times as old as making them took.
const REST: u32 = 40;
/// Nobody is given older ones, also while somebody makes new ones.
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

struct Posted {
    parts: Arc<Prepared>,
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

    /// The parts, if they are fresh or somebody makes them anew already. Without an answer, the caller makes them.
    pub(super) fn look(&self, choice: &Choice, now: Duration) -> Option<Arc<Prepared>> {
        let mut of_choice = self.of_choice.lock();
        let posted = of_choice.get_mut(choice)?;
        let age = now.saturating_sub(posted.at);
        if age < TOO_OLD && (posted.is_being_made || age < posted.took * REST) {
            return Some(Arc::clone(&posted.parts));
        }
        // Whoever gives up leaves this behind: the parts are then given until they are too old.
        posted.is_being_made = true;
        None
    }

    /// Keeps parts that were begun at that instant.
    pub(super) fn put(&self, choice: Choice, parts: Arc<Prepared>, begun: Duration, now: Duration) {
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

    fn parts(size: usize) -> Arc<Prepared> {
        Arc::new(Prepared::of("x".repeat(size)))
    }

    #[test]
    fn parts_are_made_again_by_one_visitor_when_they_have_rested() {
        let kept = Kept::new();
        assert!(kept.look(&choice("/"), ms(0)).is_none());
        kept.put(choice("/"), parts(10), ms(0), ms(5));
        assert!(kept.look(&choice("/"), ms(199)).is_some());
        assert!(kept.look(&choice("/?q=a"), ms(199)).is_none(), "another choice");
        let of_tenant = Choice { tenant: Some("acme".parse().unwrap()), ..choice("/") };
        assert!(kept.look(&of_tenant, ms(199)).is_none(), "another tenant's visitor");
        assert!(kept.look(&choice("/"), ms(200)).is_none(), "this one makes them");
        assert!(kept.look(&choice("/"), ms(201)).is_some(), "and the others get the old ones meanwhile");
        assert!(kept.look(&choice("/"), ms(10_000)).is_none(), "he gave up");
    }

    #[test]
    fn no_more_is_kept_than_fits() {
        let kept = Kept::new();
        for at in 0..40 {
            kept.put(choice(&format!("/?q={at}")), parts(1 << 20), ms(at), ms(at + 1_000));
        }
        let held = (0..40).filter(|at| kept.look(&choice(&format!("/?q={at}")), ms(1_100)).is_some()).count();
        assert!((8..=16).contains(&held), "{held}");
        assert!(kept.look(&choice("/?q=39"), ms(1_100)).is_some(), "the newest stays");
    }
}
