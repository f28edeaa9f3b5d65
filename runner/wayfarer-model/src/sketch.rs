//! A sketch of durations for the quantiles of the store's roll-ups.
//!
//! The sketch is a histogram with log-linear buckets. Below 64 µs, each microsecond has its own bucket. Above,
//! each power of two has 64 buckets. The sketch has counts only. Its bytes therefore do not depend on the order of
//! the values, merged sketches of parts equal the sketch of the whole, and a rebuild gives the same bytes.
//!
//! A quantile is the middle of the bucket that contains the value of its rank (nearest rank, from 1). It differs
//! from the value by at most 1/128, which is below 0.8 %. The layout is that of `HdrHistogram` with 64
//! sub-buckets (G. Tene, <https://hdrhistogram.github.io>). [`DurationSketch::to_bytes`] documents the stored form.

use crate::units::Micros;

/// The number of buckets for each power of two, and of the first buckets, which are one microsecond wide.
const WIDTH: u64 = 64;
const WIDTH_BITS: u32 = WIDTH.trailing_zeros();

/// Counts by bucket, in ascending order of the buckets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DurationSketch {
    buckets: Vec<(u16, u32)>,
}

/// The bytes are not a sketch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a sketch of durations")]
pub struct SketchError;

fn bucket_of(value: u64) -> u16 {
    if value < WIDTH {
        return value as u16;
    }
    let shift = value.ilog2() - WIDTH_BITS;
    (u64::from(shift + 1) * WIDTH + ((value >> shift) - WIDTH)) as u16
}

/// The middle of a bucket, rounded down.
fn middle_of(bucket: u16) -> u64 {
    let (power, place) = (u64::from(bucket) / WIDTH, u64::from(bucket) % WIDTH);
    if power == 0 {
        return place;
    }
    let shift = power - 1;
    let low = (WIDTH + place) << shift;
    low + ((1_u64 << shift) - 1) / 2
}

impl DurationSketch {
    /// Adds one duration.
    pub fn add(&mut self, duration: Micros) {
        self.add_count(bucket_of(duration.0), 1);
    }

    /// Adds all durations of another sketch.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.buckets {
            self.add_count(*bucket, *count);
        }
    }

    fn add_count(&mut self, bucket: u16, count: u32) {
        match self.buckets.binary_search_by_key(&bucket, |(known, _)| *known) {
            Ok(place) => {
                if let Some((_, known)) = self.buckets.get_mut(place) {
                    *known = known.saturating_add(count);
                }
            }
            Err(place) => self.buckets.insert(place, (bucket, count)),
        }
    }

    /// The number of durations.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|(_, count)| u64::from(*count)).sum()
    }

    /// The quantiles at these fractions, in one pass. The fractions must ascend, each above 0 and at most 1. None
    /// if the sketch is empty.
    pub fn quantiles<const N: usize>(&self, fractions: [f64; N]) -> Option<[Micros; N]> {
        let total = self.count();
        if total == 0 {
            return None;
        }
        let mut found = [Micros(0); N];
        let (mut seen, mut buckets) = (0_u64, self.buckets.iter());
        let mut current = 0_u16;
        for (fraction, value) in fractions.iter().zip(&mut found) {
            let rank = ((fraction * total as f64).ceil() as u64).clamp(1, total);
            while seen < rank {
                let Some((bucket, count)) = buckets.next() else { break };
                seen += u64::from(*count);
                current = *bucket;
            }
            *value = Micros(middle_of(current));
        }
        Some(found)
    }

    /// The stored form: for each bucket, its distance from the previous bucket and its count, both as LEB128.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.buckets.len() * 3);
        let mut before = 0;
        for (bucket, count) in &self.buckets {
            put(&mut bytes, u32::from(bucket - before));
            put(&mut bytes, *count);
            before = *bucket;
        }
        bytes
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// If [`to_bytes`](Self::to_bytes) did not write the bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SketchError> {
        let mut rest = bytes;
        let (mut buckets, mut before) = (Vec::new(), 0_u16);
        while !rest.is_empty() {
            let distance = u16::try_from(take(&mut rest)?).map_err(|_| SketchError)?;
            let bucket = before.checked_add(distance).ok_or(SketchError)?;
            let count = take(&mut rest)?;
            if (distance == 0 && !buckets.is_empty()) || bucket > bucket_of(u64::MAX) || count == 0 {
                return Err(SketchError);
            }
            buckets.push((bucket, count));
            before = bucket;
        }
        Ok(Self { buckets })
    }
}

fn put(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn take(rest: &mut &[u8]) -> Result<u32, SketchError> {
    let mut value = 0_u32;
    for shift in [0, 7, 14, 21, 28] {
        let (byte, after) = rest.split_first().ok_or(SketchError)?;
        *rest = after;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(SketchError)
}
