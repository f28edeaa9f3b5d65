//! Peers that keep a client busy: however they do it, others on the thread have their turn meanwhile, and the attempt pays for
//! it until it ends.
//!
//! What is measured is the processor time that the test's one thread spends between two turns of a task that does nothing
//! else. Load of the machine does not count, so the bound holds in a debug build too.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use wayfarer_model::judge::{Ending, LimitKind};
use wayfarer_model::traffic::{Blame, TrafficError, TrafficErrorKind};
use wayfarer_testkit::verified;

use super::hostile_servers::{frame, repeats, repeats_frame};
use super::rig::{Setup, get};
use crate::attempt::{Waited, wait};
use crate::clock::thread_cpu;
use crate::http::SendError;
use crate::net::tests::authority::Authority;

/// The most that others wait. A slice lasts a millisecond, several tasks have one in turn, and the last piece of each is what
/// a library has read at once: in a debug build, a thousand frames of settings. Before there were slices it was all of the
/// processor time, and more.
const BOUND: Duration = Duration::from_millis(if cfg!(debug_assertions) { 200 } else { 20 });

/// What an attempt may use, and what of it the attack uses up.
#[derive(Clone, Copy)]
enum UsesUp {
    Cpu,
    Traffic,
}

/// Asks a peer and says how it ended, and how long others waited at most. None: the engine itself saw through it.
async fn attacked(setup: Setup, url: &str, uses_up: UsesUp) -> (Option<Ending>, Duration) {
    let rig = setup
        .limit(|limits| {
            (limits.cpu, limits.traffic) = match uses_up {
                UsesUp::Cpu => (Duration::from_millis(400), 64 << 30),
                UsesUp::Traffic => (Duration::from_mins(1), 1 << 20),
            };
        })
        .start();
    let longest = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&longest);
    let others = tokio::spawn(async move {
        let mut last = thread_cpu();
        loop {
            tokio::task::yield_now().await;
            let now = thread_cpu();
            seen.fetch_max(u64::try_from(now.saturating_sub(last).as_micros()).unwrap(), Ordering::Relaxed);
            last = now;
        }
    });
    let call = async {
        let ended = rig.session.send(get(url)).await;
        if !matches!(&ended, Err(SendError::Failed(error)) if rig.tape.stop().is_none() && is_of_protocol(error))
        {
            // It has used up what there is; what a guest would make of that does not matter.
            std::future::pending::<()>().await;
        }
        Ok(())
    };
    let waited = tokio::time::timeout(Duration::from_mins(2), wait(call, &rig.tape, None)).await.unwrap();
    others.abort();
    let ending = match waited {
        Waited::Done(_) => None,
        Waited::Stopped(ending) => Some(ending),
    };
    (ending, Duration::from_micros(longest.load(Ordering::Relaxed)))
}

fn is_of_protocol(error: &TrafficError) -> bool {
    (error.kind, error.blame) == (TrafficErrorKind::Protocol, Blame::Target)
}

/// Requires that an attack ends an attempt, by both of its budgets, and holds nobody up meanwhile.
async fn holds_nobody_up(attack: &str, url: &str, setup: impl Fn() -> Setup) {
    for (uses_up, budget) in [(UsesUp::Cpu, LimitKind::Cpu), (UsesUp::Traffic, LimitKind::Count)] {
        let (ending, longest) = attacked(setup(), url, uses_up).await;
        let is_ended = match &ending {
            None => true,
            Some(Ending::Exhausted(kind, _)) => *kind == budget,
            Some(_) => false,
        };
        println!("{attack}: {ending:?}, others waited for {longest:?}");
        verified(
            &format!("{attack}: a budget ends the attempt ({budget:?})"),
            &json!(true),
            &json!(is_ended),
        );
        let case = format!("{attack}: others wait less than {} ms of processor time", BOUND.as_millis());
        verified(&case, &json!(true), &json!(longest < BOUND));
    }
}

#[tokio::test]
async fn chunks_of_one_byte_without_end() {
    let begin = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let peer = repeats(begin, b"1\r\nx\r\n");
    holds_nobody_up("chunks", &format!("http://{peer}/"), Setup::new).await;
}

#[tokio::test]
async fn interim_answers_without_end() {
    let peer = repeats(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n");
    holds_nobody_up("interim answers", &format!("http://{peer}/"), Setup::new).await;
}

#[tokio::test]
async fn frames_of_http2_without_end() {
    let authority = Authority::new();
    let head = frame(1, 4, 1, &[0x88]);
    let hint = frame(1, 4, 1, &[0x08, 3, b'1', b'0', b'3']);
    for (attack, begin, frame) in [
        ("pings", vec![], frame(6, 0, 0, &[7; 8])),
        ("settings", vec![], frame(4, 0, 0, &[])),
        ("window updates", vec![], frame(8, 0, 1, &[0, 0, 0, 1])),
        ("frames of a kind that nobody knows", vec![], frame(99, 0, 0, &[])),
        ("empty frames of data", head, frame(0, 0, 1, &[])),
        ("interim answers", vec![], hint),
    ] {
        let peer = repeats_frame(&authority, begin, frame);
        let setup = || Setup::new().trust(&authority.pem);
        holds_nobody_up(attack, &format!("https://localhost:{}/", peer.port()), setup).await;
    }
}
