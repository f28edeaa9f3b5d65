//! What can be downloaded of a run, and artifacts that are pictures, to be shown in its page. The API has the same; a browser that is
//! signed in asks here.
//!
//! A journey chose an artifact's content and its media type, and a browser must not take it for a page of this server. So everything
//! but a known kind of picture is plain bytes that are saved.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use wayfarer_model::ids::RunId;
use wayfarer_store::ArtifactContent;

use crate::protocol::{ArtifactQuery, ProblemKind, RunInFull};
use crate::server::api::{Asked, Named, Problem, Shared};
use crate::server::web::visitor::{Refusal, Visitor};
use crate::view::har;

/// What the content may do in a browser: nothing.
const NOTHING: &str = "default-src 'none'; sandbox";

/// Pictures that cannot hold a script, each with the bytes that its files begin with.
const PICTURES: [(&str, &[u8]); 4] = [
    ("image/png", b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", b"\xff\xd8\xff"),
    ("image/gif", b"GIF8"),
    ("image/webp", b"RIFF"),
];

/// Whether an artifact of that media type is shown.
pub(super) fn is_picture(media_type: &str) -> bool {
    PICTURES.iter().any(|(known, _)| *known == media_type)
}

/// The type of a picture, if it is one by its media type and by its content.
fn picture_type(found: &ArtifactContent) -> Option<&'static str> {
    let known =
        PICTURES.iter().find(|(kind, begin)| *kind == found.media_type && found.content.starts_with(begin));
    known.map(|(kind, _)| *kind)
}

/// A picture to be shown
pub(in crate::server::web) async fn picture(
    State(shared): State<Shared>,
    visitor: Visitor,
    Named(id): Named<String>,
    Asked(query): Asked<ArtifactQuery>,
) -> Result<Response, Refusal> {
    let found = find(&shared, &visitor, &id, &query).await?;
    let Some(kind) = picture_type(&found) else {
        let why = format!("`{}` is no picture that a page shows: download it", query.name);
        return Err(Problem::new(ProblemKind::NotFound, why).into());
    };
    let headers = [
        (CONTENT_TYPE, kind),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, NOTHING),
        (CACHE_CONTROL, "private, max-age=3600"),
    ];
    Ok((headers, found.content).into_response())
}

/// An artifact to be saved
pub(in crate::server::web) async fn artifact(
    State(shared): State<Shared>,
    visitor: Visitor,
    Named(id): Named<String>,
    Asked(query): Asked<ArtifactQuery>,
) -> Result<Response, Refusal> {
    let found = find(&shared, &visitor, &id, &query).await?;
    let headers = [
        (CONTENT_TYPE, "application/octet-stream"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, NOTHING),
        (CONTENT_DISPOSITION, "attachment"),
        (CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, found.content).into_response())
}

/// The requests as HTTP Archive
pub(in crate::server::web) async fn archive(
    State(shared): State<Shared>,
    visitor: Visitor,
    Named(id): Named<String>,
) -> Result<Response, Refusal> {
    let run = run_id(&id)?;
    let detail = shared.use_cases.run(&visitor.caller, None, run).await?;
    Ok((saved_as(run, "har"), Json(har(&detail.attempts))).into_response())
}

/// Everything as JSON, in the API's own words
pub(in crate::server::web) async fn json(
    State(shared): State<Shared>,
    visitor: Visitor,
    Named(id): Named<String>,
) -> Result<Response, Refusal> {
    let run = run_id(&id)?;
    let detail = shared.use_cases.run(&visitor.caller, None, run).await?;
    Ok((saved_as(run, "json"), Json(RunInFull::from(detail))).into_response())
}

fn saved_as(run: RunId, ending: &str) -> [(HeaderName, String); 3] {
    [
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{run}.{ending}\"")),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (CACHE_CONTROL, "private, no-store".to_owned()),
    ]
}

async fn find(
    shared: &Shared,
    visitor: &Visitor,
    id: &str,
    query: &ArtifactQuery,
) -> Result<ArtifactContent, Refusal> {
    let wanted = (query.name.as_str(), query.attempt);
    Ok(shared.use_cases.artifact(&visitor.caller, None, run_id(id)?, wanted).await?)
}

pub(super) fn run_id(text: &str) -> Result<RunId, Problem> {
    text.parse().map_err(|error| Problem::new(ProblemKind::NotFound, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_hold_a_script_or_lies_about_its_content_is_no_picture() {
        let artifact = |media_type: &str, content: &[u8]| {
            let (media_type, content) = (media_type.to_owned(), content.to_vec());
            picture_type(&ArtifactContent { attempt: 1, media_type, content })
        };
        assert_eq!(artifact("image/png", b"\x89PNG\r\n\x1a\n..."), Some("image/png"));
        assert_eq!(artifact("image/png", b"<script>"), None);
        assert_eq!(artifact("image/svg+xml", b"<svg>"), None);
        assert!(is_picture("image/webp") && !is_picture("text/html"));
    }
}
