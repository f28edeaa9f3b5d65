//! Where the versions of a deployment come from, in the words of whoever deploys: a revision of the source and labels.

use std::collections::BTreeMap;
use std::fmt;

use crate::text::{TextError, check_text, printable};

/// A revision and labels. It is no part of what a journey does: the same code from another revision is no new version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// The revision of the source, such as a commit's hash.
    pub revision: Option<String>,
    /// Names and values, such as `pipeline=1017`.
    pub labels: BTreeMap<String, String>,
}

/// What is wrong with a revision or a label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProvenanceError {
    /// The revision is longer than [`Provenance::TEXT`], or has a character that a terminal would obey.
    #[error("the revision {0}")]
    Revision(TextError),
    /// The revision has no letters.
    #[error("the revision is empty: leave it out")]
    NoRevision,
    /// A label's value is longer than [`Provenance::TEXT`], or has a character that a terminal would obey.
    #[error("the label `{name}` {error}")]
    Label {
        /// The label's name, as written.
        name: String,
        /// What is wrong with the value.
        error: TextError,
    },
    /// A name with another letter than those that are allowed, or none.
    #[error(
        "`{}` is no name of a label: use up to {most} letters, digits, dots, dashes and underscores",
        printable(.0),
        most = Provenance::NAME
    )]
    Name(String),
    /// There are too many labels.
    #[error("there are {0} labels: {most} are allowed", most = Provenance::LABELS)]
    Many(usize),
}

impl Provenance {
    /// The longest revision and the longest value of a label, in bytes.
    pub const TEXT: usize = 200;
    /// The longest name of a label, in bytes.
    pub const NAME: usize = 63;
    /// How many labels a deployment may have.
    pub const LABELS: usize = 20;

    /// Checks bounds and letters.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), ProvenanceError> {
        if let Some(revision) = &self.revision {
            check_text(revision, Self::TEXT).map_err(ProvenanceError::Revision)?;
            if revision.trim().is_empty() {
                return Err(ProvenanceError::NoRevision);
            }
        }
        if self.labels.len() > Self::LABELS {
            return Err(ProvenanceError::Many(self.labels.len()));
        }
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
        for (name, value) in &self.labels {
            if name.is_empty() || name.len() > Self::NAME || !name.chars().all(is_letter) {
                return Err(ProvenanceError::Name(name.clone()));
            }
            check_text(value, Self::TEXT)
                .map_err(|error| ProvenanceError::Label { name: name.clone(), error })?;
        }
        Ok(())
    }
}

/// `revision 1f3c0de, pipeline=1017`; empty if nothing is known.
impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let revision = self.revision.iter().map(|revision| format!("revision {revision}"));
        let labels = self.labels.iter().map(|(name, value)| format!("{name}={value}"));
        f.write_str(&revision.chain(labels).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(revision: Option<&str>, labels: &[(&str, &str)]) -> Provenance {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Provenance { revision: revision.map(str::to_owned), labels: labels.collect() }
    }

    #[test]
    fn what_a_terminal_would_obey_and_what_is_too_long_is_refused() {
        let said = |provenance: Provenance| provenance.check().map_err(|error| error.to_string());
        assert_eq!(said(of(Some("1f3c0de-dirty"), &[("pipeline", "10/17"), ("k8s.io_x-y", "")])), Ok(()));
        assert_eq!(said(of(None, &[])), Ok(()));
        insta::assert_snapshot!(said(of(Some("a\u{1b}[2J"), &[])).unwrap_err(), @r#"the revision has the control character \u{1b}: take it out"#);
        insta::assert_snapshot!(said(of(Some(" "), &[])).unwrap_err(), @"the revision is empty: leave it out");
        insta::assert_snapshot!(said(of(None, &[("a b", "c")])).unwrap_err(), @"`a b` is no name of a label: use up to 63 letters, digits, dots, dashes and underscores");
        insta::assert_snapshot!(said(of(None, &[("a", &"x".repeat(201))])).unwrap_err(), @"the label `a` has 201 bytes: 200 are allowed");
        let many: Vec<String> = (0..21).map(|number| number.to_string()).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "")).collect();
        insta::assert_snapshot!(said(of(None, &many)).unwrap_err(), @"there are 21 labels: 20 are allowed");
    }
}
