//! What records take in a recording, in bytes: their texts, which are the guest's or its target's. A count bounds how many
//! there are, and the tape bounds what they take together.

use wayfarer_model::failure::Failure;
use wayfarer_model::report::CheckRecord;
use wayfarer_model::traffic::{TrafficKind, TrafficRecord};

/// What a record takes beside its texts.
pub(crate) const RECORD: u64 = 128;

/// The longest line of a log, in bytes.
pub(crate) const LINE: usize = 8 << 10;

pub(crate) fn size_of_failure(failure: &Failure) -> usize {
    let Failure { message, kind: _, eventually: _, request: _, check: _, source, actual, expected } = failure;
    message.len() + size_of_texts([actual, expected]) + source.as_ref().map_or(0, |source| source.file.len())
}

pub(crate) fn size_of_check(check: &CheckRecord) -> usize {
    let CheckRecord { step: _, at_us: _, name, is_soft: _, is_passed: _, actual, expected, source } = check;
    name.len() + size_of_texts([actual, expected]) + source.as_ref().map_or(0, |source| source.file.len())
}

pub(crate) fn size_of_traffic(record: &TrafficRecord) -> usize {
    size_of_kind(&record.kind) + record.error.as_ref().map_or(0, |error| error.message.len())
}

pub(crate) fn size_of_kind(kind: &TrafficKind) -> usize {
    let facts = kind.as_request();
    facts.method.len() + facts.url.len() + size_of_texts([&facts.excerpt])
}

fn size_of_texts<const N: usize>(texts: [&Option<String>; N]) -> usize {
    texts.into_iter().flatten().map(String::len).sum()
}
