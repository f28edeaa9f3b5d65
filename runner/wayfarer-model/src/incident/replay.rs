//! The rule over many rows: what the incidents are, or would have been with other settings.

use std::collections::BTreeMap;

use super::look::{Look, LookKey};
use super::settings::Settings;
use super::step::{State, Transition, step};
use crate::context::Lane;
use crate::ids::LocationName;
use crate::units::UnixMillis;

/// A look that changed something.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// The look after which it was so.
    pub by: LookKey,
    /// How the state of the journey changed by that look.
    pub transition: Transition,
}

/// A run's identity, whatever its row says of it.
type Identity = (UnixMillis, LocationName, Lane, u32);

/// Goes on from a state over looks, which come in any order and may come twice. Of rows that contradict each other about a run, the last in the
/// canonical order counts.
pub fn replay(
    state: State,
    looks: impl IntoIterator<Item = Look>,
    settings: &Settings,
) -> (State, Vec<Moved>) {
    let mut known: BTreeMap<Identity, Look> = BTreeMap::new();
    for look in looks {
        let LookKey { slot, location, lane, seq, .. } = look.key.clone();
        let newest = known.entry((slot, location, lane, seq)).or_insert_with(|| look.clone());
        *newest = look.max(newest.clone());
    }
    let mut ordered: Vec<Look> = known.into_values().collect();
    ordered.sort();
    let mut moves = Vec::new();
    let mut state = state;
    for look in ordered {
        let transition;
        (state, transition) = step(state, &look, settings);
        moves.extend(transition.map(|transition| Moved { by: look.key, transition }));
    }
    (state, moves)
}
