//! Which parts of the runner itself are unwell.

use std::collections::BTreeSet;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::registry::Registry;

use super::gauges::Gauges;

/// A part of the runner that a result may be spoiled by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Its threads stand still or wait for a processor.
    Processor,
    /// More than nine in ten file descriptors are in use.
    Descriptors,
    /// The mean transaction takes more than half a second.
    Store,
    /// The wall clock has stepped.
    Clock,
    /// The control probe finds no way out, or no name server that answers.
    Network,
}

impl Part {
    const ALL: [Self; 5] = [Self::Processor, Self::Descriptors, Self::Store, Self::Clock, Self::Network];

    /// The word in metrics and in the log.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Processor => "processor",
            Self::Descriptors => "descriptors",
            Self::Store => "store",
            Self::Clock => "clock",
            Self::Network => "network",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PartLabels {
    part: &'static str,
}

/// Registers a gauge for each part: 1 while it is unwell.
pub(super) fn register_unwell(registry: &mut Registry, unwell: &BTreeSet<Part>) {
    let of = |part: Part| (PartLabels { part: part.as_str() }, u32::from(unwell.contains(&part)));
    registry.register(
        "wayfarer_runner_unwell",
        "1 while a part of the runner itself is unwell, so that results may be spoiled by it",
        Part::ALL.into_iter().map(of).collect::<Gauges<_, _>>(),
    );
}
