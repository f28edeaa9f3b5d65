//! Waits on conditions. Each is bounded, and says what it saw last where the condition never came true.

use std::fmt::Debug;
use std::panic::Location;
use std::time::{Duration, Instant};

/// The longest wait; only a failing test waits that long.
pub const LIMIT: Duration = Duration::from_mins(1);
/// Between two polls.
const PAUSE: Duration = Duration::from_millis(10);

/// Polls until the value is as it should be, and returns it; panics after [`LIMIT`], also amid a poll.
#[track_caller]
pub fn until<T: Debug>(
    what: &str,
    mut poll: impl AsyncFnMut() -> T,
    is_so: impl Fn(&T) -> bool,
) -> impl Future<Output = T> {
    let caller = Location::caller();
    async move {
        let mut last = None;
        let polls = async {
            loop {
                let value = poll().await;
                if is_so(&value) {
                    return value;
                }
                last = Some(value);
                tokio::time::sleep(PAUSE).await;
            }
        };
        let found = tokio::time::timeout(LIMIT, polls).await;
        found.unwrap_or_else(|_| panic!("{caller}: not within {LIMIT:?}: {what}; last: {last:#?}"))
    }
}

/// [`until`], on a thread of its own. A single poll is not bounded.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "a wait of a test ends by the real clock")]
pub fn until_blocking<T: Debug>(what: &str, mut poll: impl FnMut() -> T, is_so: impl Fn(&T) -> bool) -> T {
    let since = Instant::now();
    loop {
        let value = poll();
        if is_so(&value) {
            return value;
        }
        assert!(since.elapsed() < LIMIT, "not within {LIMIT:?}: {what}; last: {value:#?}");
        std::thread::sleep(PAUSE);
    }
}

/// The output of a future that is bound to end; panics after [`LIMIT`].
#[track_caller]
pub fn within<T>(what: &str, future: impl Future<Output = T>) -> impl Future<Output = T> {
    let caller = Location::caller();
    async move {
        let ended = tokio::time::timeout(LIMIT, future).await;
        ended.unwrap_or_else(|_| panic!("{caller}: not within {LIMIT:?}: {what}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wait_ends_with_the_value_that_was_waited_for() {
        let mut polls = 0;
        let count = async || {
            polls += 1;
            polls
        };
        assert_eq!(until("the third poll", count, |count| *count == 3).await, 3);
        assert_eq!(within("an answer", async { 7 }).await, 7);
        let mut polls = 0;
        let count = || {
            polls += 1;
            polls
        };
        assert_eq!(until_blocking("the third poll", count, |count| *count == 3), 3);
    }
}
