//! What it costs a good run to keep heads and bodies that nobody will read: the sandbox decides at the end of an attempt, so a run
//! that passes has kept them until then.
//!
//! J5, ten at a time, by three settings in turns: nothing is kept; the default, of which a good run drops all at its end; and a good
//! run that is a sample, so that its exchanges are redacted and handed over.

use std::sync::Arc;

use wayfarer_model::exchange::EvidenceBounds;

use crate::contest::{Parts, ROUNDS};
use crate::measure::median;
use crate::sandboxed::Sandboxed;
use crate::summary::Summary;

const AT_A_TIME: u32 = 10;
const RUNS: u32 = 2_000;
/// What evidence may cost: a twentieth of a run.
const MOST: f64 = 1.05;

pub(crate) async fn run(base_url: &str, parts: &Parts, summary: &mut Summary) -> anyhow::Result<()> {
    let sandboxed = Sandboxed::new(&parts.component, &parts.folder, None, 100).await?;
    let settings = [
        ("nothing is kept", EvidenceBounds::NONE, false),
        ("kept and dropped", EvidenceBounds::default(), false),
        ("kept as a sample", EvidenceBounds::default(), true),
    ];
    let contestants = settings.map(|(name, bounds, is_sample)| (name, sandboxed.keeping(bounds, is_sample)));
    let base_url: Arc<str> = base_url.into();
    let mut costs = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        for ((_, sandboxed), costs) in contestants.iter().zip(&mut costs) {
            let cost = sandboxed.round(RUNS, AT_A_TIME, &base_url).await?;
            // The first round warms up.
            if round > 0 {
                costs.push(cost.cpu_us);
            }
        }
    }
    let [nothing, ..] = &costs;
    for ((name, _), costs) in contestants.iter().zip(&costs) {
        summary.figure(&format!("evidence, {name}: CPU a run"), median(costs.clone()), "µs");
    }
    for ((name, _), costs) in contestants.iter().zip(&costs).skip(1) {
        let ratios = nothing.iter().zip(costs).map(|(nothing, cost)| cost / nothing).collect();
        summary.at_most(&format!("evidence, {name}: to nothing"), median(ratios), "times", MOST);
    }
    Ok(())
}
