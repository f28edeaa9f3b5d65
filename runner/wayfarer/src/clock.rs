//! The binary's clock: the one place outside the sandbox that asks what time it is.
//!
//! Everything else gets instants handed in. A server's clock is watched: while the wall clock has stepped, [`WallClock`] goes on by
//! the clock that counts from the machine's boot, and whoever plans or removes asks [`WallClock::step`] first.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use wayfarer_model::clock::{ClockReading, ClockStep, ClockTraces, ClockVerdict, ClockWatch};
use wayfarer_model::units::UnixMillis;

/// When this program was built, in unix seconds.
const BUILT_S: &str = env!("WAYFARER_BUILT_S");

#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Of the clock that counts from the machine's boot and goes on while the machine is asleep.
fn since_boot() -> Duration {
    let spec = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let (seconds, nanos) =
        (u64::try_from(spec.tv_sec).unwrap_or(0), u32::try_from(spec.tv_nsec).unwrap_or(0));
    Duration::new(seconds, nanos)
}

/// Whether the kernel says that a time service keeps the wall clock right. It says no for a while whenever the clock was set.
pub(crate) fn is_synchronised() -> bool {
    // SAFETY: all zeros is a value of this type, and asks for nothing to be changed.
    #[expect(unsafe_code, reason = "no safe crate reads the kernel's word on the wall clock")]
    let (state, status) = unsafe {
        let mut kernel: libc::timex = std::mem::zeroed();
        (libc::adjtimex(&raw mut kernel), kernel.status)
    };
    state >= 0 && state != libc::TIME_ERROR && status & libc::STA_UNSYNC == 0
}

/// A name of this boot of the machine; empty where the system gives none.
pub(crate) fn boot_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

fn millis(since: Duration) -> UnixMillis {
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// When this program was built; zero if that is not known.
pub(crate) fn built() -> UnixMillis {
    UnixMillis(BUILT_S.parse::<u64>().unwrap_or(0).saturating_mul(1_000))
}

/// The wall clock, in unix milliseconds.
pub(crate) fn now() -> UnixMillis {
    millis(since_1970())
}

/// Both clocks, as exactly as they are known.
#[derive(Clone, Copy)]
struct RawReading {
    wall: Duration,
    boot: Duration,
}

impl RawReading {
    fn system() -> Self {
        Self { wall: since_1970(), boot: since_boot() }
    }

    fn in_millis(self) -> ClockReading {
        ClockReading { wall: millis(self.wall), boot_ms: millis(self.boot).0 }
    }
}

struct Inner {
    read: Box<dyn Fn() -> RawReading + Send + Sync>,
    watch: Mutex<ClockWatch>,
}

/// A wall clock that is handed on, so that a test may hand on another one. Cheap to clone; clones share the watch.
#[derive(Clone)]
pub(crate) struct WallClock(Arc<Inner>);

impl WallClock {
    /// The machine's.
    pub(crate) fn system() -> Self {
        Self::reading(RawReading::system)
    }

    /// A clock whose time since 1970 a test sets. It never steps.
    #[cfg(test)]
    pub(crate) fn saying(what: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self::reading(move || {
            let wall = what();
            RawReading { wall, boot: wall }
        })
    }

    /// A clock of which a test sets both the time since 1970 and the time since the machine's boot.
    #[cfg(test)]
    pub(crate) fn saying_both(what: impl Fn() -> (Duration, Duration) + Send + Sync + 'static) -> Self {
        Self::reading(move || {
            let (wall, boot) = what();
            RawReading { wall, boot }
        })
    }

    fn reading(read: impl Fn() -> RawReading + Send + Sync + 'static) -> Self {
        let watch = Mutex::new(ClockWatch::trusting(read().in_millis()));
        Self(Arc::new(Inner { read: Box::new(read), watch }))
    }

    /// Begins the watch anew, by what the process before left.
    pub(crate) fn begin(&self, traces: ClockTraces) {
        let built = UnixMillis(BUILT_S.parse::<u64>().unwrap_or(0).saturating_mul(1_000));
        let traces = ClockTraces { built, ..traces };
        let mut watch = self.0.watch.lock();
        *watch = ClockWatch::begin((self.0.read)().in_millis(), traces, is_synchronised());
    }

    /// Now, in the unit of slots.
    pub(crate) fn now(&self) -> UnixMillis {
        millis(self.exact())
    }

    /// Now, as exactly as it is known, since 1970.
    pub(crate) fn exact(&self) -> Duration {
        let (raw, now, watch) = self.look();
        if watch.is_stepped() { Duration::from_millis(now.0) } else { raw.wall }
    }

    /// Now, or none while the wall clock has stepped.
    pub(crate) fn steady_now(&self) -> Option<UnixMillis> {
        let (_, now, watch) = self.look();
        (!watch.is_stepped()).then_some(now)
    }

    /// The step that lasts.
    pub(crate) fn step(&self) -> Option<ClockStep> {
        let (raw, _, watch) = self.look();
        watch.step(raw.in_millis())
    }

    /// A person says that the wall clock is right. False where it has not stepped.
    pub(crate) fn accept(&self) -> bool {
        let (_, _, mut watch) = self.look();
        watch.accept()
    }

    /// What to do about a step now.
    pub(crate) fn settle(&self) -> ClockVerdict {
        let (raw, _, mut watch) = self.look();
        // Outside of a step nobody needs the kernel's word.
        let is_synchronised = watch.is_stepped() && is_synchronised();
        watch.settle(raw.in_millis(), is_synchronised)
    }

    /// Believes the wall clock as it was at a reading.
    pub(crate) fn take_over(&self, at: ClockReading) {
        self.0.watch.lock().take_over(at);
    }

    /// The time with that of the boot clock, for the next process, and how much longer retention rests, in milliseconds.
    pub(crate) fn trace(&self) -> (ClockReading, u64) {
        let (raw, now, watch) = self.look();
        let reading = raw.in_millis();
        (ClockReading { wall: now, ..reading }, watch.rest_ms(reading))
    }

    fn look(&self) -> (RawReading, UnixMillis, parking_lot::MutexGuard<'_, ClockWatch>) {
        let mut watch = self.0.watch.lock();
        // Under the lock, so that readings come in their order.
        let raw = (self.0.read)();
        let now = watch.observe(raw.in_millis());
        (raw, now, watch)
    }
}

impl fmt::Debug for WallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WallClock").field(&self.exact()).finish()
    }
}

/// Measures how long something takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Begins to measure.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the monotonic clock")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since it was started.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
