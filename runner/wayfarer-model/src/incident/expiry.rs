//! Certificates and domains that expire: a ticket 14 days before, told of again 7 and 3 days before, and over when a later date is seen.

use crate::units::UnixMillis;

const DAY_MS: u64 = 86_400_000;

/// The days before the end at which people are told, the first one first.
const DAYS: [u64; 3] = [14, 7, 3];

/// What is said of a certificate or a domain that expires at an instant: the end of a sentence, which changes at each of the days alone. None while there is
/// more time.
pub fn expires_soon(expires: UnixMillis, now: UnixMillis) -> Option<String> {
    let left = expires.0.saturating_sub(now.0);
    let days = DAYS.into_iter().rfind(|days| left <= days * DAY_MS)?;
    let at = expires.rfc3339();
    let date = at.get(..10).unwrap_or(&at);
    Some(if left == 0 {
        format!("on {date}: it has expired")
    } else {
        format!("on {date}, within {days} days")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_anew_at_fourteen_seven_and_three_days_and_at_the_end() {
        let expires = UnixMillis::parse("2026-12-06T09:00:00Z").unwrap();
        let before = |hours: u64| expires_soon(expires, UnixMillis(expires.0 - hours * 3_600_000));
        assert_eq!(before(14 * 24 + 1), None);
        assert_eq!(before(14 * 24).unwrap(), "on 2026-12-06, within 14 days");
        assert_eq!(before(7 * 24 + 1).unwrap(), "on 2026-12-06, within 14 days");
        assert_eq!(before(7 * 24).unwrap(), "on 2026-12-06, within 7 days");
        assert_eq!(before(1).unwrap(), "on 2026-12-06, within 3 days");
        let after = expires_soon(expires, UnixMillis(expires.0 + 1));
        assert_eq!(after.unwrap(), "on 2026-12-06: it has expired");
    }
}
