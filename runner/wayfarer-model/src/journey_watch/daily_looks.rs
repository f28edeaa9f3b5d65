//! How many looks a tenant's journeys have in a day.

use serde::{Deserialize, Serialize};

use crate::units::UnixMillis;

/// How many looks all journeys of a tenant have in a day. With the tenant's budget of false pages it gives the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DailyLooks {
    day: u64,
    today: u64,
    before: u64,
}

const DAY_MS: u64 = 86_400_000;

impl DailyLooks {
    /// Counts a row of the schedule.
    pub fn note(&mut self, at: UnixMillis) {
        let day = at.0 / DAY_MS;
        if day > self.day {
            self.before = if day == self.day + 1 { self.today } else { 0 };
            (self.day, self.today) = (day, 0);
        }
        self.today += 1;
    }

    /// Looks a day: those of the day (UTC) before. Without one, as many as so many journeys have that run every minute.
    pub fn a_day(self, journeys: u64) -> f64 {
        let looks = if self.before > 0 { self.before } else { journeys.max(1) * 1_440 };
        looks.max(self.today) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_a_day_are_those_of_the_day_before() {
        let mut looks = DailyLooks::default();
        assert_eq!(looks.a_day(3) as u64, 4_320);
        for hour in 0..48 {
            looks.note(UnixMillis(DAY_MS * 20_000 + hour * 3_600_000));
        }
        assert_eq!(looks.a_day(3) as u64, 24);
        looks.note(UnixMillis(DAY_MS * 20_009));
        assert_eq!(looks.a_day(3) as u64, 4_320, "nothing ran for days");
    }
}
