//! Whether the machine's wall clock is to be believed, where a certificate is refused for its dates alone.
//!
//! A clock before the day on which the program was built is wrong. So is one that differs from the `Date` of a beacon by more
//! than a day, if the kernel does not call it synchronised either, or if two beacons say so. One beacon alone may have a wrong
//! clock itself, and so may the target, which is asked where no beacon has told a date.

use std::time::Duration;

use wayfarer_model::units::UnixMillis;

/// The least difference that counts.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// What is known of the wall clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clues<'a> {
    pub(super) now: UnixMillis,
    /// When the program was built; zero if that is not known.
    pub(super) built: UnixMillis,
    /// Whether the kernel says that a time service keeps the clock right.
    pub(super) is_synchronised: bool,
    /// What others said that it is.
    pub(super) dates: &'a [UnixMillis],
    /// Who they are, with their verb.
    pub(super) witness: &'static str,
}

/// Why the clock is not to be believed, as the end of a sentence about it.
pub(super) fn doubt(clues: Clues<'_>) -> Option<String> {
    let Clues { now, built, is_synchronised, dates, witness } = clues;
    // The builder's clock and time zone may be off by a little.
    if now.0 + DAY_MS < built.0 {
        return Some("is before the day on which this program was built".to_owned());
    }
    let others: Vec<u64> =
        dates.iter().map(|date| date.0.abs_diff(now.0)).filter(|apart| *apart > DAY_MS).collect();
    let is_outvoted = others.len() > dates.len() / 2 && (others.len() > 1 || !is_synchronised);
    let apart = others.into_iter().min().filter(|_| is_outvoted)?;
    let days = Duration::from_millis(apart).as_secs() / (DAY_MS / 1_000);
    Some(format!("differs by {days} days from what {witness}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_doubted_for_its_own_date_or_by_others() {
        let (built, day) = (UnixMillis(1_000 * DAY_MS), DAY_MS);
        let at = |days: u64| UnixMillis(days * day);
        let doubted = |now, is_synchronised, dates: &[UnixMillis]| {
            doubt(Clues { now, built, is_synchronised, dates, witness: "the beacons say" }).is_some()
        };
        assert!(doubted(at(998), true, &[]), "before the build, whatever the kernel says");
        assert!(!doubted(at(999), false, &[]) && !doubted(at(3_000), false, &[]), "nobody says otherwise");
        assert!(doubted(at(3_000), false, &[at(2_000)]), "a beacon does, and the kernel does not vouch");
        assert!(!doubted(at(3_000), true, &[at(2_000)]), "one beacon alone may be wrong");
        assert!(doubted(at(3_000), true, &[at(2_000), at(2_000)]), "two are not");
        assert!(!doubted(at(3_000), false, &[at(2_000), at(3_000)]), "they do not agree");
        assert!(!doubted(at(3_000), false, &[UnixMillis(3_000 * day + day / 2)]), "half a day is no matter");
        let unknown =
            Clues { now: at(1), built: UnixMillis(0), is_synchronised: false, dates: &[], witness: "" };
        assert_eq!(doubt(unknown), None, "the day of the build is not known");
    }
}
