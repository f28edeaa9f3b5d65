//! The one retry loop: makes the attempts of a run until one is final, and keeps every one.
//!
//! `wayfarer test` and the server both use it. They differ in what an attempt is made with.

use std::sync::Arc;
use std::time::Duration;

use wayfarer_model::report::AttemptReport;
use wayfarer_model::retry::RetryPolicy;

use crate::shutdown::Cancellation;

/// Between two attempts, to give a passing disturbance time to pass.
const PAUSE: Duration = Duration::from_millis(200);

/// Makes attempts, numbered from 1, and reports each to `ended` with whether another one follows.
///
/// Once cancelled, none follows. One that was already announced still does, and ends at once for the same cause.
/// None if an attempt could not be made at all.
pub(crate) async fn attempts<Attempt>(
    retry: RetryPolicy,
    cancellation: &Cancellation,
    mut attempt: impl FnMut(u32) -> Attempt,
    mut ended: impl FnMut(&Arc<AttemptReport>, bool),
) -> Option<Vec<Arc<AttemptReport>>>
where
    Attempt: Future<Output = Option<AttemptReport>>,
{
    let mut attempts = Vec::new();
    for number in 1.. {
        let report = Arc::new(attempt(number).await?);
        let is_retried = retry.again(number, report.verdict) && !cancellation.is_cancelled();
        ended(&report, is_retried);
        attempts.push(report);
        if !is_retried {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = cancellation.cancelled() => {}
        }
    }
    Some(attempts)
}
