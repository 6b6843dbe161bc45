//! How the reports for analysis are asked for and printed: as CSV or as JSON.

use serde::Serialize;
use sync_core::view::{Account, Dimension, Sources};

use crate::commands::Failure;
use crate::commands::office::{EventArgs, Office};
use crate::print::Part;
use crate::reports::{self, Cells};

/// The event of a report, and its format.
#[derive(clap::Args)]
pub struct Printed {
    /// The format of the output
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) args: EventArgs,
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Format {
    /// For spreadsheets
    Csv,
    /// For programs
    Json,
}

/// Reads the name of a dimension.
pub(super) fn dimension(text: &str) -> Result<Dimension, String> {
    Dimension::from_key(text).ok_or_else(|| {
        let known: Vec<&str> = Dimension::ALL.iter().map(|dimension| dimension.key()).collect();
        format!("expected one of {}", known.join(", "))
    })
}

/// The account of what an office sees.
pub(super) fn account(office: &Office<'_>) -> Account {
    let shown = office.replica.replica().shown();
    let logs = shown.logs.iter().map(AsRef::as_ref).collect();
    let sources = Sources { event: &shown.event, roster: &shown.roster, logs, rulings: &shown.rulings };
    Account::of(&sources, office.view())
}

/// Prints rows as CSV or JSON.
pub(super) fn print<T: Serialize>(format: Format, header: &[&str], rows: &[T]) -> Result<(), Failure> {
    match format {
        Format::Csv => crate::print::file_out(&reports::to_csv(header, rows, Cells::Neutralised), Part::Useful),
        Format::Json => return print_json(&rows),
    }
    Ok(())
}

/// Prints a report as JSON.
pub(super) fn print_json<T: Serialize>(report: &T) -> Result<(), Failure> {
    let mut bytes = reports::to_json(report);
    bytes.push(b'\n');
    crate::print::file_out(&bytes, Part::Useful);
    Ok(())
}
