//! A store in a folder of its own, with a tenant and a journey, and runs to put in.

use std::sync::Arc;

use tempfile::TempDir;
use wayfarer_model::context::{AttemptContext, Lane};
use wayfarer_model::deployment::{Code, JourneySpec};
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::exchange::{BodyRecord, ExchangeRecord, MessageRecord};
use wayfarer_model::ids::{ComponentDigest, RunId};
use wayfarer_model::maintenance::{MaintenanceMode, Window};
use wayfarer_model::report::{
    AnnotationRecord, ArtifactRecord, AttemptReport, CheckRecord, Recording, StepOutcome, StepRecord,
};
use wayfarer_model::run::Fence;
use wayfarer_model::traffic::{HttpFacts, TrafficRecord};
use wayfarer_model::units::{Bytes, Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{
    Deployment, Finished, Identity, LocationKey, MaintenanceKey, NewMaintenance, Opened, PolicyKey, Started,
    Store, StoreError, StoreSettings, TenantKey, TenantSetting, Version,
};
pub(crate) use wayfarer_testkit::NOON;
use wayfarer_testkit::within;

pub(crate) fn settings(dir: &std::path::Path) -> StoreSettings {
    StoreSettings::new(dir.to_owned(), "local".parse().unwrap(), "0.0.0-test")
}

pub(crate) fn spec(name: &str) -> JourneySpec {
    JourneySpec {
        descriptor: Descriptor {
            title: "A journey".to_owned(),
            schedule: Some("every 1m".to_owned()),
            tags: vec!["tier-1".to_owned()],
            ..wayfarer_testkit::descriptor(name)
        },
        code: Code::HttpCheck(r#"{"url":"http://127.0.0.1:1/"}"#.to_owned()),
        ..wayfarer_testkit::spec(name)
    }
}

/// Opens a store whose directory another one is about to release: the writer's task may hold the last clone for a moment.
pub(crate) async fn open(settings: StoreSettings) -> Opened {
    let opening = async {
        loop {
            match Store::open(settings.clone(), NOON).await {
                Err(StoreError::InUse(_)) => tokio::task::yield_now().await,
                other => break other.unwrap(),
            }
        }
    };
    within("the directory is released", opening).await
}

pub(crate) struct Fixture {
    pub(crate) dir: TempDir,
    pub(crate) store: Store,
    pub(crate) incarnation: u32,
    pub(crate) location: LocationKey,
    pub(crate) tenant: TenantKey,
    pub(crate) policy: PolicyKey,
    pub(crate) version: Version,
    next: std::cell::Cell<u8>,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let opened = Store::open(settings(dir.path()), NOON).await.unwrap();
        Self::furnish(dir, opened).await
    }

    /// On a directory that is there, opened in another way than the usual one.
    pub(crate) async fn opened(dir: TempDir, settings: StoreSettings) -> Self {
        let opened = open(settings).await;
        Self::furnish(dir, opened).await
    }

    async fn furnish(dir: TempDir, opened: Opened) -> Self {
        let Opened { store, incarnation, location, .. } = opened;
        let tenants = vec![TenantSetting { name: "acme".parse().unwrap(), policy: "{}".to_owned() }];
        let row = store.configure_tenants(tenants, NOON).await.unwrap().remove(0);
        if store.current(&"acme".parse().unwrap()).await.unwrap().is_empty() {
            deploy(&store, "acme", spec("checkout"), NOON).await.unwrap();
        }
        let version = store.current(&"acme".parse().unwrap()).await.unwrap().remove(0);
        let (tenant, policy, next) = (row.key, row.policy, std::cell::Cell::new(0));
        Self { dir, store, incarnation, location, tenant, policy, version, next }
    }

    /// Stopped as a server stops; answers with what it leaves.
    pub(crate) async fn stopped(self) -> TempDir {
        let Self { dir, store, .. } = self;
        store.close(NOON).await.unwrap();
        dir
    }

    /// As after `kill -9`: nothing is told to the store, and the file is opened again.
    pub(crate) async fn reopened(self) -> (Self, u64, Option<UnixMillis>) {
        let Self { dir, store, .. } = self;
        drop(store);
        let opened = open(settings(dir.path())).await;
        let (lost, planned) = (opened.runs_lost, opened.planned_until);
        (Self::furnish(dir, opened).await, lost, planned)
    }

    pub(crate) fn identity(&self, slot: UnixMillis, lane: Lane) -> Identity {
        self.next.set(self.next.get().wrapping_add(1));
        Identity {
            run: RunId::new(slot, [self.next.get(); 10]),
            journey: self.version.journey,
            version: self.version.key,
            policy: self.policy,
            location: self.location,
            slot,
            lane,
            seq: 0,
            fence: Fence { incarnation: self.incarnation, number: 0 },
            maintenance: None,
        }
    }

    /// A window of an hour that mutes.
    pub(crate) async fn maintenance(&self, from: UnixMillis) -> MaintenanceKey {
        let plan = NewMaintenance {
            tenant: Some("acme".parse().unwrap()),
            journeys: vec![],
            mode: MaintenanceMode::Mute,
            window: Window::Once { from, until: UnixMillis(from.0 + 3_600_000) },
            by: "a test".to_owned(),
            note: "the database moves".to_owned(),
        };
        self.store.plan_maintenance(plan, NOON).await.unwrap()
    }

    pub(crate) fn started(&self, slot: UnixMillis) -> Started {
        Started { identity: self.identity(slot, Lane::Scheduled), at: slot }
    }

    /// A consumer's view of the file, through a connection that is not the store's.
    pub(crate) fn query(&self, sql: &str) -> String {
        consumer(self.dir.path(), sql)
    }
}

/// Python's own SQLite, read-only: what a consumer has at hand, and another version than the store's.
pub(crate) fn consumer(data_dir: &std::path::Path, sql: &str) -> String {
    const PROGRAM: &str = "import sqlite3, sys
rows = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True).execute(sys.argv[2])
print('\\n'.join('|'.join('' if v is None else str(v) for v in row) for row in rows))";
    run_python(&[PROGRAM, &data_dir.join("wayfarer.db").display().to_string(), sql])
}

/// The steps, as they are in the folder: one that is added is tested without a word here.
pub(crate) fn steps() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

/// Changes a file behind the store's back.
pub(crate) fn tamper(data_dir: &std::path::Path, sql: &str) {
    const PROGRAM: &str = "import sqlite3, sys
sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])";
    run_python(&[PROGRAM, &data_dir.join("wayfarer.db").display().to_string(), sql]);
}

/// Gives every table that has no row one of made-up values, its parents' first: a table that is added is tested without a word
/// here. Returns the names of these tables.
pub(crate) fn fill_empty_tables(data_dir: &std::path::Path) -> Vec<String> {
    const PROGRAM: &str = "import sqlite3, sys
file = sqlite3.connect(sys.argv[1])
ask = lambda sql: file.execute(sql).fetchall()
def made_up(column, kind, parents):
    if column in parents:
        table, key = parents[column]
        key = key or next(c[1] for c in ask(f'PRAGMA table_info({table})') if c[5])
        return ask(f'SELECT min({key}) FROM {table}')[0][0]
    return {'INTEGER': int(sys.argv[2]) if column.endswith('_ms') else 1, 'REAL': 1.5, 'TEXT': 'text', 'BLOB': b'0'}[kind]
empty = [name for (name,) in ask(\"SELECT name FROM sqlite_schema WHERE type = 'table'\") if not ask(f'SELECT 1 FROM {name} LIMIT 1')]
print(*empty, sep='\\n')
while empty:
    left = []
    for name in empty:
        parents = {row[3]: (row[2], row[4]) for row in ask(f'PRAGMA foreign_key_list({name})')}
        # A session has either a token or these two.
        row = {c[1]: None if name == 'session' and c[1] in ('issuer', 'subject') else made_up(c[1], c[2], parents) for c in ask(f'PRAGMA table_info({name})')}
        if any(row[column] is None for column in parents):
            left.append(name)
        else:
            columns, marks = ', '.join(row), ', '.join('?' * len(row))
            file.execute(f'INSERT INTO {name} ({columns}) VALUES ({marks})', list(row.values()))
    assert len(left) < len(empty), f'parents of {left} are missing'
    empty = left
file.commit()";
    let file = data_dir.join("wayfarer.db").display().to_string();
    run_python(&[PROGRAM, &file, &NOON.0.to_string()]).lines().map(str::to_owned).collect()
}

pub(crate) fn run_python(arguments: &[&str]) -> String {
    let output = std::process::Command::new("python3").arg("-c").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

pub(crate) async fn deploy(
    store: &Store,
    tenant: &str,
    spec: JourneySpec,
    valid_from: UnixMillis,
) -> Result<(), StoreError> {
    let tenant = tenant.parse().unwrap();
    let by = "a test".to_owned();
    store
        .deploy(Deployment {
            tenant,
            by,
            now: valid_from,
            valid_from,
            set: vec![spec],
            remove: vec![],
            provenance: wayfarer_model::provenance::Provenance::default(),
        })
        .await
}

pub(crate) fn attempt(
    identity: &Identity,
    number: u32,
    verdict: Verdict,
    duration: Micros,
) -> Arc<AttemptReport> {
    let step = |name: &str, started: u64| StepRecord {
        started_us: Micros(started),
        duration_us: Micros(duration.0 / 2),
        outcome: if verdict.is_good() { StepOutcome::Passed } else { StepOutcome::Failed },
        ..wayfarer_testkit::step(name)
    };
    let facts = HttpFacts {
        status: Some(if verdict.is_good() { 200 } else { 503 }),
        protocol: Some("HTTP/1.1".into()),
        ..HttpFacts::request("GET", "http://127.0.0.1:7301/orders/7")
    };
    let mut request = TrafficRecord::http(Some(0), Micros(3), facts);
    request.phases.total_us = Micros(611);
    request.remote_address = Some("127.0.0.1:7301".into());
    request.certificate_expires_ms = Some(1_790_000_000_000);
    let check = CheckRecord {
        step: Some(0),
        at_us: Micros(9),
        name: "order accepted".to_owned(),
        is_soft: false,
        is_passed: verdict.is_good(),
        actual: Some("503".to_owned()),
        expected: Some("201".to_owned()),
        source: None,
    };
    let recording = Recording {
        steps: vec![step("log in", 0), step("place order", duration.0 / 2)],
        traffic: vec![request],
        checks: vec![check],
        annotations: vec![note("build", "7")],
        ..Recording::default()
    };
    Arc::new(AttemptReport {
        context: AttemptContext {
            run_id: identity.run,
            slot: identity.slot,
            number,
            lane: identity.lane,
            ..wayfarer_testkit::context()
        },
        component: ComponentDigest([0; 32]),
        fingerprint: "wasmtime-48-test".to_owned(),
        started_at: identity.slot,
        duration_us: duration,
        cpu_us: Micros(70),
        stall_us: Micros(9),
        memory_peak: Bytes(65_536),
        reason: if verdict.is_good() { Reason::None } else { Reason::Check },
        recording,
        ..wayfarer_testkit::report(verdict)
    })
}

/// What a journey attached outside of steps.
pub(crate) fn artifact(name: &str, content: &[u8]) -> ArtifactRecord {
    ArtifactRecord {
        step: None,
        at_us: Micros(5),
        name: name.to_owned(),
        media_type: "text/html".to_owned(),
        size: content.len() as u64,
        content: content.to_vec(),
    }
}

/// The exchange of a request, with these bodies.
pub(crate) fn exchange(request: u32, sent: &[u8], received: &[u8]) -> ExchangeRecord {
    let message = |body: &[u8]| MessageRecord {
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        headers_left_out: 0,
        body: BodyRecord { content: body.to_vec(), ..BodyRecord::default() },
    };
    ExchangeRecord { request, sent: message(sent), received: Some(message(received)) }
}

/// What a journey noted in its first step.
pub(crate) fn note(name: &str, value: &str) -> AnnotationRecord {
    AnnotationRecord { step: Some(0), at_us: Micros(7), name: name.to_owned(), value: value.to_owned() }
}

pub(crate) fn finished(identity: Identity, verdicts: &[Verdict], duration: Micros) -> Finished {
    let attempts: Vec<_> =
        (1..).zip(verdicts).map(|(number, verdict)| attempt(&identity, number, *verdict, duration)).collect();
    let last = attempts.last().unwrap();
    Finished {
        identity,
        started_at: identity.slot,
        finished_at: UnixMillis(identity.slot.0 + 5),
        verdict: last.verdict,
        reason: last.reason,
        attempts,
    }
}
