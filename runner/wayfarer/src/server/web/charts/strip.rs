//! The last slots of a journey, side by side, the newest at the right. How far a slot's bar rises says how bad it was: a row of good
//! slots is a low, calm line. Each verdict has a form of its own, so that nobody needs its colour.

use std::fmt::Write as _;

use wayfarer_model::verdict::Verdict;

use crate::protocol::SlotInfo;
use crate::server::web::instants::brief;
use crate::server::web::markup::Markup;

/// The width of a slot and the height of the strip, in units of the drawing.
const SLOT: usize = 4;
const HEIGHT: usize = 20;

/// What a slot is drawn as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server::web) enum Mark {
    Passed,
    Flaky,
    Degraded,
    Failed,
    Broken,
    Inconclusive,
    Missed,
    Skipped,
    Cancelled,
}

impl Mark {
    /// In the order of the legend.
    pub(in crate::server::web) const ALL: [Self; 9] = [
        Self::Passed,
        Self::Flaky,
        Self::Degraded,
        Self::Failed,
        Self::Broken,
        Self::Inconclusive,
        Self::Missed,
        Self::Skipped,
        Self::Cancelled,
    ];

    pub(in crate::server::web) fn of(verdict: Verdict, is_flaky: bool) -> Self {
        match verdict {
            _ if is_flaky => Self::Flaky,
            Verdict::Passed => Self::Passed,
            Verdict::Degraded => Self::Degraded,
            Verdict::Failed => Self::Failed,
            Verdict::Broken => Self::Broken,
            Verdict::Inconclusive => Self::Inconclusive,
            Verdict::Missed => Self::Missed,
            Verdict::Skipped => Self::Skipped,
            Verdict::Cancelled => Self::Cancelled,
        }
    }

    pub(in crate::server::web) fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Flaky => "flaky",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Broken => "broken",
            Self::Inconclusive => "inconclusive",
            Self::Missed => "missed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }

    /// Its class in the style sheet.
    pub(in crate::server::web) fn class(self) -> &'static str {
        match self {
            Self::Passed => "p",
            Self::Flaky => "k",
            Self::Degraded => "d",
            Self::Failed => "f",
            Self::Broken => "b",
            Self::Inconclusive => "i",
            Self::Missed => "m",
            Self::Skipped => "s",
            Self::Cancelled => "c",
        }
    }

    /// Its form, as a path after the move to the slot's left edge. All end where they began, so that they can follow each other.
    fn form(self) -> &'static str {
        match self {
            // A low bar.
            Self::Passed => "m0 12h3v8h-3z",
            // A low bar with a dot above.
            Self::Flaky => "m0 12h3v8h-3zm0-6h3v3h-3z",
            // A bar of two parts, of middle height.
            Self::Degraded => "m0 14h3v6h-3zm0-7h3v5h-3z",
            // The whole height.
            Self::Failed => "h3v20h-3z",
            // The whole height, hollow.
            Self::Broken => "h3v20h-3zm1 1v18h1v-18z",
            // A floating square.
            Self::Inconclusive => "m0 8h3v4h-3z",
            // A line on the ground.
            Self::Missed => "m0 18h3v2h-3z",
            // Dots: on the ground, and floating.
            Self::Skipped => "m1 18h1v2h-1z",
            Self::Cancelled => "m1 9h1v2h-1z",
        }
    }
}

/// Whether each slot leads to its run. A page with very many journeys leaves that to their own pages, or it would be too heavy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server::web) enum Links {
    Each,
    None,
}

/// Draws the slots, which come with the oldest first; fewer than `places` stand at the right.
pub(in crate::server::web) fn strip(slots: &[SlotInfo], places: usize, links: Links) -> Markup {
    let width = places * SLOT;
    let first = places.saturating_sub(slots.len());
    let mut svg = format!(
        "<svg class=\"strip\" viewBox=\"0 0 {width} {HEIGHT}\" role=\"group\" aria-label=\"{}\">",
        summary(slots)
    );
    // The ground on which the slots stand, also where there is none yet.
    let _ = write!(svg, "<path class=\"g\" d=\"M0 {HEIGHT}h{width}\"/>");
    let at_places = slots.iter().zip(first..);
    match links {
        Links::Each => {
            for (slot, place) in at_places {
                link(&mut svg, slot, place);
            }
        }
        Links::None => {
            let all: Vec<_> = at_places.collect();
            for mark in Mark::ALL {
                together(&mut svg, mark, &all);
            }
        }
    }
    svg.push_str("</svg>");
    Markup::drawn(svg)
}

fn link(svg: &mut String, slot: &SlotInfo, place: usize) {
    let mark = Mark::of(slot.verdict, slot.flaky);
    let (class, form, word, x) = (mark.class(), mark.form(), mark.word(), place * SLOT);
    let at = brief(slot.run.slot());
    let (quiet, aside) = match (slot.void, slot.maintenance) {
        (true, _) => (" q", ", void"),
        (false, true) => (" q", ", in maintenance"),
        (false, false) => ("", ""),
    };
    // A keyboard reaches runs by the journey's page: sixty stops for each journey would be no help. The script adds arrow keys.
    let _ = write!(
        svg,
        "<a href=\"/runs/{}\" tabindex=\"-1\"><title>{at} {word}{aside}</title><path class=\"{class}{quiet}\" d=\"M{x} 0{form}\"/><rect x=\"{x}\" width=\"4\" height=\"20\"/></a>",
        slot.run
    );
}

/// All slots of one mark as one path. Most have passed: a dashed line draws as many of them as follow each other.
fn together(svg: &mut String, mark: Mark, all: &[(&SlotInfo, usize)]) {
    let mut path = String::new();
    let is_of_mark = |(slot, _): &&(&SlotInfo, usize)| Mark::of(slot.verdict, slot.flaky) == mark;
    if mark == Mark::Passed {
        let places: Vec<usize> = all.iter().filter(is_of_mark).map(|(_, place)| *place).collect();
        for row in places.chunk_by(|one, other| one + 1 == *other) {
            let first = row.first().copied().unwrap_or_default();
            let _ = write!(path, "M{} 16h{}", first * SLOT, row.len() * SLOT - 1);
        }
        if !path.is_empty() {
            let _ = write!(svg, "<path class=\"r\" d=\"{path}\"/>");
        }
        return;
    }
    for (_, place) in all.iter().filter(is_of_mark) {
        let _ = write!(path, "M{} 0{}", place * SLOT, mark.form());
    }
    if !path.is_empty() {
        let _ = write!(svg, "<path class=\"{}\" d=\"{path}\"/>", mark.class());
    }
}

/// What a screen reader says: `60 slots: 57 passed, 2 failed, 1 missed`.
fn summary(slots: &[SlotInfo]) -> String {
    let of = |mark| slots.iter().filter(|slot| Mark::of(slot.verdict, slot.flaky) == mark).count();
    let said: Vec<String> = Mark::ALL
        .into_iter()
        .map(|mark| (of(mark), mark.word()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let slots = crate::server::web::figures::counted(slots.len(), "slot");
    if said.is_empty() { slots } else { format!("{slots}: {}", said.join(", ")) }
}

/// A small drawing of one mark, for the legend.
pub(in crate::server::web) fn legend(mark: Mark) -> Markup {
    Markup::drawn(format!(
        "<svg class=\"mark\" viewBox=\"0 0 3 {HEIGHT}\" aria-hidden=\"true\"><path class=\"{}\" d=\"M0 0{}\"/></svg>",
        mark.class(),
        mark.form()
    ))
}

#[cfg(test)]
mod tests {
    use wayfarer_model::ids::RunId;
    use wayfarer_model::units::UnixMillis;

    use super::*;

    fn slots() -> Vec<SlotInfo> {
        let slot = |(number, verdict): (u64, Verdict)| SlotInfo {
            run: RunId::new(UnixMillis(1_790_000_000_000 + number * 1_000), [7; 10]),
            verdict,
            flaky: number == 1,
            maintenance: number == 2,
            void: false,
        };
        (0..).zip([Verdict::Passed, Verdict::Passed, Verdict::Failed, Verdict::Broken]).map(slot).collect()
    }

    #[test]
    fn each_slot_leads_to_its_run() {
        insta::assert_snapshot!(strip(&slots(), 5, Links::Each).to_string().replace("><", ">\n<"));
    }

    #[test]
    fn without_links_slots_of_a_mark_are_one_path() {
        insta::assert_snapshot!(strip(&slots(), 4, Links::None).to_string().replace("><", ">\n<"));
        assert!(strip(&[], 4, Links::None).to_string().contains("aria-label=\"0 slots\""));
    }

    #[test]
    fn no_two_marks_have_the_same_form() {
        for (place, one) in Mark::ALL.iter().enumerate() {
            for other in &Mark::ALL[place + 1..] {
                assert_ne!((one.form(), one.class()), (other.form(), other.class()));
                assert_ne!(one.form(), other.form());
            }
        }
    }
}
