//! A round of events that may come often: the first of a kind is written at once, and those like it together when the round ends,
//! so that nobody fills the disk or the trail. What was asked for and not carried out is taken so, and what runs did with secrets.
//!
//! A round begins with the first event and tells a number of kinds apart. What comes beyond these is counted together, as done by
//! nobody. So a round writes at most two rows a kind and one more.

use std::collections::HashMap;

use wayfarer_model::audit::{Actor, AuditAction, AuditOutcome};
use wayfarer_model::ids::TenantName;
use wayfarer_store::AuditEvent;

/// Whose events a round takes. Each has one of its own, so that a flood of one hides nothing of another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Source {
    /// Requests of the API, whoever they are of.
    Requests,
    /// The runs of a tenant, as far as they do this.
    Runs(TenantName, AuditAction),
}

impl Source {
    /// Kinds that a round tells apart.
    fn kinds(&self) -> usize {
        match self {
            Self::Requests => 15,
            Self::Runs(..) => 64,
        }
    }

    fn kind(&self, event: &AuditEvent) -> Kind {
        // The secret's name; each run has an id of its own.
        let is_named = matches!(self, Self::Runs(_, AuditAction::SecretReveal));
        let object = is_named.then(|| event.object.clone());
        (event.actor.clone(), event.action, event.outcome, object)
    }

    /// The event, as one of those beyond the kinds that are told apart.
    fn beyond(&self, event: &AuditEvent) -> AuditEvent {
        let (tenant, object) = match self {
            Self::Requests => (None, "several requests"),
            Self::Runs(tenant, _) => (Some(tenant.clone()), "several journeys"),
        };
        AuditEvent { actor: Actor::Nobody, tenant, object: object.to_owned(), ..event.clone() }
    }
}

type Kind = (Actor, AuditAction, AuditOutcome, Option<String>);

/// The round under way.
#[derive(Debug)]
pub(super) struct Round {
    source: Source,
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

impl Round {
    pub(super) fn new(source: Source) -> Self {
        Self { source, kinds: HashMap::new(), others: None }
    }

    pub(super) fn take(&mut self, event: AuditEvent) -> Fate {
        let kind = self.source.kind(&event);
        let begins = self.kinds.is_empty();
        if let Some(counted) = self.kinds.get_mut(&kind) {
            add(counted, event);
        } else if self.kinds.len() < self.source.kinds() {
            self.kinds.insert(kind, None);
            return Fate::Write { event, begins };
        } else {
            let event = self.source.beyond(&event);
            add(&mut self.others, event);
        }
        Fate::Counted
    }

    /// Ends the round. Returns what was counted, in the order of its instants.
    pub(super) fn end(&mut self) -> Vec<AuditEvent> {
        let kinds = std::mem::take(&mut self.kinds).into_values().flatten();
        let mut counted: Vec<AuditEvent> = kinds.chain(self.others.take()).collect();
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
    use std::collections::BTreeSet;

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
        let mut round = Round::new(Source::Requests);
        let first = wrong_token(0, Actor::Nobody);
        assert_eq!(round.take(first.clone()), Fate::Write { event: first, begins: true });
        for at in 1..=100_000 {
            assert_eq!(round.take(wrong_token(at, Actor::Nobody)), Fate::Counted);
        }
        let newest = AuditEvent { count: 100_000, ..wrong_token(100_000, Actor::Nobody) };
        assert_eq!(round.end(), [newest]);
        assert_eq!(round.end(), []);
        let next = wrong_token(7, Actor::Nobody);
        assert_eq!(round.take(next.clone()), Fate::Write { event: next, begins: true });
    }

    #[test]
    fn a_flood_of_many_kinds_is_bounded_too_and_none_is_lost() {
        let mut round = Round::new(Source::Requests);
        let (mut written, mut begun) = (0, 0);
        for at in 0..10_000_u64 {
            let actor = Actor::Token { number: (at % 500) as i64, name: "ci".to_owned() };
            if let Fate::Write { begins, .. } = round.take(wrong_token(at, actor)) {
                written += 1;
                begun += u32::from(begins);
            }
        }
        let rest = round.end();
        assert_eq!((written, begun), (Source::Requests.kinds() as u64, 1));
        assert!(rest.len() <= Source::Requests.kinds() + 1, "{}", rest.len());
        assert_eq!(written + rest.iter().map(|event| event.count).sum::<u64>(), 10_000);
        assert!(rest.is_sorted_by_key(|event| event.occurred));
    }

    #[test]
    fn each_secret_of_each_journey_is_told_and_a_journey_that_reveals_often_is_a_few_rows() {
        let tenant: TenantName = "acme".parse().unwrap();
        let reveal = |journey: &str, secret: &str| AuditEvent {
            tenant: Some(tenant.clone()),
            action: AuditAction::SecretReveal,
            object: format!("secret {secret}"),
            outcome: AuditOutcome::Done,
            ..wrong_token(0, Actor::Journey(journey.parse().unwrap()))
        };
        let mut round = Round::new(Source::Runs(tenant.clone(), AuditAction::SecretReveal));
        let all = [("checkout", "password"), ("checkout", "pin"), ("login", "password")];
        for _ in 0..1_000 {
            for (journey, secret) in all {
                round.take(reveal(journey, secret));
            }
        }
        let rest = round.end();
        let told: BTreeSet<(String, &str)> =
            rest.iter().map(|event| (event.actor.to_string(), event.object.as_str())).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(rest.iter().all(|event| event.count == 999), "{rest:?}");
        for journey in 0..1_000 {
            round.take(reveal(&format!("journey-{journey}"), "password"));
        }
        let rest = round.end();
        assert_eq!((rest.len(), rest[0].count), (1, 1_000 - 64));
        assert_eq!((&rest[0].tenant, rest[0].object.as_str()), (&Some(tenant), "several journeys"));
    }
}
