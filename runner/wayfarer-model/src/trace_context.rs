//! Ids of distributed traces: a run is a trace, and its attempts, steps and requests are spans (W3C Trace Context, OpenTelemetry).
//!
//! The sandbox tells a target which span a request is, and the server exports the same spans later, maybe twice and maybe after a restart.
//! So ids are a function of the run's id and of the span's place in the run, and nobody stores them. No two spans of a run share an id.

use std::fmt;

use crate::context::AttemptContext;
use crate::ids::RunId;

/// The name of the request's header that says which span it is.
pub const TRACEPARENT: &str = "traceparent";

/// The name of the request's header that says what vendors add.
pub const TRACESTATE: &str = "tracestate";

/// The id of a run's trace: the run's own, without dashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId([u8; 16]);

/// The id of a span, unique in its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(u64);

/// A span's place in its run. Attempts count from 1; steps and requests are numbered by their places in the attempt's recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanPlace {
    /// The root.
    Run,
    /// An attempt.
    Attempt(u32),
    /// A step of an attempt.
    Step(u32, u32),
    /// One hop of a request of an attempt.
    Request(u32, u32),
}

impl TraceId {
    /// The trace of a run.
    pub fn of(run: RunId) -> Self {
        Self(run.into_bytes())
    }

    /// The id of the span at a place.
    pub fn span(self, place: SpanPlace) -> SpanId {
        let [first, last] = [&self.0[..8], &self.0[8..]]
            .map(|half| half.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte)));
        let (kind, attempt, number) = match place {
            SpanPlace::Run => (0, 0, 0),
            SpanPlace::Attempt(attempt) => (1, attempt, 0),
            SpanPlace::Step(attempt, number) => (2, attempt, number),
            SpanPlace::Request(attempt, number) => (3, attempt, number),
        };
        // An attempt's number has eight bits in the store too. So places are different numbers, and each step from here on maps
        // different numbers to different ones.
        let place = (kind << 40) | (u64::from(attempt & 0xff) << 32) | u64::from(number);
        // An id of zeros is none.
        SpanId(mixed(mixed(first) ^ last ^ place).max(1))
    }
}

/// The finaliser of the generator `splitmix64`, a bijection.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The value of `traceparent` for a request of an attempt, by the place of its record. Every run is sampled.
pub fn traceparent(attempt: &AttemptContext, request: u32) -> String {
    let trace = TraceId::of(attempt.run_id);
    format!("00-{trace}-{}-01", trace.span(SpanPlace::Request(attempt.number, request)))
}

/// The value of `tracestate` for a request of an attempt: by it the target's owner tells journeys from users, and finds the run.
pub fn tracestate(attempt: &AttemptContext) -> String {
    let AttemptContext { run_id, journey, number, .. } = attempt;
    format!("wayfarer=run:{run_id};journey:{journey};attempt:{number}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::context::Lane;
    use crate::units::UnixMillis;

    fn run(random: u8) -> RunId {
        RunId::new(UnixMillis(1_790_000_000_000), [random; 10])
    }

    #[test]
    fn a_trace_is_named_as_its_run() {
        let id = run(7);
        assert_eq!(TraceId::of(id).to_string(), id.to_string().replace('-', ""));
    }

    #[test]
    fn no_two_spans_of_a_run_and_no_two_runs_share_an_id() {
        let mut seen = BTreeSet::new();
        for random in 0..8 {
            let trace = TraceId::of(run(random));
            let mut places = vec![SpanPlace::Run];
            for attempt in 1..=6 {
                places.push(SpanPlace::Attempt(attempt));
                places.extend((0..500).map(|number| SpanPlace::Step(attempt, number)));
                places.extend((0..500).map(|number| SpanPlace::Request(attempt, number)));
            }
            for place in places {
                let id = trace.span(place);
                assert_eq!(id, trace.span(place));
                assert!(seen.insert(id), "{place:?} of run {random}");
            }
        }
    }

    /// A change of the rule would tear traces apart whose requests were sent before it.
    #[test]
    fn ids_stay_what_they_are() {
        let attempt = AttemptContext {
            run_id: "0199f3a1-2b3c-7d4e-8f50-0123456789ab".parse().unwrap(),
            tenant: "shop".parse().unwrap(),
            journey: "checkout".parse().unwrap(),
            slot: UnixMillis(1_790_000_000_000),
            number: 2,
            location: "local".parse().unwrap(),
            lane: Lane::Scheduled,
        };
        let sent = traceparent(&attempt, 3);
        assert_eq!(sent, "00-0199f3a12b3c7d4e8f500123456789ab-8822d70bc1ad337c-01");
        assert_eq!(
            tracestate(&attempt),
            "wayfarer=run:0199f3a1-2b3c-7d4e-8f50-0123456789ab;journey:checkout;attempt:2"
        );
    }
}
