//! The style sheet and the script. Each is served under the digest of its content, so that a browser keeps it for ever and a new
//! version of the server is seen at once.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::encoding::{compressed, digest_of, takes_gzip};

#[derive(Debug)]
struct Assets {
    style: Asset,
    script: Asset,
    public_style: String,
}

#[derive(Debug)]
struct Asset {
    url: String,
    media_type: &'static str,
    content: &'static str,
    compressed: Option<Vec<u8>>,
}

/// The assets of this version of the server.
static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let style = Asset::new(
        "wayfarer.css",
        "text/css; charset=utf-8",
        include_str!("../../../templates/web/wayfarer.css"),
    );
    let script = Asset::new(
        "wayfarer.js",
        "text/javascript; charset=utf-8",
        include_str!("../../../templates/web/wayfarer.js"),
    );
    let public_style = format!("/status{}", style.url);
    Assets { style, script, public_style }
});

/// The URL of the style sheet.
pub(crate) fn style() -> &'static str {
    &ASSETS.style.url
}

/// The URL of the style sheet for pages that everybody may see.
pub(crate) fn public_style() -> &'static str {
    &ASSETS.public_style
}

/// The URL of the script.
pub(crate) fn script() -> &'static str {
    &ASSETS.script.url
}

impl Asset {
    fn new(name: &str, media_type: &'static str, content: &'static str) -> Self {
        let url = format!("/assets/{}/{name}", digest_of(content.as_bytes()));
        Self { url, media_type, content, compressed: compressed(content.as_bytes()) }
    }

    fn answer(&self, asked: &HeaderMap) -> Response {
        let headers: [(HeaderName, HeaderValue); 4] = [
            (CONTENT_TYPE, HeaderValue::from_static(self.media_type)),
            (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (VARY, HeaderValue::from_static("accept-encoding")),
        ];
        match self.compressed.as_ref().filter(|_| takes_gzip(asked)) {
            Some(body) => {
                let encoded = [(CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
                (headers, encoded, body.clone()).into_response()
            }
            None => (headers, self.content).into_response(),
        }
    }
}

/// One of them; nothing for another version's.
pub(crate) async fn asset(Path((digest, name)): Path<(String, String)>, asked: HeaderMap) -> Response {
    let url = format!("/assets/{digest}/{name}");
    let Assets { style, script, .. } = &*ASSETS;
    match [style, script].into_iter().find(|asset| asset.url == url) {
        Some(asset) => asset.answer(&asked),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_stays_small() {
        assert!(ASSETS.script.content.len() <= 10_000, "{} bytes", ASSETS.script.content.len());
    }
}
