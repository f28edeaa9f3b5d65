//! J5 in other languages beside Rust's, all in the sandbox and in turns, ten at a time: processor time and memory of a run.

use std::path::Path;
use std::sync::Arc;

use crate::measure::median;
use crate::sandboxed::Sandboxed;
use crate::summary::Summary;

/// Rounds of which the median counts; one more goes before, which warms up.
const ROUNDS: usize = 7;
const AT_A_TIME: u32 = 10;
/// Runs of a round of Rust.
const RUST: u32 = 1_000;

/// Each language by its component among the contestants, the runs of its round, and how many times Rust's processor time it
/// may take at most. A round takes about as long in every language.
const LANGUAGES: [(&str, u32, Option<f64>); 4] =
    [("c", 1_000, None), ("quickjs", 400, Some(2.5)), ("go", 400, Some(2.5)), ("python", 150, Some(6.0))];

/// One language, and what each of its rounds cost.
struct Contestant {
    name: &'static str,
    sandboxed: Sandboxed,
    runs: u32,
    goal: Option<f64>,
    cpu_us: Vec<f64>,
}

impl Contestant {
    /// The median of how many times another's processor time this one took, round by round.
    fn beside(&self, other: &Self) -> f64 {
        median(self.cpu_us.iter().zip(&other.cpu_us).map(|(own, other)| own / other).collect())
    }
}

/// Runs everything. The components of other languages are in `contestants`.
pub(crate) async fn run(
    base_url: &str,
    rust: &Path,
    contestants: &Path,
    folder: &Path,
    summary: &mut Summary,
) -> anyhow::Result<()> {
    let mut all = Vec::new();
    let others =
        LANGUAGES.map(|(name, runs, goal)| (name, runs, goal, contestants.join(name).with_extension("wasm")));
    for (name, runs, goal, component) in [("rust", RUST, None, rust.to_owned())].into_iter().chain(others) {
        let sandboxed = Sandboxed::new(&component, folder, None, AT_A_TIME).await?;
        all.push(Contestant { name, sandboxed, runs, goal, cpu_us: Vec::new() });
    }
    let base_url: Arc<str> = base_url.into();
    for round in 0..=ROUNDS {
        for contestant in &mut all {
            let cost = contestant.sandboxed.round(contestant.runs, AT_A_TIME, &base_url).await?;
            if round > 0 {
                contestant.cpu_us.push(cost.cpu_us);
            }
        }
    }
    let Some((rust, others)) = all.split_first() else { return Ok(()) };
    tell(rust, &base_url, summary).await?;
    for other in others {
        tell(other, &base_url, summary).await?;
        let (name, ratio) = (format!("{}: CPU to Rust", other.name), other.beside(rust));
        match other.goal {
            Some(goal) => summary.at_most(&name, ratio, "times", goal),
            None => summary.figure(&name, ratio, "times"),
        }
    }
    Ok(())
}

async fn tell(contestant: &Contestant, base_url: &str, summary: &mut Summary) -> anyhow::Result<()> {
    let name = contestant.name;
    summary.figure(&format!("{name}: CPU a run"), median(contestant.cpu_us.clone()), "µs");
    let peak = contestant.sandboxed.report(base_url).await?.memory_peak;
    summary.figure(&format!("{name}: memory of a run, at its peak"), peak.0 as f64 / 1_024.0, "KiB");
    Ok(())
}
