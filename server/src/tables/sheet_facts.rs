//! What a sheet says beside its values: which rows are hidden, which cells are one, which formulas have no stored value.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Cursor};

use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::collector::MergedRows;
use super::package::{Bounded, each_event};
use super::{Limits, TableFault};

/// The facts of one sheet.
#[derive(Default)]
pub(super) struct SheetFacts {
    /// Lines that a filter or a person has hidden.
    pub hidden: BTreeSet<u64>,
    /// Columns that a person has hidden, from 1.
    pub hidden_columns: BTreeSet<usize>,
    /// Line and column of formulas without a stored value.
    pub unstored: BTreeSet<(u64, usize)>,
    /// Cells that are one over several rows.
    pub merged: Vec<MergedRows>,
}

/// The parts of a workbook that hold its sheets, by the sheets' names.
pub(super) struct Parts<'a> {
    package: ZipArchive<Cursor<&'a [u8]>>,
    paths: BTreeMap<String, String>,
    limits: &'a Limits,
}

impl<'a> Parts<'a> {
    /// Finds the parts. A package that keeps its sheets elsewhere has none here.
    pub(super) fn of(bytes: &'a [u8], limits: &'a Limits) -> Result<Self, TableFault> {
        let damaged = |error: zip::result::ZipError| TableFault::Workbook(error.to_string());
        let package = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
        let mut parts = Self { package, paths: BTreeMap::new(), limits };
        let (mut ids, mut targets) = (Vec::new(), BTreeMap::new());
        parts.each_element("xl/workbook.xml", |element| {
            if element.local_name().as_ref() == "sheet" {
                ids.extend(attribute(element, "name").zip(attribute(element, "id")));
            }
        })?;
        parts.each_element("xl/_rels/workbook.xml.rels", |element| {
            if element.local_name().as_ref() == "Relationship" {
                targets.extend(attribute(element, "Id").zip(attribute(element, "Target")));
            }
        })?;
        for (name, id) in ids {
            let Some(target) = targets.get(&id) else { continue };
            let path = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
            parts.paths.insert(name, path);
        }
        Ok(parts)
    }

    /// Reads the facts of a sheet.
    pub(super) fn facts(&mut self, sheet: &str) -> Result<SheetFacts, TableFault> {
        let (mut facts, mut place, mut formula) = (SheetFacts::default(), Place::default(), None);
        let Some(path) = self.paths.get(sheet).cloned() else { return Ok(facts) };
        self.each_event_of(&path, |event| match event {
            Event::Start(element) => match element.local_name().as_ref() {
                "row" => {
                    place.begin_row(element);
                    if is_hidden(element) {
                        facts.hidden.insert(place.line);
                    }
                }
                "col" if is_hidden(element) => {
                    let number = |name| attribute(element, name).and_then(|number| number.parse::<usize>().ok());
                    let columns = number("min").zip(number("max"));
                    let (first, last) = columns.unwrap_or((1, 0));
                    facts.hidden_columns.extend((first..=last).take(self.limits.columns));
                }
                "c" => {
                    place.begin_cell(element);
                    formula = None;
                }
                "f" => formula = Some(false),
                "mergeCell" => facts.merged.extend(attribute(element, "ref").and_then(|region| merged(&region))),
                _ => {}
            },
            Event::Text(text) if !text.trim().is_empty() => place.has_text = true,
            Event::End(element) => match element.local_name().as_ref() {
                "f" => place.has_text = false,
                "v" if place.has_text => formula = formula.map(|_| true),
                "c" if formula == Some(false) => drop(facts.unstored.insert((place.line, place.column))),
                _ => {}
            },
            _ => {}
        })?;
        Ok(facts)
    }

    fn each_element(&mut self, path: &str, mut look: impl FnMut(&BytesStart<'_>)) -> Result<(), TableFault> {
        self.each_event_of(path, |event| {
            if let Event::Start(element) = event {
                look(element);
            }
        })
    }

    fn each_event_of(&mut self, path: &str, mut look: impl FnMut(&Event<'_>)) -> Result<(), TableFault> {
        let Ok(part) = self.package.by_name(path) else { return Ok(()) };
        let part = Bounded { part, left_bytes: self.limits.inflated_bytes };
        each_event(BufReader::new(part), |event, _| {
            look(event);
            true
        })
    }
}

/// Where a sheet is being read: rows and cells need not say it.
#[derive(Default)]
struct Place {
    line: u64,
    column: usize,
    has_text: bool,
}

impl Place {
    fn begin_row(&mut self, row: &BytesStart<'_>) {
        let named = attribute(row, "r").and_then(|line| line.parse().ok());
        self.line = named.unwrap_or(self.line.saturating_add(1));
        self.column = 0;
    }

    fn begin_cell(&mut self, cell: &BytesStart<'_>) {
        let named = attribute(cell, "r").and_then(|name| cell_place(&name));
        (self.line, self.column) = named.unwrap_or((self.line.max(1), self.column.saturating_add(1)));
        self.has_text = false;
    }
}

fn is_hidden(element: &BytesStart<'_>) -> bool {
    attribute(element, "hidden").is_some_and(|hidden| matches!(&*hidden, "1" | "true"))
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attributes = element.attributes().flatten();
    let mut named = attributes.filter(|attribute| attribute.key.local_name().as_ref() == name);
    let value = named.next()?.value;
    Some(quick_xml::escape::unescape(&value).ok()?.into_owned())
}

/// Line and column of `B7`.
fn cell_place(name: &str) -> Option<(u64, usize)> {
    let digits = name.find(|c: char| c.is_ascii_digit())?;
    let letters = name[..digits].bytes().try_fold(0_usize, |number, letter| {
        let digit = letter.to_ascii_uppercase().checked_sub(b'A').filter(|digit| *digit < 26)?;
        number.checked_mul(26)?.checked_add(usize::from(digit) + 1)
    })?;
    Some((name[digits..].parse().ok()?, letters))
}

/// The rows of a region such as `A2:C4`; `None` where it is one row.
fn merged(region: &str) -> Option<MergedRows> {
    let (first, last) = region.split_once(':')?;
    let ((first_line, column), (last_line, _)) = (cell_place(first)?, cell_place(last)?);
    (first_line < last_line).then_some(MergedRows { first_line, last_line, column })
}
