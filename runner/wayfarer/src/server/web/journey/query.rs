//! What the URL of a journey's page asks for: a range of time, verdicts, and where the list of runs goes on.

use serde::Deserialize;
use url::form_urlencoded::Serializer;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Verdict;
use wayfarer_store::RunCursor;

/// Ranges that end now, each with its name.
pub(super) const SPANS: [(&str, u64); 6] = [
    ("1h", 3_600_000),
    ("6h", 6 * 3_600_000),
    ("24h", 24 * 3_600_000),
    ("7d", 7 * 24 * 3_600_000),
    ("30d", 30 * 24 * 3_600_000),
    ("90d", 90 * 24 * 3_600_000),
];
const USUAL: &str = "24h";

/// Everything may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(in crate::server::web) struct JourneyQuery {
    /// One of [`SPANS`].
    pub(super) range: String,
    /// In place of `range`, in unix milliseconds: as a chart is dragged.
    pub(super) from: Option<u64>,
    pub(super) until: Option<u64>,
    /// The word of a verdict.
    pub(super) verdict: String,
    /// The list goes on after this run: its slot, a hyphen, and its number.
    pub(super) before: String,
}

impl JourneyQuery {
    /// From when until when.
    pub(super) fn span(&self, now: UnixMillis) -> (UnixMillis, UnixMillis) {
        if let (Some(from), Some(until)) = (self.from, self.until)
            && from < until
        {
            return (UnixMillis(from), UnixMillis(until));
        }
        let named = |name: &str| SPANS.iter().find(|(known, _)| *known == name).map(|(_, length)| *length);
        let length = named(self.name()).unwrap_or_default();
        (UnixMillis(now.0.saturating_sub(length)), UnixMillis(now.0 + 1))
    }

    /// The name of the range; empty for one that was dragged.
    pub(super) fn name(&self) -> &str {
        if self.from.is_some() && self.until.is_some() {
            return "";
        }
        let is_known = SPANS.iter().any(|(known, _)| *known == self.range);
        if is_known { &self.range } else { USUAL }
    }

    pub(super) fn verdict(&self) -> Option<Verdict> {
        Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == self.verdict)
    }

    pub(super) fn before(&self) -> Option<(UnixMillis, RunCursor)> {
        let (slot, number) = self.before.split_once('-')?;
        Some((UnixMillis(slot.parse().ok()?), RunCursor(number.parse().ok()?)))
    }

    /// The URL of the journey's page that asks for this.
    pub(super) fn url(&self, page: &str) -> String {
        let mut query = Serializer::new(String::new());
        let instant = |at: Option<u64>| at.map(|at| at.to_string()).unwrap_or_default();
        let range = if self.name() == USUAL { "" } else { self.name() };
        let (from, until) = (instant(self.from), instant(self.until));
        let pairs = [
            ("range", range),
            ("from", &from),
            ("until", &until),
            ("verdict", &self.verdict),
            ("before", &self.before),
        ];
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        match query.finish() {
            query if query.is_empty() => page.to_owned(),
            query => format!("{page}?{query}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_a_name_or_two_ends() {
        let now = UnixMillis(1_790_000_000_000);
        let query = JourneyQuery { range: "6h".to_owned(), ..JourneyQuery::default() };
        assert_eq!(query.span(now).0, UnixMillis(now.0 - 6 * 3_600_000));
        assert_eq!(query.url("/j"), "/j?range=6h");
        let odd = JourneyQuery { range: "yesterday".to_owned(), ..JourneyQuery::default() };
        assert_eq!((odd.name(), odd.url("/j").as_str()), ("24h", "/j"));
        let dragged = JourneyQuery { from: Some(5), until: Some(9), ..JourneyQuery::default() };
        assert_eq!((dragged.span(now), dragged.name()), ((UnixMillis(5), UnixMillis(9)), ""));
        let empty = JourneyQuery { from: Some(9), until: Some(9), ..JourneyQuery::default() };
        assert!(empty.span(now).0 < empty.span(now).1);
    }

    #[test]
    fn the_list_goes_on_after_a_run() {
        let query = |before: &str| JourneyQuery { before: before.to_owned(), ..JourneyQuery::default() };
        assert_eq!(query("12-7").before(), Some((UnixMillis(12), RunCursor(7))));
        assert_eq!(query("12").before(), None);
        assert_eq!(query("a-b").before(), None);
    }
}
