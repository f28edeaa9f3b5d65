//! The data of a notice. Texts in it are those of journeys and targets: whoever shows one makes it printable first, as
//! [`Notice::facts`] and its kin do.

use serde::{Deserialize, Serialize};

use crate::ids::{JourneyName, LocationName, RunId, TenantName};
use crate::incident::{IncidentKind, Severity};
use crate::units::UnixMillis;
use crate::verdict::{Reason, Verdict};

/// What has happened that somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// An incident has opened.
    Opened,
    /// An incident that was resolved goes on.
    Reopened,
    /// An incident is over.
    Resolved,
    /// It goes on, and time has passed.
    Reminder,
    /// Nobody has acknowledged it.
    Escalated,
    /// What quiet hours held back.
    Digest,
    /// A person tries a channel.
    Test,
}

impl NoticeKind {
    /// In the order of an incident's life; `test` is last.
    pub const ALL: [Self; 7] = [
        Self::Opened,
        Self::Reopened,
        Self::Resolved,
        Self::Reminder,
        Self::Escalated,
        Self::Digest,
        Self::Test,
    ];

    /// The word in SQL, JSON and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Reopened => "reopened",
            Self::Resolved => "resolved",
            Self::Reminder => "reminder",
            Self::Escalated => "escalated",
            Self::Digest => "digest",
            Self::Test => "test",
        }
    }

    /// The kind of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A journey that the notice is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The number of its incident.
    pub incident: i64,
    /// The journey that the incident is of.
    pub journey: JourneyName,
    /// One sentence for people; may be empty.
    pub title: String,
    /// The location of the run that opened the incident.
    pub location: LocationName,
    /// Words to select it by.
    pub tags: Vec<String>,
    /// Who is to be told; may be empty.
    pub owner: String,
    /// The URL of what to do; may be empty.
    pub runbook: String,
    /// The journeys without which it cannot be good.
    pub depends_on: Vec<JourneyName>,
}

/// What a notice is about where that is no journey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matter {
    /// The number of its incident.
    pub incident: i64,
    /// The beginning of a sentence: `the runner at local`.
    pub name: String,
    /// What was found, when the incident opened; the end of that sentence.
    pub says: String,
}

/// How sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Weight {
    /// Looks since it began.
    pub looks: u32,
    /// Those of them that were bad.
    pub bad_looks: u32,
    /// A journey that is well has so many looks, on average, between two false incidents; 0 where nothing is known of that.
    pub looks_between_false: f64,
    /// Whether it has so many at least, as the rule promises. A plain rule promises nothing: its figure is from the journey's own history.
    pub is_promised: bool,
}

/// What was seen in the run that moved the incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The run that shows it; `wayfarer show` takes it.
    pub run: RunId,
    /// Its verdict: whose fault.
    pub verdict: Verdict,
    /// The reason of that run, which says whose fault it was.
    pub reason: Reason,
    /// What failed, in the journey's words.
    pub message: String,
    /// The step in which it failed.
    pub step: Option<String>,
    /// The check that did not hold.
    pub check: Option<String>,
    /// The value that the check or the failure got.
    pub actual: Option<String>,
    /// The value that was expected.
    pub expected: Option<String>,
    /// The place in the journey's source.
    pub source: Option<String>,
    /// The request that it is about: `POST /orders`.
    pub request: Option<String>,
    /// The host of that request.
    pub host: Option<String>,
    /// The status that it got.
    pub status: Option<u16>,
    /// How the request ended, on one line: `answered 503 after 611ms`.
    pub outcome: Option<String>,
    /// What is different from the last good run, a sentence each.
    pub differences: Vec<String>,
    /// The last good run before; none if there is none or if retention removed it.
    pub last_good_run: Option<RunId>,
}

/// What one message to one channel says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The same for every try and after every restart; another for each event and kind.
    pub id: String,
    /// The conversation: the same for all that is told of one incident, or of incidents that were told of together.
    pub thread: String,
    /// What the incident did, or why people are told again.
    pub kind: NoticeKind,
    /// How urgent it is.
    pub severity: Severity,
    /// The kind of the incident, from which the severity follows; none in a test.
    pub incident_kind: Option<IncidentKind>,
    /// Whose journeys; none for the platform's own.
    pub tenant: Option<TenantName>,
    /// When that happened of which it tells.
    pub at: UnixMillis,
    /// The first bad look.
    pub began: UnixMillis,
    /// When the incident opened.
    pub opened: UnixMillis,
    /// When it was over.
    pub resolved: Option<UnixMillis>,
    /// Who or what closed it, where no good run did: `by ana`, `the journey was removed`.
    pub closed: Option<String>,
    /// The journeys, the one that is described first; empty in a test, and where it is of no journey.
    pub subjects: Vec<Subject>,
    /// What it is about where that is no journey.
    pub matter: Option<Matter>,
    /// The journeys that depend on those which fail, by name: nobody is told of these meanwhile.
    pub hanging: Vec<JourneyName>,
    /// What was seen; none where nothing was.
    pub evidence: Option<Evidence>,
    /// How sure it is; none where nothing was counted.
    pub weight: Option<Weight>,
    /// Where a page shows it.
    pub link: Option<String>,
    /// Headlines of what quiet hours held back; empty in every other kind.
    pub held: Vec<String>,
    /// The channel that is tried, in a test.
    pub channel: Option<String>,
}

impl Notice {
    /// Whether the trouble is over.
    pub fn is_over(&self) -> bool {
        self.kind == NoticeKind::Resolved
    }

    /// A notice that tries a channel.
    pub fn test(channel: &str, tenant: Option<TenantName>, id: String, at: UnixMillis) -> Self {
        Self {
            thread: id.clone(),
            id,
            kind: NoticeKind::Test,
            severity: Severity::Ticket,
            incident_kind: None,
            tenant,
            at,
            began: at,
            opened: at,
            resolved: None,
            closed: None,
            subjects: Vec::new(),
            matter: None,
            hanging: Vec::new(),
            evidence: None,
            weight: None,
            link: None,
            held: Vec::new(),
            channel: Some(channel.to_owned()),
        }
    }
}
