//! The outermost layer for problems: a browser that asked for a page gets a page, everybody else the problem as it is.
//!
//! Paths of the API and of monitors are for programs, whoever asks. Elsewhere the request says by `Accept` what it takes: browsers name HTML, and
//! no client of an API does.

use axum::extract::{Request, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;

use crate::protocol::ProblemDetails;

/// What is no page, whatever `Accept` says.
const FOR_PROGRAMS: [&str; 4] = ["/api", "/healthz", "/readyz", "/metrics"];

/// Puts a page in place of a problem, for a browser.
pub(super) async fn for_browsers(
    State(refusal): State<fn(ProblemDetails) -> Response>,
    request: Request,
    next: Next,
) -> Response {
    let is_for_browser = !is_for_programs(request.uri().path()) && takes_html(request.headers());
    let is_head = request.method() == Method::HEAD;
    let response = next.run(request).await;
    if !is_for_browser || is_head {
        return response;
    }
    let Some(problem) = response.extensions().get::<ProblemDetails>().cloned() else { return response };
    let mut page = refusal(problem);
    *page.status_mut() = response.status();
    for (name, value) in response.headers() {
        // Such as `Allow`; what the page says of itself stays.
        if !name.as_str().starts_with("content-") {
            page.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
    }
    page
}

fn is_for_programs(path: &str) -> bool {
    let is_below =
        |of: &str| path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    FOR_PROGRAMS.into_iter().any(is_below)
}

fn takes_html(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut ranges = lines.flat_map(|line| line.split(','));
    ranges.any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_html = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("text/html"));
        is_html && !parts.any(|part| part == "q=0")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_name_html_and_programs_do_not() {
        let takes = |accept: &str| takes_html(&[(ACCEPT, accept.parse().unwrap())].into_iter().collect());
        assert!(takes("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(takes("application/xml, Text/HTML;q=0.5"));
        for accept in ["*/*", "application/json", "text/*", "text/html;q=0", "text/htmlx", ""] {
            assert!(!takes(accept), "{accept}");
        }
        assert!(!takes_html(&HeaderMap::new()));
    }

    #[test]
    fn what_is_below_the_api_is_for_programs() {
        for path in ["/api", "/api/v1/nothing", "/healthz", "/metrics"] {
            assert!(is_for_programs(path), "{path}");
        }
        for path in ["/", "/apis", "/runs/1", "/metricsx"] {
            assert!(!is_for_programs(path), "{path}");
        }
    }
}
