//! The places of a request in which a secret may stand, as its entry in the configuration declares them.
//!
//! A guest that chose the place could have a value put where its host shows it to others: into a comment, a user's name.
//! An entry that declares no place has the usual ones: the header `authorization`, basic authentication, and the member of
//! a JSON or form body that has the secret's own name.

use http::header::{AUTHORIZATION, HeaderName};

use crate::json_path::JsonPath;

/// Where a secret may stand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecretPlaces {
    /// In the value of these headers.
    pub headers: Vec<HeaderName>,
    /// In the user or password of basic authentication.
    pub basic: bool,
    /// In the value of these parameters of a URL.
    pub query: Vec<String>,
    /// In the value of these fields of a form body.
    pub form: Vec<String>,
    /// In the text of these members of a JSON body.
    pub json: Vec<JsonPath>,
}

impl SecretPlaces {
    /// The places of a secret without declared ones.
    pub fn usual(name: &str) -> Self {
        // A member of that name, wherever it stands. Quoting leaves nothing that the parser could refuse.
        let member = format!("$..[{}]", serde_json::Value::from(name)).parse().ok();
        Self {
            headers: vec![AUTHORIZATION],
            basic: true,
            query: Vec::new(),
            form: vec![name.to_owned()],
            json: member.into_iter().collect(),
        }
    }

    /// Whether none is declared.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Which texts of a JSON document the secret may be a part of, as JSON pointers (RFC 6901).
    pub(super) fn pointers(&self, document: &serde_json::Value) -> Vec<String> {
        self.json.iter().flat_map(|path| path.pointers(document)).collect()
    }
}
