//! Results into the store: how many runs a second, at what size, and how long somebody waits for a commit.
//!
//! Each run has 5 steps, 5 requests and 10 checks. The store holds a million runs before anything is measured;
//! how many is an argument, so that a quick look is possible. A [`Shape`] says whose runs they are, and when they
//! were due.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::task::JoinSet;
use wayfarer_model::context::{AttemptContext, Lane};
use wayfarer_model::deployment::{Code, JourneySpec, Overlap, Timing};
use wayfarer_model::ids::{ComponentDigest, RunId, TenantName};
use wayfarer_model::report::{AttemptReport, CheckRecord, Disclosure, Recording, StepOutcome, StepRecord};
use wayfarer_model::run::Fence;
use wayfarer_model::traffic::{HttpFacts, TrafficRecord};
use wayfarer_model::units::{Bytes, Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{
    Deployment, Finished, Identity, Opened, SkippedSlot, Started, Store, StoreSettings, TenantSetting,
};

/// 2026-09-14 00:00:00 UTC.
pub(crate) const BEGIN: u64 = 1_789_344_000_000;
/// What the checks call where nobody runs them.
const URL: &str = "https://shop.example.com:8443/";

/// Whose runs a store holds.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// Tenants.
    pub(crate) tenants: usize,
    /// Journeys of each.
    pub(crate) journeys: usize,
    /// Between two runs of a journey, in milliseconds.
    pub(crate) beat: u64,
    /// When a journey is due, by its number.
    pub(crate) timing: fn(usize) -> anyhow::Result<Timing>,
    /// One of so many runs fails; none where it is 0.
    pub(crate) failing: u64,
}

impl Shape {
    /// About 28 runs a second of the store's own time: a million runs are ten hours.
    pub(crate) const INGEST: Self =
        Self { tenants: 1, journeys: 100, beat: 3_600, timing: |_| hourly(), failing: 0 };
}

/// Nothing reads it where results are put in as quickly as they get in.
fn hourly() -> anyhow::Result<Timing> {
    Ok(Timing { overlap: Overlap::Allow, ..Timing::of("every 1h".parse()?) })
}

/// The tenant of that number.
pub(crate) fn tenant(number: usize) -> anyhow::Result<TenantName> {
    Ok(format!("team-{number}").parse()?)
}

/// A store with journeys, and the next run to put in.
pub(crate) struct Ingest {
    store: Store,
    shape: Shape,
    identities: Vec<Identity>,
    begin: u64,
    next: AtomicU64,
}

impl Ingest {
    /// Opens a store in a folder that is empty, or not there.
    pub(crate) async fn open(folder: &std::path::Path, shape: Shape) -> anyhow::Result<Arc<Self>> {
        Self::since(folder, shape, BEGIN, URL).await
    }

    /// The same with runs since another instant, in unix milliseconds, of checks that call another URL.
    pub(crate) async fn since(
        folder: &std::path::Path,
        shape: Shape,
        begin: u64,
        url: &str,
    ) -> anyhow::Result<Arc<Self>> {
        let now = UnixMillis(begin);
        let settings = StoreSettings::new(folder.to_owned(), "local".parse()?, "bench");
        let Opened { store, incarnation, location, .. } = Store::open(settings, now).await?;
        deploy_calling(&store, shape, 0..shape.tenants, now, url).await?;
        let mut identities = Vec::new();
        let policies = store.configure_tenants(settings_of(shape)?, now).await?;
        for row in policies {
            let versions = store.current(&row.name).await?;
            identities.extend(versions.iter().map(|version| Identity {
                run: RunId::new(now, [0; 10]),
                journey: version.journey,
                version: version.key,
                policy: row.policy,
                location,
                slot: now,
                lane: Lane::Scheduled,
                seq: 0,
                fence: Fence { incarnation, number: 0 },
                maintenance: None,
            }));
        }
        Ok(Arc::new(Self { store, shape, identities, begin, next: AtomicU64::new(0) }))
    }

    /// The next run, of all journeys in turn.
    fn next(&self, lane: Lane) -> anyhow::Result<(Identity, u64)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let journeys = self.identities.len() as u64;
        let slot = UnixMillis(self.begin + number / journeys * self.shape.beat);
        let of = self.identities.get((number % journeys) as usize).context("no journey")?;
        let mut random = [0; 10];
        random[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        Ok((Identity { run: RunId::new(slot, random), slot, lane, ..*of }, number))
    }

    /// Starts and finishes one run; answers once it is durable.
    async fn one(&self, lane: Lane) -> anyhow::Result<()> {
        let (identity, number) = self.next(lane)?;
        self.store.start(Started { identity, at: identity.slot });
        let fails = self.shape.failing > 0 && number % self.shape.failing == 0;
        self.store.finish(&finished(identity, number, fails)?).await?;
        Ok(())
    }

    /// Puts in so many slots that nobody ran.
    pub(crate) async fn missed(&self, slots: u64) -> anyhow::Result<()> {
        const AT_A_TIME: u64 = 1_000;
        for begin in (0..slots).step_by(AT_A_TIME as usize) {
            let some = (begin..slots.min(begin + AT_A_TIME)).map(|_| {
                let (identity, _) = self.next(Lane::Scheduled)?;
                let (verdict, reason) = (Verdict::Missed, Reason::RunnerDown);
                Ok(SkippedSlot { identity, at: identity.slot, verdict, reason })
            });
            self.store.settle_all(&some.collect::<anyhow::Result<Vec<_>>>()?).await?;
        }
        Ok(())
    }

    /// Says that all that was due before the next run's slot is there; answers up to when that is.
    pub(crate) async fn plan_to_next(&self) -> anyhow::Result<UnixMillis> {
        let (next, _) = self.next(Lane::Scheduled)?;
        let until = UnixMillis(next.slot.0 - 1);
        self.store.planned_until(next.location, until);
        self.store.flush().await?;
        Ok(until)
    }

    /// The same, and lets go of the file.
    pub(crate) async fn close(&self) -> anyhow::Result<()> {
        let until = self.plan_to_next().await?;
        Ok(self.store.close(until).await?)
    }

    /// Puts in so many, so many at a time; answers with runs a second.
    pub(crate) async fn many(self: &Arc<Self>, runs: u64, at_a_time: u64) -> anyhow::Result<f64> {
        let begun = now();
        let left = Arc::new(AtomicU64::new(runs));
        let mut tasks = JoinSet::new();
        for _ in 0..at_a_time {
            let (ingest, left) = (Arc::clone(self), Arc::clone(&left));
            tasks.spawn(async move {
                while left
                    .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1))
                    .is_ok()
                {
                    ingest.one(Lane::Scheduled).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        Ok(runs as f64 / begun.elapsed().as_secs_f64())
    }

    /// How long somebody waits for a commit under a load of so many runs a second; the waits in milliseconds.
    pub(crate) async fn waits(self: &Arc<Self>, rate: u64, seconds: u64) -> anyhow::Result<Vec<f64>> {
        let over = Arc::new(AtomicBool::new(false));
        let load = {
            let (ingest, over) = (Arc::clone(self), Arc::clone(&over));
            tokio::spawn(async move {
                let mut tick = tokio::time::interval(Duration::from_millis(10));
                while !over.load(Ordering::Acquire) {
                    tick.tick().await;
                    for _ in 0..rate / 100 {
                        let ingest = Arc::clone(&ingest);
                        tokio::spawn(async move { ingest.one(Lane::Scheduled).await });
                    }
                }
            })
        };
        let (mut waits, begun) = (Vec::new(), now());
        while begun.elapsed() < Duration::from_secs(seconds) {
            let asked = now();
            self.one(Lane::Manual).await?;
            waits.push(asked.elapsed().as_secs_f64() * 1e3);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        over.store(true, Ordering::Release);
        load.await?;
        self.store.flush().await?;
        Ok(waits)
    }

    /// The store.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures")]
fn now() -> Instant {
    Instant::now()
}

fn settings_of(shape: Shape) -> anyhow::Result<Vec<TenantSetting>> {
    (0..shape.tenants)
        .map(|number| Ok(TenantSetting { name: tenant(number)?, policy: "{}".to_owned() }))
        .collect()
}

/// Deploys every journey of these tenants of a shape.
pub(crate) async fn deploy(
    store: &Store,
    shape: Shape,
    tenants: std::ops::Range<usize>,
    now: UnixMillis,
) -> anyhow::Result<()> {
    deploy_calling(store, shape, tenants, now, URL).await
}

async fn deploy_calling(
    store: &Store,
    shape: Shape,
    tenants: std::ops::Range<usize>,
    now: UnixMillis,
    url: &str,
) -> anyhow::Result<()> {
    store.configure_tenants(settings_of(shape)?, now).await?;
    for number in tenants {
        let first = number * shape.journeys;
        let specs =
            (first..first + shape.journeys).map(|journey| Ok(spec(journey, (shape.timing)(journey)?, url)));
        let set = specs.collect::<anyhow::Result<Vec<_>>>()?;
        let (tenant, by) = (tenant(number)?, "bench".to_owned());
        store
            .deploy(Deployment {
                tenant,
                by,
                now,
                valid_from: now,
                set,
                remove: Vec::new(),
                provenance: wayfarer_model::provenance::Provenance::default(),
            })
            .await?;
    }
    Ok(())
}

fn spec(number: usize, timing: Timing, url: &str) -> JourneySpec {
    JourneySpec {
        code: Code::HttpCheck(format!(r#"{{"url":"{url}"}}"#)),
        timing: Some(timing),
        ..wayfarer_testkit::spec(&format!("journey-{number}"))
    }
}

fn finished(identity: Identity, number: u64, fails: bool) -> anyhow::Result<Finished> {
    let took = 180_000 + number.wrapping_mul(7_919) % 120_000;
    let (verdict, reason) =
        if fails { (Verdict::Failed, Reason::Check) } else { (Verdict::Passed, Reason::None) };
    let report = AttemptReport {
        context: AttemptContext {
            run_id: identity.run,
            tenant: "bench".parse()?,
            journey: "journey".parse()?,
            slot: identity.slot,
            number: 1,
            location: "local".parse()?,
            lane: identity.lane,
        },
        component: ComponentDigest([0; 32]),
        fingerprint: "wasmtime-48-0123456789abcdef".to_owned(),
        started_at: identity.slot,
        duration_us: Micros(took),
        cpu_us: Micros(2_100 + number % 300),
        stall_us: Micros(0),
        memory_peak: Bytes(1_179_648),
        verdict,
        reason,
        failure: None,
        recording: recording(took, number),
        disclosure: Disclosure::default(),
    };
    Ok(Finished {
        identity,
        started_at: identity.slot,
        finished_at: UnixMillis(identity.slot.0 + took / 1_000),
        verdict,
        reason,
        attempts: vec![Arc::new(report)],
    })
}

const STEPS: [(&str, &str, &str); 5] = [
    ("open page", "GET", "/"),
    ("log in", "POST", "/session"),
    ("place order", "POST", "/orders"),
    ("order visible", "GET", "/orders/"),
    ("cancel order", "DELETE", "/orders/"),
];

fn recording(took: u64, number: u64) -> Recording {
    let mut recording = Recording::default();
    for (place, (name, method, path)) in (0_u32..).zip(STEPS) {
        let (at, each) = (u64::from(place) * took / 5, took / 5);
        recording.steps.push(StepRecord {
            parent: None,
            name: name.to_owned(),
            started_us: Micros(at),
            duration_us: Micros(each),
            outcome: StepOutcome::Passed,
            failure: None,
        });
        let id = if path.ends_with("orders/") { (100_000 + number).to_string() } else { String::new() };
        let url = format!("https://shop.example.com:8443{path}{id}");
        let facts = HttpFacts {
            status: Some(200),
            protocol: Some("HTTP/1.1".into()),
            ..HttpFacts::request(method, url)
        };
        let mut request = TrafficRecord::http(Some(place), Micros(at + 30), facts);
        request.phases.total_us = Micros(each - 90);
        request.phases.wait_us = Micros(each - 350);
        request.phases.receive_us = Micros(220);
        request.remote_address = Some("192.0.2.7:8443".to_owned());
        request.tls_version = Some("TLSv1.3".into());
        request.certificate_expires_ms = Some(1_800_000_000_000);
        request.received_bytes = 1_340;
        request.reused = place > 0;
        recording.traffic.push(request);
        for what in ["status is 200", "body has an id"] {
            recording.checks.push(CheckRecord {
                step: Some(place),
                at_us: Micros(at + each - 20),
                name: what.to_owned(),
                is_soft: false,
                is_passed: true,
                actual: None,
                expected: None,
                source: None,
            });
        }
    }
    recording
}
