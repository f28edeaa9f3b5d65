//! The data of a notice. Texts in it are those of journeys and targets: whoever shows one makes it printable first, as
//! [`Notice::facts`] and its kin do.

use serde::{Deserialize, Serialize};

use crate::ids::{JourneyName, LocationName, RunId, TenantName};
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

/// How urgent it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth waking up for.
    Page,
    /// It waits for working hours: nobody is woken.
    Ticket,
}

impl Severity {
    /// The word in SQL, JSON and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }
}

/// What is wrong: the kind of the incident.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Trouble {
    /// Runs fail by the target's fault.
    Failing,
    /// The journey itself is wrong.
    Broken,
    /// The journey's newest version has never been good.
    Unproven,
    /// Runs end well, but break soft checks or latency budgets.
    OverBudget,
    /// It fails too often by itself for a page.
    Flaky,
    /// Nothing is known: no counted run.
    NoData,
    /// Any other kind, by its word.
    Other(String),
}

impl Trouble {
    /// The word in SQL, JSON and documents.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Failing => "failing",
            Self::Broken => "broken",
            Self::Unproven => "unproven",
            Self::OverBudget => "over-budget",
            Self::Flaky => "flaky",
            Self::NoData => "no-data",
            Self::Other(word) => word,
        }
    }

    /// What fails pages, and so does blindness; what only an author can mend is a ticket.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Failing | Self::NoData => Severity::Page,
            Self::Broken | Self::Unproven | Self::OverBudget | Self::Flaky | Self::Other(_) => {
                Severity::Ticket
            }
        }
    }
}

impl From<String> for Trouble {
    fn from(word: String) -> Self {
        match word.as_str() {
            "failing" => Self::Failing,
            "broken" => Self::Broken,
            "unproven" => Self::Unproven,
            "over-budget" => Self::OverBudget,
            "flaky" => Self::Flaky,
            "no-data" => Self::NoData,
            _ => Self::Other(word),
        }
    }
}

impl From<Trouble> for String {
    fn from(trouble: Trouble) -> Self {
        trouble.as_str().to_owned()
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

/// How sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Weight {
    /// Looks since it began.
    pub looks: u32,
    /// Those of them that were bad.
    pub bad_looks: u32,
    /// A journey that is well has so many looks, on average at least, between two false incidents; 0 where no bound is stated.
    pub looks_between_false: f64,
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
    /// The kind of the incident, from which the severity follows.
    pub trouble: Trouble,
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
    /// The journeys, the one that is described first; empty in a test.
    pub subjects: Vec<Subject>,
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
            trouble: Trouble::Other("test".to_owned()),
            tenant,
            at,
            began: at,
            opened: at,
            resolved: None,
            subjects: Vec::new(),
            evidence: None,
            weight: None,
            link: None,
            held: Vec::new(),
            channel: Some(channel.to_owned()),
        }
    }
}
