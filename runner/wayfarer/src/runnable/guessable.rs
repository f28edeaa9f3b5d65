//! How hard a secret is to guess.
//!
//! A journey that writes guesses into its own results learns which of them were masked, so it can find out a value that has
//! few possibilities, however few places show it. Nothing prevents that; the operator learns of such values instead.

/// Below this many bits a journey could find the value out: some 10^12 guesses.
const ENOUGH_BITS: f64 = 40.0;

/// The most of a value that is looked at, in characters. Longer ones are strong.
const LOOKED_AT: usize = 64;

/// The bits that an attacker has to guess, if they are too few. Counted by zxcvbn, which knows words, dates, keyboards and
/// repetitions.
pub(crate) fn guessable(value: &str) -> Option<u32> {
    let start: String = value.chars().take(LOOKED_AT).collect();
    let bits = zxcvbn::zxcvbn(&start, &[]).guesses_log10() * std::f64::consts::LOG2_10;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 40")]
    (bits < ENOUGH_BITS).then_some(bits.max(0.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_and_words_are_guessable_and_keys_are_not() {
        for value in ["1234", "834901", "correct-horse", "hunter2hunter2", "password123!", "2026-11-30"] {
            assert!(guessable(value).is_some(), "{value}");
        }
        for value in ["9f3ac0e1d27b6458", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "x7!Kq0-zP3~vWm"] {
            assert_eq!(guessable(value), None, "{value}");
        }
        let long: String =
            (0..5_000_u32).map(|n| char::from(b'!' + u8::try_from(n * n * 31 % 90).unwrap())).collect();
        assert_eq!(guessable(&long), None, "and it takes no long time");
    }
}
