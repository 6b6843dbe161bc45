//! Lists of people, as offices send them.

use std::io::{Cursor, Write};
use std::sync::LazyLock;

use rust_xlsxwriter::Workbook;
use server::tables::{Limits, ReadOptions, TableFault, read_table};
use sync_core::import::{Source, plan_import};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::home::roster;
use super::scene::EVENT;

/// Small, so that a fuzzer sees what happens at the limits.
fn limits() -> Limits {
    Limits {
        file_bytes: 256 << 10,
        inflated_bytes: 1 << 20,
        rows: 200,
        columns: 50,
        cells: 2000,
        cell_chars: 2000,
        text_bytes: 64 << 10,
    }
}

/// A list becomes a plan or a typed error. A plan has as many lines as the list, and planning is repeatable.
fn import(bytes: &[u8]) {
    let limits = limits();
    let options = ReadOptions { limits, ..ReadOptions::default() };
    let tables = match read_table("list", bytes, &options) {
        Ok(list) => list.tables,
        Err(error) => {
            assert!(!matches!(error.fault, TableFault::Unreadable(_)), "the bytes were there: {error}");
            return;
        }
    };
    let rows = || tables.iter().flat_map(|table| &table.rows);
    assert!(rows().count() <= limits.rows && tables.iter().all(|table| table.headers.len() <= limits.columns));
    assert!(rows().map(|row| row.cells.len()).sum::<usize>() <= limits.cells);
    let again = read_table("list", bytes, &options).ok().map(|list| list.tables);
    assert_eq!(again.as_ref(), Some(&tables), "the same bytes, the same tables");
    let source = Source {
        issuer: "list".to_owned(),
        born_by: 2026,
        profile: Default::default(),
        teams: Default::default(),
        walk_ins: Default::default(),
    };
    let Ok(plan) = plan_import(&tables, roster(), EVENT, &source) else { return };
    let planned = plan.added.len() + plan.unchanged.len() + plan.refused + plan.questions.len() + plan.set_aside();
    let touched: std::collections::BTreeSet<u64> =
        plan.updated.iter().map(|update| update.line).chain(plan.conflicts.iter().map(|it| it.line)).collect();
    assert_eq!(planned + touched.len(), rows().count(), "each row is somewhere in the plan");
    for problem in &plan.problems {
        assert!(!problem.to_string().is_empty());
    }
}

/// A list in text.
pub fn csv(bytes: &[u8]) {
    if !bytes.starts_with(b"PK\x03\x04") {
        import(bytes);
    }
}

/// A workbook, as it is.
pub fn xlsx(bytes: &[u8]) {
    import(bytes);
}

/// The parts of a workbook: the first byte says which one the rest takes the place of. So a fuzzer gets past the
/// packing.
pub fn sheet(bytes: &[u8]) {
    let Some((which, part)) = bytes.split_first() else { return };
    import(&repacked(usize::from(*which), part));
}

/// A small list as a spreadsheet writes it.
fn workbook() -> &'static [u8] {
    static WORKBOOK: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        for (row, cells) in (0..).zip([["code", "name", "phone"], ["A-1", "Aida", "1"], ["A-2", "Bolat", ""]]) {
            sheet.write_row(row, 0, cells).unwrap();
        }
        sheet.write_number(1, 3, 1990.5).unwrap();
        sheet.write_boolean(2, 3, true).unwrap();
        workbook.save_to_buffer().unwrap()
    });
    &WORKBOOK
}

fn repacked(which: usize, replaced: &[u8]) -> Vec<u8> {
    let mut parts = unpacked();
    let at = which % parts.len();
    parts[at].1 = replaced.to_vec();
    let mut package = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in parts {
        package.start_file(name, stored).unwrap();
        package.write_all(&content).unwrap();
    }
    package.finish().unwrap().into_inner()
}

fn unpacked() -> Vec<(String, Vec<u8>)> {
    let mut package = ZipArchive::new(Cursor::new(workbook())).unwrap();
    let parts = (0..package.len()).map(|index| {
        let mut part = package.by_index(index).unwrap();
        let mut content = Vec::new();
        std::io::copy(&mut part, &mut content).unwrap();
        (part.name().unwrap().to_string(), content)
    });
    parts.collect()
}

/// Workbooks and their parts, for a fuzzer to begin with.
pub fn seeds() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let parts = unpacked().into_iter().zip(0u8..).map(|((_, content), which)| [vec![which], content].concat());
    (vec![workbook().to_vec()], parts.collect())
}
