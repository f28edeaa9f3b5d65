//! What a visitor sees at the door, and the headers of every page.

use askama::Template;
use axum::http::header::HeaderName;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use wayfarer_store::StoreError;

use super::peer::Client;
use super::sign_in::seconds;

/// Nothing from elsewhere, nothing inline, no frame around it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Every page has them. With `no-referrer` a browser would send forms without their origin.
const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Adds the headers that every page has. What a page says itself stays.
fn with_page_headers(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // What one visitor sees is nobody else's, and not theirs after they have signed out.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// The layer above all pages.
pub(crate) async fn page_headers(mut response: Response) -> Response {
    with_page_headers(response.headers_mut());
    response
}

/// The form for a token.
#[derive(Template)]
#[template(path = "access/sign_in.html")]
pub(super) struct SignInPage {
    pub(super) form_token: String,
    pub(super) next: String,
    /// Why the last try did not do.
    pub(super) wrong: Option<String>,
    /// The way to the identity provider, if there is one.
    pub(super) provider: Option<String>,
    /// Whether the token would travel so that others on the way can read it.
    pub(super) is_clear: bool,
}

/// Asks whether the session is to end.
#[derive(Template)]
#[template(path = "access/sign_out.html")]
pub(super) struct SignOutPage {
    pub(super) name: String,
    pub(super) form_token: String,
}

/// The session is over, and how to leave the identity provider too.
#[derive(Template)]
#[template(path = "access/signed_out.html")]
pub(super) struct SignedOutPage {
    pub(super) provider: Option<String>,
}

/// Asks for which of several tenants the session is.
#[derive(Template)]
#[template(path = "access/choice.html")]
pub(super) struct ChoicePage {
    pub(super) name: String,
    /// Each with the role there.
    pub(super) tenants: Vec<(String, String)>,
    pub(super) choice: String,
    pub(super) form_token: String,
}

/// A page that says one thing.
#[derive(Template)]
#[template(path = "access/told.html")]
struct ToldPage<'t> {
    title: &'t str,
    text: &'t str,
}

impl SignInPage {
    pub(super) fn shown(&self, status: StatusCode) -> Response {
        page(status, self)
    }
}

impl SignOutPage {
    pub(super) fn shown(&self) -> Response {
        page(StatusCode::OK, self)
    }
}

impl SignedOutPage {
    pub(super) fn shown(&self) -> Response {
        page(StatusCode::OK, self)
    }
}

impl ChoicePage {
    pub(super) fn shown(&self) -> Response {
        page(StatusCode::OK, self)
    }
}

fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page was not made");
            (StatusCode::INTERNAL_SERVER_ERROR, "the page could not be made; the server's log says why\n")
                .into_response()
        }
    }
}

/// Says one thing.
pub(super) fn told(status: StatusCode, title: &str, text: &str) -> Response {
    page(status, &ToldPage { title, text })
}

/// The server has no identity provider.
pub(super) fn no_provider() -> Response {
    let text =
        "This server has no identity provider: an operator names one under [server.oidc] in wayfarer.toml.";
    told(StatusCode::NOT_FOUND, "No identity provider", text)
}

/// The runner's own fault: the log has the cause.
pub(super) fn failed(error: &StoreError) -> Response {
    tracing::error!(%error, "a page failed");
    let text = "The runner could not do this; its log says why.";
    told(StatusCode::INTERNAL_SERVER_ERROR, "The runner failed", text)
}

/// The form came from a page of somebody else's.
pub(super) fn foreign_form(parts: &Parts, client: &Client) -> Response {
    let origin = parts.headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()).unwrap_or("nowhere");
    tracing::warn!(
        origin,
        host = client.host,
        secure = client.is_secure,
        "a form that another site sent was refused"
    );
    let text = "The form was sent from another address than that of this server, so nothing was done. If this is your server behind a \
                proxy, name the proxy in trusted_proxies under [server] in wayfarer.toml, and have it send X-Forwarded-Proto and the host.";
    told(StatusCode::FORBIDDEN, "Not sent from here", text)
}

/// The form's token is none of this session's.
pub(super) fn old_form() -> Response {
    let text = "The form is older than your session, so nothing was done. Go back, load the page again, and send it once more.";
    told(StatusCode::FORBIDDEN, "The form is too old", text)
}

pub(super) fn too_large(most: usize) -> Response {
    let text = format!("A form may have {} KiB at most, so nothing was done.", most >> 10);
    told(StatusCode::PAYLOAD_TOO_LARGE, "The form is too large", &text)
}

pub(super) fn unreadable_form(why: &str) -> Response {
    told(StatusCode::UNPROCESSABLE_ENTITY, "The form cannot be read", why)
}

/// Too many wrong tokens.
pub(super) fn too_many(after: u64, name: HeaderName) -> Response {
    let text = format!("There were too many wrong tokens from your address. Try again in {after} s.");
    let mut response = told(StatusCode::TOO_MANY_REQUESTS, "Too many tries", &text);
    response.headers_mut().insert(name, seconds(after));
    response
}
