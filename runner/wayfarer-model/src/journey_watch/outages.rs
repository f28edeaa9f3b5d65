//! Runs that fail: the journey's own track, and a second one behind an open ticket.
//!
//! A journey that fails often by chance (`flaky`) and a version that never worked (`unproven`) are tickets for an author. They page nobody and may
//! stay open for weeks, and a real outage begins meanwhile. So behind an open ticket a second track looks on, from rest:
//!
//! - it opens `failing`, by the part of the detector for a target that is down ([`Rule::Outage`]): more of the same chance failures are no outage.
//!   (A ticket stays open where a quarter of the looks fail; so the part for a target that is half down would page for each of them in the end.)
//! - an unproven version's own panics are no looks of it.
//!
//! Its bound is the detector's own: it begins at rest once the ticket is open, and has to reach the threshold by itself. When the ticket is over
//! before the outage, the second track becomes the journey's own, so there is never more than one `failing` incident open.

use super::moves::IncidentMove;
use super::row::WatchedRow;
use super::track::Track;
use crate::incident::{IncidentKind, Rule, Settings};

/// Both tracks of a journey.
pub(super) struct Outages<'a> {
    pub(super) own: &'a mut Track,
    /// None before the first ticket.
    pub(super) behind: &'a mut Option<Box<Track>>,
}

/// A row as the signal reads it.
pub(super) struct FailingLook<'a> {
    pub(super) row: &'a WatchedRow,
    pub(super) is_bad: bool,
    /// Whether it failed by a bug of a version that never worked.
    pub(super) is_own_bug: bool,
}

impl Outages<'_> {
    /// Takes a row into account. `settings` are those of the row's version, `tenants` those of its tenant, which have a bound.
    pub(super) fn see(
        &mut self,
        look: &FailingLook<'_>,
        settings: &Settings,
        tenants: &Settings,
    ) -> Vec<IncidentMove> {
        let FailingLook { row, is_bad, is_own_bug } = *look;
        let had_ticket = self.own.has_open_ticket();
        let mut moves = Vec::new();
        if had_ticket && !is_own_bug {
            let own = &*self.own;
            let behind = self.behind.get_or_insert_with(|| Box::new(Track::behind(own)));
            moves.extend(behind.see(row, is_bad, &of_outages(tenants), |_| IncidentKind::Failing));
        }
        moves.extend(self.own.see(row, is_bad, settings, |is_too_flaky| match (is_own_bug, is_too_flaky) {
            (true, _) => IncidentKind::Unproven,
            (false, true) => IncidentKind::Flaky,
            (false, false) => IncidentKind::Failing,
        }));
        if had_ticket != self.own.has_open_ticket() {
            self.turn_over();
        }
        moves
    }

    /// A person says that an incident of this kind is over.
    pub(super) fn resolve(&mut self, kind: IncidentKind) {
        match self.behind {
            Some(behind) if kind == IncidentKind::Failing && behind.is_open() => behind.begin_again(),
            _ => {
                self.own.begin_again();
                self.turn_over();
            }
        }
    }

    /// A ticket has opened or is over.
    fn turn_over(&mut self) {
        match self.behind.take() {
            Some(behind) if behind.is_open() && !self.own.is_open() => *self.own = *behind,
            Some(mut behind) => {
                behind.rest(self.own);
                *self.behind = Some(behind);
            }
            None => {}
        }
    }
}

fn of_outages(settings: &Settings) -> Settings {
    match settings.rule {
        Rule::Bounded(threshold) => Settings { rule: Rule::Outage(threshold), ..*settings },
        Rule::Plain(_) | Rule::Outage(_) => *settings,
    }
}
