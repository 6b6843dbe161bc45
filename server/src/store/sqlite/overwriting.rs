//! What was erased is overwritten: no byte of it stays in the file or in the log beside it.
//!
//! `secure_delete` has SQLite write zeros over every row and every page that is deleted. One kind of remains it leaves:
//! when rows move from one page of a tree to another, as they do when their neighbours are deleted, the bytes of the
//! moved rows stay in the unallocated part of the page that they left, out of reach of every later deletion. This module
//! finds these parts and writes zeros over them, a few pages in each transaction, so that nobody else waits; `VACUUM`
//! does the same by writing the whole file anew in one transaction, for which everybody waits.
//!
//! That something is to be overwritten is a row, written with the erasure. It goes when everything is done.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension, params};

use crate::store::StoreError;
use crate::store::overwriting::LookedAt;

/// So many pages are looked at before others may read on this connection.
const PAGES_LOOKED_AT: u32 = 4096;

/// In a larger file the number of a page might be taken for the kind of one.
const PAGES_LIMIT: u32 = 0x0200_0000;

pub(super) fn overwriting_due(db: &Connection) -> Result<Option<(i64, i64)>, StoreError> {
    let ends = |row: &rusqlite::Row<'_>| Ok(row.get::<_, Option<i64>>(0)?.zip(row.get(1)?));
    Ok(db.query_row("SELECT min(number), max(number) FROM overwriting", [], ends)?)
}

pub(super) fn note_overwritten(db: &Connection, up_to: i64) -> Result<(), StoreError> {
    Ok(db.execute("DELETE FROM overwriting WHERE number <= ?1", params![up_to]).map(drop)?)
}

/// Refuses a SQLite in which pages cannot be read as rows: with it no erasure would ever be complete.
pub(super) fn require_pages(db: &Connection) -> Result<(), StoreError> {
    let built_otherwise = |_| {
        let why = "this program was built without SQLite's sqlite_dbpage: build it in the project's own directory";
        StoreError::Medium(why.to_owned())
    };
    db.prepare("SELECT data FROM sqlite_dbpage WHERE pgno = 1").map(drop).map_err(built_otherwise)
}

pub(super) fn look_for_remains(db: &Connection, first: u32) -> Result<LookedAt, StoreError> {
    let pages: u32 = db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    if pages >= PAGES_LIMIT {
        return Err(StoreError::Medium(format!("the store has {pages} pages: remains cannot be told from data")));
    }
    let mut read = db.prepare_cached("SELECT data FROM sqlite_dbpage WHERE pgno = ?1")?;
    let last = pages.min(first.saturating_add(PAGES_LOOKED_AT - 1));
    let mut with_remains = Vec::new();
    for number in first..=last {
        let has_remains = read.query_row(params![number], |row| {
            let page = row.get_ref(0)?.as_blob()?;
            Ok(unallocated(number, page).is_some_and(|part| page[part].iter().any(|byte| *byte != 0)))
        });
        if has_remains.optional()?.unwrap_or(false) {
            with_remains.push(number);
        }
    }
    Ok(LookedAt { with_remains, next: (last < pages).then_some(last + 1) })
}

pub(super) fn overwrite_remains(db: &Connection, pages: &[u32]) -> Result<(), StoreError> {
    let mut read = db.prepare_cached("SELECT data FROM sqlite_dbpage WHERE pgno = ?1")?;
    let mut write = db.prepare_cached("UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1")?;
    for number in pages {
        // The page may have changed since somebody looked at it.
        let page: Option<Vec<u8>> = read.query_row(params![number], |row| row.get(0)).optional()?;
        if let Some(mut page) = page
            && let Some(part) = unallocated(*number, &page)
        {
            page[part].fill(0);
            write.execute(params![number, page])?;
        }
    }
    Ok(())
}

/// Where in a page of a tree nothing is kept: between the list of its cells and the first of them
/// (<https://www.sqlite.org/fileformat2.html#b_tree_pages>). `None` for a page of another kind, which begins with the
/// number of a page: its first byte is zero in a file of less than [`PAGES_LIMIT`] pages.
fn unallocated(number: u32, page: &[u8]) -> Option<Range<usize>> {
    let header = if number == 1 { 100 } else { 0 };
    let header_bytes = match page.get(header)? {
        2 | 5 => 12,
        10 | 13 => 8,
        _ => return None,
    };
    let field =
        |at: usize| Some(usize::from(u16::from_be_bytes([*page.get(header + at)?, *page.get(header + at + 1)?])));
    let begins = header + header_bytes + 2 * field(3)?;
    let ends = match field(5)? {
        0 => 65_536,
        cells => cells,
    };
    (begins <= ends && ends <= page.len()).then_some(begins..ends)
}

/// Moves everything from the log into the file, and empties the log. Who reads is not waited for: writers would wait too.
pub(super) fn empty_log(db: &Connection) -> Result<(), StoreError> {
    db.busy_timeout(std::time::Duration::ZERO)?;
    let emptied = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
    db.busy_timeout(super::BUSY_TIMEOUT)?;
    let is_busy: bool = emptied?;
    if is_busy { Err(StoreError::LogInUse) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of two events whose rows lie side by side, and its file.
    fn crowded() -> (tempfile::TempDir, Connection) {
        let directory = tempfile::tempdir().unwrap();
        let db = Connection::open(directory.path().join("crowded.db")).unwrap();
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON;
             CREATE TABLE held (number INTEGER PRIMARY KEY, event INTEGER NOT NULL, item BLOB NOT NULL);",
        )
        .unwrap();
        for number in 0..400_i64 {
            let item =
                format!("{number:05} said of Qalievaxyz {}", "-".repeat(usize::try_from(number % 7 * 90).unwrap()));
            let row = params![number, i64::from(number % 3 != 0), item.as_bytes()];
            db.execute("INSERT INTO held VALUES (?1, ?2, ?3)", row).unwrap();
        }
        (directory, db)
    }

    fn files_say(directory: &tempfile::TempDir, text: &str) -> bool {
        std::fs::read_dir(directory.path()).unwrap().any(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
    }

    #[test]
    fn what_deleting_leaves_in_the_file_is_found_and_overwritten_and_the_file_stays_whole() {
        let (directory, db) = crowded();
        db.execute_batch("DELETE FROM held WHERE event = 1; DELETE FROM held WHERE number % 2 = 1;").unwrap();
        db.execute_batch("UPDATE held SET item = x'00'").unwrap();
        empty_log(&db).unwrap();
        assert!(files_say(&directory, "Qalievaxyz"), "rows that moved leave remains, or this shows nothing");

        let looked_at = look_for_remains(&db, 1).unwrap();
        assert!(!looked_at.with_remains.is_empty() && looked_at.next.is_none());
        overwrite_remains(&db, &looked_at.with_remains).unwrap();
        empty_log(&db).unwrap();
        assert!(!files_say(&directory, "Qalievaxyz"));
        assert_eq!(look_for_remains(&db, 1).unwrap().with_remains, Vec::<u32>::new());
        let is_whole: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(is_whole, "ok");
        let kept: i64 = db.query_row("SELECT count(*) FROM held", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 67);
    }

    #[test]
    fn the_log_is_not_emptied_under_a_reader_and_nobody_waits_for_that() {
        let (directory, db) = crowded();
        let reader = Connection::open(directory.path().join("crowded.db")).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM held;").unwrap();
        db.execute("DELETE FROM held WHERE number = 1", []).unwrap();
        assert!(matches!(empty_log(&db), Err(StoreError::LogInUse)));
        reader.execute_batch("COMMIT").unwrap();
        empty_log(&db).unwrap();
    }
}
