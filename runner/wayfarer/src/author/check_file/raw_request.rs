//! A request as another tool states it. Its texts may hold variables of the environment (see [`texts`](super::texts)) and
//! values of secrets.

use super::vault::Source;

#[derive(Debug, Clone, Default)]
pub(crate) struct RawRequest {
    pub(crate) method: Option<String>,
    pub(crate) url: String,
    /// Parameters that the tool adds to the URL, not yet percent-encoded.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    /// User and password of basic authentication, as the other tool has them.
    pub(crate) basic: Option<(String, Source)>,
    /// What the password is called, if it is no password.
    pub(crate) password_name: Option<&'static str>,
    /// A token for the header `authorization`.
    pub(crate) bearer: Option<Source>,
    /// Names of headers and of parameters in the query that hold secrets, whatever their names and values.
    pub(crate) secrets: Vec<String>,
    pub(crate) body: Option<RawBody>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RawBody {
    /// Read by the header `content-type`.
    Text(String),
    /// It travels as `application/json`, whether the tool states that header or not.
    Json(serde_json::Value),
    /// Names and values before they are percent-encoded, in the order of the fields.
    Form(Vec<(String, String)>),
}

impl RawRequest {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}
