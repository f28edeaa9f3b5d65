//! What one attempt may use. Exceeding a limit is the journey's fault: the run is `broken`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The limits of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The longest that an attempt may take, waits included, on the attempt clock.
    pub wall: Duration,
    /// The processor time that its thread may spend on it.
    pub cpu: Duration,
    /// Bytes of all its memories together, and of what the host holds for it: bodies, connections, recordings.
    pub memory: u64,
    /// Elements of all its tables together.
    pub table_elements: u64,
    /// Steps begun.
    pub steps: u32,
    /// Checks recorded.
    pub checks: u32,
    /// Metrics recorded.
    pub metrics: u32,
    /// Requests sent, each redirect counted.
    pub requests: u32,
    /// Requests in flight at the same time.
    pub concurrent_requests: u32,
    /// Bytes sent and received by all requests together.
    pub traffic: u64,
    /// Bytes of one request's body.
    pub request_body: u64,
    /// Bytes of one response's body that may be handed to the guest.
    pub response_body: u64,
    /// Bytes of log lines kept; the rest is counted and dropped.
    pub log: u64,
    /// Bytes of artifacts kept.
    pub artifacts: u64,
    /// Handles that a component may hold.
    pub handles: u32,
}

impl Default for Limits {
    /// Enough for an honest journey of a few dozen requests in any language.
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(30),
            cpu: Duration::from_secs(10),
            memory: 256 << 20,
            table_elements: 200_000,
            steps: 1_000,
            checks: 10_000,
            metrics: 1_000,
            requests: 1_000,
            concurrent_requests: 16,
            traffic: 256 << 20,
            request_body: 16 << 20,
            response_body: 16 << 20,
            log: 256 << 10,
            artifacts: 4 << 20,
            handles: 10_000,
        }
    }
}

impl Limits {
    /// Bytes of the steps, checks, metrics and requests of one attempt's recording, beside what their counts bound.
    pub const RECORDING: u64 = 8 << 20;

    /// The budget of `describe`: an answer of constants, once an interpreter has started. The wall time is for a machine that
    /// is busy with others; the sandbox allows one second of waiting. A descriptor is small, so little is lifted for the host.
    #[must_use]
    pub fn for_describe(&self) -> Self {
        Self {
            wall: Duration::from_secs(20),
            cpu: Duration::from_secs(1),
            requests: 0,
            request_body: 0,
            steps: 0,
            artifacts: 0,
            ..self.clone()
        }
    }
}
