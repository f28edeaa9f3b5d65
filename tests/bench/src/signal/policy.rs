//! The rules that are compared: the one of `wayfarer-model`, and those that other monitors have.

use std::time::Duration;

use wayfarer_model::context::Lane;
use wayfarer_model::incident::{Budget, Outcomes, Plain, Rule, Settings, mean_transient};
use wayfarer_model::journey_watch::{JourneyWatch, Moved, WatchedRow};
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};

use super::world::Ran;

/// What a run changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// Somebody is paged.
    Opened,
    /// The incident of a short time ago goes on: nobody is paged anew.
    Joined,
    /// The incident is over.
    Closed,
}

/// From a run to a retry of a plain policy, and from one confirmation run to the next.
const RETRY_MS: u64 = 2_000;
const CONFIRM_MS: u64 = 10_000;

/// A plain policy by its kind; the number makes it stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// So many runs in a row fail; 1 is the first failure.
    InARow(u8),
    /// So many of one more.
    OfOneMore(u8),
    /// A run is retried so often at once.
    Retries(u8),
    /// A failure is followed by so many confirmation runs, which all fail.
    Confirmed(u8),
}

impl Kind {
    pub(super) fn name(self) -> String {
        match self {
            Self::InARow(1) => "first failure".to_owned(),
            Self::InARow(n) => format!("{n} in a row"),
            Self::OfOneMore(n) => format!("{n} of {}", n + 1),
            Self::Retries(1) => "one retry".to_owned(),
            Self::Retries(n) => format!("{n} retries"),
            Self::Confirmed(n) => format!("{n} confirmations"),
        }
    }

    pub(super) fn start(self) -> Policy {
        Policy::Plain(Counting { kind: self, outcomes: Outcomes::default(), extra: None, is_open: false })
    }
}

/// A rule with its state.
#[derive(Debug, Clone)]
pub(super) enum Policy {
    Ours(Box<Ours>),
    Plain(Counting),
}

impl Policy {
    /// The rule with its default settings for a tenant of that many journeys at that interval.
    pub(super) fn ours(settings: Settings) -> anyhow::Result<Self> {
        let row = WatchedRow {
            number: 0,
            version: 1,
            location: "local".parse()?,
            lane: Lane::Scheduled,
            slot: UnixMillis(0),
            seq: 0,
            started_at: None,
            ended_at: UnixMillis(0),
            verdict: Verdict::Passed,
            reason: Reason::None,
            is_muted: false,
            rule: None,
        };
        Ok(Self::Ours(Box::new(Ours { settings, watch: JourneyWatch::default(), row, is_open: false })))
    }

    /// When the policy wants a run beside the schedule.
    pub(super) fn wants(&self) -> Option<u64> {
        match self {
            Self::Ours(ours) => ours.watch.wants(&ours.settings).map(|at| at.0),
            Self::Plain(counting) => counting.extra.map(|(_, at)| at),
        }
    }

    pub(super) fn ran(&mut self, is_scheduled: bool, ran: Ran) -> Option<Event> {
        match self {
            Self::Ours(ours) => ours.ran(is_scheduled, ran),
            Self::Plain(counting) => counting.ran(is_scheduled, ran),
        }
    }
}

/// The settings of a tenant with so many journeys at that interval.
pub(super) fn settings(journeys: u32, interval_ms: u64) -> Settings {
    let looks_a_day = f64::from(journeys) * 86_400_000.0 / interval_ms as f64;
    Settings::within(Budget::default(), looks_a_day)
}

/// The rule of `wayfarer-model`, as the server folds rows with it.
#[derive(Debug, Clone)]
pub(super) struct Ours {
    settings: Settings,
    watch: JourneyWatch,
    row: WatchedRow,
    is_open: bool,
}

impl Ours {
    fn ran(&mut self, is_scheduled: bool, ran: Ran) -> Option<Event> {
        let row = &mut self.row;
        row.number += 1;
        row.lane = if is_scheduled { Lane::Scheduled } else { Lane::Confirm };
        (row.slot, row.started_at) = (UnixMillis(ran.started), Some(UnixMillis(ran.started)));
        row.ended_at = UnixMillis(ran.ended);
        (row.verdict, row.reason) =
            if ran.is_bad { (Verdict::Failed, Reason::Timeout) } else { (Verdict::Passed, Reason::None) };
        let moves = self.watch.see(row, &self.settings);
        let event = match moves.first()?.what {
            Moved::Opened(_) => Event::Opened,
            Moved::Reopened => Event::Joined,
            Moved::Closed => Event::Closed,
        };
        self.is_open = event != Event::Closed;
        Some(event)
    }
}

/// A plain policy. It closes with the first good run.
#[derive(Debug, Clone)]
pub(super) struct Counting {
    kind: Kind,
    outcomes: Outcomes,
    /// How many runs beside the schedule are left, and when the next is due.
    extra: Option<(u8, u64)>,
    is_open: bool,
}

impl Counting {
    fn ran(&mut self, is_scheduled: bool, ran: Ran) -> Option<Event> {
        if !ran.is_bad {
            self.extra = None;
            self.outcomes.push(false);
            return std::mem::take(&mut self.is_open).then_some(Event::Closed);
        }
        let opens = match self.kind {
            Kind::InARow(n) => self.counts(n, n),
            Kind::OfOneMore(n) => self.counts(n, n + 1),
            Kind::Retries(n) => self.all_fail(is_scheduled, n, ran.ended + RETRY_MS),
            Kind::Confirmed(n) => self.all_fail(is_scheduled, n, ran.ended + CONFIRM_MS),
        };
        let was_open = self.is_open;
        self.is_open |= opens;
        (opens && !was_open).then_some(Event::Opened)
    }

    fn counts(&mut self, bad: u8, of: u8) -> bool {
        self.outcomes.push(true);
        Plain::new(bad, of).is_ok_and(|rule| rule.opens(self.outcomes))
    }

    /// Whether the failure and all runs that follow it have failed.
    fn all_fail(&mut self, is_scheduled: bool, runs: u8, at: u64) -> bool {
        let left = match self.extra {
            Some((left, _)) if !is_scheduled => left - 1,
            _ if self.is_open => 0,
            // A slot that comes meanwhile is one of them.
            Some((left, _)) => left - 1,
            None => runs,
        };
        self.extra = (left > 0).then_some((left, at));
        left == 0
    }
}

/// Whether a policy's incident is open.
pub(super) fn is_open(policy: &Policy) -> bool {
    match policy {
        Policy::Ours(ours) => ours.is_open,
        Policy::Plain(counting) => counting.is_open,
    }
}

/// The settings with another threshold.
pub(super) fn bounded_by(settings: Settings, threshold: f64) -> Settings {
    Settings { rule: Rule::Bounded(threshold), ..settings }
}

/// The settings for transients of which nine in ten pass within so many seconds.
pub(super) fn with_transient(settings: Settings, seconds: u64) -> Settings {
    Settings { tau: mean_transient(Duration::from_secs(seconds)), ..settings }
}
