//! Figures that a journey recorded by itself, such as the price of an order, over a range of time.

use std::collections::BTreeMap;

use wayfarer_store::{JourneyKey, MetricPoint};

use super::history::Range;
use super::{JourneyError, UseCases};
use crate::protocol::{MetricPointInfo, MetricSeriesInfo};

/// Runs that are looked at: as many as a chart can show.
const RUNS: u32 = 300;
/// The most series of a journey. Labels with ever new values would make one of each run.
const SERIES: usize = 24;

impl UseCases {
    /// The figures of a journey that the caller was shown: of the series with the most figures, by name.
    pub(crate) async fn metrics(
        &self,
        journey: JourneyKey,
        range: Range,
    ) -> Result<Vec<MetricSeriesInfo>, JourneyError> {
        Ok(series(self.store.journey_metrics(journey, range, RUNS).await?))
    }
}

fn series(points: Vec<MetricPoint>) -> Vec<MetricSeriesInfo> {
    let mut of_each: BTreeMap<(String, String, String), Vec<MetricPointInfo>> = BTreeMap::new();
    for MetricPoint { slot, name, unit, labels, value } in points {
        let points = of_each.entry((name, labels, unit)).or_default();
        points.push(MetricPointInfo { slot_ms: slot.0, value });
    }
    let mut all: Vec<MetricSeriesInfo> = of_each
        .into_iter()
        .map(|((name, labels, unit), points)| {
            // The store wrote the labels itself.
            let labels = serde_json::from_str(&labels).unwrap_or_default();
            MetricSeriesInfo { name, unit, labels, points }
        })
        .collect();
    // Sorting keeps the order of names among equals.
    all.sort_by_key(|series| std::cmp::Reverse(series.points.len()));
    all.truncate(SERIES);
    all.sort_by(|a, b| (&a.name, &a.labels).cmp(&(&b.name, &b.labels)));
    all
}

#[cfg(test)]
mod tests {
    use wayfarer_model::units::UnixMillis;

    use super::*;

    #[test]
    fn figures_of_one_name_and_the_same_labels_are_a_series() {
        let point = |slot, name: &str, labels: &str, value| MetricPoint {
            slot: UnixMillis(slot),
            name: name.to_owned(),
            unit: "EUR".to_owned(),
            labels: labels.to_owned(),
            value,
        };
        let mut points = vec![
            point(1, "total", "[]", 5.0),
            point(1, "price", "[[\"sku\",\"A1\"]]", 2.5),
            point(2, "total", "[]", 6.0),
            point(2, "price", "[[\"sku\",\"B2\"]]", 3.5),
        ];
        let told = |points: &[MetricPoint]| {
            let all = series(points.to_vec());
            all.iter()
                .map(|one| format!("{} {:?} {}", one.name, one.labels, one.points.len()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            told(&points),
            ["price [(\"sku\", \"A1\")] 1", "price [(\"sku\", \"B2\")] 1", "total [] 2"]
        );
        points.extend((0..100).map(|run| point(run, "one", &format!("[[\"run\",\"{run}\"]]"), 1.0)));
        let told = told(&points);
        assert!(told.len() == SERIES && told.last().is_some_and(|last| last == "total [] 2"), "{told:?}");
    }
}
