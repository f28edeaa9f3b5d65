//! Seeded numbers (`SplitMix64`, Steele, Lea and Flood 2014): the same seed gives the same month on every machine and with every version.

/// A sequence.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// Of several numbers, which are mixed.
    pub(super) fn seeded(parts: &[u64]) -> Self {
        let mut random = Self(0x9e37_79b9_7f4a_7c15);
        for part in parts {
            random.0 ^= part.wrapping_mul(0xd134_2543_de82_ef95);
            random.0 = random.next();
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// From 0 to 1, 1 excluded.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something of that chance happens.
    pub(super) fn chance(&mut self, chance: f64) -> bool {
        self.unit() < chance
    }

    /// Exponentially distributed with that mean.
    pub(super) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }
}
