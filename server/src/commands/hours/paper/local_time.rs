//! Dates and times as people write them by hand, and as spreadsheets keep them.

use std::fmt;

use jiff::civil::Date;

/// A time that a clock shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Time {
    /// 24:00 is midnight at the end of the day.
    pub is_next_day: bool,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hour = if self.is_next_day { 24 } else { self.hour };
        write!(f, "{hour:02}:{:02}", self.minute)
    }
}

/// Beginnings of the names of months in Russian, Kazakh and English.
const MONTHS: [[&str; 3]; 12] = [
    ["янв", "қаң", "jan"],
    ["фев", "ақп", "feb"],
    ["мар", "нау", "mar"],
    ["апр", "сәу", "apr"],
    ["ма", "мам", "may"],
    ["июн", "мау", "jun"],
    ["июл", "шіл", "jul"],
    ["авг", "там", "aug"],
    ["сен", "қыр", "sep"],
    ["окт", "қаз", "oct"],
    ["ноя", "қар", "nov"],
    ["дек", "жел", "dec"],
];

/// Reads a date: `2026-05-18`, `18.05.2026`, `18/5/26`, `18 мая 2026`. Between slashes day and month may be either: then the
/// one reading that `is_day` of the event is right, and else a person must say.
pub(super) fn read_date(text: &str, is_day: impl Fn(Date) -> bool) -> Result<Date, String> {
    let wrong = || format!("`{text}` is not a date such as 18.05.2026 or 2026-05-18");
    let date = text.split_once('T').map_or(text, |(date, _)| date);
    let parts: Vec<&str> = date
        .split(|c: char| c.is_whitespace() || matches!(c, '.' | '-' | '/' | ','))
        .filter(|part| !part.is_empty() && !matches!(*part, "г" | "ж" | "года" | "жылы"))
        .collect();
    let [first, second, third] = parts[..] else { return Err(wrong()) };
    let number = |part: &str| part.parse::<i16>().ok();
    let year = |part: &str| number(part).map(|year| if part.len() == 2 { 2000 + year } else { year });
    let of = |year: Option<i16>, month: Option<i16>, day: Option<i16>| {
        let small = |number: Option<i16>| number.and_then(|number| i8::try_from(number).ok());
        Date::new(year?, small(month)?, small(day)?).ok()
    };
    if first.len() == 4 {
        return of(year(first), number(second).or_else(|| month(second)), number(third)).ok_or_else(wrong);
    }
    if let Some(month) = month(second) {
        return of(year(third), Some(month), number(first)).ok_or_else(wrong);
    }
    if let Some(month) = month(first) {
        return of(year(third), Some(month), number(second)).ok_or_else(wrong);
    }
    let day_first = of(year(third), number(second), number(first));
    let month_first = of(year(third), number(first), number(second)).filter(|_| date.contains('/'));
    match (day_first, month_first) {
        (Some(day_first), Some(month_first)) if day_first != month_first => {
            match (is_day(day_first), is_day(month_first)) {
                (true, false) => Ok(day_first),
                (false, true) => Ok(month_first),
                _ => Err(format!("`{text}` can be {day_first} or {month_first}: write the one that is meant")),
            }
        }
        (Some(date), _) | (None, Some(date)) => Ok(date),
        (None, None) => Err(wrong()),
    }
}

fn month(text: &str) -> Option<i16> {
    let text = text.to_lowercase();
    // Май and мамыр begin alike with март and маусым: the longest beginning that fits is meant.
    let fits = |names: &[&str; 3]| names.iter().filter(|name| text.starts_with(**name)).map(|name| name.len()).max();
    let found = (1..).zip(&MONTHS).filter_map(|(number, names)| Some((fits(names)?, number)));
    found.max_by_key(|(length, _)| *length).map(|(_, number)| number)
}

/// Reads a length of time in milliseconds: `3,5`, `3:30`, `3 ч 30 мин`, `3 h`.
pub(super) fn read_hours(text: &str) -> Option<u64> {
    let text = text.trim().to_lowercase().replace(',', ".");
    let mut parts = text
        .split(|c: char| c.is_whitespace() || c.is_alphabetic() || c == ':')
        .filter(|part| !matches!(*part, "" | "."));
    let (whole, minutes, seconds) = (parts.next()?, parts.next(), parts.next());
    if parts.next().is_some() || text.starts_with('-') {
        return None;
    }
    let hours: f64 = whole.parse().ok()?;
    let part = |part: Option<&str>| {
        part.map_or(Some(0), |part| part.trim_end_matches('.').parse::<u8>().ok().filter(|part| *part < 60))
    };
    let (minutes, seconds) = (part(minutes)?, part(seconds)?);
    let ms = hours * 3_600_000.0 + f64::from(minutes) * 60_000.0 + f64::from(seconds) * 1000.0;
    (0.0..1e9).contains(&ms).then_some(ms.round() as u64)
}

/// A time, with its date if one is written beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Moment {
    pub date: Option<Date>,
    pub time: Time,
}

/// Spreadsheets count the days from the end of 1899: a time without a date has this year or the next one.
const YEAR_OF_BARE_TIMES: i16 = 1900;

/// Reads a time, alone or with its date on either side: `9:00`, `2026-05-19T09:00:00`, `19.05.2026 9:00`. A date alone is its
/// midnight, as spreadsheets write it.
pub(super) fn read_moment(text: &str, is_day: impl Fn(Date) -> bool + Copy) -> Result<Moment, String> {
    let text = text.trim();
    let alone = read_time(text);
    if let Ok(time) = alone {
        return Ok(Moment { date: None, time });
    }
    let mut unclear = None;
    let gaps = text.char_indices().filter(|(_, c)| c.is_whitespace() || matches!(c, 'T' | ','));
    for (left, right) in gaps.map(|(at, gap)| (&text[..at], &text[at + gap.len_utf8()..])) {
        for (date, time) in [(left, right), (right, left)] {
            let Ok(time) = read_time(time.trim()) else { continue };
            match read_date(date.trim(), is_day) {
                Ok(date) => {
                    return Ok(Moment { date: Some(date).filter(|date| date.year() > YEAR_OF_BARE_TIMES), time });
                }
                Err(why) if why.contains("can be") => unclear = Some(why),
                Err(_) => {}
            }
        }
    }
    let midnight = Time { is_next_day: false, hour: 0, minute: 0, second: 0 };
    // An instant of another time zone begins with a date, too.
    match text.parse::<Date>() {
        Ok(date) if unclear.is_none() && text.len() == "2026-05-19".len() => {
            Ok(Moment { date: Some(date), time: midnight })
        }
        _ => Err(unclear.or(alone.err()).unwrap_or_default()),
    }
}

/// Reads a time: `9:00`, `09.30`, `9-15`, `18`, `09:00:00`, `9:00 pm`.
pub(super) fn read_time(text: &str) -> Result<Time, String> {
    let wrong = || format!("`{text}` is not a time such as 9:00");
    let time = text.trim().to_lowercase();
    let (time, is_pm) = match (time.strip_suffix("pm"), time.strip_suffix("am")) {
        (Some(time), _) => (time.trim().to_owned(), Some(true)),
        (_, Some(time)) => (time.trim().to_owned(), Some(false)),
        _ => (time, None),
    };
    let parts: Vec<&str> = time.split([':', '.', '-', ' ']).filter(|part| !part.is_empty()).collect();
    // `19.05.26` is a date.
    if parts.len() == 3 && time.contains(['.', '-']) {
        return Err(wrong());
    }
    // A spreadsheet shows 12.30 as 12.3, and half past twelve is 12.5 to others.
    if let [hour, minute] = parts[..]
        && minute.len() == 1
    {
        return Err(format!("`{text}` has one digit of a minute: write {hour}:0{minute} or {hour}:{minute}0"));
    }
    let number = |part: &&str| part.parse::<u8>().map_err(|_| wrong());
    let numbers = parts.iter().map(number).collect::<Result<Vec<u8>, String>>()?;
    let (hour, minute, second) = match numbers[..] {
        [hour] => (hour, 0, 0),
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return Err(wrong()),
    };
    let hour = match is_pm {
        None => hour,
        Some(is_pm) if (1..=12).contains(&hour) => hour % 12 + if is_pm { 12 } else { 0 },
        Some(_) => return Err(wrong()),
    };
    match (hour, minute, second) {
        (24, 0, 0) => Ok(Time { is_next_day: true, hour: 0, minute, second }),
        (0..=23, 0..=59, 0..=59) => Ok(Time { is_next_day: false, hour, minute, second }),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_date_is_read_however_it_is_written() {
        for text in [
            "2026-05-18",
            "18.05.2026",
            "18.5.26",
            "18/05/2026",
            "18-05-2026",
            "18 мая 2026 г.",
            "18 мамыр 2026",
            "May 18, 2026",
            "2026-05-18T00:00:00",
            "2026.05.18",
            "5/18/2026",
        ] {
            assert_eq!(read_date(text, |_| false), Ok(date(2026, 5, 18)), "{text}");
        }
        assert_eq!(read_date("05/06/2026", |day| day == date(2026, 5, 6)), Ok(date(2026, 5, 6)), "a day of the event");
        assert_eq!(read_date("05/05/2026", |_| false), Ok(date(2026, 5, 5)), "the same either way");
        for is_day in [true, false] {
            let told = read_date("05/06/2026", |_| is_day).unwrap_err();
            assert!(told.contains("2026-06-05 or 2026-05-06"), "{told}");
        }
        assert_eq!(read_date("1 март 2026", |_| false), Ok(date(2026, 3, 1)));
        for text in ["", "18.05", "32.05.2026", "вчера", "18.13.2026"] {
            assert!(read_date(text, |_| false).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_is_read_however_it_is_written() {
        let told = |text| read_time(text).map(|time| (time.is_next_day, time.hour, time.minute));
        for text in ["9:00", "09:00", "09:00:00", "9.00", "9-00", "9", "9:00 am"] {
            assert_eq!(told(text), Ok((false, 9, 0)), "{text}");
        }
        assert_eq!([told("9:05 PM"), told("12:30 am")], [Ok((false, 21, 5)), Ok((false, 0, 30))]);
        assert_eq!(told("24:00"), Ok((true, 0, 0)));
        for text in ["12.3", "9.5", "8:3", "9-0"] {
            assert!(read_time(text).unwrap_err().contains("one digit of a minute"), "{text}");
        }
        for text in ["", "25:00", "9:60", "утром", "9:00:00:00", "13 pm", "19.05.26", "2026-05-19"] {
            assert!(read_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_date_beside_a_time_is_read_with_it() {
        let told =
            |text| read_moment(text, |_| false).map(|moment| (moment.date, moment.time.hour, moment.time.minute));
        let day = Some(date(2026, 5, 19));
        for text in [
            "2026-05-19T09:00:00",
            "2026-05-19T09:00",
            "2026-05-19 09:00",
            "19.05.2026 9:00",
            "19.05.2026, 9.00",
            "19/05/26 9:00 am",
            "19 мая 2026 г. 9:00",
            "9:00 19.05.2026",
        ] {
            assert_eq!(told(text), Ok((day, 9, 0)), "{text}");
        }
        assert_eq!(told("2026-05-19"), Ok((day, 0, 0)), "a spreadsheet writes midnight so");
        for text in ["9:00", "1899-12-31T09:00:00"] {
            assert_eq!(told(text), Ok((None, 9, 0)), "{text}");
        }
        assert!(told("05/06/2026 9:00").unwrap_err().contains("can be"));
        for text in ["19.05 9:00", "19.05.2026", "2026-05-19T09:00Z", "2026-05-19T09:00+05:00", "2026-13-19 9:00"] {
            assert!(told(text).is_err(), "{text}");
        }
    }
}
