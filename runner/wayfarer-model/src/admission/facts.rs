//! What the gate is asked about: plain data that the caller has gathered.

use crate::context::Lane;
use crate::deployment::Overlap;
use crate::maintenance::MaintenanceMode;
use crate::units::UnixMillis;

/// A tenant may have this many manual runs in the queue.
pub const MANUAL_RUNS_WAITING: usize = 1_000;

/// Everything that may keep a run from starting. [`Facts::clear`] has nothing in the way.
///
/// Later facts are fields here: the journey's debt (dead cleanups), its target's circuit, the tenant's budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// A slot of a schedule, a manual run or a confirmation run.
    pub lane: Lane,
    /// What people decided about tenant and journey.
    pub standing: Standing,
    /// Whether the runner goes on.
    pub runner: RunnerState,
    /// The kill switch of the tenant, or of the whole runner, is thrown now.
    pub kill_switch_is_thrown: bool,
    /// One of them was thrown at the instant at which the slot was due. Asked for in the backlog only.
    pub kill_switch_was_thrown: bool,
    /// The maintenance window that covers the due instant. Of several, the first that skips.
    pub maintenance: Option<MaintenanceMode>,
    /// None for a manual run, which may wait for ever.
    pub grace: Option<GracePeriod>,
    /// Whether the disk has space for what a new run records.
    pub has_disk_space: bool,
    /// Whether the run fits into memory.
    pub memory: MemoryRoom,
    /// The tenant's runs per day, or its confirmation runs per day for that lane, if the day of the slot (UTC) has none left.
    pub used_up_quota: Option<u64>,
    /// Manual runs of the tenant in the queue; see [`MANUAL_RUNS_WAITING`].
    pub manual_runs_waiting: usize,
    /// What else runs or waits.
    pub contention: Contention,
}

impl Facts {
    /// Facts of a run that nothing keeps from starting.
    pub const fn clear(lane: Lane) -> Self {
        Self {
            lane,
            standing: Standing::ENABLED,
            runner: RunnerState::Running,
            kill_switch_is_thrown: false,
            kill_switch_was_thrown: false,
            maintenance: None,
            grace: None,
            has_disk_space: true,
            memory: MemoryRoom::Enough,
            used_up_quota: None,
            manual_runs_waiting: 0,
            contention: Contention::none(Overlap::Skip),
        }
    }
}

/// Whether what a run is expected to take in memory fits beside what other runs hold, the tenant's and all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryRoom {
    /// What the run last needed fits beside the runs in flight.
    Enough,
    /// It does not fit until one of those ends; the run waits within its grace.
    Lacking,
}

/// What the configuration and the owner of a journey say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The runner's configuration no longer names the tenant.
    pub tenant_is_disabled: bool,
    /// A person paused the journey.
    pub journey_is_paused: bool,
}

impl Standing {
    /// Slots of the journey are run.
    pub const ENABLED: Self = Self { tenant_is_disabled: false, journey_is_paused: false };
    /// A person paused the journey.
    pub const PAUSED: Self = Self { tenant_is_disabled: false, journey_is_paused: true };
}

/// Whether the runner starts runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunnerState {
    /// It starts every run that nothing else keeps from starting.
    Running,
    /// It lets the runs in flight end, and starts no other.
    Stopping,
    /// No runner was there when the slot was due. A fact of the backlog only.
    WasDown,
}

/// How late a slot may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GracePeriod {
    /// The last instant at which the slot may start.
    pub deadline: UnixMillis,
    /// The instant of the question.
    pub now: UnixMillis,
}

impl GracePeriod {
    /// Whether it is over.
    pub fn is_exceeded(self) -> bool {
        self.deadline < self.now
    }
}

/// What else of the journey and of its group runs or waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contention {
    /// What the journey says about runs at the same time.
    pub overlap: Overlap,
    /// A run of the journey is in flight, or waits for its group or a permit.
    pub journey_is_busy: bool,
    /// A slot already waits for that run ([`Overlap::Queue`] lets one wait).
    pub slot_is_set_aside: bool,
    /// Another member of the journey's group is in flight, or waits for a permit.
    pub group_is_busy: bool,
}

impl Contention {
    /// Nothing else runs or waits.
    pub const fn none(overlap: Overlap) -> Self {
        Self { overlap, journey_is_busy: false, slot_is_set_aside: false, group_is_busy: false }
    }

    /// What a run of that lane waits for first. None where it must not wait: it overlaps.
    ///
    /// A manual run is never refused, and a confirmation run never runs beside another run of its journey.
    pub fn wait_for(self, lane: Lane) -> Option<WaitFor> {
        let runs_beside = self.overlap == Overlap::Allow && lane != Lane::Confirm;
        if !self.journey_is_busy || runs_beside {
            return Some(if self.group_is_busy { WaitFor::Group } else { WaitFor::Permit });
        }
        let may_wait = match lane {
            Lane::Manual => true,
            Lane::Confirm => false,
            Lane::Scheduled => self.overlap == Overlap::Queue && !self.slot_is_set_aside,
        };
        may_wait.then_some(WaitFor::PreviousRun)
    }
}

/// What a run waits for. After one of them comes the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitFor {
    /// The end of another run of its journey.
    PreviousRun,
    /// The end of a run of another member of its group.
    Group,
    /// One of the runner's permits, in fair turns among tenants, and room in memory.
    Permit,
}
