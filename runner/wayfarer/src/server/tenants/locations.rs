//! The locations that a version names: whether each is one, and whether the version has slots at this server's.
//!
//! A location is known once a server of this file has been there. So a misspelt name is an error and not a journey that is
//! never due.

use std::collections::BTreeSet;

use wayfarer_model::deployment::JourneySpec;
use wayfarer_model::ids::LocationName;
use wayfarer_model::nearest::nearest;

/// Every location that is known, and this server's.
#[derive(Debug, Clone)]
pub(crate) struct Locations {
    pub(crate) known: BTreeSet<LocationName>,
    pub(crate) here: LocationName,
}

impl Locations {
    /// An error for each name that is not a known location.
    pub(super) fn rules(&self, spec: &JourneySpec) -> Vec<String> {
        let named = spec.timing.iter().flat_map(|timing| &timing.locations);
        named.filter(|name| !self.known.contains(name)).map(|name| self.rule(name)).collect()
    }

    fn rule(&self, name: &LocationName) -> String {
        let known: Vec<&str> = self.known.iter().map(LocationName::as_str).collect();
        let mend = match nearest(name.as_str(), known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "name one of `{}` in `locations`, or start a server there first (`[server] location` in wayfarer.toml)",
                known.join("`, `")
            ),
        };
        format!("no server has been at the location `{name}`: {mend}")
    }

    /// A warning about a version whose slots are all at other locations.
    pub(super) fn warning(&self, spec: &JourneySpec) -> Option<String> {
        let timing = spec.timing.as_ref().filter(|timing| !timing.is_at(&self.here))?;
        let named: Vec<&str> = timing.locations.iter().map(LocationName::as_str).collect();
        Some(format!(
            "journey `{}` is due at `{}` only, and this server is at `{}`: none of its slots run here",
            spec.name(),
            named.join("`, `"),
            self.here
        ))
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::deployment::Timing;

    use super::*;

    fn at(names: &[&str]) -> JourneySpec {
        let locations = names.iter().map(|name| name.parse().unwrap()).collect();
        let timing = Timing { locations, ..Timing::of("every 1m".parse().unwrap()) };
        JourneySpec { timing: Some(timing), ..wayfarer_testkit::spec("checkout") }
    }

    #[test]
    fn a_name_of_no_location_is_an_error_and_one_elsewhere_a_warning() {
        let known = ["local", "eu-1"].map(|name| name.parse().unwrap()).into();
        let locations = Locations { known, here: "local".parse().unwrap() };
        insta::assert_snapshot!(locations.rules(&at(&["eu-2", "local", "tokyo"])).join("\n"), @r"
        no server has been at the location `eu-2`: did you mean `eu-1`?
        no server has been at the location `tokyo`: name one of `eu-1`, `local` in `locations`, or start a server there first (`[server] location` in wayfarer.toml)
        ");
        assert!(locations.rules(&at(&[])).is_empty() && locations.rules(&at(&["eu-1"])).is_empty());
        insta::assert_snapshot!(locations.warning(&at(&["eu-1"])).unwrap(), @"journey `checkout` is due at `eu-1` only, and this server is at `local`: none of its slots run here");
        let silent = [at(&[]), at(&["eu-1", "local"]), JourneySpec { timing: None, ..at(&["eu-1"]) }];
        assert_eq!(silent.iter().find_map(|spec| locations.warning(spec)), None);
    }
}
