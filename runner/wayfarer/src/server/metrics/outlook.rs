//! Whether the runner's own network works, by what its beacons and name server said when they were last asked.

use std::collections::VecDeque;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use wayfarer_model::units::UnixMillis;

use super::gauges::Gauges;

/// Looks that are remembered.
const LAST: usize = 20;

/// Bad looks in a row that make the network unwell: a beacon may be away for one.
const IN_A_ROW: usize = 2;

/// One look at everything that is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) at: UnixMillis,
    /// Each beacon, and how long it took; none if it gave no sign.
    pub(crate) beacons: Vec<(String, Option<Duration>)>,
    /// Whether the name server knows the control names; none without any.
    pub(crate) has_names: Option<bool>,
}

impl Look {
    /// What is wrong with the runner's network.
    fn fault(&self) -> Option<&'static str> {
        let is_dark = !self.beacons.is_empty() && self.beacons.iter().all(|(_, took)| took.is_none());
        match (is_dark, self.has_names == Some(false)) {
            (true, true) => {
                Some("none of its beacons answers, and its name server does not know the control names")
            }
            (true, false) => Some("none of its beacons answers"),
            (false, true) => Some("its name server does not know the control names"),
            (false, false) => None,
        }
    }
}

/// The last looks, oldest first. Empty where nothing is configured.
#[derive(Debug, Default)]
pub(super) struct Outlook(VecDeque<Look>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BeaconLabels {
    beacon: String,
}

impl Outlook {
    /// Remembers a look, and says whether something is wrong.
    pub(super) fn looked(&mut self, look: Look) -> bool {
        let is_bad = look.fault().is_some();
        self.0.push_back(look);
        if self.0.len() > LAST {
            self.0.pop_front();
        }
        is_bad
    }

    /// Since when the network is unwell, as far as is remembered, and what is wrong with it now.
    pub(super) fn unwell(&self) -> Option<(UnixMillis, &'static str)> {
        let fault = self.0.back()?.fault()?;
        let bad: Vec<_> = self.0.iter().rev().take_while(|look| look.fault().is_some()).collect();
        let first = bad.last()?.at;
        (bad.len() >= IN_A_ROW).then_some((first, fault))
    }

    /// When the newest look was, and whether something was wrong.
    pub(super) fn last(&self) -> Option<(UnixMillis, bool)> {
        self.0.back().map(|look| (look.at, look.fault().is_some()))
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let Some(last) = self.0.back() else { return };
        let labels = |beacon: &String| BeaconLabels { beacon: beacon.clone() };
        let up = last.beacons.iter().map(|(beacon, took)| (labels(beacon), u32::from(took.is_some())));
        registry.register(
            "wayfarer_beacon_up",
            "1 if a beacon answered when it was asked last",
            up.collect::<Gauges<_, _>>(),
        );
        let took =
            last.beacons.iter().filter_map(|(beacon, took)| Some((labels(beacon), (*took)?.as_secs_f64())));
        registry.register(
            "wayfarer_beacon_latency_seconds",
            "How long a beacon took to answer, names and handshakes included",
            took.collect::<Gauges<_, _>>(),
        );
        if let Some(has_names) = last.has_names {
            registry.register(
                "wayfarer_control_names_up",
                "1 if the runner's name server knew the control names when it was asked last",
                ConstGauge::new(u32::from(has_names)),
            );
        }
        registry.register(
            "wayfarer_network_unwell",
            "1 while the runner's own network does not work, by its beacons and its name server",
            ConstGauge::new(u32::from(self.unwell().is_some())),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(at: u64, up: &[bool], has_names: Option<bool>) -> Look {
        let took = |is_up: bool| is_up.then_some(Duration::from_millis(20));
        let beacons =
            up.iter().enumerate().map(|(number, is_up)| (format!("tcp://{number}:1"), took(*is_up)));
        Look { at: UnixMillis(at), beacons: beacons.collect(), has_names }
    }

    #[test]
    fn two_bad_looks_are_unwell_since_the_first_of_them_and_one_good_one_ends_that() {
        let mut outlook = Outlook::default();
        assert_eq!(outlook.unwell(), None, "nothing is known");
        assert!(!outlook.looked(look(1, &[true, false], Some(true))));
        assert!(outlook.looked(look(2, &[false, false], Some(true))));
        assert_eq!(outlook.unwell(), None, "one bad look");
        outlook.looked(look(3, &[false, false], Some(false)));
        let both = "none of its beacons answers, and its name server does not know the control names";
        assert_eq!(outlook.unwell(), Some((UnixMillis(2), both)));
        for at in 4..40 {
            outlook.looked(look(at, &[], Some(false)));
        }
        let names = "its name server does not know the control names";
        assert_eq!(outlook.unwell(), Some((UnixMillis(20), names)), "as far as is remembered");
        outlook.looked(look(40, &[false, true], None));
        assert_eq!(outlook.unwell(), None, "one beacon is enough");
    }
}
