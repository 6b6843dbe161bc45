//! What was said and kept in a world, to the byte, so that two runs of it can be compared.
//!
//! Only a home in memory is written down: what follows from its seed is said again by the next run.

use std::fmt::Write;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};

use super::disk::{Image, ground};
use super::{Phone, World};

/// How many bytes are shown on each side of the place where two runs part.
const AROUND: usize = 200;

/// What was said and kept, each part with its place.
#[derive(Clone, Default)]
pub struct Transcript(Vec<Part>);

#[derive(Clone, PartialEq, Eq)]
struct Part {
    place: String,
    bytes: Vec<u8>,
}

impl Transcript {
    /// Writes down one part, behind those before it.
    pub fn note(&mut self, place: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.push(Part { place: place.into(), bytes: bytes.into() });
    }

    /// How many parts there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was written down.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// SHA-256 of all parts, with their places and their lengths.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for field in self.0.iter().flat_map(|part| [part.place.as_bytes(), &part.bytes]) {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field);
        }
        hash.finalize().into()
    }

    /// Where another run first says or keeps something else, and what; `None` if it nowhere does.
    #[must_use]
    pub fn first_difference(&self, other: &Self) -> Option<String> {
        let at = self.0.iter().zip(&other.0).position(|(one, other)| one != other);
        let at = at.or_else(|| (self.len() != other.len()).then(|| self.len().min(other.len())))?;
        let (Some(one), Some(two)) = (self.0.get(at), other.0.get(at)) else {
            return Some(format!("one run ends after {at} parts, the other goes on"));
        };
        if one.place != two.place {
            return Some(format!("part {at} is {:?} in one run, and {:?} in the other", one.place, two.place));
        }
        let same = one.bytes.iter().zip(&two.bytes).take_while(|(one, other)| one == other).count();
        let around = |bytes: &[u8]| {
            let shown = &bytes[same.saturating_sub(AROUND)..(same + AROUND).min(bytes.len())];
            String::from_utf8(shown.to_vec()).unwrap_or_else(|_| shown.escape_ascii().to_string())
        };
        let (place, one, two) = (&one.place, around(&one.bytes), around(&two.bytes));
        Some(format!("part {at}, {place}, from byte {same}:\n…{one}…\nin the other run:\n…{two}…"))
    }
}

impl World {
    /// Everything that home answered so far, and what home and every device keep and show now.
    #[must_use]
    pub fn transcript(&self) -> Transcript {
        let network = self.network.borrow();
        let mut transcript = network.home.said();
        transcript.note("what home keeps", network.home.written_out());
        for phone in self.everyone() {
            let name = self.name(&phone);
            transcript.note(format!("the journal of {name}"), self.journal_rows(&phone));
            for (shown, at) in self.everything_shown(&phone).into_iter().zip(0..) {
                transcript.note(format!("what {name} shows, {at}"), shown);
            }
        }
        for (what, at) in self.story.iter().zip(0..) {
            transcript.note(format!("the story, {at}"), what.as_str());
        }
        transcript
    }

    /// Every row of every table of a device's journal, in order. The device has its journal open, so a copy is read.
    fn journal_rows(&self, phone: &Phone) -> String {
        let copy = ground("saxaul-journal-");
        Image::of(&self.devices[phone.0].directory).put_back(copy.path());
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let db = Connection::open_with_flags(copy.path().join("journal.db"), flags).unwrap();
        let mut tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
        let tables = tables.query_map([], |row| row.get(0)).unwrap().collect::<Result<Vec<String>, _>>().unwrap();
        let mut written = String::new();
        for table in tables {
            writeln!(written, "{table}").unwrap();
            let mut all = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = all.column_count();
            let mut rows = all.query([]).unwrap();
            let mut lines = Vec::new();
            while let Some(row) = rows.next().unwrap() {
                let values = (0..columns).map(|column| written_value(row.get_ref(column).unwrap()));
                lines.push(values.collect::<Vec<_>>().join(" "));
            }
            lines.sort_unstable();
            lines.iter().for_each(|line| writeln!(written, "  {line}").unwrap());
        }
        written
    }
}

fn written_value(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        value => format!("{value:?}"),
    }
}
