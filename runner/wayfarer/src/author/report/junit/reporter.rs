//! Gathers the runs of a session and writes them at its end.

use std::collections::BTreeMap;
use std::io::{self, Write};

use wayfarer_model::ids::JourneyName;
use wayfarer_model::text::clip;

use super::suite::Suite;
use super::xml::write;
use crate::author::report::{Reported, SourceFolders};
use crate::author::session::{Event, FailOn, SessionRun};

/// The most of one page for people, and of all of them together. GitLab takes files of less than 30 MB.
const PAGE: usize = 256 << 10;
const PAGES: usize = 16 << 20;

pub(crate) struct Junit {
    suites: Vec<Suite>,
    /// How many runs of each journey there were.
    seen: BTreeMap<JourneyName, usize>,
    /// Bytes that pages may still take.
    left: usize,
    fails: FailOn,
    folders: SourceFolders,
    /// The journey of each suite, to find its source.
    journeys: BTreeMap<String, JourneyName>,
    /// Whether GitLab reads the file.
    on_gitlab: bool,
}

impl Junit {
    pub(in crate::author::report) fn new(reported: &Reported) -> Self {
        Self {
            suites: Vec::new(),
            seen: BTreeMap::new(),
            left: PAGES,
            fails: reported.fails,
            folders: reported.folders.clone(),
            journeys: BTreeMap::new(),
            on_gitlab: reported.ci.gitlab,
        }
    }

    pub(in crate::author::report) fn handle(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::RunFinished { run, .. } => self.add(run),
            Event::SessionFinished { duration, .. } => {
                let file_of = |suite: &Suite, file: &str| match self.journeys.get(&suite.name) {
                    Some(journey) => self.folders.file(journey, file),
                    None => file.to_owned(),
                };
                write(out, &self.suites, *duration, (&file_of, self.on_gitlab))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, run: &SessionRun) {
        let Some(mut suite) = Suite::of(run, self.fails) else { return };
        let journey = run.journey.name.clone();
        let number = self.seen.entry(journey.clone()).or_default();
        *number += 1;
        if *number > 1 {
            suite.name = format!("{} ({number})", suite.name);
        }
        self.journeys.insert(suite.name.clone(), journey);
        for page in suite.cases.iter_mut().filter_map(|case| case.output.as_mut()) {
            *page = clip(page, PAGE);
            if page.len() > self.left {
                "left out, because this file would become too large for its readers".clone_into(page);
            }
            self.left = self.left.saturating_sub(page.len());
        }
        self.suites.push(suite);
    }
}
