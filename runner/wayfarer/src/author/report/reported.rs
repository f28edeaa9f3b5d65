//! What the reporters of a session know before it begins.

use super::{Detail, SourceFolders, Style};
use crate::author::session::FailOn;

/// Services that read what a session writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Ci {
    /// GitHub Actions shows annotations from standard output.
    pub(crate) github: bool,
    /// GitLab links cases to their source.
    pub(crate) gitlab: bool,
}

impl Ci {
    /// By the variables that the services set.
    pub(crate) fn read() -> Self {
        let is_set = |name| std::env::var(name).is_ok_and(|value| value == "true");
        Self { github: is_set("GITHUB_ACTIONS"), gitlab: is_set("GITLAB_CI") }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Reported {
    pub(crate) style: Style,
    pub(crate) detail: Detail,
    /// Whether each request has a line in a list, also of a good run.
    pub(crate) with_requests: bool,
    /// Which good runs are shown as failures.
    pub(crate) fails: FailOn,
    pub(crate) folders: SourceFolders,
    pub(crate) ci: Ci,
}

impl Reported {
    /// In this style; no good run is a failure, no source is known.
    pub(crate) fn new(style: Style, detail: Detail) -> Self {
        let (fails, folders) = (FailOn::default(), SourceFolders::default());
        Self { style, detail, with_requests: false, fails, folders, ci: Ci::default() }
    }
}
