//! The figures of the contest `signal` and their goals, which are those of issue 14.

use std::time::Duration;

use super::fleet::{self, Fault};
use super::measure::{FalsePages, JOURNEYS, MINUTE_MS, Stage, Trial, false_pages, missed, quantile};
use super::policy::{Kind, Policy, bounded_by, settings, with_transient};
use super::world::Noise;
use crate::summary::Summary;

const INTERVALS: [u64; 2] = [MINUTE_MS, 5 * MINUTE_MS];

const NOISES: [Noise; 5] = [
    Noise::Independent(0.001),
    Noise::Independent(0.01),
    Noise::Independent(0.02),
    Noise::Clustered(0.01),
    Noise::Transients(0.01),
];

/// What other monitors offer.
const PLAIN: [Kind; 6] = [
    Kind::InARow(1),
    Kind::Retries(1),
    Kind::InARow(2),
    Kind::InARow(3),
    Kind::OfOneMore(2),
    Kind::Confirmed(3),
];

/// The same in all strengths, to compare at equal false pages.
const FAMILIES: [fn(u8) -> Kind; 4] = [Kind::InARow, Kind::OfOneMore, Kind::Retries, Kind::Confirmed];

/// One false page a month of all journeys together: the budget.
const BUDGET: f64 = 1.0 / JOURNEYS as f64;

/// How long an outage lasts at most in which the share of runs fails.
const SEVERITIES: [(&str, f64, u64); 4] =
    [("total", 1.0, 2), ("half", 0.5, 12), ("one in five", 0.2, 24), ("one in twenty", 0.05, 48)];

const HOUR_MS: u64 = 60 * MINUTE_MS;
const FAILED_RUN_MS: u64 = 5_000;
const TIMES: u64 = 3;

/// Runs everything.
pub(crate) fn run(summary: &mut Summary) -> anyhow::Result<()> {
    for interval_ms in INTERVALS {
        bound(interval_ms, summary)?;
        quiet_months(interval_ms, summary)?;
        for noise in [Noise::Independent(0.001), Noise::Independent(0.01), Noise::Transients(0.01)] {
            detection(interval_ms, noise, summary)?;
        }
        outages_by_length(interval_ms, summary)?;
        runner_and_hosts(interval_ms, summary)?;
    }
    Ok(())
}

fn minutes(interval_ms: u64) -> String {
    format!("{} min", interval_ms / MINUTE_MS)
}

fn ours(interval_ms: u64) -> anyhow::Result<Policy> {
    Policy::ours(settings(JOURNEYS, interval_ms))
}

/// Mean looks between false incidents, over the threshold. A small threshold is a harder trial: many incidents open.
fn bound(interval_ms: u64, summary: &mut Summary) -> anyhow::Result<()> {
    const THRESHOLD: f64 = 20_000.0;
    let start = Policy::ours(bounded_by(settings(JOURNEYS, interval_ms), THRESHOLD))?;
    // Ten million looks of the noises together at one minute.
    for noise in NOISES {
        let found = false_pages(&start, noise, interval_ms, u64::MAX)?;
        let name = format!("{}, {}: looks to a false incident by A", minutes(interval_ms), noise.name());
        summary.at_least(&name, found.looks_between() / THRESHOLD, "times", 1.0);
    }
    Ok(())
}

fn thousand_months(found: &FalsePages) -> f64 {
    found.a_journey_month() * 1e3
}

/// False pages of the rule and of the plain policies.
fn quiet_months(interval_ms: u64, summary: &mut Summary) -> anyhow::Result<()> {
    const UNIT: &str = "pages per 1,000 journey-months";
    for noise in NOISES {
        let name = |policy: &str| format!("{}, {}: {policy}", minutes(interval_ms), noise.name());
        let own = false_pages(&ours(interval_ms)?, noise, interval_ms, u64::MAX)?;
        match noise {
            Noise::Independent(_) => summary.at_most(&name("false pages"), thousand_months(&own), UNIT, 0.0),
            _ => summary.at_most(&name("false pages"), thousand_months(&own), UNIT, BUDGET * 1e3),
        }
        let load = 100.0 * own.extra as f64 / own.scheduled as f64;
        summary.figure(&name("confirmation runs"), load, "% of the scheduled");
        for kind in PLAIN {
            let found = false_pages(&kind.start(), noise, interval_ms, u64::MAX)?;
            summary.figure(&name(&format!("false pages, {}", kind.name())), thousand_months(&found), UNIT);
        }
    }
    Ok(())
}

/// The weakest policy of each family that keeps the budget: one page in the month of all journeys.
fn equals(noise: Noise, interval_ms: u64) -> anyhow::Result<Vec<Kind>> {
    let mut found = Vec::new();
    for family in FAMILIES {
        for strength in 1..=9 {
            let kind = family(strength);
            if false_pages(&kind.start(), noise, interval_ms, 1)?.pages <= 1 {
                found.push(kind);
                break;
            }
        }
    }
    Ok(found)
}

/// Time to detect by severity, beside plain policies that keep the same budget.
fn detection(interval_ms: u64, noise: Noise, summary: &mut Summary) -> anyhow::Result<()> {
    let stage = Stage::new(&ours(interval_ms)?, noise, interval_ms)?;
    let plain = equals(noise, interval_ms)?;
    let stages = plain.iter().map(|kind| Ok((*kind, Stage::new(&kind.start(), noise, interval_ms)?)));
    let stages = stages.collect::<anyhow::Result<Vec<_>>>()?;
    let name = |what: &str| format!("{}, {}: {what}", minutes(interval_ms), noise.name());
    for (severity, share, hours) in SEVERITIES {
        let trial = Trial { share, lasts_ms: hours * HOUR_MS, run_ms: FAILED_RUN_MS, times: TIMES };
        let own = stage.detect(trial);
        for (word, part) in [("p50", 0.5), ("p95", 0.95)] {
            let (what, value) = (format!("{severity} {word}"), quantile(&own, part));
            if value.is_finite() && share >= 1.0 && word == "p95" && interval_ms > MINUTE_MS {
                summary.at_most(&name(&what), value, "s", 2.0 * interval_ms as f64 / 1e3);
            } else if value.is_finite() {
                summary.figure(&name(&what), value, "s");
            }
        }
        summary.figure(&name(&format!("{severity}, not seen in {hours} h")), 100.0 * missed(&own), "%");
        if share < 1.0 {
            for (kind, stage) in &stages {
                beside(
                    &name(&format!("{severity}, time beside {}", kind.name())),
                    &own,
                    &stage.detect(trial),
                    summary,
                );
            }
        }
    }
    let slow = Trial { share: 1.0, lasts_ms: 2 * HOUR_MS, run_ms: 20_000, times: TIMES };
    let own = stage.detect(slow);
    summary.figure(&name("slow p50"), quantile(&own, 0.5), "s");
    summary.figure(&name("slow p95"), quantile(&own, 0.95), "s");
    let blip = Trial { share: 1.0, lasts_ms: 10_000, run_ms: FAILED_RUN_MS, times: 10 };
    summary.at_most(&name("pages of blips of 10 s"), 100.0 * (1.0 - missed(&stage.detect(blip))), "%", 0.0);
    Ok(())
}

/// Our median over the plain policy's; where half of the outages stay unseen by one of them, the share of outages that are seen.
fn beside(name: &str, own: &[f64], plain: &[f64], summary: &mut Summary) {
    let (own_median, plain_median) = (quantile(own, 0.5), quantile(plain, 0.5));
    if own_median.is_finite() {
        // Nothing is smaller than a share of infinity.
        summary.at_most(name, own_median / plain_median, "times", 1.0);
    } else {
        let name = format!("{name}: outages seen, less those that it sees");
        summary.at_least(&name, 100.0 * (missed(plain) - missed(own)), "% points", 0.0);
    }
}

/// Which total outages end before they are seen.
fn outages_by_length(interval_ms: u64, summary: &mut Summary) -> anyhow::Result<()> {
    let own = settings(JOURNEYS, interval_ms);
    for (word, settings) in [("", own), (", transient = \"10s\"", with_transient(own, 10))] {
        let noise = Noise::Independent(0.01);
        let stage = Stage::new(&Policy::ours(settings)?, noise, interval_ms)?;
        for intervals in [2, 3, 4, 5, 7, 10] {
            let lasts_ms = intervals * interval_ms;
            let found = stage.detect(Trial { share: 1.0, lasts_ms, run_ms: FAILED_RUN_MS, times: 10 });
            let name =
                format!("{}{word}: total outages of {intervals} intervals missed", minutes(interval_ms));
            let share = 100.0 * missed(&found);
            if intervals >= 3 {
                summary.at_most(&name, share, "%", 0.0);
            } else {
                summary.figure(&name, share, "%");
            }
        }
    }
    Ok(())
}

/// Pages that the runner causes, and notices of an outage that many journeys share.
fn runner_and_hosts(interval_ms: u64, summary: &mut Summary) -> anyhow::Result<()> {
    let window: Duration = settings(JOURNEYS, interval_ms).confirmations.spacing;
    let noise = Noise::Independent(0.001);
    let name = |what: &str| format!("{}: {what}", minutes(interval_ms));
    for (fault, what) in
        [(Fault::Network, "the runner's network is lost"), (Fault::Pause, "the runner pauses")]
    {
        let found = fleet::month(fault, &ours(interval_ms)?, noise, interval_ms, window)?;
        summary.figure(&name(&format!("{what}, times")), found.faults as f64, "");
        summary.figure(&name(&format!("{what}: incidents")), found.incidents as f64, "");
        summary.at_most(&name(&format!("{what}: pages")), found.delivered as f64, "pages", 0.0);
    }
    let hosts = [
        (Fault::Shared, "all hosts are down"),
        (Fault::Host, "a host is down"),
        (Fault::HalfAHost, "half of a host is down"),
    ];
    for (fault, what) in hosts {
        let found = fleet::month(fault, &ours(interval_ms)?, noise, interval_ms, window)?;
        let outages = found.faults as f64;
        summary.figure(&name(&format!("{what}: incidents an outage")), found.incidents as f64 / outages, "");
        summary.figure(&name(&format!("{what}: notices an outage")), found.notices as f64 / outages, "");
        summary.figure(&name(&format!("{what}: messages an outage")), found.messages as f64 / outages, "");
        summary.at_most(
            &name(&format!("{what}: outages without a notice")),
            found.silent as f64,
            "outages",
            0.0,
        );
    }
    Ok(())
}
