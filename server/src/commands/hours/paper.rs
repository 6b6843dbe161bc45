//! A paper list, typed up: who was there from when to when. All of it is right, or nothing is written.

use std::path::Path;

use sync_core::command::SESSION_LIMIT_MS;
use sync_core::documents::rulings::Decision;

use crate::commands::Failure;
use crate::commands::office::Office;
use crate::tables::{ReadOptions, open_table};

const COLUMNS: [&str; 4] = ["code", "date", "from", "to"];

/// Reads a list; or prints every problem with its line.
pub(super) fn read(file: &Path, office: &Office<'_>) -> Result<Vec<Decision>, Failure> {
    let table = open_table(file, &ReadOptions::default()).map_err(|error| Failure::BadInput(error.to_string()))?;
    let place = |name: &str| table.headers.iter().position(|header| header.trim().eq_ignore_ascii_case(name));
    let mut places = Vec::new();
    for name in COLUMNS {
        let missing = || Failure::BadInput(format!("{}: there is no column `{name}`", file.display()));
        places.push(place(name).ok_or_else(missing)?);
    }
    let site = place("site");
    let (mut decisions, mut problems) = (Vec::new(), 0);
    for row in &table.rows {
        let cell = |at: usize| row.cells.get(at).map_or("", |cell| cell.trim());
        if row.cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let cells = Cells { code: cell(places[0]), date: cell(places[1]), from: cell(places[2]), to: cell(places[3]) };
        match cells.read(office) {
            Ok((subject, start, end)) => {
                let site = site.map(cell).filter(|site| !site.is_empty()).map(str::to_owned);
                decisions.push(Decision::Manual { subject, start, end, site });
            }
            Err(what) => {
                problems += 1;
                eprintln!("{}, line {}: {what}", file.display(), row.line);
            }
        }
    }
    if problems > 0 {
        return Err(Failure::BadInput(format!("{problems} rows have problems: nothing was written")));
    }
    Ok(decisions)
}

struct Cells<'a> {
    code: &'a str,
    date: &'a str,
    from: &'a str,
    to: &'a str,
}

type Row = (sync_core::ids::Subject, sync_core::time::UnixMillis, sync_core::time::UnixMillis);

impl Cells<'_> {
    fn read(&self, office: &Office<'_>) -> Result<Row, String> {
        let said = |failure: Failure| match failure {
            Failure::BadInput(what) => what,
            Failure::Failed(error) => error.to_string(),
            Failure::Unreachable(error) => error.to_string(),
        };
        let subject = office.one(self.code).map_err(said)?;
        let moment = |time: &str| office.moment(&format!("{} {time}", self.date)).map_err(said);
        let (start, end) = (moment(self.from)?, moment(self.to)?);
        if end <= start {
            return Err(format!("it ends at {} but begins at {}", self.to, self.from));
        }
        if end.0.abs_diff(start.0) > SESSION_LIMIT_MS {
            return Err(format!("it is longer than {} hours", SESSION_LIMIT_MS / 3_600_000));
        }
        Ok((subject, start, end))
    }
}
