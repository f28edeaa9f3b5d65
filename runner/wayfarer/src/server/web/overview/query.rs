//! What the URL of the overview asks for. Everything that one can choose is in it, so that a link shows the same to a colleague.

use serde::Deserialize;
use url::form_urlencoded::Serializer;
use wayfarer_model::ids::TenantName;

use crate::protocol::{JourneyState, OverviewInfo};

/// By what rows are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::server::web) enum Sort {
    /// The worst first.
    #[default]
    State,
    Name,
    /// The least successful of the last day first.
    Success,
    /// The slowest first.
    P95,
}

impl Sort {
    pub(super) const ALL: [Self; 4] = [Self::State, Self::Name, Self::Success, Self::P95];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Name => "name",
            Self::Success => "success",
            Self::P95 => "p95",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::State => "worst first",
            Self::Name => "name",
            Self::Success => "least successful first",
            Self::P95 => "slowest first",
        }
    }
}

/// Empty texts ask for nothing, as a form sends them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(in crate::server::web) struct OverviewQuery {
    pub(super) tenant: String,
    pub(super) tag: String,
    /// The word of a state.
    pub(super) state: String,
    /// Part of a journey's name, title, owner or tenant.
    pub(super) q: String,
    pub(super) sort: Sort,
    /// `tag` for a section for each tag.
    pub(super) group: String,
}

impl OverviewQuery {
    pub(super) fn tenant(&self) -> Result<Option<TenantName>, wayfarer_model::ids::NameError> {
        Some(self.tenant.as_str()).filter(|name| !name.is_empty()).map(str::parse).transpose()
    }

    pub(super) fn is_grouped(&self) -> bool {
        self.group == "tag"
    }

    /// Whether something is left out.
    pub(super) fn narrows(&self) -> bool {
        !(self.tag.is_empty() && self.state.is_empty() && self.q.is_empty())
    }

    /// Whether a journey is wanted, whatever its state.
    pub(super) fn wants(&self, journey: &OverviewInfo) -> bool {
        let sought = self.q.trim().to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&sought);
        let texts = [journey.journey.as_str(), journey.tenant.as_str(), &journey.title, &journey.owner];
        (self.tag.is_empty() || journey.tags.contains(&self.tag))
            && (sought.is_empty() || texts.into_iter().any(has))
    }

    pub(super) fn wants_state(&self, state: JourneyState) -> bool {
        self.state.is_empty() || self.state == state.as_str()
    }

    /// The URL that asks for this.
    pub(super) fn url(&self) -> String {
        let mut query = Serializer::new(String::new());
        let sort = if self.sort == Sort::default() { "" } else { self.sort.word() };
        let pairs = [
            ("tenant", self.tenant.as_str()),
            ("tag", &self.tag),
            ("state", &self.state),
            ("q", &self.q),
            ("sort", sort),
            ("group", &self.group),
        ];
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        match query.finish() {
            query if query.is_empty() => "/".to_owned(),
            query => format!("/?{query}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_what_differs_from_the_default() {
        assert_eq!(OverviewQuery::default().url(), "/");
        let query = OverviewQuery {
            tag: "tier 1&co".to_owned(),
            sort: Sort::P95,
            group: "tag".to_owned(),
            ..OverviewQuery::default()
        };
        assert_eq!(query.url(), "/?tag=tier+1%26co&sort=p95&group=tag");
    }
}
