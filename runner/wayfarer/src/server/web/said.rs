//! What a page says of the form that led to it: what was done, or why nothing was.
//!
//! An answer to a form leads to a page, and the page's URL says what was done by one of a few known words. So whoever writes a link
//! cannot put words of their own there. A browser that tells where it comes from has to come from a page of ours for them, too.

use axum::Extension;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use url::form_urlencoded;

use crate::protocol::ProblemDetails;
use crate::server::api::{Concerning, Problem};

/// The name in the query.
const DONE: &str = "done";

/// The template `frame.html` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Done(&'static str),
    /// Nothing was done.
    Refused(ProblemDetails),
}

macro_rules! done {
    ($($name:ident = $word:literal, $said:literal;)*) => {
        /// What a form did.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Done {
            $($name,)*
        }

        impl Done {
            const ALL: &[Self] = &[$(Self::$name),*];

            fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            fn said(self) -> &'static str {
                match self { $(Self::$name => $said,)* }
            }
        }
    };
}

done! {
    Ran = "ran", "This is the run that you asked for.";
    Begun = "begun", "A run has begun. It is listed below once it has ended.";
    Paused = "paused", "The journey is paused: its slots are skipped until somebody resumes it.";
    PausedBefore = "paused-before", "The journey was paused before, so nothing was changed.";
    Resumed = "resumed", "The journey runs again.";
    ResumedBefore = "resumed-before", "The journey was not paused, so nothing was changed.";
    Acknowledged = "acknowledged", "The incident is acknowledged.";
    Muted = "muted", "The incident is muted.";
    Noted = "noted", "The note is in the time line.";
    Published = "published", "The words are on the status page, for everybody to read.";
    Resolved = "resolved", "The incident is over.";
    Stopped = "stopped", "The kill switch is thrown: runs are cancelled, and no more are made.";
    StoppedBefore = "stopped-before", "The kill switch was thrown before, so nothing was changed.";
    Started = "started", "The kill switch is taken back: runs are made again.";
    StartedBefore = "started-before", "The kill switch was not thrown, so nothing was changed.";
    TokenRevoked = "token-revoked", "The token is revoked, and so are the sessions that began with it.";
    SessionRevoked = "session-revoked", "The session is over: its browser has to sign in again.";
    Planned = "planned", "The maintenance is planned.";
    Ended = "ended", "The maintenance is ended.";
}

impl Done {
    /// The answer to a form: leads to a page that says this, and tells the audit trail what was changed.
    pub(super) fn at(self, path: &str, concerning: Concerning) -> Response {
        let to = format!("{path}?{DONE}={}", self.word());
        (Extension(concerning), Redirect::to(&to)).into_response()
    }
}

impl Said {
    /// What the URL of a page says.
    pub(super) fn read(parts: &Parts) -> Option<Self> {
        let site = parts.headers.get("sec-fetch-site");
        if site.is_some_and(|site| site != "same-origin") {
            return None;
        }
        let query = parts.uri.query().unwrap_or_default();
        let (_, word) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == DONE)?;
        Done::ALL.iter().find(|done| done.word() == word).map(|done| Self::Done(done.said()))
    }

    /// Why nothing was done, with the status that the page has then.
    pub(super) fn refused(problem: impl Into<Problem>) -> (StatusCode, Self) {
        let details = problem.into().details();
        let status = StatusCode::from_u16(details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Self::Refused(details))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn said(url: &str, site: Option<&str>) -> Option<Said> {
        let mut request = Request::get(url);
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        Said::read(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_url_chooses_among_a_few_words_and_only_from_a_page_of_ours() {
        let paused = Some(Said::Done(Done::Paused.said()));
        assert_eq!(said("/journeys/a/b?range=7d&done=paused", None), paused);
        assert_eq!(said("/journeys/a/b?done=paused", Some("same-origin")), paused);
        for site in ["cross-site", "same-site", "none"] {
            assert_eq!(said("/journeys/a/b?done=paused", Some(site)), None);
        }
        assert_eq!(said("/?done=Call+555-1234", None), None);
        assert_eq!(said("/", None), None);
        let mut words: Vec<_> = Done::ALL.iter().map(|done| done.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Done::ALL.len());
    }
}
