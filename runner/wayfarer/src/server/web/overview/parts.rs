//! The parts of the overview that stay fresh: the headline with the states, and the rows. They name nobody who looks.

use std::collections::BTreeSet;

use askama::Template;
use wayfarer_model::units::UnixMillis;

use super::groups::{Group, groups};
use super::query::OverviewQuery;
use super::summary::{StateChoice, choices, headline};
use crate::protocol::OverviewInfo;
use crate::server::web::answer::Prepared;

/// As HTML, which their templates have escaped.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The headline as text.
    pub(super) title: String,
    pub(super) headline: String,
    pub(super) rows: String,
    /// Every tag that a journey has, whatever was chosen.
    pub(super) tags: Vec<String>,
    /// Leads to everything again.
    pub(super) all_url: String,
    /// Whether there is no journey at all.
    pub(super) is_empty: bool,
    /// Both as the page's script asks for them.
    pub(super) alone: Prepared,
}

#[derive(Template)]
#[template(path = "web/overview_headline.html")]
struct Headline<'a> {
    headline: &'a str,
    choices: Vec<StateChoice>,
}

#[derive(Template)]
#[template(path = "web/overview_rows.html")]
struct Rows<'a> {
    groups: Vec<Group>,
    /// Whether any of the journeys names one.
    has_owners: bool,
    all_url: &'a str,
}

#[derive(Template)]
#[template(path = "web/overview_parts.html")]
struct Alone<'a> {
    title: &'a str,
    headline: &'a str,
    rows: &'a str,
}

impl Parts {
    /// # Errors
    /// A template cannot be rendered.
    pub(super) fn new(
        journeys: &[OverviewInfo],
        query: &OverviewQuery,
        now: UnixMillis,
    ) -> Result<Self, askama::Error> {
        let wanted: Vec<&OverviewInfo> = journeys.iter().filter(|journey| query.wants(journey)).collect();
        let title = headline(&wanted);
        let head = Headline { headline: &title, choices: choices(&wanted, query) }.render()?;
        let shown = wanted.into_iter().filter(|journey| query.wants_state(journey.state)).collect();
        let all = OverviewQuery { sort: query.sort, group: query.group.clone(), ..OverviewQuery::default() };
        let all_url = all.url();
        let has_owners = journeys.iter().any(|journey| !journey.owner.is_empty());
        let rows = Rows { groups: groups(shown, query, now), has_owners, all_url: &all_url }.render()?;
        let alone = Alone { title: &title, headline: &head, rows: &rows }.render()?;
        let tags: BTreeSet<&String> = journeys.iter().flat_map(|journey| &journey.tags).collect();
        Ok(Self {
            tags: tags.into_iter().cloned().collect(),
            is_empty: journeys.is_empty(),
            alone: Prepared::of(alone),
            headline: head,
            title,
            rows,
            all_url,
        })
    }

    /// What it takes in memory, in bytes.
    pub(super) fn size(&self) -> usize {
        self.headline.len() + self.rows.len() + self.alone.size()
    }
}
