//! Results into the store: how many runs a second, at what size, and how long somebody waits for a commit.
//!
//! Each run has 5 steps, 5 requests and 10 checks. The store holds a million runs before anything is measured;
//! how many is an argument, so that a quick look is possible.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::task::JoinSet;
use wayfarer_model::context::{AttemptContext, Lane};
use wayfarer_model::deployment::{Code, JourneySpec, Overlap, Timing};
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::{ComponentDigest, RunId};
use wayfarer_model::limits::Limits;
use wayfarer_model::report::{AttemptReport, CheckRecord, Recording, StepOutcome, StepRecord};
use wayfarer_model::request::RequestRecord;
use wayfarer_model::retry::RetryPolicy;
use wayfarer_model::run::Fence;
use wayfarer_model::units::{Bytes, Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{Deployment, Finished, Identity, Opened, Started, Store, StoreSettings, TenantSetting};

const JOURNEYS: usize = 100;
/// 2026-09-14 00:00:00 UTC.
const BEGIN: u64 = 1_789_344_000_000;

/// A store with journeys, and the next run to put in.
pub(crate) struct Ingest {
    store: Store,
    identities: Vec<Identity>,
    next: AtomicU64,
}

impl Ingest {
    /// Opens a store in a folder that is empty.
    pub(crate) async fn open(folder: &std::path::Path) -> anyhow::Result<Arc<Self>> {
        let now = UnixMillis(BEGIN);
        let settings = StoreSettings::new(folder.to_owned(), "local".parse()?, "bench");
        let Opened { store, incarnation, location, .. } = Store::open(settings, now).await?;
        let tenant = TenantSetting { name: "bench".parse()?, policy: "{}".to_owned() };
        let tenants = store.configure_tenants(vec![tenant], now).await?;
        let policy = tenants.first().context("the tenant is not there")?.policy;
        let set = (0..JOURNEYS).map(spec).collect::<anyhow::Result<Vec<_>>>()?;
        let (tenant, by) = ("bench".parse()?, "bench".to_owned());
        store.deploy(Deployment { tenant, by, now, valid_from: now, set, remove: Vec::new() }).await?;
        let versions = store.current(&"bench".parse()?).await?;
        let identities = versions.iter().map(|version| Identity {
            run: RunId::new(now, [0; 10]),
            journey: version.journey,
            version: version.key,
            policy,
            location,
            slot: now,
            lane: Lane::Scheduled,
            seq: 0,
            fence: Fence { incarnation, number: 0 },
            maintenance: None,
        });
        let identities = identities.collect();
        Ok(Arc::new(Self { store, identities, next: AtomicU64::new(0) }))
    }

    /// Starts and finishes one run; answers once it is durable.
    async fn one(&self, lane: Lane) -> anyhow::Result<()> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        // About 28 runs a second of the store's own time: a million runs are ten hours.
        let slot = UnixMillis(BEGIN + number / JOURNEYS as u64 * 3_600);
        let of = self.identities.get(number as usize % JOURNEYS).context("no journey")?;
        let mut random = [0; 10];
        random[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        let identity = Identity { run: RunId::new(slot, random), slot, lane, ..*of };
        self.store.start(Started { identity, at: slot });
        self.store.finish(&finished(identity, number)?).await?;
        Ok(())
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

fn spec(number: usize) -> anyhow::Result<JourneySpec> {
    Ok(JourneySpec {
        descriptor: Descriptor {
            name: format!("journey-{number}").parse()?,
            title: String::new(),
            schedule: None,
            zone: None,
            timeout: None,
            tags: Vec::new(),
            steps: Vec::new(),
            parameters: Vec::new(),
            secrets: Vec::new(),
            hosts: Vec::new(),
            cleanups: Vec::new(),
            retries: None,
        },
        code: Code::HttpCheck("{}".to_owned()),
        timing: Some(Timing {
            schedule: "every 1h".parse()?,
            zone: "UTC".parse()?,
            spread: wayfarer_model::schedule::Spread::NONE,
            grace: Timing::GRACE,
            overlap: Overlap::Allow,
            when_failing: None,
        }),
        params: std::collections::BTreeMap::new(),
        secrets: std::collections::BTreeMap::new(),
        allow: Vec::new(),
        limits: Limits::default(),
        retry: RetryPolicy::default(),
        group: None,
    })
}

fn finished(identity: Identity, number: u64) -> anyhow::Result<Finished> {
    let took = 180_000 + number.wrapping_mul(7_919) % 120_000;
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
        memory_peak: Bytes(1_179_648),
        verdict: Verdict::Passed,
        reason: Reason::None,
        failure: None,
        recording: recording(took, number),
    };
    Ok(Finished {
        identity,
        started_at: identity.slot,
        finished_at: UnixMillis(identity.slot.0 + took / 1_000),
        verdict: Verdict::Passed,
        reason: Reason::None,
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
        let mut request = RequestRecord::begun(Some(place), Micros(at + 30), method, &url);
        request.status = Some(200);
        request.phases.total_us = Micros(each - 90);
        request.phases.wait_us = Micros(each - 350);
        request.phases.receive_us = Micros(220);
        request.protocol = Some("HTTP/1.1".into());
        request.remote_address = Some("192.0.2.7:8443".to_owned());
        request.tls_version = Some("TLSv1.3".into());
        request.certificate_expires_ms = Some(1_800_000_000_000);
        request.received_bytes = 1_340;
        request.reused = place > 0;
        recording.requests.push(request);
        for what in ["status is 200", "body has an id"] {
            recording.checks.push(CheckRecord {
                step: Some(place),
                at_us: Micros(at + each - 20),
                name: what.to_owned(),
                soft: false,
                holds: true,
                left: None,
                right: None,
                source: None,
            });
        }
    }
    recording
}
