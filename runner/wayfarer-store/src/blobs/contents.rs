//! The contents that one attempt refers to.

use std::path::Path;
use std::sync::Arc;

use wayfarer_model::exchange::BodyRecord;
use wayfarer_model::report::AttemptReport;

use super::{PackedBlob, files};

/// Whose body it is; the number is the one in the table `body`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Sent = 0,
    Received = 1,
}

/// The contents of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AttemptContents {
    /// In the order of its artifacts.
    pub(super) artifacts: Vec<PackedBlob>,
    /// Each with the place of its request.
    pub(super) bodies: Vec<(u32, Side, PackedBlob)>,
}

impl AttemptContents {
    pub(crate) fn of(report: &AttemptReport) -> Self {
        let recording = &report.recording;
        let body = |request, side, body: &BodyRecord| {
            (!body.content.is_empty()).then(|| (request, side, PackedBlob::of(&body.content)))
        };
        let bodies = recording.exchanges.iter().flat_map(|exchange| {
            let received = exchange.received.as_ref();
            let received = received.and_then(|answer| body(exchange.request, Side::Received, &answer.body));
            body(exchange.request, Side::Sent, &exchange.sent.body).into_iter().chain(received)
        });
        Self {
            artifacts: recording.artifacts.iter().map(|artifact| PackedBlob::of(&artifact.content)).collect(),
            bodies: bodies.collect(),
        }
    }

    /// Bytes of the contents as the guest and its targets made them, which packing reads.
    pub(crate) fn bytes_to_pack(report: &AttemptReport) -> usize {
        let recording = &report.recording;
        let artifacts = recording.artifacts.iter().map(|artifact| artifact.content.len());
        let bodies = recording.exchanges.iter().map(|exchange| {
            let received = exchange.received.as_ref().map_or(0, |answer| answer.body.content.len());
            exchange.sent.body.content.len() + received
        });
        artifacts.chain(bodies).sum()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &PackedBlob> {
        self.artifacts.iter().chain(self.bodies.iter().map(|(_, _, body)| body))
    }

    /// Bytes that they take at most: less, if some are there already.
    pub(crate) fn stored(&self) -> u64 {
        self.all().map(PackedBlob::stored).sum()
    }

    /// Whether one of them is to have a file.
    pub(crate) fn has_large(&self) -> bool {
        self.all().any(PackedBlob::is_large)
    }

    /// The files that it has so far.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Arc<str>> {
        self.all().filter_map(|blob| blob.file.as_ref())
    }

    /// Gives the large ones a file each, durably. `unique` is the run's and the attempt's. One whose file cannot be written stays in
    /// the database: the caller has the disk's space watched. Blocks.
    pub(crate) fn write_files(&mut self, data_dir: &Path, unique: &str) {
        let bodies = self.bodies.iter_mut().map(|(_, _, body)| body);
        let large = self.artifacts.iter_mut().chain(bodies).enumerate().filter(|(_, blob)| blob.is_large());
        for (place, blob) in large {
            let name = blob.name_file(&format!("{unique}-{place}"));
            match files::write(data_dir, &name, &blob.bytes) {
                Ok(()) => blob.file = Some(name.into()),
                Err(error) => {
                    tracing::warn!(%error, name, "a content has no file and goes into the database");
                }
            }
        }
    }
}
