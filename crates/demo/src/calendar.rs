//! Days of the proleptic Gregorian calendar, in UTC: enough for due dates.

use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

const SECONDS_A_DAY: u64 = 86_400;

/// A day, counted from 1 January 1970. Shown as `2026-07-28`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(i64);

impl Day {
    /// Today, by this machine's clock; the first day of the calendar where the clock is set before it.
    pub(crate) fn today() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_secs() / SECONDS_A_DAY).unwrap_or(0))
    }

    /// The day of a year (any), month (1–12) and day of the month (1–31).
    pub(crate) const fn of(year: i64, month: i64, day: i64) -> Self {
        // Years are counted from March, so that the leap day is the last of its year.
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * 146_097 + day_of_era - 719_468)
    }

    /// The day this many days later, or earlier.
    pub(crate) const fn plus(self, days: i64) -> Self {
        Self(self.0 + days)
    }

    /// 0 for Sunday to 6 for Saturday.
    pub(crate) fn weekday(self) -> usize {
        usize::try_from((self.0 + 4).rem_euclid(7)).unwrap_or(0)
    }

    fn year_month_day(self) -> (i64, i64, i64) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.year_month_day();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_shown_as_they_were_given() {
        for (year, month, day, shown) in
            [(1970, 1, 1, "1970-01-01"), (2024, 2, 29, "2024-02-29"), (2099, 12, 31, "2099-12-31")]
        {
            assert_eq!(Day::of(year, month, day).to_string(), shown);
        }
        assert_eq!(Day::of(2024, 2, 28).plus(2).to_string(), "2024-03-01");
    }

    #[test]
    fn weekdays_count_from_sunday() {
        assert_eq!(Day::of(1970, 1, 1).weekday(), 4);
        assert_eq!(Day::of(2026, 11, 22).weekday(), 0);
    }
}
