//! Which journeys of a project failed when they last ran here, for `--last-failed`.
//!
//! One small file for each project, in a folder of this program's own: nothing is written beside anybody's source. A session
//! that runs some journeys changes what is known of these and leaves the others as they were.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use wayfarer_model::ids::JourneyName;

/// The folder of these files.
#[derive(Debug, Clone)]
pub(crate) struct LastFailed {
    folder: PathBuf,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    failed: BTreeSet<JourneyName>,
}

impl LastFailed {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The journeys that failed; none where nothing is known of the project.
    pub(crate) fn read(&self, project: &Path) -> BTreeSet<JourneyName> {
        let text = std::fs::read_to_string(self.file(project)).unwrap_or_default();
        serde_json::from_str::<Known>(&text).unwrap_or_default().failed
    }

    /// Notes the journeys that ran, and whether each failed.
    pub(crate) fn note(&self, project: &Path, ran: &BTreeMap<JourneyName, bool>) -> io::Result<()> {
        let before = self.read(project);
        let others = before.into_iter().filter(|name| !ran.contains_key(name));
        let now = ran.iter().filter(|(_, failed)| **failed).map(|(name, _)| name.clone());
        let known = Known { failed: others.chain(now).collect() };
        std::fs::create_dir_all(&self.folder)?;
        std::fs::write(self.file(project), serde_json::to_vec(&known)?)
    }

    fn file(&self, project: &Path) -> PathBuf {
        let whole = std::fs::canonicalize(project).unwrap_or_else(|_| project.to_owned());
        let name = digest(&SHA256, whole.as_os_str().as_encoded_bytes());
        self.folder.join(format!("{}.json", HEXLOWER.encode(name.as_ref().get(..16).unwrap_or_default())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_run_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let last = LastFailed::new(folder.path().join("last"));
        let (one, other) = (Path::new("/p/one"), Path::new("/p/other"));
        let name = |text: &str| text.parse::<JourneyName>().unwrap();
        let ran = |all: &[(&str, bool)]| all.iter().map(|(text, failed)| (name(text), *failed)).collect();
        let failed = |project| last.read(project).into_iter().map(String::from).collect::<Vec<_>>();
        assert!(failed(one).is_empty());
        last.note(one, &ran(&[("a", true), ("b", true), ("c", false)])).unwrap();
        last.note(other, &ran(&[("x", true)])).unwrap();
        last.note(one, &ran(&[("a", false)])).unwrap();
        assert_eq!(failed(one), ["b"]);
        assert_eq!(failed(other), ["x"]);
        std::fs::write(last.file(one), "no json").unwrap();
        assert!(failed(one).is_empty(), "what cannot be read is not known");
    }
}
