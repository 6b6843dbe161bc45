//! A paper list, typed up: who was there from when to when. All of it is right, or nothing is written.

mod attendance;
mod local_time;
mod places;

use std::path::Path;

use jiff::civil::Date;
use sync_core::canonical::known_key;
use sync_core::command::SESSION_LIMIT_MS;
use sync_core::documents::rulings::Decision;
use sync_core::ids::Subject;
use sync_core::import::{Line, NotData, Row, Table, may_be_meant_by, of_undated_row};
use sync_core::time::{UnixMillis, date_of_day, day_of_date};
use sync_core::view::date_at;

use self::attendance::{Attendance, said_in, says_absent};
use self::local_time::{Time, read_date, read_hours, read_moment};
use self::places::{Places, cell, of_table};
use crate::commands::Failure;
use crate::commands::office::Office;
use crate::tables::{ListKind, ReadOptions, open_table};

/// What a list says.
pub(super) struct Paper {
    pub decisions: Vec<Decision>,
    /// Rows that say of themselves that they do not count.
    pub left_out: usize,
}

/// Reads a list; or prints every problem with its line.
pub(super) fn read(file: &Path, sheet: Option<&str>, office: &Office<'_>) -> Result<Paper, Failure> {
    let sheet = sheet.map(str::to_owned);
    let options = ReadOptions { kind: ListKind::Hours, sheet, ..ReadOptions::default() };
    let list = open_table(file, &options).map_err(|error| Failure::BadInput(error.to_string()))?;
    list.notes.iter().for_each(|note| eprintln!("note: {note}"));
    let mut paper = Paper { decisions: Vec::new(), left_out: 0 };
    let mut problems = 0;
    for table in &list.tables {
        let of_table = of_table(table, &list.tables);
        let places =
            Places::of(table).map_err(|what| Failure::BadInput(format!("{}{of_table}: {what}", file.display())))?;
        for column in &places.unread {
            eprintln!("note: {column} is not known and is left alone");
        }
        for row in &table.rows {
            match places.read(row, table, office) {
                Ok(Reading::Work(decision)) => paper.decisions.push(*decision),
                Ok(Reading::Nobody(why)) => {
                    eprintln!("note: {} is {}, and speaks of nobody", Line(row.line), why.words());
                }
                Ok(Reading::DoesNotCount(says)) => {
                    eprintln!("note: {}: it says `{says}`, and is left out", Line(row.line));
                    paper.left_out += 1;
                }
                Err(what) => {
                    problems += 1;
                    eprintln!("{}, {}: {what}", file.display(), Line(row.line));
                }
            }
        }
    }
    if problems > 0 {
        return Err(Failure::BadInput(format!("{problems} rows have problems: nothing was written")));
    }
    Ok(paper)
}

/// What a row says.
enum Reading {
    Work(Box<Decision>),
    /// It is no row of the list.
    Nobody(NotData),
    /// It says so itself.
    DoesNotCount(String),
}

impl Places {
    fn read(&self, row: &Row, table: &Table, office: &Office<'_>) -> Result<Reading, String> {
        if let Some(why) = self.not_data(row, table) {
            return Ok(Reading::Nobody(why));
        }
        if let Some(says) = self.does_not_count(row)? {
            return Ok(Reading::DoesNotCount(says));
        }
        let unstored = [self.date, Some(self.from), Some(self.to), self.code];
        if unstored.into_iter().flatten().any(|place| row.unstored.contains(&place)) {
            return Err("a formula has no stored value; open the file in a spreadsheet and save it there".to_owned());
        }
        let subject = self.subject(row, office)?;
        let (start, end) = self.stretch(row, office)?;
        if let Some(hours) = self.said(row, self.hours).filter(|hours| hours.chars().any(char::is_alphanumeric)) {
            agrees(hours, start, end)?;
        }
        if let Some(written) = self.breaks.iter().map(|place| cell(row, *place)).find(|written| !is_no_break(written)) {
            return Err(format!(
                "it says `{written}` of a break, which is not taken off: write the work before it and after it in two rows, \
                 and leave the break blank"
            ));
        }
        let site = self.said(row, self.site).map(|site| known_site(site, office)).transpose()?;
        Ok(Reading::Work(Box::new(Decision::Manual { subject, start, end, site })))
    }

    /// What a cell says, if anything.
    fn said<'a>(&self, row: &'a Row, place: Option<usize>) -> Option<&'a str> {
        place.map(|place| cell(row, place)).filter(|cell| !cell.is_empty())
    }

    /// Tells why a row speaks of nobody; `None` where it may speak of somebody.
    fn not_data(&self, row: &Row, table: &Table) -> Option<NotData> {
        let date = cell(row, self.date.unwrap_or(self.from));
        let has_date = date.chars().any(|c| c.is_ascii_digit()) && date.contains(['.', '-', '/', ' ']);
        of_undated_row(row, table).filter(|_| !has_date)
    }

    /// What a row says that makes it count for nothing: that somebody stayed away, that it was called off.
    fn does_not_count(&self, row: &Row) -> Result<Option<String>, String> {
        for (column, place) in &self.attendance {
            let says = cell(row, *place);
            match said_in(*column, says) {
                Attendance::Counts => {}
                Attendance::DoesNotCount => return Ok(Some(says.to_owned())),
                Attendance::Unclear => {
                    return Err(format!(
                        "`{says}` does not say whether somebody was there: write yes or no, or leave it blank"
                    ));
                }
            }
        }
        let others = (0..row.cells.len()).filter(|at| !self.is_of_person(*at)).map(|at| cell(row, at));
        Ok(others.filter(|says| says_absent(says)).map(str::to_owned).next())
    }

    /// Whose row it is.
    fn subject(&self, row: &Row, office: &Office<'_>) -> Result<Subject, String> {
        let parts: Vec<&str> = self.names.iter().map(|at| cell(row, *at)).filter(|part| !part.is_empty()).collect();
        let (code, name) = (self.said(row, self.code), Some(parts.join(" ")).filter(|name| !name.is_empty()));
        let subject = match (code, &name) {
            (Some(code), _) => office.one_by_code(code),
            (None, Some(name)) => office.one(name),
            (None, None) => return Err("it says nobody's code or name".to_owned()),
        };
        let subject = subject.map_err(said)?;
        if let (Some(code), Some(name)) = (code, name) {
            is_one(code, &name, subject, office)?;
        }
        Ok(subject)
    }

    /// When it began and ended.
    fn stretch(&self, row: &Row, office: &Office<'_>) -> Result<(UnixMillis, UnixMillis), String> {
        let is_day = |date| is_day_of_event(date, office);
        let listed = self.said(row, self.date).map(|date| read_date(date, is_day)).transpose()?;
        let (from, to) = (read_moment(cell(row, self.from), is_day)?, read_moment(cell(row, self.to), is_day)?);
        if let Some((listed, own)) = listed.zip(from.date).filter(|(listed, own)| listed != own) {
            return Err(format!("its date is {listed}, and it begins on {own}: correct one of them"));
        }
        let date = from.date.or(listed).ok_or("it says no date")?;
        is_near_event(date, office)?;
        let start = moment(office, date, from.time)?;
        // What begins after midnight in the night of a day belongs to that day.
        if !is_day(date_at(&office.replica.replica().shown().event, start)) {
            eprintln!("note: {}: {date} is no day of the event", Line(row.line));
        }
        let end = match to.date {
            None => over_midnight(office, date, from.time, to.time)?,
            Some(last) => moment(office, last, to.time)?,
        };
        if end <= start {
            return Err("it ends before it begins".to_owned());
        }
        if end.0.abs_diff(start.0) > SESSION_LIMIT_MS {
            return Err(format!("it is longer than {} hours", SESSION_LIMIT_MS / 3_600_000));
        }
        Ok((start, end))
    }
}

/// Work for an event is done at most so many days before it or after it. A date further away is a slip of the pen.
const DAYS_AROUND_EVENT: i64 = 366;

/// Refuses a date in another year than the event's.
fn is_near_event(date: Date, office: &Office<'_>) -> Result<(), String> {
    let days = &office.replica.replica().shown().event.days;
    let (Some(first), Some(last)) = (days.keys().next(), days.keys().next_back()) else { return Ok(()) };
    let day = day_of_date(date);
    if (first - DAYS_AROUND_EVENT..=last + DAYS_AROUND_EVENT).contains(&day) {
        return Ok(());
    }
    let (first, last) = (date_of_day(*first), date_of_day(*last));
    Err(format!("{date} is more than a year from the event, which is from {first} to {last}: correct the date"))
}

/// Tells whether a cell says that there was no break.
fn is_no_break(written: &str) -> bool {
    let mut digits = written.chars().filter(char::is_ascii_digit).peekable();
    if digits.peek().is_some() {
        return digits.all(|digit| digit == '0');
    }
    let word = written.to_lowercase();
    !word.chars().any(char::is_alphanumeric)
        || ["нет", "без обеда", "без перерыва", "жоқ", "no", "none"].contains(&&*word)
}

/// Hours that are written out are rounded to a quarter at most.
const ROUNDED_MS: u64 = 15 * 60_000;

/// Tells whether hours that are written out are those between two times, a break of which nothing is said not taken off.
fn agrees(written: &str, start: UnixMillis, end: UnixMillis) -> Result<(), String> {
    let hours_ms =
        read_hours(written).ok_or_else(|| format!("`{written}` is not a number of hours, such as 3,5 or 3:30"))?;
    let worked_ms = end.0.abs_diff(start.0);
    if hours_ms.abs_diff(worked_ms) <= ROUNDED_MS {
        return Ok(());
    }
    let (hours, minutes) = (worked_ms / 3_600_000, worked_ms / 60_000 % 60);
    Err(format!(
        "it says `{written}` hours, and from its times there are {hours}:{minutes:02}: correct one of them, or leave the hours blank"
    ))
}

fn is_day_of_event(date: Date, office: &Office<'_>) -> bool {
    office.replica.replica().shown().event.days.keys().any(|day| date_of_day(*day) == date)
}

/// Tells whether a list that says a code and a name means one human being by both: nobody is given another's hours because
/// of a slip in a code.
fn is_one(code: &str, name: &str, subject: Subject, office: &Office<'_>) -> Result<(), String> {
    let known = office.names_of(subject);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    if known.is_empty() {
        return Ok(());
    }
    if let Some(other) = office.people.another_called(name, subject) {
        return Err(format!(
            "`{code}` is {}, and the list says `{name}`, who is {other}: correct one of them",
            known[0]
        ));
    }
    if may_be_meant_by(&known, name) {
        return Ok(());
    }
    Err(format!("`{code}` is {}, and the list says `{name}`: correct one of them", known[0]))
}

/// A moment of the event's time zone.
fn moment(office: &Office<'_>, date: Date, time: Time) -> Result<UnixMillis, String> {
    let date = if time.is_next_day { date.tomorrow().map_err(|error| error.to_string())? } else { date };
    office.moment(&format!("{date}T{:02}:{:02}:{:02}", time.hour, time.minute, time.second)).map_err(said)
}

/// When it ended: on the next day, if the clock shows no later time than when it began. Work over midnight that is longer
/// than anybody is at work there is taken for two times in the wrong order.
fn over_midnight(office: &Office<'_>, date: Date, from: Time, to: Time) -> Result<UnixMillis, String> {
    if from == to {
        return Err("it begins and ends at one time".to_owned());
    }
    if to > from {
        return moment(office, date, to);
    }
    let (start, end) = (moment(office, date, from)?, moment(office, date, Time { is_next_day: true, ..to })?);
    let longest_ms = office.replica.replica().shown().event.longest_stretch_ms();
    if end.0.abs_diff(start.0) > longest_ms {
        let hours = longest_ms / 3_600_000;
        return Err(format!(
            "it ends at {to} but begins at {from}, and would be longer than {hours} hours over midnight"
        ));
    }
    Ok(end)
}

/// The key of a site that is named by it or by its name in any language.
fn known_site(text: &str, office: &Office<'_>) -> Result<String, String> {
    let sites = &office.replica.replica().shown().event.sites;
    let key = known_key(sites, text);
    if sites.contains_key(key) {
        return Ok(key.to_owned());
    }
    let wanted = text.to_lowercase();
    let is_called = |name: &str| !name.is_empty() && name.to_lowercase() == wanted;
    let mut found = sites.iter().filter(|(key, site)| {
        is_called(key) || ["kk", "ru", "en"].iter().any(|language| is_called(site.name.in_language(language)))
    });
    match (found.next(), found.next()) {
        (Some((key, _)), None) => Ok(key.clone()),
        _ => {
            let keys: Vec<&str> = sites.keys().map(String::as_str).collect();
            Err(format!("there is no site `{text}`: there is {}", keys.join(", ")))
        }
    }
}

fn said(failure: Failure) -> String {
    match failure {
        Failure::BadInput(what) | Failure::LeftOut(what) => what,
        Failure::Failed(error) => error.to_string(),
        Failure::Unreachable(error) => error.to_string(),
    }
}
