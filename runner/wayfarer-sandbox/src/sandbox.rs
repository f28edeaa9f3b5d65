//! The sandbox: made once for each process. It runs attempts, as many at a time as it has permits.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;
use wasmtime::Engine;
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::egress::EgressPolicy;
use wayfarer_model::ids::ComponentDigest;
use wayfarer_model::judge::{Ending, LimitKind};
use wayfarer_model::limits::Limits;
use wayfarer_model::report::AttemptReport;

use crate::attempt::{AttemptSpec, Spent, Waited, ending_of, store, wait};
use crate::attentive::Attentive;
use crate::cache::Cache;
use crate::capability::{Grants, LineLog, failure, link};
use crate::clock::unix_now;
use crate::compile::Compiler;
use crate::component::{Component, LoadError, Loader};
use crate::describe::{DescribeError, descriptors};
use crate::engine::{Ticker, fingerprint, running};
use crate::finish::Finish;
use crate::heartbeat::{Heartbeat, Held};
use crate::http::{HttpSession, SealedSecrets};
use crate::http_check::{Given, HttpCheck, Sessions, walk};
use crate::net::{Network, NetworkSettings};
use crate::settings::{SandboxError, SandboxSettings};
use crate::swap::Swapping;
use crate::tape::Tape;

/// How many components may describe themselves at the same time.
const DESCRIBING: u32 = 2;
/// How long `describe` may wait for anything but a processor.
const DESCRIBE_WAITS: Duration = Duration::from_secs(1);

/// Compiles components and runs attempts.
pub struct Sandbox {
    engine: Engine,
    loader: Loader,
    fingerprint: String,
    ticker: Ticker,
    heartbeat: Heartbeat,
    permits: Semaphore,
    swapping: Swapping,
    /// Places for `describe` alone: uploads take none from runs.
    describing: Semaphore,
}

impl Sandbox {
    /// Starts the engine and opens the cache.
    ///
    /// # Errors
    /// See [`SandboxError`].
    pub fn start(settings: SandboxSettings) -> Result<Self, SandboxError> {
        let slots = settings.slots.max(1);
        let failed = |reason: String| SandboxError::Engine { slots, reason };
        let swapping = Swapping::of_this_process();
        let places = slots.saturating_add(DESCRIBING);
        let engine = running(places, &swapping).map_err(|error| failed(format!("{error:#}")))?;
        let linker = link(&engine).map_err(|error| failed(format!("{error:#}")))?;
        let ticker = Ticker::start(&engine).map_err(|error| failed(error.to_string()))?;
        let heartbeat = Heartbeat::start().map_err(|error| failed(error.to_string()))?;
        let fingerprint = fingerprint(&engine);
        let cache = Cache::open(&settings.cache_dir)?;
        let compiler = Compiler::new(settings.compiler, settings.compile_cpu);
        let loader = Loader::new(engine.clone(), linker, cache, fingerprint.clone(), compiler);
        let (permits, describing) = (Semaphore::new(slots as usize), Semaphore::new(DESCRIBING as usize));
        Ok(Self { engine, loader, fingerprint, ticker, heartbeat, permits, swapping, describing })
    }

    /// For how long attempts stood still, or waited for a processor, within the time up to now.
    pub fn held_up_within(&self, time: Duration) -> Duration {
        self.heartbeat.held_up_within(time)
    }

    /// Whether guests' memory can be swapped out.
    pub fn swapping(&self) -> &Swapping {
        &self.swapping
    }

    /// Checks a component, and compiles it unless the cache holds it.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn load(&self, wasm: Bytes) -> Result<Component, LoadError> {
        self.loader.load(wasm).await
    }

    /// Checks and compiles a component as if nobody had done so before: for uploads, whose time must not say what another
    /// tenant has uploaded. The caller bounds how many compile at a time; dropping the future ends the compilation.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn load_anew(&self, wasm: Bytes) -> Result<Component, LoadError> {
        self.loader.load_anew(wasm).await
    }

    /// Removes what was compiled of components that are not among these, from the disk. Loaded ones go on.
    pub fn prune(&self, is_kept: impl Fn(ComponentDigest) -> bool) {
        self.loader.prune(is_kept);
    }

    /// Calls a component's `describe`, to learn which journeys it holds.
    ///
    /// # Errors
    /// See [`DescribeError`].
    pub async fn describe(&self, component: &Component) -> Result<Vec<Descriptor>, DescribeError> {
        let permit =
            self.describing.acquire().await.map_err(|error| DescribeError::Runner(error.to_string()))?;
        let running = self.ticker.running();
        let tape = Tape::live(Limits::default().for_describe(), seed(), None);
        let output = LineLog::new(tape.clone());
        let network =
            Network::new(NetworkSettings { policy: EgressPolicy::deny_all(), ..NetworkSettings::default() })
                .map_err(|error| DescribeError::Runner(error.to_string()))?;
        let secrets = Arc::new(SealedSecrets::default());
        let session = Arc::new(HttpSession::new(Arc::new(network), tape.clone(), Arc::clone(&secrets)));
        let params = Arc::default();
        let grants = Grants { tape: tape.clone(), context: None, params, secrets, ledger: None, session };
        let mut store = store(&self.engine, &grants, &output);
        let call = async {
            let guest = component.pre.instantiate_async(&mut store).await?;
            guest.wayfarer_journey_guest().call_describe(&mut store).await
        };
        // Nothing is there to wait for: no network, no sleep. Who waits all the same keeps others from their place.
        let call = Attentive::new(call, DESCRIBE_WAITS);
        let waited = wait(call, &tape, None).await;
        drop((store, running, permit));
        match waited {
            Waited::Done(Ok(answer)) => descriptors(answer),
            Waited::Done(Err(error)) => Err(DescribeError::Failed(words(&ending_of(&error)))),
            Waited::Stopped(ending) => Err(DescribeError::Failed(words(&ending))),
        }
    }

    /// Runs one attempt. Whatever happens is in the report; nothing is an `Err`.
    ///
    /// Waits for a free permit first. Dropping the future ends the attempt without a report.
    pub async fn run(&self, component: &Component, spec: AttemptSpec) -> AttemptReport {
        // The semaphore is never closed, so this cannot fail.
        let permit = self.permits.acquire().await.ok();
        let (running, during) = (self.ticker.running(), self.heartbeat.during_attempt());
        let (grants, mut finish) = self.prepare(&spec, component.digest());
        let tape = &grants.tape;
        let output = LineLog::new(tape.clone());
        let mut store = store(&self.engine, &grants, &output);
        let journey = spec.context.journey.as_str();
        let call = async {
            let guest = component.pre.instantiate_async(&mut store).await?;
            guest.wayfarer_journey_guest().call_run(&mut store, journey).await
        };
        let ending = match wait(call, tape, spec.cancelled).await {
            Waited::Done(Ok(Ok(()))) => Ending::Returned,
            Waited::Done(Ok(Err(raw))) => {
                let mut failure = failure(raw, tape);
                tape.identify(&mut failure);
                Ending::Failed(failure)
            }
            Waited::Done(Err(error)) => ending_of(&error),
            Waited::Stopped(ending) => ending,
        };
        finish.spent = Spent { cpu: tape.meter().spent(), memory_peak: tape.memory().peak() };
        finish.held = self.heartbeat.held(tape.clock(), &during, is_doubtful(&ending, tape));
        drop(store);
        review(&ending, &grants).await;
        drop((running, during, permit));
        output.finish();
        finish.report(ending, tape.finish()).await
    }

    /// Runs one attempt of the built-in journey, which needs no component.
    pub async fn run_http_check(&self, check: &HttpCheck, spec: AttemptSpec) -> AttemptReport {
        let during = self.heartbeat.during_attempt();
        let (grants, mut finish) = self.prepare(&spec, ComponentDigest([0; 32]));
        let tape = &grants.tape;
        let sessions = Sessions::new(&grants.session, check);
        let (params, secrets) = (Arc::clone(&grants.params), Arc::clone(&grants.secrets));
        let given = Given { params, secrets, run: spec.context.run_id.to_string() };
        let call = async { Ok(walk(check, &sessions, tape, given).await) };
        let ending = match wait(call, tape, spec.cancelled).await {
            Waited::Done(Ok(ending)) | Waited::Stopped(ending) => ending,
            Waited::Done(Err(error)) => Ending::RunnerFault(format!("{error:#}")),
        };
        finish.spent = Spent { cpu: tape.meter().spent(), memory_peak: tape.memory().peak() };
        finish.held = self.heartbeat.held(tape.clock(), &during, is_doubtful(&ending, tape));
        if is_about_waiting(&ending) {
            sessions.review_unanswered().await;
        }
        finish.report(ending, tape.finish()).await
    }

    fn prepare(&self, spec: &AttemptSpec, component: ComponentDigest) -> (Grants, Finish<'_>) {
        let tape =
            Tape::charged(spec.limits.clone(), seed(), spec.watcher.clone(), (&spec.memory, spec.evidence));
        let random = tape.clone();
        let secrets = Arc::new(SealedSecrets::new(spec.secrets.clone(), |buffer| random.fill_random(buffer)));
        let session = HttpSession::new(Arc::clone(&spec.network), tape.clone(), Arc::clone(&secrets));
        let context = Arc::new(spec.context.clone());
        let session = session.of_attempt(Arc::clone(&context));
        let grants = Grants {
            tape,
            context: Some(context),
            params: spec.params.as_slice().into(),
            secrets: Arc::clone(&secrets),
            ledger: spec.ledger.clone(),
            session: Arc::new(session),
        };
        let finish = Finish {
            context: spec.context.clone(),
            component,
            fingerprint: &self.fingerprint,
            started_at: unix_now(),
            spent: Spent::default(),
            secrets,
            promised: Arc::clone(&spec.promised_steps),
            is_sample: spec.is_sample,
            was_good: spec.was_good,
            held: Held::default(),
        };
        (grants, finish)
    }
}

/// Whether the attempt may be judged by what held the runner up: it did not end well, or a check did not hold.
fn is_doubtful(ending: &Ending, tape: &Tape) -> bool {
    !matches!(ending, Ending::Returned) || tape.is_refuted()
}

/// Asks whether the runner could have reached what was waited for in vain, if that may be why the attempt ended.
async fn review(ending: &Ending, grants: &Grants) {
    if is_about_waiting(ending) {
        grants.session.review_unanswered().await;
    }
}

/// Whether it may have ended so because nobody answered.
fn is_about_waiting(ending: &Ending) -> bool {
    matches!(ending, Ending::OutOfTime(_) | Ending::Failed(_) | Ending::Trapped(_))
}

/// The seed of one attempt's randomness, from the thread's generator, which the system seeds. The TLS provider's
/// generator is slower: it measures the processor's jitter for 25 ms before it gives its first byte.
fn seed() -> [u8; 32] {
    rand::random()
}

/// An ending in words, for the errors of `describe`.
fn words(ending: &Ending) -> String {
    match ending {
        Ending::Failed(failure) => failure.message.clone(),
        Ending::Exhausted(LimitKind::Cpu, _) | Ending::OutOfTime(_) => {
            "it took too much time: leave the work to the journeys".to_owned()
        }
        // The engine has no type for this error.
        Ending::Interface(why) if why.contains("fuel allocated for hostcalls") => {
            "it says too much of itself: shorten titles and lists".to_owned()
        }
        Ending::Trapped(why)
        | Ending::Interface(why)
        | Ending::Misused(why)
        | Ending::Exhausted(_, why)
        | Ending::RunnerFault(why) => why.clone(),
        Ending::Returned | Ending::Cancelled(_) => "it was stopped".to_owned(),
    }
}
