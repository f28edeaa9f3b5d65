//! Journeys in the order that the URL asks for; by tag, if it asks for that.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use wayfarer_model::units::UnixMillis;

use super::query::{OverviewQuery, Sort};
use super::rows::Row;
use crate::protocol::OverviewInfo;
use crate::server::web::charts::Links;

/// Rows whose slots lead to their runs. A page of a thousand journeys would be several megabytes if all did.
const LINKED: usize = 80;

/// Rows below a heading.
#[derive(Debug)]
pub(super) struct Group {
    /// None if nothing is grouped.
    pub(super) tag: Option<String>,
    pub(super) rows: Vec<Row>,
}

/// The rows of the journeys, which are those that are wanted. A journey with several tags is in each of their groups.
pub(super) fn groups(mut journeys: Vec<&OverviewInfo>, query: &OverviewQuery, now: UnixMillis) -> Vec<Group> {
    sort(&mut journeys, query.sort);
    let mut rows = 0;
    let mut row = |journey: &OverviewInfo| {
        rows += 1;
        Row::new(journey, if rows <= LINKED { Links::Each } else { Links::None }, now)
    };
    if !query.is_grouped() {
        return vec![Group { tag: None, rows: journeys.into_iter().map(&mut row).collect() }];
    }
    let mut of_tag: BTreeMap<&str, Vec<&OverviewInfo>> = BTreeMap::new();
    let mut others = Vec::new();
    for journey in journeys {
        for tag in &journey.tags {
            of_tag.entry(tag).or_default().push(journey);
        }
        if journey.tags.is_empty() {
            others.push(journey);
        }
    }
    let named = of_tag.into_iter().map(|(tag, journeys)| (tag.to_owned(), journeys));
    let rest = (!others.is_empty()).then(|| ("without a tag".to_owned(), others));
    let mut group = |(tag, journeys): (String, Vec<&OverviewInfo>)| Group {
        tag: Some(tag),
        rows: journeys.into_iter().map(&mut row).collect(),
    };
    named.chain(rest).map(&mut group).collect()
}

/// Within the order that is asked for, by tenant and name, as they come.
fn sort(journeys: &mut [&OverviewInfo], sort: Sort) {
    match sort {
        Sort::State => journeys.sort_by_key(|journey| journey.state),
        Sort::Name => journeys.sort_by(|a, b| a.journey.cmp(&b.journey)),
        Sort::Success => journeys.sort_by_key(|journey| {
            // Thousandths of a percent; without a counted run at the end.
            let day = journey.day;
            (day.good * 100_000).checked_div(day.counted).unwrap_or(u64::MAX)
        }),
        Sort::P95 => journeys.sort_by_key(|journey| Reverse(journey.p95_us)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::tests::journey;
    use super::*;
    use crate::protocol::JourneyState;

    #[test]
    fn the_worst_is_first_and_a_journey_is_in_the_group_of_each_of_its_tags() {
        let mut journeys = [journey("a"), journey("b"), journey("c")];
        journeys[1].state = JourneyState::Failing;
        journeys[2].p95_us = Some(9);
        journeys[0].tags = vec!["tier-1".to_owned(), "web".to_owned()];
        let names = |query: &OverviewQuery| {
            let groups = groups(journeys.iter().collect(), query, UnixMillis(0));
            let said = groups.into_iter().map(|group| {
                let rows: Vec<_> = group.rows.into_iter().map(|row| row.journey).collect();
                format!("{}: {}", group.tag.unwrap_or_default(), rows.join(" "))
            });
            said.collect::<Vec<_>>().join("; ")
        };
        assert_eq!(names(&OverviewQuery::default()), ": b a c");
        assert_eq!(names(&OverviewQuery { sort: Sort::P95, ..OverviewQuery::default() }), ": c a b");
        let grouped = OverviewQuery { group: "tag".to_owned(), ..OverviewQuery::default() };
        assert_eq!(names(&grouped), "tier-1: a; web: a; without a tag: b c");
    }
}
