//! The headline of the overview, and how many journeys are in each state.

use super::query::OverviewQuery;
use crate::protocol::{JourneyState, OverviewInfo};
use crate::server::web::figures::counted;

/// A state to choose from.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StateChoice {
    pub(super) state: JourneyState,
    pub(super) count: usize,
    /// Asks for this state alone, or for all again if it is chosen already.
    pub(super) url: String,
    pub(super) is_chosen: bool,
}

/// The states that any of the journeys is in, the worst first.
pub(super) fn choices(journeys: &[&OverviewInfo], query: &OverviewQuery) -> Vec<StateChoice> {
    let choice = |state: JourneyState| {
        let count = journeys.iter().filter(|journey| journey.state == state).count();
        let is_chosen = query.state == state.as_str();
        let chosen = if is_chosen { String::new() } else { state.as_str().to_owned() };
        let url = OverviewQuery { state: chosen, ..query.clone() }.url();
        (count > 0 || is_chosen).then_some(StateChoice { state, count, url, is_chosen })
    };
    JourneyState::ALL.into_iter().filter_map(choice).collect()
}

/// One sentence: what is worst, or that nothing is wrong.
pub(super) fn headline(journeys: &[&OverviewInfo]) -> String {
    let of = |state| journeys.iter().filter(|journey| journey.state == state).count();
    let all = journeys.len();
    let said = |count: usize, singular: &str, plural: &str| match (count, all) {
        (1, 1) => format!("The one journey {singular}"),
        (count, all) if count == all => format!("All {all} journeys {plural}"),
        (1, all) => format!("1 of {all} journeys {singular}"),
        (count, all) => format!("{count} of {all} journeys {plural}"),
    };
    match (all, of(JourneyState::Failing), of(JourneyState::NoData), of(JourneyState::Suspected)) {
        (0, ..) => "No journey matches".to_owned(),
        (_, failing @ 1.., ..) => said(failing, "is failing", "are failing"),
        (_, 0, silent @ 1.., _) => said(silent, "has no data", "have no data"),
        (_, 0, 0, suspected @ 1..) => said(suspected, "failed just now", "failed just now"),
        (_, 0, 0, 0) => match of(JourneyState::Passing) {
            passing if passing == all => said(all, "passes", "pass"),
            _ => format!("None of {} fails", counted(all, "journey")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::tests::journey;
    use super::*;

    #[test]
    fn the_headline_says_what_is_worst() {
        use JourneyState::{Degraded, Failing, NoData, Passing, Suspected};
        let say = |states: &[JourneyState]| {
            let journeys: Vec<_> =
                states.iter().map(|state| OverviewInfo { state: *state, ..journey("a") }).collect();
            headline(&journeys.iter().collect::<Vec<_>>())
        };
        assert_eq!(say(&[]), "No journey matches");
        assert_eq!(say(&[Passing]), "The one journey passes");
        assert_eq!(say(&[Passing, Passing]), "All 2 journeys pass");
        assert_eq!(say(&[Passing, Degraded]), "None of 2 journeys fails");
        assert_eq!(say(&[Passing, NoData, Failing]), "1 of 3 journeys is failing");
        assert_eq!(say(&[NoData, NoData]), "All 2 journeys have no data");
        assert_eq!(say(&[Suspected, Passing]), "1 of 2 journeys failed just now");
    }

    #[test]
    fn a_chosen_state_leads_back_to_all() {
        let (one, two) = (journey("a"), journey("b"));
        let query =
            OverviewQuery { state: "passing".to_owned(), q: "x".to_owned(), ..OverviewQuery::default() };
        let [choice] = choices(&[&one, &two], &query).try_into().unwrap();
        assert_eq!((choice.count, choice.is_chosen, choice.url.as_str()), (2, true, "/?q=x"));
    }
}
