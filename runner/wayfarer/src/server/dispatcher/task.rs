//! The dispatcher's task: hears of what is due, of what people ask for and of places that became free, and begins
//! what may begin.
//!
//! Nothing is waited for here but news: a run's start is told to the store and not awaited, its end is the
//! run's own business. So whatever waits begins in the same moment in which it may.
//!
//! It ends when the planner has: its channel closes once all that was handed out is in it. What waits then
//! is settled as missed, for no run begins any more; what runs is waited for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use wayfarer_model::deployment::Overlap;
use wayfarer_model::ids::TenantName;
use wayfarer_model::maintenance::MaintenanceMode;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{Identity, JourneyKey, LocationKey, Started, Store, TenantKey, Unrun};

use super::backlog::{Backlog, Stretch};
use super::identity::{Asked, Identities};
use super::one_run::{Surroundings, one_run};
use super::queue::{Entry, Queue, Stage};
use super::quotas::Quotas;
use super::watermark::Watermark;
use super::{Ended, Execute, RunOrder, Suspensions, TriggerError, Triggered};
use crate::clock::{Stopwatch, WallClock};
use crate::server::metrics::{Load, Metrics, Share};
use crate::server::planner::{Due, JourneyBatch, PlannedVersion};
use crate::shutdown::Stop;

/// The watermark is told to the store this often at the most.
const TELL: Duration = Duration::from_secs(1);
/// As many triggered runs of a tenant may wait.
const ASKED: usize = 1_000;

/// What becomes of a slot where there is no room for its result.
const NO_ROOM: (Verdict, Reason) = (Verdict::Inconclusive, Reason::DiskFull);

/// What the dispatcher hears beside the planner's batches.
#[derive(Debug)]
pub(crate) enum Message {
    /// A person wants a run of this, now.
    Trigger(Arc<PlannedVersion>, oneshot::Sender<Result<Triggered, TriggerError>>),
    /// A confirmation run of this journey is due.
    Confirm(Arc<PlannedVersion>, UnixMillis),
    /// Somebody threw or took back a kill switch, or planned or ended maintenance: this is what there is now.
    Suspended(Suspensions),
    /// Whether there is room on the disk for what new runs record.
    Room(bool),
    /// A run of this version has ended: its place is free.
    Ended(Arc<PlannedVersion>),
    /// Rows of slots that are passed over are durable, up to the one that was to begin then; none: all are.
    Passed(u64, Option<UnixMillis>),
    /// Say what waits and runs.
    Load(oneshot::Sender<Load>),
}

/// What a tenant may have of the process.
#[derive(Debug, Clone)]
pub(crate) struct TenantShare {
    /// Whose.
    pub(crate) tenant: TenantKey,
    /// By name.
    pub(crate) name: TenantName,
    /// How many of its runs may be under way at a time.
    pub(crate) places: u32,
    /// How many runs it has a day, and how many of them are used today; no limit where there is none.
    pub(crate) runs_per_day: Option<(u64, u64)>,
}

/// Everything that a dispatcher is made of.
pub(crate) struct DispatcherSettings<E> {
    /// Makes the runs.
    pub(crate) execute: E,
    /// Where everything is written.
    pub(crate) store: Store,
    /// This process's location.
    pub(crate) location: LocationKey,
    /// The wall clock.
    pub(crate) clock: WallClock,
    /// Where everything is counted.
    pub(crate) metrics: Arc<Metrics>,
    /// How many runs may be under way at a time.
    pub(crate) places: u32,
    /// Who has what of them.
    pub(crate) tenants: Vec<TenantShare>,
    /// What is not to be run.
    pub(crate) suspensions: Suspensions,
    /// Whether there is room on the disk for what new runs record.
    pub(crate) has_room: bool,
    /// Everything that was to begin at or before this is done, but for what is passed over.
    pub(crate) done: UnixMillis,
    /// Set once the runner stops: no more rows for slots that were missed.
    pub(crate) stop: Stop,
    /// Set once the runner does not wait for runs any longer.
    pub(crate) halt: Stop,
}

/// What waits for a place.
#[derive(Debug)]
struct Waiting {
    version: Arc<PlannedVersion>,
    identity: Identity,
    /// When it was to begin; none for what a person asks for.
    fire: Option<UnixMillis>,
    asked: Option<oneshot::Sender<Ended>>,
}

impl Waiting {
    /// As the queue knows it; it is to begin before the deadline.
    fn entry(self, deadline: Option<UnixMillis>) -> Entry<TenantKey, JourneyKey, Self> {
        let (tenant, journey, overlap) =
            (self.version.owner.tenant, self.version.journey, self.version.overlap);
        Entry { tenant, journey, group: self.version.group.clone(), overlap, deadline, what: self }
    }
}

/// The task's state.
pub(crate) struct Dispatcher<E> {
    around: Arc<Surroundings<E>>,
    heard: UnboundedReceiver<Message>,
    queue: Queue<TenantKey, JourneyKey, Waiting>,
    quotas: Quotas<TenantKey>,
    tenants: Vec<TenantShare>,
    suspensions: Suspensions,
    has_room: bool,
    /// By tenant; set, and replaced, when its runs under way are to end at once.
    kills: BTreeMap<TenantName, watch::Sender<bool>>,
    watermark: Watermark,
    location: LocationKey,
    told: Option<Stopwatch>,
    identities: Identities,
    asked: Asked,
    backlog: Option<UnboundedSender<Stretch>>,
    stretches: u64,
    settling: JoinSet<()>,
    runs: JoinSet<()>,
    halt: Stop,
}

impl<E: Execute> Dispatcher<E> {
    /// Makes it, and the way to speak to it.
    pub(crate) fn new(settings: DispatcherSettings<E>) -> (Self, UnboundedSender<Message>) {
        let DispatcherSettings {
            execute,
            store,
            location,
            clock,
            metrics,
            places,
            tenants,
            suspensions,
            has_room,
            done,
            stop,
            halt,
        } = settings;
        let identities = Identities::new(location, store.incarnation());
        let (tell, heard) = unbounded_channel();
        let (backlog, stretches) = unbounded_channel();
        let mut settling = JoinSet::new();
        let writer = Backlog {
            store: store.clone(),
            identities,
            clock: clock.clone(),
            metrics: Arc::clone(&metrics),
            stretches,
            tell: tell.clone(),
            stop,
        };
        settling.spawn(writer.run());
        let (mut queue, mut quotas) = (Queue::new(places), Quotas::new());
        for share in &tenants {
            queue.set_cap(share.tenant, share.places);
            if let Some((limit, used)) = share.runs_per_day {
                quotas.limit(share.tenant, limit, clock.now(), used);
            }
        }
        let around = Arc::new(Surroundings { execute, store, clock, metrics, tell: tell.clone() });
        let dispatcher = Self {
            around,
            heard,
            queue,
            quotas,
            tenants,
            suspensions,
            has_room,
            kills: BTreeMap::new(),
            watermark: Watermark::new(done),
            location,
            told: None,
            identities,
            asked: Asked::new(identities),
            backlog: Some(backlog),
            stretches: 0,
            settling,
            runs: JoinSet::new(),
            halt,
        };
        (dispatcher, tell)
    }

    /// Until the planner has ended, and all that runs.
    pub(crate) async fn run(mut self, mut batches: Receiver<JourneyBatch>) {
        loop {
            let pause = self.pause();
            tokio::select! {
                batch = batches.recv() => match batch {
                    Some(batch) => self.take_over(batch, Reason::GraceExceeded),
                    None => break,
                },
                Some(message) = self.heard.recv() => self.hear(message),
                () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
            }
            while let Ok(message) = self.heard.try_recv() {
                self.hear(message);
            }
            self.go_on();
        }
        self.wind_up().await;
    }

    /// Takes over what the planner hands out. What is passed over is missed for that reason.
    pub(crate) fn take_over(&mut self, batch: JourneyBatch, reason: Reason) {
        for passed in batch.passed {
            self.stretches += 1;
            let number = self.stretches;
            self.watermark.passes(number, passed.first_fire());
            if let Some(backlog) = &self.backlog {
                // A writer that has ended leaves them to the next start: the watermark stays below them.
                let _ = backlog.send(Stretch { number, passed, reason });
            }
        }
        for due in batch.due {
            self.arrive(due);
        }
        self.watermark.planned(batch.through);
    }

    fn arrive(&mut self, due: Due<Arc<PlannedVersion>>) {
        let Due { version, slot, fire } = due;
        let window = self.suspensions.window(&version.owner.name, &version.name, fire);
        let maintenance = window.map(|(key, _)| key);
        let identity = Identity { maintenance, ..self.identities.of_slot(&version, slot) };
        let unrun = version.standing.unrun().or_else(|| {
            if self.suspensions.is_stopped(&version.owner.name) {
                return Some((Verdict::Skipped, Reason::KillSwitch));
            }
            if window.is_some_and(|(_, mode)| mode == MaintenanceMode::Skip) {
                return Some((Verdict::Skipped, Reason::Maintenance));
            }
            (!self.has_room).then_some(NO_ROOM)
        });
        let deadline = Some(UnixMillis(fire.0.saturating_add(version.grace_ms)));
        let waiting = Waiting { version, identity, fire: Some(fire), asked: None };
        self.watermark.waits(fire);
        if let Some((verdict, reason)) = unrun {
            self.settle(waiting, verdict, reason);
            return;
        }
        if let Err(refused) = self.queue.arrive(waiting.entry(deadline)) {
            self.settle(refused, Verdict::Skipped, Reason::Overlap);
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Trigger(version, answer) => {
                // Whoever asked may be gone; the run is made all the same.
                let _ = answer.send(self.trigger(version));
            }
            Message::Confirm(version, at) => self.look(version, at),
            Message::Suspended(suspensions) => self.suspend(suspensions),
            Message::Room(has_room) => self.has_room = has_room,
            Message::Ended(version) => {
                self.queue.ended(version.owner.tenant, version.journey, version.group.clone());
            }
            Message::Passed(number, Some(next)) => self.watermark.passes(number, next),
            Message::Passed(number, None) => self.watermark.passed(number),
            Message::Load(answer) => drop(answer.send(self.load())),
        }
    }

    fn trigger(&mut self, version: Arc<PlannedVersion>) -> Result<Triggered, TriggerError> {
        let now = self.around.clock.now();
        let tenant = version.owner.tenant;
        if self.backlog.is_none() {
            return Err(TriggerError::Stopping);
        }
        if self.suspensions.is_stopped(&version.owner.name) {
            return Err(TriggerError::Stopped(version.owner.name.clone()));
        }
        if !self.has_room {
            return Err(TriggerError::DiskFull);
        }
        if let Some(limit) = self.quotas.exhausted(tenant, now) {
            return Err(TriggerError::Quota { tenant: version.owner.name.clone(), limit });
        }
        let waiting = self.queue.asked_of(tenant);
        if waiting >= ASKED {
            return Err(TriggerError::Crowded { tenant: version.owner.name.clone(), waiting });
        }
        let maintenance =
            self.suspensions.window(&version.owner.name, &version.name, now).map(|(key, _)| key);
        let identity = Identity { maintenance, ..self.asked.of_now(&version, now) };
        let (tell, ended) = oneshot::channel();
        let what = Waiting { version, identity, fire: None, asked: Some(tell) };
        if let Err(refused) = self.queue.arrive(what.entry(None)) {
            self.settle(refused, Verdict::Skipped, Reason::Overlap);
        }
        Ok(Triggered { run: identity.run, slot: identity.slot, ended })
    }

    /// A second look. Where a run is under way it is left out, without a row: that run looks as well. And so it is
    /// where nobody wants to know.
    fn look(&mut self, version: Arc<PlannedVersion>, at: UnixMillis) {
        let tenant = &version.owner.name;
        let is_unwanted = self.suspensions.is_stopped(tenant)
            || self.suspensions.window(tenant, &version.name, at).is_some();
        if is_unwanted || !self.has_room || self.backlog.is_none() {
            return;
        }
        let deadline = Some(UnixMillis(at.0.saturating_add(version.grace_ms)));
        let identity = self.identities.of_confirmation(&version, at);
        let entry = Waiting { version, identity, fire: None, asked: None }.entry(deadline);
        let _ = self.queue.arrive(Entry { overlap: Overlap::Skip, ..entry });
    }

    /// Takes over what is not to be run, and ends what runs of those who were stopped.
    fn suspend(&mut self, suspensions: Suspensions) {
        self.suspensions = suspensions;
        let stopped = self.kills.iter_mut().filter(|(tenant, _)| self.suspensions.is_stopped(tenant));
        for (_, kill) in stopped {
            // What begins once the switch was taken back hears of the next time only.
            kill.send_replace(true);
            *kill = watch::Sender::new(false);
        }
    }

    /// Begins what may begin, and gives up what no longer can.
    fn go_on(&mut self) {
        for (late, stage) in self.queue.expired(self.around.clock.now()) {
            match stage {
                _ if self.suspensions.is_stopped(&late.version.owner.name) => {
                    self.settle(late, Verdict::Skipped, Reason::KillSwitch);
                }
                Stage::Behind => self.settle(late, Verdict::Skipped, Reason::Group),
                Stage::Aside | Stage::InLine => self.settle(late, Verdict::Missed, Reason::GraceExceeded),
            }
        }
        while let Some(entry) = self.queue.take() {
            self.begin(entry.what);
        }
        while self.runs.try_join_next().is_some() {}
        if self.told.is_none_or(|told| told.elapsed() >= TELL) {
            self.tell_watermark();
        }
    }

    fn begin(&mut self, waiting: Waiting) {
        let Waiting { version, identity, fire, asked } = waiting;
        let (tenant, journey) = (version.owner.tenant, version.journey);
        let unrun = if self.suspensions.is_stopped(&version.owner.name) {
            Some((Verdict::Skipped, Reason::KillSwitch))
        } else if !self.has_room {
            Some(NO_ROOM)
        } else {
            (!self.quotas.take(tenant, identity.slot)).then_some((Verdict::Skipped, Reason::Quota))
        };
        if let Some((verdict, reason)) = unrun {
            self.queue.ended(tenant, journey, version.group.clone());
            self.settle(Waiting { version, identity, fire, asked }, verdict, reason);
            return;
        }
        let (at, exactly) = (self.around.clock.now(), self.around.clock.exact());
        self.around.store.start(Started { identity, at });
        if let Some(fire) = fire {
            self.around.metrics.handed_over(exactly.saturating_sub(Duration::from_millis(fire.0)));
            self.watermark.done(fire);
        }
        let kill = self.kills.entry(version.owner.name.clone()).or_insert_with(|| watch::Sender::new(false));
        let kill = Stop::of(kill);
        let order = RunOrder { version, identity, halt: self.halt.or(&kill), kill };
        self.runs.spawn(one_run(Arc::clone(&self.around), order, at, asked));
    }

    /// A slot, or what a person asked for, ends without a run.
    fn settle(&mut self, waiting: Waiting, verdict: Verdict, reason: Reason) {
        let Waiting { version, identity, fire, asked } = waiting;
        self.around.store.settle(Unrun { identity, at: self.around.clock.now(), verdict, reason });
        self.around.metrics.settled(&version.owner.name, identity.lane, verdict);
        if let Some(fire) = fire {
            self.watermark.done(fire);
        }
        if let Some(asked) = asked {
            // Nobody needs to wait for what was asked for.
            let _ = asked.send(Ended { verdict, reason });
        }
    }

    fn tell_watermark(&mut self) {
        if let Some(value) = self.watermark.news() {
            self.around.store.planned_until(self.location, value);
            self.watermark.told(value);
            self.told = Some(Stopwatch::start());
        }
    }

    /// Until something has to be done without news.
    fn pause(&self) -> Option<Duration> {
        let now = self.around.clock.now();
        let late = self.queue.next_deadline().map(|at| Duration::from_millis(at.0.saturating_sub(now.0) + 1));
        let tell = self
            .watermark
            .news()
            .map(|_| self.told.map_or(Duration::ZERO, |told| TELL.saturating_sub(told.elapsed())));
        late.into_iter().chain(tell).min()
    }

    fn load(&self) -> Load {
        let (places, running) = self.queue.places();
        let share = |share: &TenantShare| {
            let (waiting, running) = self.queue.of(share.tenant);
            let is_stopped = self.suspensions.is_stopped(&share.name);
            Share { tenant: share.name.clone(), waiting, running, is_stopped }
        };
        Load {
            waiting: self.queue.waiting(),
            running,
            places,
            planned_until: self.watermark.value(),
            tenants: self.tenants.iter().map(share).collect(),
        }
    }

    async fn wind_up(mut self) {
        self.backlog = None;
        for waiting in self.queue.drain() {
            self.settle(waiting, Verdict::Missed, Reason::RunnerDown);
        }
        self.tell_watermark();
        loop {
            tokio::select! {
                ended = self.runs.join_next() => if ended.is_none() { break },
                Some(message) = self.heard.recv() => self.hear(message),
            }
        }
        while self.settling.join_next().await.is_some() {}
        while let Ok(message) = self.heard.try_recv() {
            self.hear(message);
        }
        self.tell_watermark();
    }
}
