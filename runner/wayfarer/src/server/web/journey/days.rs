//! The last 90 days of a journey, a column each: how high it stands says how much of the day was good.

use wayfarer_model::units::UnixMillis;

use crate::protocol::PeriodInfo;
use crate::server::web::figures::percent;

const DAY_MS: u64 = 24 * 3_600_000;
const DAYS: u64 = 90;

/// A day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server::web) struct Day {
    /// `2026-12-01`.
    pub(in crate::server::web) date: String,
    /// Asks the journey's page for this day.
    pub(in crate::server::web) from_ms: u64,
    pub(in crate::server::web) until_ms: u64,
    /// `99.9% of 1440`, or that there is no data.
    pub(in crate::server::web) said: String,
    /// The class in the style sheet: how good it was.
    pub(in crate::server::web) class: &'static str,
}

/// The days up to today, the oldest first.
pub(in crate::server::web) fn days(periods: &[PeriodInfo], now: UnixMillis) -> Vec<Day> {
    let today = now.0 / DAY_MS;
    let first = today.saturating_sub(DAYS - 1);
    let day = |number: u64| {
        let from_ms = number * DAY_MS;
        let rates = periods.iter().find(|period| period.from_ms == from_ms).map(|period| period.rates);
        let rates = rates.filter(|rates| rates.counted > 0);
        let said = rates
            .and_then(|rates| Some(format!("{} of {}", percent(rates.good, rates.counted)?, rates.counted)));
        let class = match rates.map(|rates| (rates.counted - rates.good) * 1_000 / rates.counted.max(1)) {
            None => "unknown",
            Some(0) if rates.is_some_and(|rates| rates.good == rates.counted) => "whole",
            Some(0..10) => "most",
            Some(10..50) => "less",
            Some(_) => "bad",
        };
        Day {
            date: UnixMillis(from_ms).rfc3339().chars().take(10).collect(),
            from_ms,
            until_ms: from_ms + DAY_MS,
            said: said.unwrap_or_else(|| "no data".to_owned()),
            class,
        }
    };
    (first..=today).map(day).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::RatesInfo;

    #[test]
    fn a_day_is_as_good_as_its_worst_thousandth_says() {
        let now = UnixMillis(1_790_000_000_000);
        let today = now.0 / DAY_MS * DAY_MS;
        let period = |back: u64, good: u64, counted: u64| PeriodInfo {
            from_ms: today - back * DAY_MS,
            rates: RatesInfo { slots: counted, counted, good, good_first_attempt: good },
            p50_us: None,
            p95_us: None,
            p99_us: None,
        };
        let all =
            [period(0, 9, 9), period(1, 9_999, 10_000), period(2, 97, 100), period(3, 1, 2), period(4, 0, 0)];
        let days = days(&all, now);
        let said: Vec<_> = days.iter().rev().take(6).map(|day| (day.class, day.said.as_str())).collect();
        assert_eq!(
            said,
            [
                ("whole", "100% of 9"),
                ("most", "99.99% of 10000"),
                ("less", "97.0% of 100"),
                ("bad", "50.0% of 2"),
                ("unknown", "no data"),
                ("unknown", "no data")
            ]
        );
        assert_eq!((days.len(), days[89].date.as_str()), (90, "2026-09-21"));
    }
}
