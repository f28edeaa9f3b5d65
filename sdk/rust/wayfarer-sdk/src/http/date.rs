//! HTTP dates, as far as cookies need them.

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Reads `Wed, 21 Oct 2026 07:28:00 GMT`, and `21-Oct-26` in its place, to unix milliseconds.
pub(super) fn parse_ms(text: &str) -> Option<i64> {
    let text = text.replace('-', " ").to_ascii_lowercase();
    let mut words = text.split([' ', ',']).filter(|word| !word.is_empty());
    let mut day = words.next()?;
    if !day.starts_with(|c: char| c.is_ascii_digit()) {
        day = words.next()?;
    }
    let day: i64 = day.parse().ok()?;
    let name = words.next()?;
    let (month, _) = (1..).zip(MONTHS).find(|(_, month)| name.starts_with(month))?;
    let year: i64 = match words.next()?.parse().ok()? {
        short @ 0..70 => short + 2000,
        short @ 70..100 => short + 1900,
        year => year,
    };
    let mut clock = words.next()?.split(':').map(str::parse::<i64>);
    let (hour, minute, second) = (clock.next()?.ok()?, clock.next()?.ok()?, clock.next()?.ok()?);
    let seconds = days_from_epoch(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(seconds * 1_000)
}

/// Days since 1970-01-01 in the Gregorian calendar, counted in years that begin in March.
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::parse_ms;

    #[test]
    fn reads_the_forms_that_servers_write() {
        assert_eq!(parse_ms("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(parse_ms("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777_000));
        assert_eq!(parse_ms("Sunday, 06-Nov-94 08:49:37 GMT"), Some(784_111_777_000));
        assert_eq!(parse_ms("Tue, 29 Feb 2028 23:59:59 GMT"), Some(1_835_481_599_000));
        assert_eq!(parse_ms("soon"), None);
    }
}
