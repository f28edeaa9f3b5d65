//! What a server without a journey says: the commands that bring the first result, with this server's address and tenant in them.

use axum::http::HeaderMap;
use axum::http::header::HOST;
use wayfarer_model::ids::TenantName;

use crate::server::use_cases::Caller;

/// The template `welcome.html` shows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Welcome {
    /// Where the reader found this server.
    pub(super) server: String,
    /// The tenant to deploy for; none if the configuration has none that the reader may see.
    pub(super) tenant: Option<String>,
    /// Whether commands need to be told.
    pub(super) names_tenant: bool,
    pub(super) may_deploy: bool,
}

impl Welcome {
    pub(super) fn new(
        caller: &Caller,
        tenants: &[TenantName],
        asked: Option<&TenantName>,
        headers: &HeaderMap,
    ) -> Self {
        let meant = caller.tenant.as_ref().or(asked).or_else(|| tenants.first());
        Self {
            server: server(headers),
            tenant: meant.map(ToString::to_string),
            names_tenant: caller.tenant.is_none(),
            may_deploy: caller.must_be(wayfarer_model::access::Role::Author).is_ok(),
        }
    }
}

/// By the name that the browser used; a name that could mean something to a shell is left out.
fn server(headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || ".-:[]".contains(letter);
    if host.is_empty() || host.len() > 255 || !host.chars().all(is_plain) {
        return "http://127.0.0.1:7300".to_owned();
    }
    let is_secure = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    format!("{}://{host}", if is_secure { "https" } else { "http" })
}

#[cfg(test)]
mod tests {
    use wayfarer_model::access::Role;

    use super::*;
    use crate::server::use_cases::Credential;

    #[test]
    fn commands_name_the_readers_server_and_tenant() {
        let caller = |tenant: Option<&str>, role| Caller {
            by: Credential::Token(1),
            name: "ana".to_owned(),
            role,
            tenant: tenant.map(|name| name.parse().unwrap()),
        };
        let headers: HeaderMap = [(HOST, "monitor.example:7300".parse().unwrap())].into_iter().collect();
        let tenants = ["acme".parse().unwrap(), "globex".parse().unwrap()];
        let own = Welcome::new(&caller(Some("globex"), Role::Viewer), &tenants, None, &headers);
        assert_eq!(own.server, "http://monitor.example:7300");
        assert_eq!((own.tenant.as_deref(), own.names_tenant, own.may_deploy), (Some("globex"), false, false));
        let every = Welcome::new(&caller(None, Role::Operator), &tenants, None, &headers);
        assert_eq!(
            (every.tenant.as_deref(), every.names_tenant, every.may_deploy),
            (Some("acme"), true, true)
        );
        let odd: HeaderMap = [(HOST, "a;rm -rf /".parse().unwrap())].into_iter().collect();
        assert_eq!(server(&odd), "http://127.0.0.1:7300");
    }
}
