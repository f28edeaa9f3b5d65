//! The newest scheduled run of each journey, by the names of the Prometheus blackbox exporter, so that the
//! dashboards and alerts that people have go on to work.
//!
//! Only verdicts that count are shown. A run that is `broken` or `inconclusive` says nothing of the target: it
//! takes the journey's samples away, and `absent()` or the timestamp tells.

use std::collections::BTreeMap;

use wayfarer_model::ids::{JourneyName, LocationName, TenantName};
use wayfarer_model::report::AttemptReport;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;

use super::page::{Kind, Page};

/// The blackbox exporter's words for phases, in their order.
const PHASES: [&str; 5] = ["resolve", "connect", "tls", "processing", "transfer"];

/// What is shown of a run.
#[derive(Debug, Clone, Copy)]
struct Probe {
    success: bool,
    duration: Micros,
    phases: [u64; PHASES.len()],
    finished: UnixMillis,
}

/// The newest run of each journey.
#[derive(Debug, Default)]
pub(super) struct Probes(BTreeMap<(TenantName, JourneyName), Probe>);

impl Probes {
    /// A scheduled run has ended.
    pub(super) fn finished(
        &mut self,
        journey: (TenantName, JourneyName),
        verdict: Verdict,
        last: Option<&AttemptReport>,
        finished: UnixMillis,
    ) {
        let counts = verdict.is_good() || verdict == Verdict::Failed;
        let (true, Some(last)) = (counts, last) else {
            self.0.remove(&journey);
            return;
        };
        let mut phases = [0; PHASES.len()];
        for request in &last.recording.traffic {
            let own = &request.phases;
            let own = [own.dns_us, own.connect_us, own.tls_us, own.wait_us, own.receive_us];
            for (sum, part) in phases.iter_mut().zip(own) {
                *sum += part.0;
            }
        }
        let probe = Probe { success: verdict.is_good(), duration: last.duration_us, phases, finished };
        self.0.insert(journey, probe);
    }

    /// Keeps only journeys that are still there.
    pub(super) fn retain(&mut self, is_there: impl Fn(&TenantName, &JourneyName) -> bool) {
        self.0.retain(|(tenant, journey), _| is_there(tenant, journey));
    }

    /// Renders them.
    pub(super) fn render(&self, page: &mut Page, location: &LocationName) {
        let mut family = |name, help, value: &dyn Fn(&Probe) -> f64| {
            page.family(name, Kind::Gauge, help);
            for ((tenant, journey), probe) in &self.0 {
                let labels = [
                    ("tenant", tenant.as_str()),
                    ("journey", journey.as_str()),
                    ("location", location.as_str()),
                ];
                page.sample(name, &labels, value(probe));
            }
        };
        let seconds = |us: u64| us as f64 / 1e6;
        family("probe_success", "Whether the newest scheduled run was good.", &|probe| {
            f64::from(u8::from(probe.success))
        });
        family("probe_duration_seconds", "How long its last attempt took.", &|probe| {
            seconds(probe.duration.0)
        });
        family("wayfarer_probe_timestamp_seconds", "When it ended.", &|probe| probe.finished.0 as f64 / 1e3);
        let name = "probe_http_duration_seconds";
        page.family(name, Kind::Gauge, "Time of all requests of its last attempt together, by phase.");
        for ((tenant, journey), probe) in &self.0 {
            for (phase, us) in PHASES.iter().zip(probe.phases) {
                let labels = [
                    ("tenant", tenant.as_str()),
                    ("journey", journey.as_str()),
                    ("location", location.as_str()),
                    ("phase", phase),
                ];
                page.sample(name, &labels, seconds(us));
            }
        }
    }
}
