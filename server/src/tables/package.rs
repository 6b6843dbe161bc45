//! Looks into a workbook's package before a reader of workbooks does.
//!
//! A few kilobytes can inflate to gigabytes, and small numbers in a part can make the reader reserve or copy as much.
//! So every part is inflated once, counted and thrown away, and the two parts the reader trusts are checked.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::{Limits, TableFault};

/// More parts than any workbook has.
const MAX_PARTS: usize = 10_000;

/// A workbook may inflate to so much more than the file has. Lists inflate twenty- to fiftyfold; one tag that is repeated
/// inflates a thousandfold, and reading it would cost seconds for a few kilobytes.
const MAX_INFLATION: u64 = 200;

/// So much may come out of the smallest file.
const INFLATED_AT_LEAST_BYTES: u64 = 1 << 20;

/// A spreadsheet allows 65,490 formats of cells.
const MAX_CELL_FORMATS: usize = 65_536;

/// Checks that reading the workbook takes no more memory than the limits suggest, and no more time than its size does.
pub(super) fn check(bytes: &[u8], limits: &Limits) -> Result<(), TableFault> {
    let mut package = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    if package.len() > MAX_PARTS || declared_bytes(&mut package)? > limits.inflated_bytes {
        return Err(TableFault::InflatesTooFar);
    }
    let by_size = INFLATED_AT_LEAST_BYTES.saturating_add(MAX_INFLATION.saturating_mul(bytes.len() as u64));
    let mut left_bytes = limits.inflated_bytes.min(by_size);
    for index in 0..package.len() {
        let part = package.by_index(index).map_err(|error| damaged(&error))?;
        let name = part.name().map_err(|error| damaged(&error))?.to_ascii_lowercase();
        if name == "mimetype" || name.ends_with("workbook.bin") {
            return Err(TableFault::OtherWorkbook);
        }
        // What the directory declares is a claim; what counts is what comes out.
        let mut inflated = Bounded { part, left_bytes };
        if name.ends_with("sharedstrings.xml") {
            check_shared_strings(BufReader::new(&mut inflated), limits)?;
        } else if name.ends_with("styles.xml") {
            check_styles(BufReader::new(&mut inflated), limits)?;
        }
        io::copy(&mut inflated, &mut io::sink()).map_err(from_part)?;
        left_bytes = inflated.left_bytes;
    }
    Ok(())
}

/// Adds up what the directory says of every part.
fn declared_bytes(package: &mut ZipArchive<Cursor<&[u8]>>) -> Result<u64, TableFault> {
    (0..package.len()).try_fold(0_u64, |total, index| {
        let part = package.by_index_raw(index).map_err(|error| damaged(&error))?;
        Ok(total.saturating_add(part.size()))
    })
}

/// Fails instead of giving more bytes than are left.
pub(super) struct Bounded<R> {
    pub part: R,
    pub left_bytes: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.part.read(buffer)?;
        self.left_bytes = self.left_bytes.checked_sub(count as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}

/// The reader reserves room for as many strings as the part says it has.
fn check_shared_strings(part: impl BufRead, limits: &Limits) -> Result<(), TableFault> {
    let mut strings = 0;
    each_event(part, |event, _| {
        match event {
            Event::Start(element) if element.local_name().as_ref() == "sst" => {
                strings = strings.max(largest_count(element));
            }
            Event::Start(element) if element.local_name().as_ref() == "si" => strings += 1,
            _ => {}
        }
        strings <= limits.cells
    })
}

/// The largest number after `uniqueCount=`, however the attribute is spaced or quoted.
fn largest_count(element: &BytesStart<'_>) -> usize {
    let counts = element.attributes_raw().split("uniqueCount").skip(1).map(|rest| {
        let digits = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '=' | '"' | '\'' | '+'));
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        if end == 0 { 0 } else { digits[..end].parse().unwrap_or(usize::MAX) }
    });
    counts.max().unwrap_or_default()
}

/// The reader copies a font, a fill, a border and a number format into every cell format that names them.
fn check_styles(part: impl BufRead, limits: &Limits) -> Result<(), TableFault> {
    let (mut formats, mut begins_at, mut longest) = (0, 0, 0);
    each_event(part, |event, place| {
        match event {
            Event::Start(element) if is_copied(element.local_name().as_ref()) => begins_at = place.before,
            Event::End(element) if is_copied(element.local_name().as_ref()) => {
                longest = place.after.saturating_sub(begins_at).max(longest);
            }
            Event::Start(element) if element.local_name().as_ref() == "xf" => formats += 1,
            _ => {}
        }
        let copied_bytes = longest.saturating_mul(formats as u64);
        formats <= MAX_CELL_FORMATS && copied_bytes <= limits.inflated_bytes
    })
}

fn is_copied(element: &str) -> bool {
    matches!(element, "font" | "fill" | "border" | "numFmt")
}

/// Where an event begins and ends in its part.
pub(super) struct EventPlace {
    before: u64,
    after: u64,
}

/// Shows every event of an XML part to `accepts`, as the reader of workbooks will see them.
pub(super) fn each_event(
    part: impl BufRead,
    mut accepts: impl FnMut(&Event<'_>, &EventPlace) -> bool,
) -> Result<(), TableFault> {
    let mut reader = Reader::from_reader(part);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.check_comments = false;
    config.expand_empty_elements = true;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let before = reader.buffer_position();
        let event = match reader.read_event_into(&mut buffer) {
            Ok(Event::Eof) => return Ok(()),
            Ok(event) => event,
            Err(quick_xml::Error::Io(error)) => return Err(from_part(error.kind())),
            Err(error) => return Err(damaged(&error)),
        };
        if !accepts(&event, &EventPlace { before, after: reader.buffer_position() }) {
            return Err(TableFault::InflatesTooFar);
        }
    }
}

fn damaged(error: &dyn std::error::Error) -> TableFault {
    TableFault::Workbook(error.to_string())
}

fn from_part(error: impl Into<io::Error>) -> TableFault {
    let error = error.into();
    if error.kind() == io::ErrorKind::FileTooLarge { TableFault::InflatesTooFar } else { damaged(&error) }
}
