//! What came of a call: its exit code, what it printed, and what its reporters wrote.

use std::fmt;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

/// What came of a call.
pub struct Ended {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Standard output: that of the reporter `list`, where journeys were walked.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// What the reporter `json` wrote, as written.
    pub json: String,
    /// What the reporter `junit` wrote.
    pub junit: String,
}

impl Ended {
    pub(super) fn read(output: &Output, folder: &Path) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("it prints UTF-8");
        let file = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            json: file("events.ndjson"),
            junit: file("junit.xml"),
        }
    }

    /// Requires the exit code.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "the exit code\n{self}");
        self
    }

    /// Requires exit code, verdict and reason of the one run that it made.
    #[track_caller]
    pub fn is(&self, code: i32, verdict: &str, reason: &str) -> &Self {
        let run = self.event("run-finished");
        let seen = (self.code, run["verdict"].as_str(), run["reason"].as_str());
        assert_eq!(seen, (Some(code), Some(verdict), Some(reason)), "code, verdict and reason\n{self}");
        self
    }

    /// Requires a text on standard output.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "`{text}` is not on standard output\n{self}");
        self
    }

    /// Requires a text on standard error.
    #[track_caller]
    pub fn complains(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "`{text}` is not on standard error\n{self}");
        self
    }

    /// Requires that a text is nowhere in what it wrote.
    #[track_caller]
    pub fn nowhere(&self, text: &str) -> &Self {
        for (name, written) in self.everything() {
            assert!(!written.contains(text), "`{text}` is in {name}\n{self}");
        }
        self
    }

    /// All events, in order.
    pub fn events(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.json.lines().map(parse).collect()
    }

    /// The one event of that name.
    #[track_caller]
    pub fn event(&self, name: &str) -> Value {
        let mut found: Vec<_> = self.events().into_iter().filter(|event| event["event"] == name).collect();
        assert_eq!(found.len(), 1, "events `{name}`\n{self}");
        found.remove(0)
    }

    /// The one attempt.
    #[track_caller]
    pub fn attempt(&self) -> Value {
        self.event("attempt-finished")["attempt"].take()
    }

    /// The requests of the one attempt.
    #[track_caller]
    pub fn requests(&self) -> Vec<Value> {
        self.attempt()["recording"]["requests"].as_array().expect("requests").clone()
    }

    fn everything(&self) -> [(&'static str, &str); 4] {
        [
            ("standard output", &self.stdout),
            ("standard error", &self.stderr),
            ("events", &self.json),
            ("junit", &self.junit),
        ]
    }
}

/// For the report of a test that failed.
impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit code {:?}", self.code)?;
        for (name, written) in self.everything() {
            writeln!(f, "--- {name}\n{}", written.trim_end())?;
        }
        Ok(())
    }
}
