//! A paper list, typed up: who was there from when to when. All of it is right, or nothing is written.

mod local_time;

use std::path::Path;

use jiff::civil::Date;
use sync_core::command::SESSION_LIMIT_MS;
use sync_core::documents::rulings::Decision;
use sync_core::ids::Subject;
use sync_core::import::{Line, NotData, Row, Table, may_be_called, of_undated_row};
use sync_core::time::{UnixMillis, date_of_day};

use self::local_time::{Time, read_date, read_hours, read_time};
use crate::commands::Failure;
use crate::commands::office::Office;
use crate::tables::{HoursColumn, ListKind, ReadOptions, open_table};

/// Reads a list; or prints every problem with its line.
pub(super) fn read(file: &Path, office: &Office<'_>) -> Result<Vec<Decision>, Failure> {
    let options = ReadOptions { kind: ListKind::Hours, ..ReadOptions::default() };
    let list = open_table(file, &options).map_err(|error| Failure::BadInput(error.to_string()))?;
    list.notes.iter().for_each(|note| eprintln!("note: {note}"));
    let columns = Places::of(&list.table).map_err(|what| Failure::BadInput(format!("{}: {what}", file.display())))?;
    let (mut decisions, mut problems) = (Vec::new(), 0);
    for row in &list.table.rows {
        if let Some(why) = columns.not_data(row, &list.table) {
            eprintln!("note: {} is {}, and speaks of nobody", Line(row.line), why.words());
            continue;
        }
        match columns.read(row, office) {
            Ok((date, decision)) => {
                if !is_day_of_event(date, office) {
                    eprintln!("note: {}: {date} is no day of the event", Line(row.line));
                }
                decisions.push(decision);
            }
            Err(what) => {
                problems += 1;
                eprintln!("{}, {}: {what}", file.display(), Line(row.line));
            }
        }
    }
    if problems > 0 {
        return Err(Failure::BadInput(format!("{problems} rows have problems: nothing was written")));
    }
    Ok(decisions)
}

/// Where the columns stand.
struct Places {
    code: Option<usize>,
    name: Option<usize>,
    date: usize,
    from: usize,
    to: usize,
    site: Option<usize>,
    hours: Option<usize>,
    breaks: Vec<usize>,
}

impl Places {
    fn of(table: &Table) -> Result<Self, String> {
        let place = |column| table.headers.iter().position(|header| HoursColumn::of_header(header) == Some(column));
        let needed = |column: HoursColumn| {
            let names: Vec<String> = column.headers().take(3).map(|name| format!("`{name}`")).collect();
            place(column).ok_or_else(|| format!("there is no column {}", names.join(", ")))
        };
        let (code, name) = (place(HoursColumn::Code), place(HoursColumn::Name));
        if name.is_none() {
            needed(HoursColumn::Code)?;
        }
        for column in ONLY_ONCE {
            only_once(column, table)?;
        }
        let is_break = |header: &String| HoursColumn::of_header(header) == Some(HoursColumn::Break);
        Ok(Self {
            code,
            name,
            date: needed(HoursColumn::Date)?,
            from: needed(HoursColumn::From)?,
            to: needed(HoursColumn::To)?,
            site: place(HoursColumn::Site),
            hours: place(HoursColumn::Hours),
            breaks: (0..table.headers.len()).filter(|at| is_break(&table.headers[*at])).collect(),
        })
    }

    /// Tells why a row speaks of nobody; `None` where it may speak of somebody.
    fn not_data(&self, row: &Row, table: &Table) -> Option<NotData> {
        let date = row.cells.get(self.date).map_or("", |cell| cell.trim());
        let has_date = date.chars().any(|c| c.is_ascii_digit()) && date.contains(['.', '-', '/', ' ']);
        of_undated_row(row, table).filter(|_| !has_date)
    }

    fn read(&self, row: &Row, office: &Office<'_>) -> Result<(Date, Decision), String> {
        let cell = |at: usize| row.cells.get(at).map_or("", |cell| cell.trim());
        let unstored = [Some(self.date), Some(self.from), Some(self.to), self.code];
        if unstored.into_iter().flatten().any(|place| row.unstored.contains(&place)) {
            return Err("a formula has no stored value; open the file in a spreadsheet and save it there".to_owned());
        }
        let said_of = |place: Option<usize>| place.map(cell).filter(|who| !who.is_empty());
        let (code, name) = (said_of(self.code), said_of(self.name));
        let who = code.or(name).ok_or("it says nobody's code or name")?;
        let subject = office.one_of_list(who).map_err(said)?;
        if let (Some(code), Some(name)) = (code, name) {
            is_one(code, name, subject, office)?;
        }
        let date = read_date(cell(self.date), |date| is_day_of_event(date, office))?;
        let (from, to) = (read_time(cell(self.from))?, read_time(cell(self.to))?);
        let (start, end) = (moment(office, date, from)?, over_midnight(office, date, from, to)?);
        if end.0.abs_diff(start.0) > SESSION_LIMIT_MS {
            return Err(format!("it is longer than {} hours", SESSION_LIMIT_MS / 3_600_000));
        }
        if let Some(hours) = said_of(self.hours).filter(|hours| hours.chars().any(char::is_alphanumeric)) {
            agrees(hours, start, end)?;
        }
        if let Some(written) = self.breaks.iter().map(|place| cell(*place)).find(|written| !is_no_break(written)) {
            return Err(format!(
                "it says `{written}` of a break, which is not taken off: write the work before it and after it in two rows, \
                 and leave the break blank"
            ));
        }
        let site = self.site.map(cell).filter(|site| !site.is_empty());
        let site = site.map(|site| known_site(site, office)).transpose()?;
        Ok((date, Decision::Manual { subject, start, end, site }))
    }
}

/// What a row says once: a second column of these would be another stretch of work.
const ONLY_ONCE: [HoursColumn; 5] =
    [HoursColumn::Date, HoursColumn::From, HoursColumn::To, HoursColumn::Site, HoursColumn::Hours];

/// Refuses a list in which a second column says something of the same kind, so that none of it is lost.
fn only_once(column: HoursColumn, table: &Table) -> Result<(), String> {
    let is_filled =
        |at: usize| table.rows.iter().any(|row| row.cells.get(at).is_some_and(|cell| !cell.trim().is_empty()));
    let same = |at: &usize| HoursColumn::of_header(&table.headers[*at]) == Some(column);
    let (mut first, mut further) = (None, Vec::new());
    for at in (0..table.headers.len()).filter(same) {
        match first {
            None => first = Some(at),
            Some(_) if is_filled(at) => further.push(at),
            Some(_) => {}
        }
    }
    if further.is_empty() {
        return Ok(());
    }
    let columns = first.into_iter().chain(further).map(|at| format!("{} (`{}`)", at + 1, table.headers[at].trim()));
    Err(format!(
        "columns {} say the same of a row: give each stretch of work a row of its own",
        columns.collect::<Vec<_>>().join(" and ")
    ))
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
    if known.is_empty() || may_be_called(&known, name) {
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
    if sites.contains_key(text) {
        return Ok(text.to_owned());
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
