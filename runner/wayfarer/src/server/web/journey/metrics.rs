//! Figures that the journey recorded by itself, a chart each.

use wayfarer_model::units::UnixMillis;

use crate::protocol::MetricSeriesInfo;
use crate::server::web::charts::{Range, bounds, series};
use crate::server::web::markup::Markup;

/// The template `journey.html` shows it.
#[derive(Debug)]
pub(super) struct MetricChart {
    pub(super) name: String,
    /// `sku=A1, shop=web`; may be empty.
    pub(super) labels: String,
    pub(super) unit: String,
    pub(super) last: String,
    pub(super) least: String,
    pub(super) most: String,
    pub(super) drawing: Markup,
}

pub(super) fn charts(all: &[MetricSeriesInfo], range: (UnixMillis, UnixMillis)) -> Vec<MetricChart> {
    let range = Range { from: range.0, until: range.1 };
    all.iter().map(|one| chart(one, range)).collect()
}

fn chart(info: &MetricSeriesInfo, range: Range) -> MetricChart {
    let values: Vec<(u64, f64)> = info.points.iter().map(|point| (point.slot_ms, point.value)).collect();
    let (least, most) = bounds(&values);
    let labels: Vec<String> = info.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    MetricChart {
        name: info.name.clone(),
        labels: labels.join(", "),
        unit: info.unit.clone(),
        last: values.last().map(|(_, value)| figure(*value)).unwrap_or_default(),
        least: figure(least),
        most: figure(most),
        drawing: series(&values, range),
    }
}

/// A number with as many digits as tell something: six.
fn figure(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e12).contains(&size) {
        return format!("{value:.3e}");
    }
    let whole = if size < 1.0 { 0 } else { size.log10() as usize + 1 };
    let text = format!("{value:.*}", 6_usize.saturating_sub(whole.max(1)));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::MetricPointInfo;

    #[test]
    fn a_figure_has_the_digits_that_tell_something() {
        let shown = [0.0, 5.0, -2.5, 0.1 + 0.2, 1234.5678, 1_234_567.0, 1e15, 1e-9].map(figure);
        assert_eq!(shown, ["0", "5", "-2.5", "0.3", "1234.57", "1234567", "1.000e15", "1.000e-9"]);
    }

    #[test]
    fn a_chart_says_what_was_last_and_between_what_it_moved() {
        let points = [(10, 4.0), (20, 9.5), (30, 6.0)];
        let info = MetricSeriesInfo {
            name: "total".to_owned(),
            unit: "EUR".to_owned(),
            labels: vec![("sku".to_owned(), "A1".to_owned()), ("shop".to_owned(), "web".to_owned())],
            points: points.map(|(slot_ms, value)| MetricPointInfo { slot_ms, value }).to_vec(),
        };
        let charts = charts(&[info], (UnixMillis(0), UnixMillis(40)));
        let [one] = charts.as_slice() else { panic!("{charts:?}") };
        assert_eq!([&one.last, &one.least, &one.most], ["6", "4", "9.5"]);
        assert_eq!(one.labels, "sku=A1, shop=web");
    }
}
