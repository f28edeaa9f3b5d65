//! The newest scheduled run of each journey, under the names of the Prometheus blackbox exporter. Dashboards and
//! alerts that were written for that exporter keep working.
//!
//! Only verdicts that count are shown. A run that is `broken` or `inconclusive` says nothing about the target. It
//! removes the journey's samples; an alert sees that by `absent()` or by the timestamp.

use std::collections::BTreeMap;

use prometheus_client::encoding::{EncodeGaugeValue, EncodeLabelSet};
use prometheus_client::registry::Registry;
use wayfarer_model::ids::{JourneyName, LocationName, TenantName};
use wayfarer_model::report::AttemptReport;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;

use super::gauges::Gauges;

/// The blackbox exporter's names of the phases of a request, in the order in which they follow each other.
const PHASES: [&str; 5] = ["resolve", "connect", "tls", "processing", "transfer"];

#[derive(Debug, Clone, Copy)]
struct Probe {
    is_good: bool,
    /// Of the last attempt.
    duration: Micros,
    /// Of all requests of the last attempt together, in microseconds.
    phases: [u64; PHASES.len()],
    finished: UnixMillis,
}

#[derive(Debug, Clone, EncodeLabelSet)]
struct JourneyLabels {
    tenant: String,
    journey: String,
    location: String,
}

#[derive(Debug, EncodeLabelSet)]
struct PhaseLabels {
    tenant: String,
    journey: String,
    location: String,
    phase: &'static str,
}

#[derive(Debug, Default)]
pub(super) struct Probes(BTreeMap<(TenantName, JourneyName), Probe>);

impl Probes {
    /// Takes over a scheduled run that has ended.
    pub(super) fn finished(
        &mut self,
        journey: (TenantName, JourneyName),
        verdict: Verdict,
        last: Option<&AttemptReport>,
        finished: UnixMillis,
    ) {
        let is_counted = verdict.is_good() || verdict == Verdict::Failed;
        let (true, Some(last)) = (is_counted, last) else {
            self.0.remove(&journey);
            return;
        };
        let mut phases = [0; PHASES.len()];
        for request in &last.recording.requests {
            let own = &request.phases;
            let own = [own.dns_us, own.connect_us, own.tls_us, own.wait_us, own.receive_us];
            for (sum, part) in phases.iter_mut().zip(own) {
                *sum += part.0;
            }
        }
        let probe = Probe { is_good: verdict.is_good(), duration: last.duration_us, phases, finished };
        self.0.insert(journey, probe);
    }

    /// Forgets the journeys that are not deployed any more.
    pub(super) fn retain(&mut self, is_deployed: impl Fn(&TenantName, &JourneyName) -> bool) {
        self.0.retain(|(tenant, journey), _| is_deployed(tenant, journey));
    }

    pub(super) fn register(&self, registry: &mut Registry, location: &LocationName) {
        registry.register(
            "probe_success",
            "1 if the newest scheduled run was good",
            self.by_journey(location, |probe| u32::from(probe.is_good)),
        );
        registry.register(
            "probe_duration_seconds",
            "Duration of the last attempt of the newest scheduled run",
            self.by_journey(location, |probe| seconds(probe.duration.0)),
        );
        registry.register(
            "wayfarer_probe_timestamp_seconds",
            "Instant at which the newest scheduled run ended",
            self.by_journey(location, |probe| probe.finished.0 as f64 / 1e3),
        );
        registry.register(
            "probe_http_duration_seconds",
            "Duration of all requests of that attempt together, by phase",
            self.by_phase(location),
        );
    }

    fn labelled(&self, location: &LocationName) -> impl Iterator<Item = (JourneyLabels, &Probe)> {
        self.0.iter().map(|((tenant, journey), probe)| {
            let (tenant, journey) = (tenant.to_string(), journey.to_string());
            (JourneyLabels { tenant, journey, location: location.to_string() }, probe)
        })
    }

    fn by_journey<V: EncodeGaugeValue>(
        &self,
        location: &LocationName,
        value: impl Fn(&Probe) -> V,
    ) -> Gauges<JourneyLabels, V> {
        self.labelled(location).map(|(labels, probe)| (labels, value(probe))).collect()
    }

    fn by_phase(&self, location: &LocationName) -> Gauges<PhaseLabels, f64> {
        let samples = self.labelled(location).flat_map(|(labels, probe)| {
            PHASES.into_iter().zip(probe.phases).map(move |(phase, us)| {
                let JourneyLabels { tenant, journey, location } = labels.clone();
                (PhaseLabels { tenant, journey, location, phase }, seconds(us))
            })
        });
        samples.collect()
    }
}

fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}
