//! Many journeys of one kind: how often a policy pages without an outage, and how soon it does in one.

use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::schedule::{Schedule, Spread, Timezone};

use super::policy::{Event, Policy, is_open};
use super::random::Random;
use super::simulate::Simulated;
use super::world::{Noise, Outage, World};

/// Journeys of the tenant.
pub(super) const JOURNEYS: u32 = 100;
pub(super) const MINUTE_MS: u64 = 60_000;
pub(super) const DAY_MS: u64 = 86_400_000;
/// Simulated time begins with a day (UTC).
pub(super) const BEGIN: u64 = DAY_MS * 20_000;
/// What a policy has seen of a journey before its outages.
const HISTORY_MS: u64 = 14 * DAY_MS;

/// A journey that is looked at every so often, with a stable delay of its own.
pub(super) fn journey(
    number: u32,
    interval_ms: u64,
    world: World,
    policy: Policy,
) -> anyhow::Result<Simulated> {
    let tenant: TenantName = "shop".parse()?;
    let name: JourneyName = format!("j{number}").parse()?;
    let spread: Spread = format!("{interval_ms}ms").parse()?;
    let schedule = Schedule::new(format!("every {}s", interval_ms / 1_000).parse()?, Timezone::UTC);
    let schedule = schedule.with_spread(spread, &tenant, &name);
    Ok(Simulated { schedule, world, policy, busy_until: 0 })
}

/// What a policy does while nothing is wrong.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct FalsePages {
    pub(super) pages: u64,
    /// Incidents that opened, also those that joined another one.
    pub(super) incidents: u64,
    /// Looks while no incident was open.
    pub(super) looks: u64,
    pub(super) scheduled: u64,
    pub(super) extra: u64,
    pub(super) journey_months: f64,
}

impl FalsePages {
    pub(super) fn a_journey_month(&self) -> f64 {
        self.pages as f64 / self.journey_months
    }

    /// At least so many, if none opened.
    pub(super) fn looks_between(&self) -> f64 {
        self.looks as f64 / self.incidents.max(1) as f64
    }
}

/// A month of all journeys without an outage. Nothing is known of them when it begins. It ends early with the page after `most`.
pub(super) fn false_pages(
    start: &Policy,
    noise: Noise,
    interval_ms: u64,
    most: u64,
) -> anyhow::Result<FalsePages> {
    let mut found = FalsePages { journey_months: f64::from(JOURNEYS), ..FalsePages::default() };
    for number in 0..JOURNEYS {
        let world = World::new(noise, Random::seeded(&[1, u64::from(number), interval_ms]));
        let mut journey = journey(number, interval_ms, world, start.clone())?;
        let mut is_open = false;
        journey.until(BEGIN, BEGIN + 30 * DAY_MS, |_, is_scheduled, event| {
            found.looks += u64::from(!is_open);
            found.scheduled += u64::from(is_scheduled);
            found.extra += u64::from(!is_scheduled);
            match event {
                Some(Event::Opened) => {
                    (found.pages, found.incidents, is_open) = (found.pages + 1, found.incidents + 1, true);
                }
                Some(Event::Joined) => (found.incidents, is_open) = (found.incidents + 1, true),
                Some(Event::Closed) => is_open = false,
                None => {}
            }
            found.pages > most
        });
        if found.pages > most {
            break;
        }
    }
    Ok(found)
}

/// Journeys with a history under some noise, from which outages are begun.
pub(super) struct Stage {
    journeys: Vec<Simulated>,
    interval_ms: u64,
}

/// An outage as it is tried.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trial {
    /// How many of the runs fail.
    pub(super) share: f64,
    pub(super) lasts_ms: u64,
    /// How long a run takes that fails.
    pub(super) run_ms: u64,
    /// How often each journey has one.
    pub(super) times: u64,
}

impl Stage {
    pub(super) fn new(start: &Policy, noise: Noise, interval_ms: u64) -> anyhow::Result<Self> {
        let mut journeys = Vec::new();
        for number in 0..JOURNEYS {
            let world = World::new(noise, Random::seeded(&[2, u64::from(number), interval_ms]));
            let mut journey = journey(number, interval_ms, world, start.clone())?;
            // Plain policies learn nothing.
            if matches!(start, Policy::Ours(_)) {
                journey.until(BEGIN - HISTORY_MS, BEGIN, |_, _, _| false);
            }
            journeys.push(journey);
        }
        Ok(Self { journeys, interval_ms })
    }

    /// From the begin of each outage to its page, in seconds, sorted; infinite where there was none.
    pub(super) fn detect(&self, trial: Trial) -> Vec<f64> {
        let mut found = Vec::new();
        for (number, journey) in (0..).zip(&self.journeys) {
            for time in 0..trial.times {
                let random = Random::seeded(&[3, number, time, self.interval_ms]);
                found.extend(self.one(journey.clone(), trial, random));
            }
        }
        found.sort_by(f64::total_cmp);
        found
    }

    /// None if an incident was open when the outage began.
    fn one(&self, mut journey: Simulated, trial: Trial, mut random: Random) -> Option<f64> {
        let from = BEGIN + ((4.0 + 4.0 * random.unit()) * self.interval_ms as f64) as u64;
        let outage = Outage { from, to: from + trial.lasts_ms, share: trial.share };
        journey.world =
            journey.world.with_random(random).with_outages(vec![outage]).with_failed_runs_of(trial.run_ms);
        journey.until(BEGIN, from, |_, _, _| false);
        if is_open(&journey.policy) {
            return None;
        }
        let mut opened = f64::INFINITY;
        journey.until(from, outage.to + self.interval_ms, |ran, _, event| {
            let opens = matches!(event, Some(Event::Opened | Event::Joined));
            if opens {
                opened = (ran.ended - from) as f64 / 1e3;
            }
            opens
        });
        Some(opened)
    }
}

/// The value below which that share of sorted values lies, by nearest rank.
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}

/// The share of outages without a page.
pub(super) fn missed(sorted: &[f64]) -> f64 {
    sorted.iter().filter(|seconds| seconds.is_infinite()).count() as f64 / sorted.len().max(1) as f64
}
