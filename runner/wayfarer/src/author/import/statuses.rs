//! A set of HTTP statuses, narrowed by one condition after another.

/// The statuses that HTTP has.
const ALL: std::ops::RangeInclusive<u16> = 100..=599;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statuses(Vec<u16>);

impl Statuses {
    pub(super) fn all() -> Self {
        Self(ALL.collect())
    }

    /// Keeps those of which this holds.
    pub(super) fn keep(&mut self, holds: impl Fn(u16) -> bool) {
        self.0.retain(|status| holds(*status));
    }

    /// As the key `status` states it; None if no status is left.
    pub(super) fn written(&self) -> Option<String> {
        let mut ranges: Vec<(u16, u16)> = Vec::new();
        for status in &self.0 {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == *status => *last = *status,
                _ => ranges.push((*status, *status)),
            }
        }
        let range = |(first, last): &(u16, u16)| {
            if first == last { first.to_string() } else { format!("{first}-{last}") }
        };
        (!ranges.is_empty()).then(|| ranges.iter().map(range).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_written_as_ranges() {
        let mut statuses = Statuses::all();
        assert_eq!(statuses.written().unwrap(), "100-599");
        statuses.keep(|status| status / 100 == 2 || status == 304);
        assert_eq!(statuses.written().unwrap(), "200-299, 304");
        statuses.keep(|status| status > 900);
        assert_eq!(statuses.written(), None);
    }
}
