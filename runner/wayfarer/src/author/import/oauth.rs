//! A request for a token by OAuth 2.0's client credentials (RFC 6749, section 4.4), which other tools make by themselves.

use crate::author::check_file::{
    DraftFile, DraftRequest, RawBody, RawRequest, Source, literal, sealed, variable,
};

/// What the value of the token is called in later requests.
const TOKEN: &str = "access_token";

#[derive(Debug, Default)]
pub(super) struct ClientCredentials {
    pub(super) token_url: String,
    pub(super) client_id: String,
    pub(super) client_secret: Option<Source>,
    pub(super) scopes: Vec<String>,
    pub(super) more: Vec<(String, String)>,
    /// Whether the client names itself in the form, and not by basic authentication.
    pub(super) is_in_form: bool,
}

/// Puts the request for the token before these, and the token into them.
pub(super) fn before(
    file: &mut DraftFile,
    item: &str,
    credentials: ClientCredentials,
    mut requests: Vec<DraftRequest>,
) -> Result<Vec<DraftRequest>, String> {
    let mut fields = vec![("grant_type".to_owned(), "client_credentials".to_owned())];
    if !credentials.scopes.is_empty() {
        fields.push(("scope".to_owned(), credentials.scopes.join(" ")));
    }
    fields.extend(credentials.more.into_iter().filter(|(name, _)| name != "grant_type"));
    let secret = credentials.client_secret.unwrap_or_else(|| Source::Value(String::new()));
    let basic =
        if credentials.is_in_form {
            fields.push(("client_id".to_owned(), credentials.client_id));
            fields.push((
                "client_secret".to_owned(),
                match secret {
                    Source::Value(value) => literal(&value),
                    Source::Variable(name) => variable(&name),
                    Source::File(_) => return Err(
                        "the secret of its client is in a file and sent in a form: put it into a variable"
                            .to_owned(),
                    ),
                },
            ));
            None
        } else {
            Some((credentials.client_id, secret))
        };
    let raw = RawRequest {
        method: Some("POST".to_owned()),
        url: credentials.token_url,
        basic,
        password_name: Some("client_secret"),
        body: Some(RawBody::Form(fields)),
        ..RawRequest::default()
    };
    let token = sealed(file, item, &raw).map_err(|why| format!("the request for its token: {why}"))?;
    let token = DraftRequest {
        name: Some("get a token".to_owned()),
        capture: vec![(TOKEN.to_owned(), "$.access_token".to_owned())],
        ..token
    };
    let is_other = |request: &DraftRequest| {
        request.basic.is_some()
            || request.bearer.is_some()
            || request.headers.iter().any(|(name, _)| name == "authorization")
    };
    if requests.iter().any(is_other) {
        return Err("it has a token by OAuth and another way of authentication, of which a request has one: leave the other out".to_owned());
    }
    for request in &mut requests {
        request.bearer = Some(format!("${{{TOKEN}}}"));
    }
    requests.insert(0, token);
    Ok(requests)
}
