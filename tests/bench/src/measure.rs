//! What a round cost: processor time of this process, wall time, memory.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

fn read(clock: ClockId) -> Duration {
    let now = clock_gettime(clock);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// A reading of both clocks.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    cpu: Duration,
    wall: Duration,
}

/// What one run of a round cost on the average.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    /// Microseconds of processor time of this process, for each run.
    pub(crate) cpu_us: f64,
    /// Runs for each second.
    pub(crate) per_second: f64,
}

impl Reading {
    /// Now.
    pub(crate) fn now() -> Self {
        Self { cpu: read(ClockId::ProcessCPUTime), wall: read(ClockId::Monotonic) }
    }

    /// Seconds since this reading.
    pub(crate) fn seconds(self) -> f64 {
        Self::now().wall.saturating_sub(self.wall).as_secs_f64()
    }

    /// The wall clock, in unix milliseconds.
    pub(crate) fn unix_ms() -> u64 {
        u64::try_from(read(ClockId::Realtime).as_millis()).unwrap_or(0)
    }

    /// The cost of each of `runs` since this reading.
    pub(crate) fn cost_of(self, runs: u32) -> Cost {
        let now = Self::now();
        let cpu = now.cpu.saturating_sub(self.cpu).as_secs_f64();
        let wall = now.wall.saturating_sub(self.wall).as_secs_f64();
        Cost { cpu_us: cpu * 1e6 / f64::from(runs), per_second: f64::from(runs) / wall }
    }
}

/// The median.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The most resident memory that a process had at a time, in KiB; `self` is this one.
pub(crate) fn peak_memory_kib(process: &str) -> f64 {
    memory_kib(process, "VmHWM:")
}

/// A line of what the system says of a process's memory, in KiB.
pub(crate) fn memory_kib(process: &str, line: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|text| text.strip_prefix(line));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(f64::NAN)
}
