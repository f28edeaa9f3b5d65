//! The newest scheduled run of each journey, under the names of the Prometheus blackbox exporter. Dashboards and
//! alerts that were written for that exporter keep working.
//!
//! Only verdicts that count are shown. A run that is `broken` or `inconclusive` says nothing about the target. It
//! removes the journey's samples, and so does a slot that a kill switch, a quota or a pause kept from running: nothing stays green
//! that nobody looks at. An alert sees that by `absent()`, or by the age of the last counted result, which stays.
//!
//! A new process takes over what the store has, before it answers a scrape: an alert that fires does not resolve because somebody restarted
//! the server.

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
    /// Of the last request that was answered; 0 without one, as the blackbox exporter has it.
    status: u16,
    /// Of all certificates of the last attempt, in unix milliseconds; none where it made no request over TLS.
    first_expiry_ms: Option<i64>,
    finished: UnixMillis,
}

impl Probe {
    fn of(last: &AttemptReport, is_good: bool, finished: UnixMillis) -> Self {
        let traffic = &last.recording.traffic;
        let mut phases = [0; PHASES.len()];
        for request in traffic {
            let own = &request.phases;
            let own = [own.dns_us, own.connect_us, own.tls_us, own.wait_us, own.receive_us];
            for (sum, part) in phases.iter_mut().zip(own) {
                *sum += part.0;
            }
        }
        let status = traffic.iter().rev().find_map(|request| request.kind.as_request().status);
        Self {
            is_good,
            duration: last.duration_us,
            phases,
            status: status.unwrap_or(0),
            first_expiry_ms: traffic.iter().filter_map(|request| request.certificate_expires_ms).min(),
            finished,
        }
    }
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
pub(super) struct Probes {
    newest: BTreeMap<(TenantName, JourneyName), Probe>,
    /// When each journey's last counted run ended.
    counted: BTreeMap<(TenantName, JourneyName), UnixMillis>,
}

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
            self.newest.remove(&journey);
            return;
        };
        self.counted.insert(journey.clone(), finished);
        self.newest.insert(journey, Probe::of(last, verdict.is_good(), finished));
    }

    /// Takes over what was counted before this process began.
    pub(super) fn counted_before(&mut self, journey: (TenantName, JourneyName), at: UnixMillis) {
        self.counted.entry(journey).or_insert(at);
    }

    /// A scheduled slot of the journey had no run, and nobody knows how its target is.
    pub(super) fn blind(&mut self, journey: &(TenantName, JourneyName)) {
        self.newest.remove(journey);
    }

    /// Forgets the journeys that are not deployed any more.
    pub(super) fn retain(&mut self, is_deployed: impl Fn(&TenantName, &JourneyName) -> bool) {
        self.newest.retain(|(tenant, journey), _| is_deployed(tenant, journey));
        self.counted.retain(|(tenant, journey), _| is_deployed(tenant, journey));
    }

    pub(super) fn register(&self, registry: &mut Registry, location: &LocationName, now: UnixMillis) {
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
        registry.register(
            "probe_http_status_code",
            "Status of the last answer of that attempt; 0 without an answer",
            self.by_journey(location, |probe| u32::from(probe.status)),
        );
        let expiries = self
            .labelled(location)
            .filter_map(|(labels, probe)| Some((labels, probe.first_expiry_ms? as f64 / 1e3)));
        registry.register(
            "probe_ssl_earliest_cert_expiry",
            "Instant at which the first certificate of that attempt expires; absent without TLS",
            expiries.collect::<Gauges<_, _>>(),
        );
        let ages = self
            .counted
            .iter()
            .map(|(journey, at)| (labels(journey, location), now.0.saturating_sub(at.0) as f64 / 1e3));
        registry.register(
            "wayfarer_last_counted_age_seconds",
            "How long ago the last scheduled run ended that rates count: it grows while a journey is stopped, paused or broken",
            ages.collect::<Gauges<_, _>>(),
        );
    }

    fn labelled(&self, location: &LocationName) -> impl Iterator<Item = (JourneyLabels, &Probe)> {
        self.newest.iter().map(|(journey, probe)| (labels(journey, location), probe))
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

fn labels((tenant, journey): &(TenantName, JourneyName), location: &LocationName) -> JourneyLabels {
    JourneyLabels { tenant: tenant.to_string(), journey: journey.to_string(), location: location.to_string() }
}

fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}
