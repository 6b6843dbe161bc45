//! Rows that are in a list and speak of nobody: totals, signatures, headers again, hints.

use super::blank_cells::words;
use super::columns::Columns;
use super::meaning::{Meaning, plain};
use super::nobody::NotData;
use super::vocabulary::{FOR_EXAMPLE, HINTS, HINTS_WITH_MORE, SAMPLES, SIGNATURES, TOTALS};
use super::{Row, Table, papers};

/// Tells why a row speaks of nobody; `None` where it may speak of somebody.
pub(super) fn of_row(row: &Row, table: &Table, columns: &Columns) -> Option<NotData> {
    let cells = filled_cells(row);
    let (first_place, _) = *cells.first()?;
    if let Some(why) = of_shape(&cells, table) {
        return Some(why);
    }
    if is_hint(&cells) {
        return Some(NotData::Hint);
    }
    if is_label_with_value(&cells, columns) && !may_name_somebody(&cells, columns) {
        return Some(NotData::Heading);
    }
    let code = columns.code().and_then(|code| columns.cell(row, code)).map(|(_, cell)| cell.trim().to_owned());
    let is_known = match &code {
        Some(code) if code.is_empty() => has_shape_of_person(row, columns),
        // `Всего 5` may be a code of somebody of whom more is said than a sum says.
        Some(code) if code.contains(|c: char| c.is_ascii_digit()) && has_shape_of_person(row, columns) => true,
        Some(code) => {
            code.split_whitespace().nth(1).is_none()
                && !begins_with(code, &TOTALS)
                && !SIGNATURES.contains(&words(code).join(" ").as_str())
                && code.trim() != "-"
        }
        None => has_digits(row, columns, Meaning::Phone, 7) || has_shape_of_person(row, columns),
    };
    if is_known {
        return None;
    }
    if let Some(why) = of_words(&cells) {
        return Some(why);
    }
    // A team, a school or a post stands beside the name of somebody.
    let why = if is_named_beside(&cells, row, columns) { None } else { of_paper_words(&cells) };
    if why.is_some() {
        return why;
    }
    let first = cells[0].1;
    // A line that was saved as one cell is none.
    let is_alone = cells.len() == 1 && columns.count() > 2 && !first.contains([';', '\t']);
    let is_code =
        columns.code().and_then(|code| columns.of_meaning(code)).is_some_and(|it| it.number == first_place + 1);
    (is_alone && is_code && first.split_whitespace().nth(1).is_some()).then_some(NotData::Heading)
}

/// Tells whether a row may be a heading that nothing shows but its shape: one word, or two parts of a label, where other rows
/// say more. Nobody can tell it from somebody of whom only the name is known.
pub(super) fn may_be_heading(row: &Row, columns: &Columns, others_say_more: bool) -> bool {
    let cells = filled_cells(row);
    let is_name = |place: usize| columns.meaning_at(place).is_some_and(Meaning::is_name);
    let is_short = |place: usize, cell: &str| {
        columns.meaning_at(place) == Some(Meaning::Phone) && cell.chars().all(|c| c.is_ascii_digit()) && cell.len() <= 3
    };
    match cells[..] {
        [(place, cell)] => {
            let is_one_word = cell.split_whitespace().nth(1).is_none() && !cell.contains([',', ';']);
            others_say_more && is_name(place) && (is_one_word || papers::names_group(cell))
        }
        // Nobody has a telephone number such as 103.
        [(place, _), (phone, number)] if is_short(phone, number) => columns.code().is_none() && is_name(place),
        _ => is_label_with_value(&cells, columns),
    }
}

/// Tells whether most rows of a table say more than one thing.
pub(super) fn say_more(table: &Table) -> bool {
    let rows = table.rows.iter().map(|row| filled_cells(row).len()).filter(|count| *count > 0);
    let (more, all) = rows.fold((0, 0), |(more, all), count| (more + usize::from(count > 1), all + 1));
    more * 2 > all
}

/// Tells `Отряд;Орлы;`: what is said of a part, and what it says.
fn is_label_with_value(cells: &[(usize, &str)], columns: &Columns) -> bool {
    match cells {
        [(place, label), (next, value)] => {
            place + 1 == *next && columns.is_label(*place, label) && !columns.is_header(value)
        }
        _ => false,
    }
}

/// Tells whether a label with its value may be a name all the same: as a family name and a given name, or with a whole name
/// beside what looks like a label.
fn may_name_somebody(cells: &[(usize, &str)], columns: &Columns) -> bool {
    let meanings = || cells.iter().map(|(place, _)| columns.meaning_at(*place));
    let is_whole = cells.last().is_some_and(|(_, value)| value.split_whitespace().nth(1).is_some());
    meanings().eq([Some(Meaning::Family), Some(Meaning::Given)])
        || (is_whole && meanings().next_back() == Some(Some(Meaning::FullName)))
}

fn has_digits(row: &Row, columns: &Columns, meaning: Meaning, least: usize) -> bool {
    columns.cell(row, meaning).is_some_and(|(_, cell)| cell.matches(|c: char| c.is_ascii_digit()).count() >= least)
}

/// Tells whether a row of a list without codes has what other rows have: a name of several words, and a year of birth.
fn has_shape_of_person(row: &Row, columns: &Columns) -> bool {
    let words = |meaning: Meaning| {
        let cell = columns.cell(row, meaning).map(|(_, cell)| cell.trim().to_owned()).unwrap_or_default();
        let is_name = cell.chars().any(char::is_alphabetic) && !cell.contains([':', '_', '/', '«', '"']);
        if is_name { cell.split_whitespace().filter(|word| word.starts_with(char::is_alphabetic)).count() } else { 0 }
    };
    let has_year = [Meaning::BirthYear, Meaning::BirthDate].into_iter().any(|it| has_digits(row, columns, it, 4));
    let has_number = has_digits(row, columns, Meaning::Phone, 5);
    let has_name = words(Meaning::FullName) > 1 || (words(Meaning::Family) > 0 && words(Meaning::Given) > 0);
    has_name && (has_year || has_number)
}

/// Tells whether every cell says how it is to be filled in, or the first one that what follows is a sample.
fn is_hint(cells: &[(usize, &str)]) -> bool {
    let begins_sample = |cell: &str| {
        let plain = words(cell).join(" ");
        let is_word = |word: &str| {
            FOR_EXAMPLE.iter().any(|phrase| word.strip_prefix(phrase).is_some_and(|rest| rest.starts_with(' ')))
        };
        is_word(&plain)
            || cell.split_once(':').is_some_and(|(word, _)| SAMPLES.contains(&word.trim().to_lowercase().as_str()))
    };
    let says_how = |cell: &str| {
        let plain = words(cell).join(" ");
        HINTS.contains(&plain.as_str())
            || HINTS_WITH_MORE
                .iter()
                .any(|word| plain.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
    };
    let [(_, first), more @ ..] = cells else { return false };
    !more.is_empty() && (begins_sample(first) || cells.iter().all(|(_, cell)| says_how(cell)))
}

/// Tells whether a row names somebody in the column of names, and begins in another one.
fn is_named_beside(cells: &[(usize, &str)], row: &Row, columns: &Columns) -> bool {
    let names = [Meaning::FullName, Meaning::Family, Meaning::Given];
    let named = names.into_iter().filter_map(|meaning| columns.cell(row, meaning));
    let mut named = named.filter(|(_, cell)| cell.chars().any(char::is_alphabetic));
    named.any(|(column, cell)| cells[0].0 + 1 != column.number && papers::of_paper(cell.trim()).is_none())
}

/// Tells why a row without a date, in a list of times, speaks of nobody; `None` where it may speak of somebody.
#[must_use]
pub fn of_undated_row(row: &Row, table: &Table) -> Option<NotData> {
    let cells = filled_cells(row);
    of_shape(&cells, table).or_else(|| of_words(&cells)).or_else(|| of_paper_words(&cells))
}

/// The cells in which something stands, with their places.
fn filled_cells(row: &Row) -> Vec<(usize, &str)> {
    row.cells.iter().map(|cell| cell.trim()).enumerate().filter(|(_, cell)| !cell.is_empty()).collect()
}

/// Tells whether a row repeats the headers or numbers the columns.
fn of_shape(cells: &[(usize, &str)], table: &Table) -> Option<NotData> {
    let repeats = |(place, cell): &(usize, &str)| table.headers.get(*place).is_some_and(|it| is_same(it, cell));
    if cells.len() >= 2 && cells.iter().all(repeats) {
        return Some(NotData::Headers);
    }
    is_numbering(cells, table).then_some(NotData::ColumnNumbers)
}

/// Tells by its words whether a row sums others up or is a line to sign.
fn of_words(cells: &[(usize, &str)]) -> Option<NotData> {
    if cells.iter().take(2).any(|(_, cell)| begins_with(cell, &TOTALS)) {
        return Some(NotData::Total);
    }
    let first = cells.first()?.1;
    let is_signed = first.contains("____") || begins_with(first, &SIGNATURES);
    let is_line = first.contains([':', '_', '/']) || words(first).len() > 1 || cells.len() > 1;
    (is_signed && cells.len() <= 3 && is_line).then_some(NotData::Signature)
}

/// Tells whether a row says only what stands on papers beside a list, perhaps with a date or a name to it.
fn of_paper_words(cells: &[(usize, &str)]) -> Option<NotData> {
    let [(_, first), more @ ..] = cells else { return None };
    if more.len() > 2 {
        return None;
    }
    let is_number = !more.is_empty() && first.chars().all(|c| c.is_ascii_digit() || c == '.');
    // A number before it counts the rows.
    papers::of_paper(if is_number { more[0].1 } else { first })
}

fn is_same(header: &str, cell: &str) -> bool {
    header.trim() == cell || (!plain(cell).is_empty() && plain(header) == plain(cell))
}

/// Cells that count the columns: 1, 2, 3 …
fn is_numbering(cells: &[(usize, &str)], table: &Table) -> bool {
    let counts = |(number, (_, cell)): (usize, &(usize, &str))| cell.parse() == Ok(number);
    let headers = table.headers.iter().filter(|header| !header.trim().is_empty()).count();
    cells.len() >= 2 && (cells.len() >= 3 || cells.len() == headers) && (1..).zip(cells).all(counts)
}

fn begins_with(text: &str, phrases: &[&str]) -> bool {
    let words = words(text).join(" ");
    phrases.iter().any(|phrase| words.strip_prefix(phrase).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
}
