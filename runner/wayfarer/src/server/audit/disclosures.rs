//! What a run did with its tenant's secrets, as events. Each attempt counts, also one that was cancelled or is made again.

use wayfarer_model::audit::{Actor, AuditAction, AuditOutcome};
use wayfarer_model::report::AttemptReport;
use wayfarer_store::AuditEvent;

use super::AuditTrail;

impl AuditTrail {
    /// Takes what an attempt did. Does not wait.
    pub(crate) fn count_disclosures(&self, report: &AttemptReport) {
        let (context, disclosure) = (&report.context, &report.disclosure);
        let revealed =
            disclosure.revealed.iter().map(|secret| (AuditAction::SecretReveal, format!("secret {secret}")));
        let withheld =
            disclosure.texts_withheld.then(|| (AuditAction::TextWithhold, format!("run {}", context.run_id)));
        for (action, object) in revealed.chain(withheld) {
            let event = AuditEvent {
                occurred: self.now(),
                tenant: Some(context.tenant.clone()),
                actor: Actor::Journey(context.journey.clone()),
                action,
                object,
                outcome: AuditOutcome::Done,
                count: 1,
            };
            self.count_of_run(context.tenant.clone(), event);
        }
    }
}
