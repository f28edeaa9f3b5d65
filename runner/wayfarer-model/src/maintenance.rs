//! Maintenance windows: when they are in force, computed from an instant, and nothing else.
//!
//! A window says what happens to slots that are due within it. Every such slot keeps its row, and the row names the
//! window.
//!
//! # When the clock changes
//!
//! A weekly window is in force while the local time of its timezone is within it. In Berlin, `sun 02:00-04:00` lasts
//! one hour when the clock goes forward at two, and three hours when the clock goes back. A window that lasts beyond
//! midnight (`fri 22:00-02:00`) belongs to the day on which it begins.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::schedule::Timezone;
use crate::units::UnixMillis;

const MINUTE_MS: u64 = 60_000;
/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// From Monday on; the first three letters are the short name.
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// What happens to slots that are due within a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaintenanceMode {
    /// They are `skipped`.
    #[default]
    Skip,
    /// They run, and their runs do not count.
    Mute,
}

impl MaintenanceMode {
    /// The word used in SQL, JSON and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Mute => "mute",
        }
    }
}

/// Why a text is no weekly window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// It has another form.
    #[error(
        "`{0}` is not a weekly window: write days and times, such as `sat,sun 02:00-04:00`, `mon-fri 12:00-13:00` or `daily 23:30-00:30`"
    )]
    Form(String),
    /// A day is none.
    #[error(
        "`{0}` is not a day: write `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`, a range of them, or `daily`"
    )]
    Day(String),
    /// A time is none.
    #[error(
        "`{0}` is not a time of the day: write hours and minutes, such as `02:00`; `24:00` is the end of a day"
    )]
    Time(String),
    /// It ends when it begins.
    #[error("`{0}` ends when it begins: for a whole day write `00:00-24:00`")]
    Empty(String),
}

/// A window that comes back every week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WeeklyText", into = "WeeklyText")]
pub struct Weekly {
    /// From Monday on.
    days: [bool; 7],
    /// Minutes since midnight, included.
    begins: u16,
    /// Minutes since midnight, excluded. A value at or before `begins` is a time of the next day.
    ends: u16,
    timezone: Timezone,
}

/// As it is stored and sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct WeeklyText {
    window: String,
    timezone: Timezone,
}

impl TryFrom<WeeklyText> for Weekly {
    type Error = WindowError;
    fn try_from(text: WeeklyText) -> Result<Self, WindowError> {
        Self::parse(&text.window, text.timezone)
    }
}

impl From<Weekly> for WeeklyText {
    fn from(weekly: Weekly) -> Self {
        Self { window: weekly.to_string(), timezone: weekly.timezone }
    }
}

impl Weekly {
    /// Reads days and times, such as `sat,sun 02:00-04:00`.
    ///
    /// # Errors
    /// See [`WindowError`].
    pub fn parse(text: &str, timezone: Timezone) -> Result<Self, WindowError> {
        let form = || WindowError::Form(text.to_owned());
        let (days, times) = text.trim().split_once(char::is_whitespace).ok_or_else(form)?;
        let (begins, ends) = times.trim().split_once('-').ok_or_else(form)?;
        let days = parse_days(days)?;
        let (begins, ends) = (time(begins)?, time(ends)?);
        if begins == ends || begins == DAY {
            return Err(WindowError::Empty(times.trim().to_owned()));
        }
        Ok(Self { days, begins, ends, timezone })
    }

    /// The timezone of its times.
    pub fn timezone(&self) -> Timezone {
        self.timezone
    }

    fn contains(&self, at: UnixMillis) -> bool {
        let Some(wall) = self.timezone.wall(at) else { return false };
        let minute = u16::from(wall.hour().cast_unsigned()) * 60 + u16::from(wall.minute().cast_unsigned());
        let today = usize::from(wall.weekday().to_monday_zero_offset().cast_unsigned());
        let is_on = |day: usize| self.days.get(day % DAYS.len()).is_some_and(|is| *is);
        let (today, yesterday) = (is_on(today), is_on(today + DAYS.len() - 1));
        if self.begins < self.ends {
            today && self.begins <= minute && minute < self.ends
        } else {
            (today && self.begins <= minute) || (yesterday && minute < self.ends)
        }
    }
}

fn parse_days(text: &str) -> Result<[bool; 7], WindowError> {
    if matches!(text, "daily" | "*") {
        return Ok([true; 7]);
    }
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut reached, last) = (day(first)?, day(last)?);
        loop {
            if let Some(is) = days.get_mut(reached) {
                *is = true;
            }
            if reached == last {
                break;
            }
            reached = (reached + 1) % DAYS.len();
        }
    }
    Ok(days)
}

/// The index of a day in [`DAYS`], by its short or its long name in any case.
fn day(text: &str) -> Result<usize, WindowError> {
    let name = text.trim().to_ascii_lowercase();
    let index = DAYS.iter().position(|day| *day == name || short(day) == name);
    index.ok_or_else(|| WindowError::Day(text.to_owned()))
}

fn short(day: &str) -> &str {
    day.split_at_checked(3).map_or(day, |(short, _)| short)
}

fn time(text: &str) -> Result<u16, WindowError> {
    let error = || WindowError::Time(text.trim().to_owned());
    let (hours, minutes) = text.trim().split_once(':').ok_or_else(error)?;
    let number = |text: &str| text.parse::<u16>().ok().filter(|_| text.len() == 2);
    let (hours, minutes) = (number(hours).ok_or_else(error)?, number(minutes).ok_or_else(error)?);
    let all = hours * 60 + minutes;
    if minutes < 60 && all <= DAY { Ok(all) } else { Err(error()) }
}

impl fmt::Display for Weekly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<&str> =
            DAYS.iter().zip(self.days).filter(|(_, is)| *is).map(|(day, _)| short(day)).collect();
        let days = if named.len() == DAYS.len() { "daily".to_owned() } else { named.join(",") };
        let time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        write!(f, "{days} {}-{}", time(self.begins), time(self.ends))
    }
}

/// When a window is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    /// Once.
    Once {
        /// Included.
        from: UnixMillis,
        /// Excluded.
        until: UnixMillis,
    },
    /// Every week.
    Weekly(Weekly),
}

/// Where a window is in relation to an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// In force.
    InForce,
    /// It comes into force next at this instant.
    Next(UnixMillis),
    /// It is never in force again.
    Over,
}

impl Window {
    /// Whether it is in force at an instant.
    pub fn contains(&self, at: UnixMillis) -> bool {
        match self {
            Self::Once { from, until } => *from <= at && at < *until,
            Self::Weekly(weekly) => weekly.contains(at),
        }
    }

    /// The end of what is in force at an instant, to the minute; none if nothing is.
    pub fn ends(&self, at: UnixMillis) -> Option<UnixMillis> {
        if !self.contains(at) {
            return None;
        }
        match self {
            Self::Once { until, .. } => Some(*until),
            // A day's window ends within a day, and the next one may begin right then.
            Self::Weekly(_) => (1..=u64::from(DAY) * 8)
                .map(|minutes| UnixMillis((at.0 / MINUTE_MS + minutes) * MINUTE_MS))
                .find(|at| !self.contains(*at)),
        }
    }

    /// Where it is in relation to an instant.
    pub fn phase(&self, at: UnixMillis) -> Phase {
        if self.contains(at) {
            return Phase::InForce;
        }
        match self {
            Self::Once { from, .. } if at < *from => Phase::Next(*from),
            Self::Once { .. } => Phase::Over,
            // Times and clock changes are whole minutes. Fifteen days reach beyond a week in which a clock change skips
            // the whole window.
            Self::Weekly(_) => (1..=u64::from(DAY) * 15)
                .map(|minutes| UnixMillis((at.0 / MINUTE_MS + minutes) * MINUTE_MS))
                .find(|at| self.contains(*at))
                .map_or(Phase::Over, Phase::Next),
        }
    }
}

impl FromStr for MaintenanceMode {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "skip" => Ok(Self::Skip),
            "mute" => Ok(Self::Mute),
            other => Err(format!("`{other}` is not a mode of maintenance: write `skip` or `mute`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UnixMillis {
        UnixMillis::parse(text).unwrap()
    }

    fn berlin(text: &str) -> Window {
        Window::Weekly(Weekly::parse(text, "Europe/Berlin".parse().unwrap()).unwrap())
    }

    #[test]
    fn a_window_is_in_force_while_the_clock_on_the_wall_is_within_it() {
        let window = berlin("sat,sun 02:00-04:00");
        // 28 November 2026 is a Saturday, an hour ahead of UTC.
        assert!(!window.contains(at("2026-11-28T00:59:59.999Z")));
        assert!(window.contains(at("2026-11-28T01:00:00Z")));
        assert!(window.contains(at("2026-11-28T02:59:59.999Z")));
        assert!(!window.contains(at("2026-11-28T03:00:00Z")));
        assert!(!window.contains(at("2026-11-27T01:30:00Z")), "a Friday");
    }

    #[test]
    fn beyond_midnight_it_belongs_to_the_day_on_which_it_begins() {
        let window = berlin("fri 22:00-02:00");
        assert!(window.contains(at("2026-11-27T21:00:00Z")));
        assert!(window.contains(at("2026-11-28T00:59:00Z")));
        assert!(!window.contains(at("2026-11-28T21:30:00Z")), "the Saturday's evening");
        assert!(!window.contains(at("2026-11-27T00:30:00Z")), "the Thursday's night");
        assert!(berlin("daily 00:00-24:00").contains(at("2026-11-27T22:59:00Z")));
        assert!(
            berlin("sat-mon 10:00-11:00").contains(at("2026-11-30T09:30:00Z")),
            "a range over the week's end"
        );
    }

    #[test]
    fn when_the_clock_changes_it_is_shorter_or_longer() {
        let window = berlin("sun 02:00-04:00");
        let lasts = |from: &str| {
            let from = at(from);
            (0..1_440).filter(|minute| window.contains(UnixMillis(from.0 + minute * MINUTE_MS))).count()
        };
        assert_eq!(lasts("2026-03-28T23:00:00Z"), 60);
        assert_eq!(lasts("2026-10-24T22:00:00Z"), 180);
        assert_eq!(lasts("2026-11-28T23:00:00Z"), 120);
    }

    #[test]
    fn the_next_time_is_found() {
        let window = berlin("sat,sun 02:00-04:00");
        assert_eq!(window.phase(at("2026-11-28T01:30:00Z")), Phase::InForce);
        assert_eq!(window.phase(at("2026-11-28T03:00:30Z")), Phase::Next(at("2026-11-29T01:00:00Z")));
        assert_eq!(window.phase(at("2026-11-29T03:00:00Z")), Phase::Next(at("2026-12-05T01:00:00Z")));
        // Swallowed by the change of 2026, it is back a week later.
        let swallowed = berlin("sun 02:00-03:00");
        assert_eq!(swallowed.phase(at("2026-03-22T02:00:00Z")), Phase::Next(at("2026-04-05T00:00:00Z")));
        let once = Window::Once { from: UnixMillis(10), until: UnixMillis(20) };
        let phases = [9, 10, 19, 20].map(|at| once.phase(UnixMillis(at)));
        assert_eq!(phases, [Phase::Next(UnixMillis(10)), Phase::InForce, Phase::InForce, Phase::Over]);
    }

    #[test]
    fn a_window_survives_being_written() {
        for text in ["mon,tue,wed 12:00-13:00", "daily 00:00-24:00", "fri 22:00-02:00"] {
            let window = berlin(text);
            let json = serde_json::to_string(&window).unwrap();
            assert_eq!(serde_json::from_str::<Window>(&json).unwrap(), window);
            assert!(json.contains(text), "{json}");
        }
    }

    #[test]
    fn bad_windows_are_refused_with_what_is_wrong() {
        let refused = |text| Weekly::parse(text, Timezone::UTC).unwrap_err().to_string();
        insta::assert_snapshot!(refused("02:00-04:00"), @"`02:00-04:00` is not a weekly window: write days and times, such as `sat,sun 02:00-04:00`, `mon-fri 12:00-13:00` or `daily 23:30-00:30`");
        insta::assert_snapshot!(refused("someday 02:00-04:00"), @"`someday` is not a day: write `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`, a range of them, or `daily`");
        insta::assert_snapshot!(refused("sat 2-4"), @"`2` is not a time of the day: write hours and minutes, such as `02:00`; `24:00` is the end of a day");
        insta::assert_snapshot!(refused("sat 02:00-24:30"), @"`24:30` is not a time of the day: write hours and minutes, such as `02:00`; `24:00` is the end of a day");
        insta::assert_snapshot!(refused("sat 02:00-02:00"), @"`02:00-02:00` ends when it begins: for a whole day write `00:00-24:00`");
    }
}
