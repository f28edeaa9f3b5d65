//! Prometheus' text format, version 0.0.4: the few forms that are used here.

use std::fmt::Write as _;

/// What a family of samples is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Names and values of one sample's labels.
pub(super) type Labels<'a> = &'a [(&'a str, &'a str)];

/// A page under way. Samples of a family follow its head.
#[derive(Debug, Default)]
pub(super) struct Page(String);

impl Page {
    /// The head of a family.
    pub(super) fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// One sample.
    pub(super) fn sample(&mut self, name: &str, labels: Labels<'_>, value: f64) {
        self.0.push_str(name);
        for (place, (label, value)) in labels.iter().enumerate() {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.0, "{}{label}=\"{value}\"", if place == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    /// A family of one sample without labels.
    pub(super) fn single(&mut self, name: &str, kind: Kind, help: &str, value: f64) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    /// A histogram: upper bounds in seconds, counts of each bucket alone with those beyond the last bound at
    /// the end, and the sum in seconds.
    pub(super) fn histogram(&mut self, name: &str, help: &str, bounds: &[f64], counts: &[u64], sum: f64) {
        self.family(name, Kind::Histogram, help);
        let mut below = 0;
        for (place, count) in counts.iter().enumerate() {
            below += count;
            let bound = bounds.get(place).map_or("+Inf".to_owned(), f64::to_string);
            self.sample(&format!("{name}_bucket"), &[("le", &bound)], below as f64);
        }
        self.sample(&format!("{name}_sum"), &[], sum);
        self.sample(&format!("{name}_count"), &[], below as f64);
    }

    /// The page.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_as_prometheus_wants_it() {
        let mut page = Page::default();
        page.single("up", Kind::Gauge, "Whether.", 1.0);
        page.family("runs_total", Kind::Counter, "Runs.");
        page.sample("runs_total", &[("tenant", "a\"\\\n"), ("verdict", "passed")], 12.0);
        page.histogram("wait_seconds", "Waits.", &[0.001, 0.5], &[3, 0, 1], 2.5);
        insta::assert_snapshot!(page.finish(), @r#"
        # HELP up Whether.
        # TYPE up gauge
        up 1
        # HELP runs_total Runs.
        # TYPE runs_total counter
        runs_total{tenant="a\"\\\n",verdict="passed"} 12
        # HELP wait_seconds Waits.
        # TYPE wait_seconds histogram
        wait_seconds_bucket{le="0.001"} 3
        wait_seconds_bucket{le="0.5"} 3
        wait_seconds_bucket{le="+Inf"} 4
        wait_seconds_sum 2.5
        wait_seconds_count 4
        "#);
    }
}
