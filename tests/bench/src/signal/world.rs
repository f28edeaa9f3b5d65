//! What fails, and when: the noise of one journey's target, its outages, and the faults of the runner, which all journeys share.
//!
//! A run is asked about once, in the order of time. Times are milliseconds.

use super::random::Random;

/// What a healthy target does now and then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Noise {
    /// Each run fails by that chance.
    Independent(f64),
    /// So many runs begin to fail, and three failures in ten are followed by another.
    Clustered(f64),
    /// The target fails for 8 s on average; so many runs meet that.
    Transients(f64),
}

/// How often a failure is followed by another.
const AGAIN: f64 = 0.3;
/// How long a transient lasts.
const TRANSIENT_MS: f64 = 8_000.0;
/// How long a run takes that passes.
pub(super) const RUN_MS: u64 = 1_000;
/// How long a run takes that fails.
const FAILED_RUN_MS: u64 = 5_000;

impl Noise {
    pub(super) fn name(self) -> String {
        match self {
            Self::Independent(chance) => format!("{} % independent", chance * 100.0),
            Self::Clustered(chance) => format!("{} % clustered", chance * 100.0),
            Self::Transients(chance) => format!("{} % in transients of 8 s", chance * 100.0),
        }
    }
}

/// A time in which runs fail by a chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outage {
    pub(super) from: u64,
    pub(super) to: u64,
    /// 1 for a total outage.
    pub(super) share: f64,
}

/// The target of one journey.
#[derive(Debug, Clone)]
pub(super) struct World {
    random: Random,
    noise: Noise,
    last_failed: bool,
    transient: (u64, u64),
    /// In the order of time; they do not overlap.
    outages: Vec<Outage>,
    /// How long each run takes that fails.
    failed_run_ms: u64,
}

/// A run that ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ran {
    pub(super) started: u64,
    pub(super) ended: u64,
    pub(super) is_bad: bool,
}

impl World {
    pub(super) fn new(noise: Noise, random: Random) -> Self {
        let (transient, failed_run_ms) = ((0, 0), FAILED_RUN_MS);
        Self { random, noise, last_failed: false, transient, outages: Vec::new(), failed_run_ms }
    }

    /// With outages and faults of the runner.
    pub(super) fn with_outages(mut self, outages: Vec<Outage>) -> Self {
        self.outages = outages;
        self
    }

    /// With other numbers from now on.
    pub(super) fn with_random(mut self, random: Random) -> Self {
        self.random = random;
        self
    }

    /// Runs that fail take so long.
    pub(super) fn with_failed_runs_of(mut self, ms: u64) -> Self {
        self.failed_run_ms = ms;
        self
    }

    /// A run that starts now.
    pub(super) fn run(&mut self, started: u64) -> Ran {
        let by_noise = self.fails_by_noise(started);
        let passed = self.outages.iter().take_while(|outage| outage.to <= started).count();
        self.outages.drain(..passed);
        let share =
            self.outages.first().filter(|outage| outage.from < started + RUN_MS).map(|outage| outage.share);
        let by_outage = share.is_some_and(|share| share >= 1.0 || self.random.chance(share));
        let is_bad = by_noise || by_outage;
        let took = if is_bad { self.failed_run_ms } else { RUN_MS };
        Ran { started, ended: started + took, is_bad }
    }

    fn fails_by_noise(&mut self, started: u64) -> bool {
        match self.noise {
            Noise::Independent(chance) => self.random.chance(chance),
            Noise::Clustered(chance) => {
                let chance = if self.last_failed { AGAIN } else { chance };
                self.last_failed = self.random.chance(chance);
                self.last_failed
            }
            Noise::Transients(chance) => {
                // A run meets a transient that lasts when it starts, or that begins before it ends.
                let mean_pause = (TRANSIENT_MS + RUN_MS as f64) / chance;
                // The first pause begins with the first run, not in 1970.
                if self.transient.1 == 0 {
                    self.transient = (started, started);
                }
                while self.transient.1 <= started {
                    let from = self.transient.1 as f64 + self.random.exponential(mean_pause);
                    self.transient = (from as u64, (from + self.random.exponential(TRANSIENT_MS)) as u64);
                }
                self.transient.0 < started + RUN_MS
            }
        }
    }
}
