//! Runs of a server, reported with the same events as those of `wayfarer test`.

use std::sync::Arc;
use std::time::Duration;

use wayfarer_model::report::AttemptReport;
use wayfarer_model::retry::{RunOutcome, outcome};
use wayfarer_model::units::UnixMillis;

use crate::author::report::{Choice, Ci, Live, Reported, Reporters};
use crate::author::session::{Event, FailOn, SessionRun, Tally};
use crate::cli::CliError;
use crate::cli::global::Console;
use crate::clock::now;
use crate::exit::Exit;
use crate::protocol::RunInFull;

pub(super) struct Told {
    reporters: Reporters,
    tally: Tally,
    fails: FailOn,
    console: Console,
}

impl Told {
    /// For that many runs.
    pub(super) fn open(
        choices: &[Choice],
        (console, fails): (Console, FailOn),
        runs: usize,
    ) -> Result<Self, CliError> {
        let usual = Reported::new(console.out, console.detail);
        let reported = Reported { fails, ci: Ci::read(), ..usual };
        let mut reporters = Reporters::open(choices, &reported, Live::new(false, console.err))?;
        reporters.handle(&Event::SessionStarted { at: now(), journeys: runs, runs, jobs: 1 });
        Ok(Self { reporters, tally: Tally::default(), fails, console })
    }

    pub(super) fn run(&mut self, full: RunInFull) {
        let RunInFull { run: info, spec, attempts, .. } = full;
        let (run, journey, at) = (info.run, Arc::new(spec.descriptor.into()), UnixMillis(info.slot_ms));
        let attempts: Vec<_> = attempts.into_iter().map(|body| Arc::new(AttemptReport::from(body))).collect();
        let verdicts: Vec<_> = attempts.iter().map(|attempt| attempt.verdict).collect();
        self.reporters.handle(&Event::RunStarted { at, run, journey: Arc::clone(&journey) });
        for (position, attempt) in attempts.iter().enumerate() {
            let retried = position + 1 < attempts.len();
            let report = Arc::clone(attempt);
            self.reporters.handle(&Event::AttemptFinished { at: now(), run, report, retried });
        }
        if let Some(outcome) = outcome(&verdicts) {
            self.tally.count(outcome);
            let run = SessionRun { journey, id: run, attempts, outcome };
            self.reporters.handle(&Event::RunFinished { at: now(), run: Arc::new(run) });
        } else {
            // A run without an attempt has a verdict and a reason only.
            self.tally.count(RunOutcome { verdict: info.verdict, flaky: false });
            self.console.say(&format!("{}: {} ({})", info.journey, info.verdict, info.reason));
        }
    }

    pub(super) fn close(mut self, took: Duration) -> Result<Exit, CliError> {
        let exit = self.tally.exit(self.fails, false);
        self.reporters.handle(&Event::SessionFinished { at: now(), tally: self.tally, duration: took, exit });
        self.reporters.close()?;
        Ok(exit)
    }
}
