//! A notice in words, for every channel: the headline, a text for a telephone, and the facts.
//!
//! Every text that comes out is printable: what a journey or a target wrote cannot break a line or command a terminal. Markup
//! of a channel is escaped by the channel.

use super::facts::{Evidence, Notice, NoticeKind, Subject};
use super::text::clip;
use crate::ids::{JourneyName, TenantName};
use crate::incident::IncidentKind;
use crate::text::printable;
use crate::units::{Micros, UnixMillis};
use crate::verdict::Verdict;

/// The longest text for a telephone, in characters.
pub const PHONE: usize = 400;

/// The longest headline, in characters.
const HEADLINE: usize = 150;

/// The longest value of a fact, in characters.
const VALUE: usize = 700;

/// How many notices of a digest are told: channels take some fifty blocks, or some kilobytes.
const HELD: usize = 40;

/// How many journeys of a group are named.
const NAMED: usize = 20;

/// One fact, for a line or a cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it says: `Step`.
    pub name: &'static str,
    /// The value, on one line.
    pub value: String,
}

impl Notice {
    /// One line that says all that somebody has to know who reads nothing else; at most 150 characters.
    pub fn headline(&self) -> String {
        let text = match self.kind {
            NoticeKind::Opened | NoticeKind::Reopened | NoticeKind::Reminder | NoticeKind::Resolved
                if self.incident_kind.is_some_and(IncidentKind::is_expiry) && self.closed.is_none() =>
            {
                let says = self.matter.as_ref().map_or("", |matter| &matter.says);
                if self.is_over() {
                    format!("{} is renewed", self.who())
                } else {
                    format!("{} expires {says}", self.who())
                }
            }
            NoticeKind::Test => {
                let channel = self.channel.as_deref().unwrap_or("?");
                format!("Test notice from Wayfarer for the channel {channel}")
            }
            NoticeKind::Digest => {
                let count = self.held.len();
                format!("{count} {} while it was quiet", if count == 1 { "notice" } else { "notices" })
            }
            NoticeKind::Resolved => match &self.closed {
                Some(how) => {
                    format!("the incident of {} was closed after {}: {how}", self.who(), self.lasted())
                }
                None => format!("{} {} again after {}", self.who(), self.works(), self.lasted()),
            },
            NoticeKind::Opened => format!("{} {}", self.who(), self.what_is_wrong("")),
            NoticeKind::Reopened => format!("{} {}", self.who(), self.what_is_wrong("again ")),
            NoticeKind::Reminder => {
                format!("{} {}, for {}", self.who(), self.what_is_wrong("still "), self.lasted())
            }
            NoticeKind::Escalated => {
                format!("Nobody has acknowledged: {} {}", self.who(), self.what_is_wrong(""))
            }
        };
        clip(&printable(&text), HEADLINE)
    }

    /// Whose journeys and where: `acme · local`.
    pub fn place(&self) -> String {
        let tenant = self.tenant.as_ref().map(TenantName::as_str);
        let mut locations: Vec<&str> =
            self.subjects.iter().map(|subject| subject.location.as_str()).collect();
        locations.sort_unstable();
        locations.dedup();
        tenant.into_iter().chain(locations).collect::<Vec<_>>().join(" · ")
    }

    /// What fits on the screen of a telephone: at most [`PHONE`] characters, the most important first.
    pub fn phone(&self) -> String {
        let mut text = self.headline();
        let mut add = |more: String, before: &str| {
            let room = PHONE.saturating_sub(text.chars().count() + before.chars().count());
            if more.is_empty() || room < 24 {
                return;
            }
            text.push_str(before);
            text.push_str(&clip(&more, room));
        };
        let place = self.place();
        add(if place.is_empty() { String::new() } else { format!("({place})") }, " ");
        for held in self.held.iter().take(4) {
            add(printable(held).into_owned(), "\n");
        }
        if !matches!(self.kind, NoticeKind::Test | NoticeKind::Digest) {
            add(format!("since {}", clock(self.began)), "\n");
            if !self.is_over() {
                add(self.fault().map(|fault| format!("fault: {fault}")).unwrap_or_default(), "; ");
                add(self.values().unwrap_or_default(), "\n");
                add(self.agreement().unwrap_or_default(), "\n");
                add(self.hangs().map(|names| format!("hang on it: {names}")).unwrap_or_default(), "\n");
            }
            add(self.command().unwrap_or_default(), "\n");
        }
        text
    }

    /// Everything else that there is to say, in the order of importance. Facts without a value are left out.
    pub fn facts(&self) -> Vec<Fact> {
        let mut facts = Vec::new();
        let mut say = |name: &'static str, value: Option<String>| {
            let value = value.map(|value| clip(&printable(&value), VALUE));
            facts.extend(value.filter(|value| !value.is_empty()).map(|value| Fact { name, value }));
        };
        if matches!(self.kind, NoticeKind::Test | NoticeKind::Digest) {
            for held in self.held.iter().take(HELD) {
                say("Held", Some(held.clone()));
            }
            let more = self.held.len().saturating_sub(HELD);
            say("And", (more > 0).then(|| format!("{more} more: `wayfarer incidents list --all` has them")));
            return facts;
        }
        let (first, evidence) = (self.subjects.first(), self.evidence.as_ref());
        say("Since", Some(self.began.rfc3339()));
        say("Until", self.resolved.map(UnixMillis::rfc3339));
        say("Whose fault", self.fault());
        say("Found", self.matter.as_ref().map(|matter| matter.says.clone()));
        say("Journeys", self.names());
        say("Title", first.filter(|_| self.subjects.len() == 1).map(|subject| subject.title.clone()));
        say("Place", Some(self.place()));
        say("Step", evidence.and_then(|evidence| evidence.step.clone()));
        say("Check", evidence.and_then(|evidence| evidence.check.clone()));
        say("Expected", evidence.and_then(|evidence| evidence.expected.clone()));
        say("Actual", evidence.and_then(|evidence| evidence.actual.clone()));
        say("Message", evidence.map(|evidence| evidence.message.clone()));
        say("Source", evidence.and_then(|evidence| evidence.source.clone()));
        let differences = evidence.map(|evidence| evidence.differences.join("; "));
        say("Other than in the last good run", differences.filter(|_| !self.is_over()));
        say("Looks", self.agreement());
        say("Owner", first.map(|subject| subject.owner.clone()));
        say("Runbook", first.map(|subject| subject.runbook.clone()));
        let needs = |subject: &Subject| {
            let names: Vec<&str> = subject.depends_on.iter().map(JourneyName::as_str).collect();
            names.join(", ")
        };
        say("Depends on", first.map(needs));
        say("Hang on it", self.hangs());
        say("Command", self.command());
        say("Page", self.link.clone());
        facts
    }

    /// Headline and facts as plain text, a line each.
    pub fn plain(&self) -> String {
        let facts = self.facts();
        let lines = facts.iter().map(|fact| format!("\n{}: {}", fact.name, fact.value));
        format!("{}\n{}\n", self.headline(), lines.collect::<String>())
    }

    /// The same as Markdown.
    pub fn markdown(&self) -> String {
        let facts = self.facts();
        let lines = facts.iter().map(|fact| format!("\n- **{}**: {}", fact.name, markdown_text(&fact.value)));
        format!("**{}**\n{}\n", markdown_text(&self.headline()), lines.collect::<String>())
    }

    /// The command that shows the run, or the incident where no run shows it.
    pub fn command(&self) -> Option<String> {
        if let Some(evidence) = &self.evidence {
            return Some(format!("wayfarer show {}", evidence.run));
        }
        let of_matter = self.matter.as_ref().map(|matter| matter.incident);
        let incident = of_matter.or_else(|| Some(self.subjects.first()?.incident))?;
        Some(format!("wayfarer incidents show {incident}"))
    }

    /// How many looks agree, and how often a journey that is well gets as far.
    pub fn agreement(&self) -> Option<String> {
        let weight = self.weight.filter(|_| !self.is_over())?;
        let looks = if weight.looks == 1 { "look" } else { "looks" };
        let agree = format!("{} of {} {looks} bad", weight.bad_looks, weight.looks);
        if weight.looks_between_false < 2.0 {
            return Some(agree);
        }
        let most = weight.looks_between_false.min(1e15) as u64;
        let how = if weight.is_promised { "at most" } else { "about" };
        Some(format!("{agree}; false {how} once in {} looks", grouped(most)))
    }

    fn who(&self) -> String {
        match self.subjects.as_slice() {
            [] => self.matter.as_ref().map_or("the runner", |matter| &matter.name).to_owned(),
            [one] => one.journey.to_string(),
            all => {
                let mut names: Vec<&str> = all.iter().map(|subject| subject.journey.as_str()).collect();
                names.sort_unstable();
                names.dedup();
                match names.as_slice() {
                    [one] => format!("{one} at {} locations", all.len()),
                    _ => format!("{} journeys", names.len()),
                }
            }
        }
    }

    /// Whether the verbs of the headline are those of one thing.
    fn is_single(&self) -> bool {
        let first = self.subjects.first().map(|subject| &subject.journey);
        self.subjects.iter().all(|subject| Some(&subject.journey) == first)
    }

    fn works(&self) -> &'static str {
        match (self.incident_kind, self.is_single()) {
            (Some(IncidentKind::NoData), true) => "has results",
            (Some(IncidentKind::NoData), false) => "have results",
            (Some(IncidentKind::CommonMode | IncidentKind::RunnerUnwell), _) => "is well",
            (Some(IncidentKind::Certificate | IncidentKind::Domain), _) => "is valid",
            (_, true) => "works",
            (_, false) => "work",
        }
    }

    fn what_is_wrong(&self, adverb: &str) -> String {
        let single = self.is_single();
        let by_number = |one: &'static str, many: &'static str| if single { one } else { many };
        let verb = match self.incident_kind {
            Some(IncidentKind::Failing) => by_number("fails", "fail"),
            Some(IncidentKind::Broken) => by_number("is broken", "are broken"),
            Some(IncidentKind::Unproven) => {
                by_number("fails since its deployment", "fail since their deployment")
            }
            Some(IncidentKind::OverBudget) => by_number("is over its budget", "are over their budgets"),
            Some(IncidentKind::Flaky) => by_number("is too flaky to page", "are too flaky to page"),
            Some(IncidentKind::NoData) => by_number("has no results", "have no results"),
            Some(IncidentKind::Certificate | IncidentKind::Domain) => "expires",
            Some(IncidentKind::CommonMode) => "may be at fault",
            Some(IncidentKind::RunnerUnwell) => "is unwell",
            None => by_number("has trouble", "have trouble"),
        };
        let verb = if adverb == "again " { format!("{verb} again") } else { format!("{adverb}{verb}") };
        let Some(evidence) = &self.evidence else {
            return self.matter.as_ref().map_or(verb.clone(), |matter| format!("{verb}: {}", matter.says));
        };
        let (place, what) = (place(evidence), what(evidence));
        match (place, what) {
            (Some(place), Some(what)) => format!("{verb} at {place}: {what}"),
            (Some(place), None) => format!("{verb} at {place}"),
            (None, Some(what)) => format!("{verb}: {what}"),
            (None, None) => verb,
        }
    }

    fn lasted(&self) -> String {
        let until = self.resolved.unwrap_or(self.at);
        lasting(until.0.saturating_sub(self.began.0))
    }

    /// Whose fault, and by what evidence.
    fn fault(&self) -> Option<String> {
        if self.incident_kind == Some(IncidentKind::RunnerUnwell) {
            return Some("the runner's".to_owned());
        }
        let evidence = self.evidence.as_ref()?;
        let whose = match evidence.verdict {
            Verdict::Failed => "the target's",
            Verdict::Broken => "the journey's",
            Verdict::Inconclusive | Verdict::Missed => "the runner's",
            _ => return None,
        };
        let by = evidence.outcome.clone().or_else(|| {
            let check = evidence.check.as_ref()?;
            Some(format!("the check \"{check}\" did not hold"))
        });
        let by = by.unwrap_or_else(|| evidence.message.clone());
        Some(printable(&format!("{whose} ({}): {by}", evidence.reason)).into_owned())
    }

    /// What was expected, and what was there instead.
    fn values(&self) -> Option<String> {
        let evidence = self.evidence.as_ref()?;
        let text = match (&evidence.check, &evidence.expected, &evidence.actual) {
            (check, Some(expected), Some(actual)) => {
                let check = check.as_ref().map(|check| format!("{check}: ")).unwrap_or_default();
                format!("{check}expected {}, got {}", clip(expected, 60), clip(actual, 60))
            }
            (Some(check), ..) => check.clone(),
            _ => evidence.message.clone(),
        };
        Some(printable(&text).into_owned())
    }

    /// The names of the journeys of a group.
    fn names(&self) -> Option<String> {
        (self.subjects.len() > 1).then(|| listed(self.subjects.iter().map(|subject| &subject.journey)))
    }

    /// How many journeys hang on those that fail, and which.
    fn hangs(&self) -> Option<String> {
        match self.hanging.len() {
            _ if self.is_over() => None,
            0 => None,
            1 => Some(format!("1 journey ({})", listed(&self.hanging))),
            count => Some(format!("{count} journeys ({})", listed(&self.hanging))),
        }
    }
}

/// Names of journeys, each once; the first of them if they are many.
fn listed<'a>(journeys: impl IntoIterator<Item = &'a JourneyName>) -> String {
    let mut names: Vec<&str> = journeys.into_iter().map(JourneyName::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

/// Where it failed, for the headline.
fn place(evidence: &Evidence) -> Option<String> {
    match (&evidence.request, &evidence.host) {
        (Some(request), Some(host)) => Some(format!("{} of {host}", clip(request, 60))),
        (Some(request), None) => Some(clip(request, 60)),
        _ => evidence.step.as_ref().map(|step| format!("\"{}\"", clip(step, 40))),
    }
}

/// What was wrong there, for the headline.
fn what(evidence: &Evidence) -> Option<String> {
    let status = evidence.status.filter(|status| *status >= 400).map(|status| status.to_string());
    let check = evidence.check.as_ref().map(|check| clip(check, 60));
    let what = status.or(check).unwrap_or_else(|| clip(&evidence.message, 60));
    (!what.is_empty()).then_some(what)
}

/// The time of day alone, such as `12:03:20 UTC`.
fn clock(at: UnixMillis) -> String {
    let text = at.rfc3339();
    let time = text.get(11..19).unwrap_or(&text);
    format!("{time} UTC")
}

/// `45s`, `12m05s`, `3h20m` or `2d4h`.
fn lasting(millis: u64) -> String {
    match millis / 1_000 {
        seconds if seconds < 60 => Micros(millis * 1_000).to_string(),
        seconds if seconds < 3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        seconds if seconds < 86_400 => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
        seconds => format!("{}d{}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// With a comma at each thousand, such as `1,296,000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A text in which no character is a mark of Markdown.
fn markdown_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if matches!(letter, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
