//! What was asked for and not carried out: the first of a kind is written at once, and those like it for a minute together, so
//! that nobody fills the disk or the trail with wrong tokens.
//!
//! A round begins with the first of them and has at most [`KINDS`] kinds. What comes beyond these is counted together, as
//! requests of nobody. So a round writes at most `2 * KINDS + 1` rows.

use std::collections::HashMap;

use wayfarer_model::audit::{Actor, AuditAction, AuditOutcome};
use wayfarer_store::AuditEvent;

/// Kinds that a round tells apart.
const KINDS: usize = 15;

type Kind = (Actor, AuditAction, AuditOutcome);

/// The round under way.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    /// Of each kind, those that are not written yet as one event: the newest of them, and how many there are.
    kinds: HashMap<Kind, Option<AuditEvent>>,
    /// Those beyond.
    others: Option<AuditEvent>,
}

/// What becomes of one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is to be written now. `begins` says that a round begins with it, which somebody has to end.
    Write { event: AuditEvent, begins: bool },
    /// It is counted, and written when the round ends.
    Counted,
}

impl Refusals {
    pub(super) fn take(&mut self, event: AuditEvent) -> Fate {
        let kind = (event.actor.clone(), event.action, event.outcome);
        let begins = self.kinds.is_empty();
        if let Some(counted) = self.kinds.get_mut(&kind) {
            add(counted, event);
        } else if self.kinds.len() < KINDS {
            self.kinds.insert(kind, None);
            return Fate::Write { event, begins };
        } else {
            let (actor, tenant, object) = (Actor::Nobody, None, "several requests".to_owned());
            add(&mut self.others, AuditEvent { actor, tenant, object, ..event });
        }
        Fate::Counted
    }

    /// Ends the round. Returns what was counted, in the order of its instants.
    pub(super) fn end(&mut self) -> Vec<AuditEvent> {
        let Self { kinds, others } = std::mem::take(self);
        let mut counted: Vec<AuditEvent> = kinds.into_values().flatten().chain(others).collect();
        counted.sort_by_key(|event| event.occurred);
        counted
    }
}

fn add(counted: &mut Option<AuditEvent>, mut event: AuditEvent) {
    event.count += counted.as_ref().map_or(0, |before| before.count);
    *counted = Some(event);
}

#[cfg(test)]
mod tests {
    use wayfarer_model::units::UnixMillis;

    use super::*;

    fn wrong_token(at: u64, actor: Actor) -> AuditEvent {
        AuditEvent {
            occurred: UnixMillis(at),
            tenant: None,
            actor,
            action: AuditAction::Authenticate,
            object: format!("GET /{at}"),
            outcome: AuditOutcome::Refused,
            count: 1,
        }
    }

    #[test]
    fn a_flood_of_one_kind_is_two_rows_a_round() {
        let mut refusals = Refusals::default();
        let first = wrong_token(0, Actor::Nobody);
        assert_eq!(refusals.take(first.clone()), Fate::Write { event: first, begins: true });
        for at in 1..=100_000 {
            assert_eq!(refusals.take(wrong_token(at, Actor::Nobody)), Fate::Counted);
        }
        let newest = AuditEvent { count: 100_000, ..wrong_token(100_000, Actor::Nobody) };
        assert_eq!(refusals.end(), [newest]);
        assert_eq!(refusals.end(), []);
        let next = wrong_token(7, Actor::Nobody);
        assert_eq!(refusals.take(next.clone()), Fate::Write { event: next, begins: true });
    }

    #[test]
    fn a_flood_of_many_kinds_is_bounded_too_and_none_is_lost() {
        let mut refusals = Refusals::default();
        let (mut written, mut begun) = (0, 0);
        for at in 0..10_000_u64 {
            let actor = Actor::Token { number: (at % 500) as i64, name: "ci".to_owned() };
            if let Fate::Write { begins, .. } = refusals.take(wrong_token(at, actor)) {
                written += 1;
                begun += u32::from(begins);
            }
        }
        let rest = refusals.end();
        assert_eq!((written, begun), (KINDS as u64, 1));
        assert!(rest.len() <= KINDS + 1, "{}", rest.len());
        assert_eq!(written + rest.iter().map(|event| event.count).sum::<u64>(), 10_000);
        assert!(rest.is_sorted_by_key(|event| event.occurred));
    }
}
