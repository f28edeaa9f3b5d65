//! The Beta distribution: its distribution function and its quantiles.
//!
//! `statrs`, the crate for it, brings nalgebra along for these two functions. They follow the continued fraction of the incomplete beta function
//! (Didonato and Morris 1992, by Lentz's method) and Lanczos' approximation of the gamma function. The tests hold them against a sum over the
//! binomial distribution and against an integral.

/// Lanczos' coefficients for g = 7 (Godfrey's), good for 15 digits.
const LANCZOS: [f64; 9] = [
    0.999_999_999_999_809_9,
    676.520_368_121_885_1,
    -1_259.139_216_722_402_8,
    771.323_428_777_653_1,
    -176.615_029_162_140_6,
    12.507_343_278_686_905,
    -0.138_571_095_265_720_12,
    9.984_369_578_019_572e-6,
    1.505_632_735_149_311_6e-7,
];

/// The logarithm of the gamma function, for arguments of 0.5 and more.
fn ln_gamma(x: f64) -> f64 {
    let x = x - 1.0;
    let (first, rest) = LANCZOS.split_first().map_or((0.0, &[][..]), |(first, rest)| (*first, rest));
    let sum = rest
        .iter()
        .zip(1..)
        .fold(first, |sum, (coefficient, place)| sum + coefficient / (x + f64::from(place)));
    let base = x + 7.5;
    0.5 * std::f64::consts::TAU.ln() + (x + 0.5) * base.ln() - base + sum.ln()
}

/// The continued fraction, which converges quickly where `x` is below the mean.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut upper = 1.0;
    let mut lower = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut product = lower;
    for step in 1..2_000 {
        let step = f64::from(step);
        let even = step * (b - step) * x / ((a + 2.0 * step - 1.0) * (a + 2.0 * step));
        lower = 1.0 / away(1.0 + even * lower);
        upper = away(1.0 + even / upper);
        product *= lower * upper;
        let odd = -(a + step) * (a + b + step) * x / ((a + 2.0 * step) * (a + 2.0 * step + 1.0));
        lower = 1.0 / away(1.0 + odd * lower);
        upper = away(1.0 + odd / upper);
        let factor = lower * upper;
        product *= factor;
        if (factor - 1.0).abs() < 1e-13 {
            break;
        }
    }
    product
}

/// The probability that a value of Beta(a, b) is at most `x`. Both parameters are 0.5 or more.
pub(super) fn distribution(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(a, b, x) / a
    } else {
        1.0 - front * fraction(b, a, 1.0 - x) / b
    }
}

/// The value below which `probability` of Beta(a, b) lies: Newton's method from the mean, kept within what bisection leaves.
pub(super) fn quantile(a: f64, b: f64, probability: f64) -> f64 {
    let (mut low, mut high, mut x) = (0.0_f64, 1.0_f64, a / (a + b));
    let front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    for _ in 0..100 {
        let off = distribution(a, b, x) - probability;
        if off < 0.0 {
            low = x;
        } else {
            high = x;
        }
        let density = (front + (a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p()).exp();
        let newton = x - off / density;
        let next = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        if (next - x).abs() <= 1e-10 * x {
            return next;
        }
        x = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With whole parameters: that of `a + b - 1` tosses at least `a` succeed.
    fn by_binomial(a: u32, b: u32, x: f64) -> f64 {
        let tosses = a + b - 1;
        let choose = |some: u32| {
            (0..some).fold(1.0, |value, taken| value * f64::from(tosses - taken) / f64::from(taken + 1))
        };
        (a..=tosses)
            .map(|some| choose(some) * x.powi(some as i32) * (1.0 - x).powi((tosses - some) as i32))
            .sum()
    }

    /// With a = k + 1/2: the integral of t^(a-1) (1-t)^(b-1), where t is a square, by Simpson's rule.
    fn by_integral(a: f64, b: f64, x: f64) -> f64 {
        let mode = ((a - 0.5) / (a + b - 1.5)).max(1e-9);
        let log = |at: f64| (a - 0.5) * at.ln() + (b - 1.0) * (-at).ln_1p();
        // Scaled by the highest value: for a = 1/2 the logarithm of 0 is multiplied by 0.
        let density = |root: f64| {
            let at = (root * root).clamp(1e-30, 1.0 - 1e-15);
            (log(at) - log(mode)).exp()
        };
        let simpson = |to: f64| {
            let pieces = 8_000;
            let width = to / f64::from(pieces);
            let weighted =
                |place: i32| density(f64::from(place) * width) * if place % 2 == 1 { 4.0 } else { 2.0 };
            let inner: f64 = (1..pieces).map(weighted).sum();
            (density(0.0) + inner + density(to)) * width / 3.0
        };
        simpson(x.sqrt()) / simpson(1.0)
    }

    #[test]
    fn the_distribution_is_that_of_a_sum_and_of_an_integral() {
        for (a, b) in [(1, 1), (2, 18), (3, 5), (20, 181), (40, 7)] {
            for x in [0.001, 0.02, 0.1, 0.3, 0.5, 0.9, 0.999] {
                let (own, oracle) = (distribution(f64::from(a), f64::from(b), x), by_binomial(a, b, x));
                assert!((own - oracle).abs() < 1e-11, "Beta({a}, {b}) at {x}: {own} and {oracle}");
            }
        }
        for (a, b) in [(0.5, 200.0), (3.5, 400.0), (20.5, 20_340.0), (200.5, 20_160.0)] {
            for x in [0.000_2, 0.001, 0.01, 0.02] {
                let (own, oracle) = (distribution(a, b, x), by_integral(a, b, x));
                assert!((own - oracle).abs() < 1e-8, "Beta({a}, {b}) at {x}: {own} and {oracle}");
            }
        }
    }

    #[test]
    fn a_quantile_is_where_the_distribution_says_so() {
        for (a, b) in [(0.5, 200.0), (2.0, 18.0), (20.5, 20_340.0), (500.0, 3.0), (0.5, 1e7), (1e5, 1e7)] {
            for probability in [0.05, 0.5, 0.95, 0.999] {
                let found = quantile(a, b, probability);
                assert!(
                    (distribution(a, b, found) - probability).abs() < 1e-7,
                    "Beta({a}, {b}), {probability}"
                );
            }
        }
    }
}
