//! The body of one request: the spans of some runs, as JSON, compressed.

use std::io::{self, Write as _};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use url::Url;
use wayfarer_store::RunDetail;

use super::spans::spans;
use super::wire::{Attributes, ExportRequest, Resource, ResourceSpans, Scope, ScopeSpans};

/// The conventions that names of attributes follow.
const SCHEMA: &str = "https://opentelemetry.io/schemas/1.37.0";

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What one request sends.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) spans: usize,
    /// JSON, compressed by gzip.
    pub(crate) body: Bytes,
}

/// None if none of the runs has a span. It takes processor time in the order of milliseconds.
///
/// # Errors
/// The encoder's, of which none is known.
pub(crate) fn batch(runs: &[RunDetail], pages: Option<&Url>) -> io::Result<Option<Batch>> {
    let spans: Vec<_> = runs.iter().flat_map(|run| spans(run, pages)).collect();
    if spans.is_empty() {
        return Ok(None);
    }
    let count = spans.len();
    let attributes = Attributes::default().text("service.name", "wayfarer").text("service.version", VERSION);
    let request = ExportRequest {
        resource_spans: [ResourceSpans {
            resource: Resource { attributes },
            scope_spans: [ScopeSpans { scope: Scope { name: "wayfarer", version: VERSION }, spans }],
            schema_url: SCHEMA,
        }],
    };
    let json = serde_json::to_vec(&request)?;
    let mut encoder = GzEncoder::new(Vec::with_capacity(json.len() / 8), Compression::fast());
    encoder.write_all(&json)?;
    Ok(Some(Batch { spans: count, body: encoder.finish()?.into() }))
}
