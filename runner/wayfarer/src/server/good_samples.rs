//! Of which good runs evidence is kept: of one now and then of each version of a journey, so that a failure has something to be compared with.
//!
//! It is in memory: after a start each version gives a sample again.

use std::collections::HashMap;
use std::hash::Hash;

use parking_lot::Mutex;
use wayfarer_model::exchange::GoodSample;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::VersionKey;

/// The slots of the last samples, by version.
#[derive(Debug)]
pub(crate) struct GoodSamples<K = VersionKey>(Mutex<HashMap<K, UnixMillis>>);

impl<K> Default for GoodSamples<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Copy + Eq + Hash> GoodSamples<K> {
    /// Whether evidence is kept of a run of that slot if it turns out good.
    pub(crate) fn is_due(&self, version: K, slot: UnixMillis, sample: GoodSample) -> bool {
        let GoodSample::Every(apart) = sample else { return false };
        let apart = u64::try_from(apart.as_millis()).unwrap_or(u64::MAX);
        // A clock that was set back must not end the sampling.
        self.0.lock().get(&version).is_none_or(|last| slot < *last || slot.0 - last.0 >= apart)
    }

    /// A run of that slot was good, and its evidence is kept.
    pub(crate) fn taken(&self, version: K, slot: UnixMillis) {
        self.0.lock().insert(version, slot);
    }

    /// Forgets versions that are no longer there.
    pub(crate) fn retain(&self, is_there: impl Fn(K) -> bool) {
        self.0.lock().retain(|version, _| is_there(*version));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_version_gives_one_sample_an_hour_and_one_that_failed_instead_takes_none() {
        let (samples, hour) = (GoodSamples::default(), GoodSample::Every(Duration::from_hours(1)));
        let (one, other) = (1_u8, 2);
        let is_due = |version, minute: u64| samples.is_due(version, UnixMillis(minute * 60_000), hour);
        assert!(is_due(one, 100) && is_due(one, 101), "the first one failed");
        samples.taken(one, UnixMillis(101 * 60_000));
        assert!(!is_due(one, 102) && !is_due(one, 160) && is_due(one, 161) && is_due(other, 102));
        assert!(is_due(one, 3), "the clock was set back");
        assert!(!samples.is_due(other, UnixMillis(0), GoodSample::Never));
        samples.retain(|version| version == other);
        assert!(is_due(one, 102));
    }
}
