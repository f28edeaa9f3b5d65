//! The roll-ups against an oracle that knows nothing of them: the same figures, worked out by a consumer from the
//! views of runs, attempts, steps and requests, whatever came in, in whatever order, across restarts.

use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use wayfarer_model::context::Lane;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{Identity, SkippedSlot};

use crate::fixture::{Fixture, NOON, finished, run_python};

/// What becomes of one slot.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// Hours after noon: slots come in no order.
    pub(crate) hour: u64,
    lane: Lane,
    /// Of its attempts; none is a slot that was never run.
    verdicts: Vec<Verdict>,
    duration: u64,
    /// Whether it lies in a maintenance window that mutes.
    is_muted: bool,
    /// Whether the store is opened again after it, as after a kill.
    then_restart: bool,
}

pub(crate) fn slots() -> impl Strategy<Value = Vec<Slot>> {
    let ran = [
        Verdict::Passed,
        Verdict::Degraded,
        Verdict::Failed,
        Verdict::Broken,
        Verdict::Inconclusive,
        Verdict::Cancelled,
    ];
    let verdicts = prop::collection::vec(prop::sample::select(ran.to_vec()), 0..4);
    let lane = prop::sample::select(vec![Lane::Scheduled, Lane::Scheduled, Lane::Scheduled, Lane::Manual]);
    let (muted, restarts) = (prop::bool::weighted(0.15), prop::bool::weighted(0.08));
    let slot = (0..30_u64, lane, verdicts, prop::num::u64::ANY, muted, restarts).prop_map(
        |(hour, lane, verdicts, size, is_muted, then_restart)| {
            // From a microsecond to about twenty minutes, small ones as often as large ones.
            let duration = 1 + (size >> 8) % (2_u64 << (size % 30));
            Slot { hour, lane, verdicts, duration, is_muted, then_restart }
        },
    );
    prop::collection::vec(slot, 1..70)
}

pub(crate) async fn put(fixture: &Fixture, number: usize, slot: &Slot) {
    // A slot of its own for each, as the unique key wants it.
    let at = UnixMillis(NOON.0 + slot.hour * 3_600_000 + number as u64 * 1_000);
    let maintenance = if slot.is_muted { Some(fixture.maintenance(at).await) } else { None };
    let identity = Identity { slot: at, maintenance, ..fixture.identity(at, slot.lane) };
    if slot.verdicts.is_empty() {
        let (verdict, reason) = (Verdict::Missed, Reason::GraceExceeded);
        fixture.store.settle_all(&[SkippedSlot { identity, at, verdict, reason }]).await.unwrap();
        return;
    }
    fixture.store.start(wayfarer_store::Started { identity, at });
    fixture.store.finish(&finished(identity, &slot.verdicts, Micros(slot.duration))).await.unwrap();
}

pub(crate) async fn filled(slots: &[Slot]) -> Fixture {
    let mut fixture = Fixture::new().await;
    let mut numbers = 0..;
    for together in slots.split_inclusive(|slot| slot.then_restart) {
        join_all((&mut numbers).zip(together).map(|(number, slot)| put(&fixture, number, slot))).await;
        fixture = fixture.reopened().await.0;
    }
    fixture
}

/// Every figure that is not what the runs amount to, a line each.
pub(crate) fn differences(fixture: &Fixture) -> String {
    run_python(&[ORACLE, &fixture.dir.path().join("wayfarer.db").display().to_string()])
}

#[test]
fn roll_ups_are_what_the_runs_amount_to() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases: 24, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&slots(), |slots| {
            let said = runtime.block_on(async { differences(&filled(&slots).await) });
            prop_assert!(said.is_empty(), "{said}");
            Ok(())
        })
        .unwrap();
}

#[test]
fn the_oracle_sees_a_roll_up_that_is_off() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (before, after) = runtime.block_on(async {
        let fixture = Fixture::new().await;
        let slot = Slot {
            hour: 3,
            lane: Lane::Scheduled,
            verdicts: vec![Verdict::Passed],
            duration: 5_000,
            is_muted: false,
            then_restart: false,
        };
        put(&fixture, 0, &slot).await;
        let file = fixture.dir.path().join("wayfarer.db").display().to_string();
        let before = run_python(&[ORACLE, &file]);
        crate::fixture::tamper(fixture.dir.path(), "UPDATE step_hourly SET p95_us = p95_us + 40");
        (before, run_python(&[ORACLE, &file]))
    });
    assert_eq!(before, "");
    assert!(after.starts_with("v1_step_hourly"), "{after}");
}

/// Prints every figure that differs. Quantiles may be off by 1/128, as the sketch promises.
const ORACLE: &str = r"
import collections, math, sqlite3, sys
db = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)
db.row_factory = sqlite3.Row
rows = lambda sql: [dict(row) for row in db.execute(sql)]
HOUR, DAY = 3600000, 86400000
GOOD = ('passed', 'degraded')
runs = {run['run']: run for run in rows('SELECT * FROM v1_runs')}
attempts, steps = collections.defaultdict(list), collections.defaultdict(list)
for attempt in rows('SELECT * FROM v1_attempts ORDER BY attempt'): attempts[attempt['run']].append(attempt)
for step in rows('SELECT * FROM v1_steps'): steps[step['run'], step['attempt']].append(step)
wanted = collections.defaultdict(lambda: collections.Counter())
def wilson(good, total):
    if not total: return None, None
    z, rate = 1.959963984540054, good / total
    middle, half = rate + z * z / 2 / total, z * math.sqrt(rate * (1 - rate) / total + z * z / 4 / total ** 2)
    return max(0, (middle - half) / (1 + z * z / total)), min(1, (middle + half) / (1 + z * z / total))
durations = collections.defaultdict(list)
for key, run in runs.items():
    mine = attempts[key]
    if mine:
        day = wanted['v1_usage', run['slot_ms'] // DAY * DAY, None]
        day['runs'] += 1
        day['attempts'] += len(mine)
        day['cpu_us'] += sum(attempt['cpu_us'] for attempt in mine)
        day['wall_us'] += sum(attempt['duration_us'] for attempt in mine)
    if run['lane'] != 'scheduled': continue
    muted = run['maintenance'] is not None and run['verdict'] not in ('missed', 'skipped')
    good_first_attempt = bool(mine) and mine[0]['verdict'] in GOOD
    for view, width in (('v1_hourly', HOUR), ('v1_daily', DAY)):
        place = view, run['slot_ms'] // width * width, None
        figures = wanted[place]
        if run['is_void'] or muted:
            for name in ('slots', 'voided' if run['is_void'] else 'muted'): figures[name] += 1
            continue
        for name in ('slots', run['verdict']): figures[name] += 1
        figures['good_first_attempt'] += good_first_attempt
        figures['flaky'] += run['verdict'] in GOOD and not good_first_attempt
        figures['good'] += run['verdict'] in GOOD
        figures['counted'] += run['verdict'] in GOOD + ('failed',)
        if run['verdict'] in GOOD: durations[place].append(mine[-1]['duration_us'])
    for step in steps[key, len(mine)] if not muted and not run['is_void'] else ():
        place = 'v1_step_hourly', run['slot_ms'] // HOUR * HOUR, step['name']
        wanted[place]['slots'] += 1
        wanted[place][step['outcome']] += 1
        if step['outcome'] == 'passed': durations[place].append(step['duration_us'])
for place, figures in wanted.items():
    if place[0] == 'v1_usage': continue
    took = sorted(durations[place])
    figures['sum_us'] = sum(took)
    for name in ('min_us', 'max_us', 'p50_us', 'p90_us', 'p95_us', 'p99_us'): figures[name] = None
    if took:
        figures['min_us'], figures['max_us'] = took[0], took[-1]
        for per_cent in (50, 90, 95, 99):
            figures[f'p{per_cent}_us'] = took[math.ceil(len(took) * per_cent / 100) - 1]
    if place[0] != 'v1_step_hourly':
        for name in ('good', 'good_first_attempt'):
            figures[name + '_low'], figures[name + '_high'] = wilson(min(figures[name], figures['counted']), figures['counted'])
seen = {}
for view in ('v1_hourly', 'v1_daily', 'v1_step_hourly', 'v1_usage'):
    for row in rows(f'SELECT * FROM {view}'): seen[view, row['from_ms'], row.get('step')] = row
for place in sorted(set(wanted) | set(seen), key=str):
    if place not in seen or place not in wanted:
        print(*place, 'is only in the', 'view' if place in seen else 'runs')
        continue
    for name, value in seen[place].items():
        if isinstance(value, float) and name.endswith(('_low', '_high')):
            if abs(value - wanted[place][name]) > 1e-9: print(*place, name, value, 'instead of', wanted[place][name])
            continue
        if not isinstance(value, int) and value is not None or name in ('from_ms', 'from_s'): continue
        if name in ('requests', 'sent_bytes', 'received_bytes'): continue
        want = wanted[place][name]
        near = name[0] == 'p' and name[1].isdigit() and want and value and abs(value - want) <= want / 128 + 1
        if value != want and not near: print(*place, name, value, 'instead of', want)
";
