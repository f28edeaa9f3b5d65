//! What a check needs from outside: the parameters and the secrets that its placeholders name, and where each secret stands.
//!
//! A secret's entry has to declare the places. They are known here before anything is sent, so a deployment and `wayfarer test` can
//! say which line is missing.

use std::collections::{BTreeMap, BTreeSet};

use wayfarer_model::descriptor::SecretNeed;
use wayfarer_sandbox::http_check::{HttpCheck, Piece};

use super::sites::each_template;

/// Where a secret stands in the requests of a check, each as a descriptor writes it: `header:x-key`, `basic`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SecretSites(BTreeSet<String>);

impl SecretSites {
    /// The need of a journey that has the secret there.
    pub(super) fn need(&self, name: &str) -> SecretNeed {
        let place = self.0.iter().find(|place| !is_usual(place, name)).cloned();
        SecretNeed { place, ..SecretNeed::required(name) }
    }

    /// The lines that the secret's entry has to have.
    pub(crate) fn lines(&self) -> BTreeSet<String> {
        let line =
            |place: &String| SecretNeed { place: Some(place.clone()), ..SecretNeed::required("") }.line();
        self.0.iter().filter_map(line).collect()
    }
}

/// Whether a secret may stand there without its entry saying so.
fn is_usual(place: &str, name: &str) -> bool {
    match place.split_once(':') {
        Some(("header", header)) => header == "authorization",
        Some(("form", field)) => field == name,
        Some(("json", path)) => path.ends_with(&format!(".{name}")),
        Some(_) => false,
        None => place == "basic",
    }
}

/// Parameters by name, and secrets with their places.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    pub(crate) params: BTreeSet<String>,
    pub(crate) secrets: BTreeMap<String, SecretSites>,
}

/// What a check's placeholders name.
pub(crate) fn needs(check: &HttpCheck) -> Needs {
    let mut needs = Needs::default();
    for request in &check.requests {
        each_template(request, &mut |template, place| {
            for piece in template.pieces() {
                match piece {
                    Piece::Param(name) => drop(needs.params.insert(name.clone())),
                    Piece::Secret(name) => {
                        let sites = needs.secrets.entry(name.clone()).or_default();
                        sites.0.extend(place.map(str::to_owned));
                    }
                    Piece::Text(_) | Piece::Captured(_) | Piece::RunId => {}
                }
            }
        });
    }
    needs
}
