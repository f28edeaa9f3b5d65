//! Which journeys a command means.
//!
//! | filter | chooses |
//! |---|---|
//! | `log` | journeys whose name has `log` in it |
//! | `=login` | the journey of that name, even if it is disabled |
//! | `log_in` | the same as `log-in`: a function's name is that of its journey |
//! | `!slow`, `!=slow` | not those |
//!
//! Several filters: any of those that choose, and none of those that refuse. Tags: any of those named.

/// Filters and tags.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    filters: Vec<Filter>,
    tags: Vec<String>,
}

#[derive(Debug, Clone)]
struct Filter {
    text: String,
    exact: bool,
    refuses: bool,
}

impl Filter {
    fn parse(written: &str) -> Self {
        let (refuses, rest) = written.strip_prefix('!').map_or((false, written), |rest| (true, rest));
        let (exact, text) = rest.strip_prefix('=').map_or((false, rest), |rest| (true, rest));
        Self { text: journey_name(text), exact, refuses }
    }

    fn matches(&self, name: &str) -> bool {
        if self.exact { self.text == name } else { name.contains(&self.text) }
    }
}

/// The name of the journey that a function of this name is.
fn journey_name(function: &str) -> String {
    function.replace('_', "-")
}

impl Selection {
    /// From what was written.
    pub(crate) fn new(filters: &[String], tags: &[String]) -> Self {
        Self { filters: filters.iter().map(|text| Filter::parse(text)).collect(), tags: tags.to_vec() }
    }

    /// Whether a journey is meant. A disabled one is only if it was named in full.
    pub(crate) fn chooses(&self, name: &str, tags: &[String], enabled: bool) -> bool {
        let (refusing, choosing): (Vec<_>, Vec<_>) = self.filters.iter().partition(|filter| filter.refuses);
        let named = choosing.iter().any(|filter| filter.exact && filter.matches(name));
        (enabled || named)
            && (choosing.is_empty() || choosing.iter().any(|filter| filter.matches(name)))
            && !refusing.iter().any(|filter| filter.matches(name))
            && (self.tags.is_empty() || tags.iter().any(|tag| self.tags.contains(tag)))
    }

    /// Names that were written in full, for an error that says which of them is unknown.
    pub(crate) fn exact_names(&self) -> impl Iterator<Item = &str> {
        self.filters
            .iter()
            .filter(|filter| filter.exact && !filter.refuses)
            .map(|filter| filter.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Selection;

    fn chosen<'a>(filters: &[&str], tags: &[&str], names: &[&'a str]) -> Vec<&'a str> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let selection = Selection::new(&owned(filters), &owned(tags));
        let of = |name: &str| vec![format!("tag-{name}")];
        names
            .iter()
            .copied()
            .filter(|name| selection.chooses(name, &of(name), !name.ends_with("off")))
            .collect()
    }

    #[test]
    fn filters_choose_and_refuse() {
        let names = ["login", "login-slow", "search", "search-off"];
        assert_eq!(chosen(&[], &[], &names), ["login", "login-slow", "search"]);
        assert_eq!(chosen(&["log"], &[], &names), ["login", "login-slow"]);
        assert_eq!(chosen(&["=login"], &[], &names), ["login"]);
        assert_eq!(chosen(&["log", "!slow"], &[], &names), ["login"]);
        assert_eq!(chosen(&["!=login"], &[], &names), ["login-slow", "search"]);
        assert_eq!(chosen(&["search", "=login"], &[], &names), ["login", "search"]);
        assert_eq!(chosen(&["login_s"], &[], &names), ["login-slow"]);
        assert_eq!(chosen(&["=login_slow"], &[], &names), ["login-slow"]);
    }

    #[test]
    fn tags_narrow_and_the_disabled_need_their_name() {
        let names = ["login", "search", "search-off"];
        assert_eq!(chosen(&[], &["tag-search"], &names), ["search"]);
        assert_eq!(chosen(&["log"], &["tag-search"], &names), Vec::<&str>::new());
        assert_eq!(chosen(&["=search-off"], &[], &names), ["search-off"]);
    }
}
