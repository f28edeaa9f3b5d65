//! What an expression's form means, in words, for those who bring it from elsewhere.

use super::expression::{Expression, Timing};

impl Expression {
    /// How the text is read: which fields it has, how its days count, and what a clock change does to it.
    pub fn meaning(&self) -> String {
        let text = self.as_str();
        let form = match text.split_once('(') {
            Some(("quartz", _)) => "quartz: seconds first, Sunday = 1",
            Some(("cron", _)) => "AWS cron: minutes first, the year last, Sunday = 1",
            Some(_) => "AWS rate",
            None if text.starts_with('@') && matches!(self.timing(), Timing::Cron(_)) => "a nickname",
            None if matches!(self.timing(), Timing::Every(_)) => "an interval",
            None if text.split_whitespace().count() == 6 => "cron: seconds first, Sunday = 0 or 7",
            None => "cron: minutes first, Sunday = 0 or 7",
        };
        let Timing::Cron(cron) = self.timing() else {
            return format!("{form}: counted from the beginning of 1970 in UTC, whatever the timezone");
        };
        let days = if cron.takes_either_day() { "; a day needs to match one of both day fields" } else { "" };
        let change = if cron.is_fixed_time() {
            "once when the clock changes"
        } else {
            "follows the clock when it changes"
        };
        format!("{form}{days}; {change}")
    }
}
