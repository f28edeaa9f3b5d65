//! The attempts of one run: made until one is final, and every one kept.
//!
//! `wayfarer test` and the server both come here; they differ in what an attempt is made with.

use std::sync::Arc;
use std::time::Duration;

use wayfarer_model::report::AttemptReport;
use wayfarer_model::retry::RetryPolicy;

use crate::shutdown::Stop;

/// Between an attempt and the next, so that a passing disturbance can pass.
const PAUSE: Duration = Duration::from_millis(200);

/// Makes attempts, numbered from 1, and tells of each whether another one follows. Once `stop` is set none
/// follows, but for one that was told of: that ends as `cancelled` at once.
///
/// None where an attempt could not be made at all.
pub(crate) async fn attempts<Attempt>(
    retry: RetryPolicy,
    stop: &mut Stop,
    mut attempt: impl FnMut(u32) -> Attempt,
    mut tell: impl FnMut(&Arc<AttemptReport>, bool),
) -> Option<Vec<Arc<AttemptReport>>>
where
    Attempt: Future<Output = Option<AttemptReport>>,
{
    let mut attempts = Vec::new();
    for number in 1.. {
        let report = Arc::new(attempt(number).await?);
        let retried = retry.again(number, report.verdict) && !stop.is_set();
        tell(&report, retried);
        attempts.push(report);
        if !retried {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = stop.wait() => {}
        }
    }
    Some(attempts)
}
