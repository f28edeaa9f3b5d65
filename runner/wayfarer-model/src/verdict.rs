//! The terminal words for a run, and the machine-readable causes behind them.

use serde::{Deserialize, Serialize};

/// The terminal word for a run. See DESIGN section 2 for what counts and who is alerted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Ran to the end, all hard checks held.
    Passed,
    /// Ran to the end; a soft check or a latency budget did not hold.
    Degraded,
    /// The target's fault.
    Failed,
    /// The journey's fault.
    Broken,
    /// The runner's fault.
    Inconclusive,
    /// The slot passed while no runner was there, or past its grace.
    Missed,
    /// Not run, on purpose; the reason says which.
    Skipped,
    /// A person stopped it.
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

    /// Whether nothing was begun for it, on purpose or for want of a runner.
    pub fn is_unrun(self) -> bool {
        matches!(self, Self::Missed | Self::Skipped)
    }

    /// Whether the user's flow worked.
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
        /// Why a verdict is what it is.
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

reasons! {
    /// Passed: nothing to explain.
    None = "none",
    /// Degraded: a soft check did not hold.
    SoftCheck = "soft-check",
    /// Failed: a hard check did not hold.
    Check = "check",
    /// Failed: the guest reported an error after it got an answer.
    Error = "error",
    /// Failed: a step ended with a failure that the guest passed over.
    Step = "step",
    /// Failed or broken: the guest panicked.
    Panic = "panic",
    /// Failed or broken: the guest trapped without saying why.
    Trap = "trap",
    /// Failed: the name did not resolve.
    Dns = "dns",
    /// Failed: no connection.
    Connect = "connect",
    /// Failed: no trust, or no handshake.
    Tls = "tls",
    /// Failed: waited too long for the target.
    Timeout = "timeout",
    /// Failed: the peer does not speak HTTP, or stopped in the middle.
    Protocol = "protocol",
    /// Failed: an answer beyond the runner's limit.
    TooLarge = "too-large",
    /// Broken: the guest reported an error before it got any answer.
    NoAnswer = "no-answer",
    /// Broken: a request that is no request.
    Malformed = "malformed-request",
    /// Broken: the policy does not allow a host or an address.
    Denied = "denied",
    /// Broken: a parameter or secret is missing or malformed.
    Parameter = "parameter",
    /// Broken: ended without a step.
    NoStep = "no-step",
    /// Broken: ended with a step open, or closed one that was not open.
    StepOpen = "step-open",
    /// Broken: out of time while waiting for nobody.
    Deadline = "deadline",
    /// Broken: processor budget.
    Cpu = "cpu",
    /// Broken: memory budget.
    Memory = "memory",
    /// Broken: stack exhausted.
    Stack = "stack",
    /// Broken: too many steps, checks, metrics, requests, handles or bytes.
    Limit = "limit",
    /// Broken: the component has no journey of that name.
    NoJourney = "no-journey",
    /// Inconclusive: the runner's own network.
    RunnerNetwork = "runner-network",
    /// Inconclusive: the runner itself.
    Runner = "runner",
    /// Inconclusive: the runner was lost with the run in flight.
    RunnerLost = "runner-lost",
    /// Inconclusive: the runner stopped before the run had ended.
    RunnerStopped = "runner-stopped",
    /// Inconclusive: not begun, because the disk is nearly full.
    DiskFull = "disk-full",
    /// Missed: no runner was there when the slot was due.
    RunnerDown = "runner-down",
    /// Missed: no place became free within the journey's grace.
    GraceExceeded = "grace-exceeded",
    /// Skipped: an earlier run of the journey was under way.
    Overlap = "overlap",
    /// Skipped: another member of the journey's group was under way until it was too late.
    Group = "group",
    /// Skipped: the journey is paused.
    Paused = "paused",
    /// Skipped: the tenant has used up its quota.
    Quota = "quota",
    /// Skipped: the runner's configuration no longer names the tenant.
    TenantDisabled = "tenant-disabled",
    /// Skipped: within a maintenance window.
    Maintenance = "maintenance",
    /// Skipped or cancelled: somebody stopped the tenant, or the whole runner.
    KillSwitch = "kill-switch",
    /// Cancelled: a person ended it.
    Cancelled = "cancelled",
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
