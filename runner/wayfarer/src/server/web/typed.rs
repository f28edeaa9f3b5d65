//! What people type into forms: instants and spans of time, as browsers send them.

use wayfarer_model::InstantError;
use wayfarer_model::units::UnixMillis;

/// A field for date and time sends neither seconds nor a timezone: pages say all times in UTC. Empty is none.
pub(super) fn instant(text: &str) -> Result<Option<UnixMillis>, InstantError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    // `2026-12-01T10:30`
    let is_of_field = text.len() == 16 && text.as_bytes().get(10) == Some(&b'T');
    let at = if is_of_field { UnixMillis::parse(&format!("{text}:00Z")) } else { UnixMillis::parse(text) };
    at.map(Some).map_err(|_error| InstantError::Form(text.to_owned()))
}

/// Lengths of time to choose from: what a form sends, what people read, and milliseconds.
pub(super) const LENGTHS: [(&str, &str, u64); 7] = [
    ("30min", "30 minutes", 30 * 60_000),
    ("1h", "1 hour", 3_600_000),
    ("4h", "4 hours", 4 * 3_600_000),
    ("8h", "8 hours", 8 * 3_600_000),
    ("1d", "1 day", 24 * 3_600_000),
    ("3d", "3 days", 3 * 24 * 3_600_000),
    ("7d", "7 days", 7 * 24 * 3_600_000),
];

/// The instant that is such a length after now. None for a word that is none of them.
pub(super) fn after(length: &str, now: UnixMillis) -> Option<UnixMillis> {
    let (_, _, ms) = LENGTHS.into_iter().find(|(word, _, _)| *word == length)?;
    Some(UnixMillis(now.0 + ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_a_form_is_an_instant_in_utc() {
        let read = |text| instant(text).unwrap().map(UnixMillis::rfc3339);
        assert_eq!(read("2026-12-01T10:30").as_deref(), Some("2026-12-01T10:30:00Z"));
        assert_eq!(read(" 2026-12-01T10:30:15Z ").as_deref(), Some("2026-12-01T10:30:15Z"));
        assert_eq!(read("2026-12-01").as_deref(), Some("2026-12-01T00:00:00Z"));
        assert_eq!(read(" "), None);
        insta::assert_snapshot!(instant("tomorrow").unwrap_err(), @"`tomorrow` is not an instant: write a date such as `2026-03-29`, or date and time such as `2026-03-29T12:30:00Z`");
        assert!(instant("éééééééééT").is_err());
        assert_eq!(after("1h", UnixMillis(5)), Some(UnixMillis(3_600_005)));
        assert_eq!(after("5 weeks", UnixMillis(5)), None);
    }
}
