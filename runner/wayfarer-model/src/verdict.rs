//! Verdicts, and the machine-readable reasons for them.

use serde::{Deserialize, Serialize};

/// The terminal word for a run. A run counts in rates if its verdict is `passed`, `degraded` or `failed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The journey ran to its end, and all hard checks held.
    Passed,
    /// The journey ran to its end, but a soft check or a latency budget did not hold.
    Degraded,
    /// The target's fault.
    Failed,
    /// The journey's fault.
    Broken,
    /// The runner's fault.
    Inconclusive,
    /// No runner was up when the slot was due, or its grace period passed.
    Missed,
    /// The slot was not run on purpose. The reason says why.
    Skipped,
    /// A person stopped the run.
    Cancelled,
}

impl Verdict {
    /// Every verdict, best first.
    pub const ALL: [Self; 8] = [
        Self::Passed,
        Self::Degraded,
        Self::Failed,
        Self::Broken,
        Self::Inconclusive,
        Self::Missed,
        Self::Skipped,
        Self::Cancelled,
    ];

    /// The word used in SQL, JSON and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Broken => "broken",
            Self::Inconclusive => "inconclusive",
            Self::Missed => "missed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the slot had no run.
    pub fn is_unrun(self) -> bool {
        matches!(self, Self::Missed | Self::Skipped)
    }

    /// Whether the flow worked for a user.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Passed | Self::Degraded)
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The machine-readable cause of a verdict.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Reason {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl Reason {
            /// Every reason, in the order of the source.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The word used in SQL, JSON and documents.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

impl Reason {
    /// Why a slot has no run, where that says that nobody looks at the journey. Another run of the journey or its group looks in place of one that
    /// it kept away, and a maintenance window was planned by a person who knows.
    pub const BLINDING: [Self; 6] = [
        Self::KillSwitch,
        Self::Quota,
        Self::Paused,
        Self::TenantDisabled,
        Self::GraceExceeded,
        Self::DiskFull,
    ];
}

reasons! {
    /// Passed: nothing to explain.
    None = "none",
    /// Degraded: a soft check did not hold.
    SoftCheck = "soft-check",
    /// Failed: a hard check did not hold.
    Check = "check",
    /// Failed: the guest reported an error after it got a response.
    Error = "error",
    /// Failed: a step ended with a failure, but the guest continued and returned `ok`.
    Step = "step",
    /// Failed or broken: the guest panicked.
    Panic = "panic",
    /// Failed or broken: the guest trapped without reporting a failure.
    Trap = "trap",
    /// Failed: the host name did not resolve.
    Dns = "dns",
    /// Failed: the connection could not be opened.
    Connect = "connect",
    /// Failed: the TLS handshake failed, or the runner does not trust the certificate.
    Tls = "tls",
    /// Failed: the guest waited too long for the target, by its own limit or by the attempt's.
    Timeout = "timeout",
    /// Failed: the server does not speak HTTP, or stopped in the middle.
    Protocol = "protocol",
    /// Failed: the response exceeds the runner's limit.
    TooLarge = "too-large",
    /// Broken: the guest reported an error before it got any response.
    NoAnswer = "no-answer",
    /// Broken: the guest sent an invalid request.
    Malformed = "malformed-request",
    /// Broken: the egress policy does not allow the host or the address. Failed: the target of a version that was good before
    /// redirects there.
    Denied = "denied",
    /// Broken: the host does not accept the runner's client certificate, or wants one and there is none.
    Credentials = "credentials",
    /// Broken: a parameter or a secret is missing or malformed.
    Parameter = "parameter",
    /// Broken: the attempt recorded no step.
    NoStep = "no-step",
    /// Broken: the journey returned without having opened a step that its descriptor names.
    StepMissing = "step-missing",
    /// Broken: a condition that the journey needs did not hold.
    Unmet = "unmet",
    /// Broken: the attempt ended with an open step, or the guest closed a step that was not open.
    StepOpen = "step-open",
    /// Broken: the guest passed something to an interface that the interface cannot take, such as a malformed JSON path.
    Interface = "interface",
    /// Broken: the attempt's deadline passed while the guest waited for no response: it computed, or slept.
    Deadline = "deadline",
    /// Broken: the attempt exceeded its limit on processor time.
    Cpu = "cpu",
    /// Broken: the attempt exceeded its limit on memory.
    Memory = "memory",
    /// Broken: the guest exhausted its stack.
    Stack = "stack",
    /// Broken: too many steps, checks, metrics, requests, handles or bytes.
    Limit = "limit",
    /// Broken: the component has no journey of that name.
    NoJourney = "no-journey",
    /// Inconclusive: the runner's own network failed.
    RunnerNetwork = "runner-network",
    /// Inconclusive: the runner's wall clock is wrong.
    RunnerClock = "runner-clock",
    /// Inconclusive: the runner's process did not run, or got no processor, for a part of what was measured.
    RunnerStalled = "runner-stalled",
    /// Inconclusive: the runner itself failed.
    Runner = "runner",
    /// Inconclusive: the runner's process ended with the run in flight.
    RunnerLost = "runner-lost",
    /// Inconclusive: the runner shut down before the run ended.
    RunnerStopped = "runner-stopped",
    /// Inconclusive: the runner did not start the run, because the disk is nearly full.
    DiskFull = "disk-full",
    /// Missed: no runner was up when the slot was due.
    RunnerDown = "runner-down",
    /// Missed: no permit became free within the journey's grace period.
    GraceExceeded = "grace-exceeded",
    /// Skipped: an earlier run of the journey was in flight.
    Overlap = "overlap",
    /// Skipped: a run of the journey's group was in flight until the grace period had passed.
    Group = "group",
    /// Skipped: the journey is paused.
    Paused = "paused",
    /// Skipped: the tenant has used up its quota of runs, or there was no room in memory until the grace period had passed.
    Quota = "quota",
    /// Skipped: the runner's configuration no longer names the tenant.
    TenantDisabled = "tenant-disabled",
    /// Skipped: the slot was due within a maintenance window.
    Maintenance = "maintenance",
    /// Skipped or cancelled: a kill switch of the tenant, or of the whole runner, was thrown.
    KillSwitch = "kill-switch",
    /// Cancelled: a person stopped the run.
    Cancelled = "cancelled",
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
