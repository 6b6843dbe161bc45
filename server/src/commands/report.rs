//! `saxaul report`.

use std::io::Write;

use sync_core::ids::EventId;
use sync_core::view::project;

use super::{Failure, JournalArgs};
use crate::reports::{self, Cells, Labels};

/// Prints a report to standard output.
///
/// Meets home first; without a network it reports what is on this device and says so.
#[derive(clap::Args)]
pub struct Report {
    /// What to print
    #[arg(value_enum)]
    what: What,
    /// How
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// The event; without it, the only one there is
    #[arg(long, value_name = "ID")]
    event: Option<EventId>,
    /// Do not try to reach home
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    journal: JournalArgs,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// Who was there for how long, by date
    Hours,
    /// Fields with several concurrent values
    Conflicts,
    /// Sums over the event
    Totals,
    /// Who is on the roster or was registered at a gate
    People,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// For spreadsheets
    Csv,
    /// For programs
    Json,
}

impl Report {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut replica = self.journal.open_event(self.event)?;
        if !self.offline
            && let Err(failure) = self.journal.exchange(&mut replica)
        {
            match failure {
                Failure::Unreachable(error) => eprintln!("note: {error}; this is what this device knows"),
                other => return Err(other),
            }
        }
        let shown = replica.replica().shown();
        let view = project(&shown.event, &shown.roster, &shown.logs, &shown.rulings);
        let labels = Labels::of_roster(&shown.roster);
        let bytes = match (self.what, self.format) {
            (What::Hours, Format::Csv) => {
                reports::to_csv(reports::HOURS, &reports::hours(&view, &labels), Cells::Neutralised)
            }
            (What::Hours, Format::Json) => reports::to_json(&reports::hours(&view, &labels)),
            (What::Conflicts, Format::Csv) => {
                reports::to_csv(reports::CONFLICTS, &reports::conflicts(&view, &labels), Cells::Neutralised)
            }
            (What::Conflicts, Format::Json) => reports::to_json(&reports::conflicts(&view, &labels)),
            (What::People, Format::Csv) => {
                let rows = reports::people(&view, &shown.roster, &labels);
                reports::to_csv(reports::PEOPLE, &rows, Cells::Neutralised)
            }
            (What::People, Format::Json) => reports::to_json(&reports::people(&view, &shown.roster, &labels)),
            (What::Totals, Format::Json) => reports::to_json(&reports::totals(&view)),
            (What::Totals, Format::Csv) => {
                reports::to_csv(reports::TOTALS, &reports::totals_rows(&reports::totals(&view)), Cells::Neutralised)
            }
        };
        let end: &[u8] = if let Format::Json = self.format { b"\n" } else { b"" };
        let mut out = std::io::stdout().lock();
        match out.write_all(&bytes).and_then(|()| out.write_all(end)) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }
}
