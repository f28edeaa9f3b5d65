//! Annotations for GitHub Actions: `::error file=…,line=…::text` on standard output.
//!
//! GitHub obeys each line of a step's output that begins with `::`, after spaces too, whoever wrote it. A target's answer that is shown must
//! not be obeyed. So commands are stopped from the session's start to its end, by a token that nobody can guess, and the
//! annotations come last.

use std::io::{self, Write};

use data_encoding::HEXLOWER;
use wayfarer_model::failure::{Failure, SourceLocation};
use wayfarer_model::report::AttemptReport;
use wayfarer_model::text::{clip, printable_lines};

use super::{Reported, SourceFolders};
use crate::author::session::{Event, FailOn, SessionRun};
use crate::exit::Exit;

/// The longest text of an annotation, in bytes.
const TEXT: usize = 4_000;

pub(crate) struct GitHub {
    token: String,
    fails: FailOn,
    folders: SourceFolders,
    lines: Vec<String>,
}

impl GitHub {
    pub(super) fn new(reported: &Reported) -> Self {
        Self::with_token(reported, HEXLOWER.encode(&rand::random::<[u8; 16]>()))
    }

    pub(super) fn with_token(reported: &Reported, token: String) -> Self {
        Self { token, fails: reported.fails, folders: reported.folders.clone(), lines: Vec::new() }
    }

    pub(super) fn handle(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::SessionStarted { .. } => writeln!(out, "::stop-commands::{}", self.token),
            Event::RunFinished { run, .. } => {
                self.lines.extend(self.annotation(run));
                Ok(())
            }
            Event::SessionFinished { .. } => {
                writeln!(out, "::{}::", self.token)?;
                self.lines.drain(..).try_for_each(|line| writeln!(out, "{line}"))
            }
            Event::RunStarted { .. } | Event::Step(_) | Event::AttemptFinished { .. } => Ok(()),
        }
    }

    /// An error for a run that fails the session, a warning for another one that is not quite good.
    fn annotation(&self, run: &SessionRun) -> Option<String> {
        let last = run.attempts.last()?;
        let fails = self.fails.exit(run.outcome) != Exit::Passed;
        if !fails && last.recording.checks.iter().all(|check| check.is_passed) && !run.outcome.flaky {
            return None;
        }
        // A flaky run was good in the end: an earlier attempt tells why it was not at first.
        let told = if run.outcome.flaky { run.attempts.first()? } else { last };
        let failure = failure(told);
        let word = if run.outcome.flaky { "flaky" } else { last.verdict.as_str() };
        let name = run.journey.name.as_str();
        let title = match step(told) {
            Some(step) => format!("{name} {word}: {step}"),
            None => format!("{name} {word}"),
        };
        let mut properties = Vec::new();
        if let Some(source) = failure.as_ref().and_then(|failure| failure.source.as_ref()) {
            properties.extend(place(source, self.folders.file(&run.journey.name, &source.file)));
        }
        properties.push(("title", title));
        let properties: Vec<String> =
            properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect();
        let text = failure.as_ref().map_or_else(|| told.reason.as_str().to_owned(), text);
        let command = if fails { "error" } else { "warning" };
        Some(format!("::{command} {}::{}", properties.join(","), data(&clip(&text, TEXT))))
    }
}

fn place(source: &SourceLocation, file: String) -> Vec<(&'static str, String)> {
    let number = |key, number: u32| (number > 0).then(|| (key, number.to_string()));
    [Some(("file", file)), number("line", source.line), number("col", source.column)]
        .into_iter()
        .flatten()
        .collect()
}

/// The failure of an attempt; of a degraded one its first check that did not hold.
fn failure(report: &AttemptReport) -> Option<Failure> {
    let check = || (0..).zip(&report.recording.checks).find(|(_, check)| !check.is_passed);
    report.failure.clone().or_else(|| check().map(|(number, check)| check.failure(number)))
}

/// The innermost step that failed.
fn step(report: &AttemptReport) -> Option<&str> {
    use wayfarer_model::report::StepOutcome::Passed;
    report.recording.steps.iter().rfind(|step| step.outcome != Passed).map(|step| step.name.as_str())
}

fn text(failure: &Failure) -> String {
    let part = |name: &str, value: &Option<String>| {
        value.as_ref().map_or_else(String::new, |value| format!("\n{name}: {value}"))
    };
    format!("{}{}{}", failure.message, part("actual", &failure.actual), part("expected", &failure.expected))
}

/// What stands behind the `::` of a command.
fn data(text: &str) -> String {
    printable_lines(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::report::samples::{run, session};
    use crate::author::report::{Detail, Style};
    use crate::view::samples::{degraded, failed, no_step, passed};

    fn told(fails: FailOn, runs: &[std::sync::Arc<SessionRun>]) -> String {
        let reported = Reported { fails, ..Reported::new(Style { colour: false }, Detail::Usual) };
        let mut github = GitHub::with_token(&reported, "T".to_owned());
        let mut out = Vec::new();
        for event in session(runs) {
            github.handle(&event, &mut out).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_fails_the_session_is_an_error_and_the_rest_a_warning() {
        let runs = [
            run(vec![passed(1)]),
            run(vec![failed(1)]),
            run(vec![failed(1), passed(2)]),
            run(vec![degraded()]),
            run(vec![no_step()]),
        ];
        insta::assert_snapshot!(told(FailOn::default(), &runs), @r#"
    ::stop-commands::T
    ::T::
    ::error file=src/lib.rs,line=17,col=9,title=checkout failed%3A place order::order accepted for ana%0Aactual: 503%0Aexpected: 201
    ::warning file=src/lib.rs,line=17,col=9,title=checkout flaky%3A place order::order accepted for ana%0Aactual: 503%0Aexpected: 201
    ::warning file=src/lib.rs,line=17,col=9,title=checkout degraded::check failed: quick enough%0Aactual: 503%0Aexpected: 201
    ::error title=checkout broken::the journey returned without having begun a step
    "#);
        let all = told(FailOn { degraded: true, flaky: true }, &runs);
        assert_eq!(all.matches("::error ").count(), 4, "{all}");
        assert!(!all.contains("::warning"), "{all}");
    }

    #[test]
    fn no_text_ends_its_annotation() {
        let mut report = failed(1);
        if let Some(failure) = &mut report.failure {
            failure.message = "100%\r\n::error::forged\u{1b}[2J".to_owned();
            failure.source.as_mut().unwrap().file = "a,line=9::b\n.rs".to_owned();
        }
        let all = told(FailOn::default(), &[run(vec![report])]);
        let lines: Vec<&str> = all.lines().collect();
        assert_eq!(lines.len(), 3, "{all}");
        assert!(lines[2].starts_with("::error file=a%2Cline=9%3A%3Ab%0A.rs,line=17,col=9,title="), "{all}");
        assert!(lines[2].contains("::100%25\\r%0A::error::forged\\u{1b}[2J%0A"), "{all}");
    }
}
