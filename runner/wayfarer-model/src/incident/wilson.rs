//! The confidence interval of a success rate (E. B. Wilson, 1927). It stays within 0 and 1, and it is honest for few runs and for rates near 1.

/// The 95 % interval of the rate `good` of `total`; 0 to 1 if there is nothing.
pub fn wilson(good: u64, total: u64) -> (f64, f64) {
    /// The 97.5 % quantile of the normal distribution.
    const Z: f64 = 1.959_963_984_540_054;
    if total == 0 {
        return (0.0, 1.0);
    }
    let (n, rate) = (total as f64, good.min(total) as f64 / total as f64);
    let scale = 1.0 + Z * Z / n;
    let middle = (rate + Z * Z / (2.0 * n)) / scale;
    let half = Z / scale * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).sqrt();
    // At the ends the formula gives 0 and 1 but for rounding.
    let low = if good == 0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if good >= total { 1.0 } else { (middle + half).min(1.0) };
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_paper() {
        // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (good, total, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let found = wilson(good, total);
            assert!(
                (found.0 - low).abs() < 5e-5 && (found.1 - high).abs() < 5e-5,
                "{good}/{total}: {found:?}"
            );
        }
        assert_eq!(wilson(0, 0), (0.0, 1.0));
        assert!(wilson(7, 7).1 >= 1.0);
        assert_eq!(wilson(9, 7), wilson(7, 7), "never beyond");
    }

    /// What the word means: the rates that a two-sided test of the normal approximation does not refuse.
    #[test]
    fn its_ends_solve_the_equation_of_the_test() {
        for (good, total) in [(1_u64, 10_u64), (5, 10), (990, 1_000), (1, 100_000)] {
            let rate = good as f64 / total as f64;
            let (low, high) = wilson(good, total);
            for end in [low, high] {
                let z = (rate - end) / (end * (1.0 - end) / total as f64).sqrt();
                assert!((z.abs() - 1.959_964).abs() < 1e-4, "{good}/{total} at {end}: {z}");
            }
        }
    }
}
