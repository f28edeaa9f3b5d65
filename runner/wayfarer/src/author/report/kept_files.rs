//! Files that a session leaves beside its reports: what journeys attached, and each run as HTTP Archive.
//!
//! `DIR/JOURNEY-RUN/ATTEMPT/NAME` for artifacts, `DIR/JOURNEY-RUN.har` for archives. A journey chose the names of its artifacts, so they are
//! cut to letters, digits, dots, dashes and underscores: none leads out of its folder.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use wayfarer_model::report::AttemptReport;

use super::ReportError;
use crate::author::session::{Event, SessionRun};
use crate::view::har;

/// The longest name of a file, in bytes.
const NAME: usize = 128;

/// Where to leave what; nowhere by default.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeptFiles {
    pub(crate) artifacts: Option<PathBuf>,
    pub(crate) har: Option<PathBuf>,
}

impl KeptFiles {
    /// Writes what a run leaves, once it has ended.
    ///
    /// # Errors
    /// The first file that cannot be written.
    pub(crate) fn handle(&self, event: &Event) -> Result<(), ReportError> {
        let Event::RunFinished { run, .. } = event else { return Ok(()) };
        let name = format!("{}-{}", run.journey.name, run.id);
        if let Some(dir) = &self.artifacts {
            for report in &run.attempts {
                write_artifacts(&dir.join(&name).join(report.context.number.to_string()), report)?;
            }
        }
        if let Some(dir) = &self.har {
            write(dir, &format!("{name}.har"), archive(run).as_bytes())?;
        }
        Ok(())
    }
}

fn archive(run: &SessionRun) -> String {
    let attempts: Vec<AttemptReport> = run.attempts.iter().map(|report| (**report).clone()).collect();
    format!("{:#}\n", har(&attempts))
}

fn write_artifacts(dir: &Path, report: &AttemptReport) -> Result<(), ReportError> {
    let mut taken = BTreeSet::new();
    for artifact in &report.recording.artifacts {
        let plain = plain_name(&artifact.name);
        let mut name = plain.clone();
        for number in 2.. {
            if taken.insert(name.clone()) {
                break;
            }
            name = format!("{number}-{plain}");
        }
        write(dir, &name, &artifact.content)?;
    }
    Ok(())
}

fn write(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), ReportError> {
    let path = dir.join(name);
    let written = std::fs::create_dir_all(dir).and_then(|()| std::fs::write(&path, bytes));
    written.map_err(|source: io::Error| ReportError { path, source })
}

/// A name that names a file in its folder, whatever the journey wrote.
fn plain_name(name: &str) -> String {
    let tame = |letter: char| {
        if letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_') { letter } else { '_' }
    };
    let name: String = name.chars().take(NAME).map(tame).collect();
    // Hidden files and the folders `.` and `..` begin with a dot.
    match name.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None if name.is_empty() => "_".to_owned(),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::report::ArtifactRecord;
    use wayfarer_model::units::{Micros, UnixMillis};

    use super::*;
    use crate::author::report::samples::run;
    use crate::view::samples::passed;

    #[test]
    fn no_name_leads_out_of_the_folder_and_equal_names_are_two_files() {
        let dir = tempfile::tempdir().unwrap();
        let mut report = passed(1);
        let artifact = |name: &str, content: &[u8]| ArtifactRecord {
            step: None,
            at_us: Micros(0),
            name: name.to_owned(),
            media_type: "text/html".to_owned(),
            size: content.len() as u64,
            content: content.to_vec(),
        };
        report.recording.artifacts = vec![
            artifact("page.html", b"one"),
            artifact("page.html", b"two"),
            artifact("../../page.html", b"three"),
            artifact("..", b"four"),
            artifact("", b"five"),
        ];
        let kept = KeptFiles { artifacts: Some(dir.path().join("a")), har: Some(dir.path().join("h")) };
        let run = run(vec![report]);
        let name = format!("checkout-{}", run.id);
        kept.handle(&Event::RunFinished { at: UnixMillis(1), run }).unwrap();
        let folder = dir.path().join("a").join(&name).join("1");
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let names = ["page.html", "2-page.html", "_._.._page.html", "_.", "_"];
        assert_eq!(names.map(read), ["one", "two", "three", "four", "five"]);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 5);
        assert!(dir.path().join("h").join(format!("{name}.har")).is_file());
    }
}
