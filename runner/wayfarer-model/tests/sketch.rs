//! The sketch against an oracle that keeps every value.

use proptest::prelude::*;
use wayfarer_model::rollup::{Durations, RunFigures};
use wayfarer_model::sketch::DurationSketch;
use wayfarer_model::units::Micros;
use wayfarer_model::verdict::Verdict;

fn values() -> impl Strategy<Value = Vec<u64>> {
    let one =
        prop_oneof![0_u64..200, 0_u64..5_000_000, any::<u64>().prop_map(|v| v >> 8), Just(u64::MAX >> 1)];
    prop::collection::vec(one, 1..300)
}

fn exact(sorted: &[u64], fraction: f64) -> u64 {
    let rank = ((fraction * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len());
    sorted.get(rank - 1).copied().unwrap_or_default()
}

proptest! {
    #[test]
    fn quantiles_are_within_the_stated_error(mut values in values()) {
        let mut durations = Durations::default();
        for value in &values {
            durations.add(Micros(*value));
        }
        values.sort_unstable();
        let found = durations.quantiles().unwrap();
        for (fraction, seen) in [(0.5, found.p50), (0.9, found.p90), (0.95, found.p95), (0.99, found.p99)] {
            let wanted = exact(&values, fraction);
            let off = wanted.abs_diff(seen.0);
            prop_assert!(off as f64 <= wanted as f64 / 128.0, "p{fraction}: {} for {wanted}", seen.0);
        }
        prop_assert_eq!(durations.min, values.first().copied().map(Micros));
        prop_assert_eq!(durations.max, values.last().copied().map(Micros));
    }

    #[test]
    fn order_and_parts_make_no_difference(values in values(), cut in 0_usize..300) {
        let of = |values: &[u64]| {
            let mut sketch = DurationSketch::default();
            for value in values {
                sketch.add(Micros(*value));
            }
            sketch
        };
        let whole = of(&values);
        let mut backwards = values.clone();
        backwards.reverse();
        prop_assert_eq!(&of(&backwards), &whole);
        let (left, right) = values.split_at(cut.min(values.len()));
        let mut sum = of(left);
        sum.merge(&of(right));
        prop_assert_eq!(&sum, &whole);
        prop_assert_eq!(DurationSketch::from_bytes(&whole.to_bytes()).unwrap(), whole);
    }

    #[test]
    fn strange_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(sketch) = DurationSketch::from_bytes(&bytes) {
            let _ = sketch.quantiles([0.5, 1.0]);
        }
    }
}

#[test]
fn only_good_runs_have_a_say_in_durations() {
    let mut figures = RunFigures::default();
    figures.add(Verdict::Passed, Some(Verdict::Passed), Some(Micros(100)));
    figures.add(Verdict::Passed, Some(Verdict::Failed), Some(Micros(300)));
    figures.add(Verdict::Failed, Some(Verdict::Failed), Some(Micros(9_000)));
    figures.add(Verdict::Missed, None, None);
    assert_eq!(figures.count(), 4);
    assert_eq!((figures.good_first_attempt, figures.flaky), (1, 1));
    assert_eq!(figures.durations.max, Some(Micros(300)));
    assert_eq!(figures.durations.sum, Micros(400));
}

#[test]
fn nothing_has_no_quantiles() {
    assert_eq!(Durations::default().quantiles(), None);
}
