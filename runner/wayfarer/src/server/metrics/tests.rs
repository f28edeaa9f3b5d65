//! What a scrape looks like to Prometheus.

use std::collections::BTreeSet;
use std::time::Duration;

use prometheus_client::encoding::prometheus_protobuf;
use wayfarer_model::context::Lane;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Verdict;
use wayfarer_store::{
    COMMIT_BOUNDS_US, DeliveryFigures, DiskSpace, RetentionKind, StoredFigures, WriterHealth,
};

use super::{Format, Load, Metrics, Scrape, TaskResult, TenantLoad};
use crate::view::samples;

/// Of a server on which everything has happened at least once.
fn scrape() -> Scrape {
    let tenant: TenantName = "acme".parse().unwrap();
    let metrics = Metrics::new("local".parse().unwrap());
    metrics.handed_over(Duration::from_micros(700));
    metrics.handed_over(Duration::from_secs(30));
    metrics.settled(&tenant, Lane::Scheduled, Verdict::Passed);
    metrics.settled(&tenant, Lane::Scheduled, Verdict::Passed);
    metrics.removed(RetentionKind::Logs, 7);
    metrics.disk_space(DiskSpace { free: 3_000, held: 1_000, wanted: 2_000, is_enough: true });
    metrics.alert_sent(Some(&tenant), "oncall", "delivered");
    let oldest = Some(UnixMillis(1_790_000_000_000));
    metrics.alerts_waiting(DeliveryFigures { waiting: 2, oldest }, UnixMillis(1_790_000_001_500));
    let task = metrics.background_task("retention");
    task.finished(TaskResult::Succeeded, Duration::from_millis(5), UnixMillis(1_790_000_000_250));
    let journey = (tenant.clone(), "checkout".parse().unwrap());
    let mut last = samples::passed(1);
    last.recording.traffic[0].certificate_expires_ms = Some(1_800_000_000_500);
    metrics.probed(journey, Verdict::Passed, Some(&last), UnixMillis(1_790_000_000_000));
    let load = Load {
        queued: 2,
        in_flight: 1,
        concurrency_limit: 64,
        memory: (5_000, 8_000),
        planned_until: UnixMillis(1_790_000_000_500),
        tenants: vec![TenantLoad {
            tenant,
            queued: 2,
            in_flight: 1,
            is_stopped: true,
            memory: (4_000, 6_000),
            stored: StoredFigures { bytes: 700, limit: Some(900), reduced_runs: 3 },
        }],
    };
    let mut commit_buckets = [0; COMMIT_BOUNDS_US.len()];
    (commit_buckets[0], commit_buckets[COMMIT_BOUNDS_US.len() - 1]) = (3, 1);
    let health =
        WriterHealth { runs: 12, commit_sum_us: 2_500_000, commit_buckets, ..WriterHealth::default() };
    metrics.scrape(&load, &health, UnixMillis(1_790_000_090_500))
}

fn text() -> String {
    String::from_utf8(scrape().encode(Format::Text).unwrap()).unwrap()
}

#[test]
fn every_sample_stands_below_the_help_and_type_of_its_family() {
    let text = text();
    let (mut family, mut kind) = ("", "");
    let mut families = BTreeSet::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            family = help.split_once(' ').unwrap().0;
            assert!(families.insert(family), "{family} stands twice");
            kind = "";
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, word) = rest.split_once(' ').unwrap();
            assert_eq!(name, family);
            kind = word;
            assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
        } else {
            let name = line.split(['{', ' ']).next().unwrap();
            let base = match kind {
                "histogram" => ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)),
                _ => Some(name),
            };
            assert!(base == Some(family) && !kind.is_empty(), "{line}");
        }
    }
    assert_eq!(families.len(), 45, "{families:?}");
}

#[test]
fn samples_read_as_the_documents_say() {
    let text = text();
    for line in [
        "wayfarer_slot_lateness_seconds_bucket{le=\"0.0005\"} 0",
        "wayfarer_slot_lateness_seconds_bucket{le=\"0.001\"} 1",
        "wayfarer_slot_lateness_seconds_bucket{le=\"10\"} 1",
        "wayfarer_slot_lateness_seconds_bucket{le=\"+Inf\"} 2",
        "wayfarer_slot_lateness_seconds_count 2",
        "wayfarer_run_concurrency_limit 64",
        "wayfarer_runs_queued{tenant=\"acme\"} 2",
        "wayfarer_run_memory_bytes 5000",
        "wayfarer_tenant_memory_limit_bytes{tenant=\"acme\"} 6000",
        "wayfarer_tenant_stored_bytes{tenant=\"acme\"} 700",
        "wayfarer_tenant_stored_limit_bytes{tenant=\"acme\"} 900",
        "wayfarer_tenant_runs_reduced_total{tenant=\"acme\"} 3",
        "wayfarer_runs_in_flight{tenant=\"acme\"} 1",
        "wayfarer_tenant_kill_switch{tenant=\"acme\"} 1",
        "wayfarer_planned_until_timestamp_seconds 1790000000.5",
        "wayfarer_runs_total{tenant=\"acme\",lane=\"scheduled\",verdict=\"passed\"} 2",
        "wayfarer_store_up 1",
        "wayfarer_store_rows_total 12",
        "wayfarer_store_wal_bytes 0",
        "wayfarer_store_commit_seconds_bucket{le=\"0.0005\"} 3",
        "wayfarer_store_commit_seconds_bucket{le=\"+Inf\"} 4",
        "wayfarer_store_commit_seconds_sum 2.5",
        "wayfarer_store_commit_seconds_count 4",
        "wayfarer_disk_free_bytes 3000",
        "wayfarer_disk_reserved_bytes 1000",
        "wayfarer_disk_full 0",
        "wayfarer_retention_removed_total{kind=\"logs\"} 7",
        "wayfarer_retention_removed_total{kind=\"runs\"} 0",
        "wayfarer_alert_deliveries_total{tenant=\"acme\",channel=\"oncall\",result=\"delivered\"} 1",
        "wayfarer_alert_deliveries_waiting 2",
        "wayfarer_alert_oldest_waiting_seconds 1.5",
        "wayfarer_background_runs_total{task=\"retention\",result=\"succeeded\"} 1",
        "wayfarer_background_runs_total{task=\"retention\",result=\"failed\"} 0",
        "wayfarer_background_last_success_timestamp_seconds{task=\"retention\"} 1790000000.25",
        "wayfarer_background_duration_seconds_count{task=\"retention\"} 1",
        "probe_success{tenant=\"acme\",journey=\"checkout\",location=\"local\"} 1",
        "probe_duration_seconds{tenant=\"acme\",journey=\"checkout\",location=\"local\"} 1.31",
        "wayfarer_last_counted_age_seconds{tenant=\"acme\",journey=\"checkout\",location=\"local\"} 90.5",
        "probe_ssl_earliest_cert_expiry{tenant=\"acme\",journey=\"checkout\",location=\"local\"} 1800000000.5",
        "probe_http_status_code{tenant=\"acme\",journey=\"checkout\",location=\"local\"} 201",
        "probe_http_duration_seconds{tenant=\"acme\",journey=\"checkout\",location=\"local\",phase=\"processing\"} 0.608",
    ] {
        assert!(text.lines().any(|known| known == line), "`{line}`:\n{text}");
    }
}

#[test]
fn lateness_has_native_buckets_in_protobuf() {
    let families = prometheus_protobuf::encode(&scrape().0).unwrap();
    let family = families.iter().find(|family| family.name == "wayfarer_slot_lateness_seconds").unwrap();
    let histogram = family.metric[0].histogram.as_ref().unwrap();
    assert_eq!((histogram.sample_count, histogram.bucket.len()), (2, 13));
    assert_eq!(histogram.positive_span.iter().map(|span| span.length).sum::<u32>(), 2);
    assert!(!scrape().encode(Format::Protobuf).unwrap().is_empty());
    assert!(Format::Protobuf.content_type().ends_with("encoding=delimited"));
}

#[test]
fn a_run_that_does_not_count_removes_the_journeys_samples() {
    let metrics = Metrics::new("local".parse().unwrap());
    let journey = || ("acme".parse::<TenantName>().unwrap(), "checkout".parse().unwrap());
    let shows = |sample: &str| {
        let scrape = metrics.scrape(&Load::default(), &WriterHealth::default(), UnixMillis(7_500));
        String::from_utf8(scrape.encode(Format::Text).unwrap()).unwrap().contains(sample)
    };
    let has_probe = || shows("probe_success{");
    metrics.probed(journey(), Verdict::Failed, Some(&samples::failed(1)), UnixMillis(1));
    assert!(has_probe());
    metrics.probed(journey(), Verdict::Broken, Some(&samples::broken()), UnixMillis(2));
    assert!(!has_probe());
    metrics.probed(journey(), Verdict::Passed, Some(&samples::passed(1)), UnixMillis(2_000));
    assert!(has_probe());
    let (tenant, name) = journey();
    metrics.blind(&tenant, &name);
    assert!(!has_probe(), "a kill switch leaves nothing green");
    assert!(shows(
        "wayfarer_last_counted_age_seconds{tenant=\"acme\",journey=\"checkout\",location=\"local\"} 5.5"
    ));
    metrics.counted_before(journey(), UnixMillis(1));
    assert!(shows("location=\"local\"} 5.5"), "what this process saw is newer");
}
