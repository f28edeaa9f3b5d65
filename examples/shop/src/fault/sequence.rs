//! The pseudo-random sequence for jitter and error rates: `SplitMix64`. The same seed gives the same faults.

pub(crate) struct Sequence(u64);

impl Sequence {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// True for this share of the calls: never for 0, always for 1.
    pub(crate) fn hits(&mut self, rate: f64) -> bool {
        // An f64 represents 53 bits exactly, so the number is below 1.
        let draw = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        draw < rate
    }

    /// A number from 0 to `most`.
    pub(crate) fn up_to(&mut self, most: u64) -> u64 {
        self.next().checked_rem(most.saturating_add(1)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Sequence;

    #[test]
    fn a_rate_is_met_and_repeats_with_its_seed() {
        let draw = |seed, rate| {
            let mut sequence = Sequence::new(seed);
            (0..1_000).map(|_| sequence.hits(rate)).collect::<Vec<bool>>()
        };
        let hits = draw(7, 0.3).iter().filter(|hit| **hit).count();
        assert!((250..350).contains(&hits), "{hits} of 1000 at a rate of 0.3");
        assert_eq!(draw(7, 0.3), draw(7, 0.3));
        assert_ne!(draw(7, 0.3), draw(8, 0.3));
        assert!(draw(7, 0.0).iter().all(|hit| !hit));
        assert!(draw(7, 1.0).iter().all(|hit| *hit));
    }
}
