//! The one retry loop: makes the attempts of a run until one is final, and keeps every one.
//!
//! `wayfarer test` and the server both use it. They differ in what an attempt is made with.

use std::sync::Arc;

use wayfarer_model::ids::RunId;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::retry::RetryPolicy;

use crate::shutdown::Cancellation;

/// Makes attempts of a run, numbered from 1, and reports each to `ended` with whether another one follows. `may_retry` is asked
/// once the policy wants another, and may have reasons of its own against it.
///
/// Once cancelled, none follows. One that was already announced still does, and ends at once for the same cause.
/// None if an attempt could not be made at all.
pub(crate) async fn attempts<Attempt>(
    (retry, run): (RetryPolicy, RunId),
    cancellation: &Cancellation,
    mut attempt: impl FnMut(u32) -> Attempt,
    mut may_retry: impl FnMut() -> bool,
    mut ended: impl FnMut(&Arc<AttemptReport>, bool),
) -> Option<Vec<Arc<AttemptReport>>>
where
    Attempt: Future<Output = Option<AttemptReport>>,
{
    let mut attempts = Vec::new();
    for number in 1.. {
        let report = Arc::new(attempt(number).await?);
        let is_wanted = retry.again(number, report.verdict, report.reason);
        let is_retried = is_wanted && !cancellation.is_cancelled() && may_retry();
        ended(&report, is_retried);
        attempts.push(report);
        if !is_retried {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(retry.wait(number, run)) => {}
            _ = cancellation.cancelled() => {}
        }
    }
    Some(attempts)
}
