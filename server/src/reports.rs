//! What organizers take away: tables, cards for others, calendars, badges and letters.
//!
//! [`export`] is the whole of it: which export in which format gives bytes, their media type and a file's name. It is
//! pure: the same material gives the same bytes. Nothing is computed here but names, units and roundings; hours are
//! the view's. Text that a spreadsheet would take for a formula is neutralised, except in the exact formats of a
//! replay, where cells are codes.

pub mod attached;
mod breakdowns;
mod calendar;
mod dossier;
mod dossier_words;
mod labels;
mod latin;
pub mod letter_words;
mod material;
mod paper;
mod parts;
mod rows;
mod sheet;
mod sheets;
mod text;
mod tides;
mod words;
mod workbook;

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use sync_core::documents::rulings::RulesEdition;
use sync_core::ids::{DeviceId, Subject};
use sync_core::trust::{HomeKey, KeyPair, SaidByHome, Signed};
use sync_core::view::{EventView, Published};
use sync_core::words::Language;

pub use dossier::{DOSSIER_FORMATS, write_dossier};
pub use dossier_words::DossierMaterial;
pub use labels::Labels;
pub use material::Material;
pub use paper::{Fonts, LeftOut, PaperError, Told, WithoutLatin, name_on_paper};
pub use parts::{CHANGES, ChangeRow, PARTS, PROVENANCE, PartRow, ProvenanceRow, changes, parts, provenance};
pub use rows::{
    CONFLICTS, ConflictRow, DUPLICATES, DuplicateRow, HOURS, HoursRow, RULING_CONFLICTS, RulingConflictRow,
    TotalsReport, conflicts, duplicates, hours, ruling_conflicts, totals,
};
pub use text::{Cells, to_csv, to_json};

use crate::progress::{Cancelled, Progress};
use sheet::Sheet;

/// What can be taken away. The command line, addresses and the API's description list what stands here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Export {
    /// Who was there for how long, by date
    Hours,
    /// Every session: who was where from when to when, and what that rests on
    Attendance,
    /// Who is on the roster or was registered at a gate
    People,
    /// Cards of litter and of seedlings
    Cards,
    /// Sums over the event; as XLSX and JSON with their parts, and with what they rest on
    Totals,
    /// Sums by region, organisation, category, team, site and day
    Breakdowns,
    /// What the sums rest on: every session, card and deed, with its entries and rulings
    Contributions,
    /// Who came to which shift, and who did not
    Shifts,
    /// Fields with several concurrent values
    Conflicts,
    /// Litter cards in the columns of Ocean Conservancy's TIDES
    Tides,
    /// Days and shifts as a calendar
    Calendar,
    /// Sheets of badges to print and cut
    Badges,
    /// Service letters, one page for each person with verified hours
    Letters,
}

/// How it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Format {
    /// For spreadsheets and programs
    Csv,
    /// For spreadsheets
    Xlsx,
    /// For programs
    Json,
    /// For calendars
    Ics,
    /// For paper
    Pdf,
}

impl Format {
    /// The media type (RFC 6838).
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Json => "application/json",
            Self::Ics => "text/calendar; charset=utf-8",
            Self::Pdf => "application/pdf",
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
            Self::Ics => "ics",
            Self::Pdf => "pdf",
        }
    }
}

impl Export {
    /// The stable name, as it stands in addresses and file names.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Hours => "hours",
            Self::Attendance => "attendance",
            Self::People => "people",
            Self::Cards => "cards",
            Self::Totals => "totals",
            Self::Breakdowns => "breakdowns",
            Self::Contributions => "contributions",
            Self::Shifts => "shifts",
            Self::Conflicts => "conflicts",
            Self::Tides => "tides",
            Self::Calendar => "calendar",
            Self::Badges => "badges",
            Self::Letters => "letters",
        }
    }

    /// The formats in which it can be had; the first is the usual one.
    #[must_use]
    pub const fn formats(self) -> &'static [Format] {
        match self {
            Self::Hours
            | Self::Attendance
            | Self::People
            | Self::Cards
            | Self::Totals
            | Self::Breakdowns
            | Self::Contributions
            | Self::Shifts
            | Self::Conflicts => &[Format::Csv, Format::Xlsx, Format::Json],
            Self::Tides => &[Format::Csv, Format::Xlsx],
            Self::Calendar => &[Format::Ics],
            Self::Badges | Self::Letters => &[Format::Pdf],
        }
    }
}

/// There is no export of that name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("there is no such report")]
pub struct UnknownExport;

impl FromStr for Export {
    type Err = UnknownExport;

    fn from_str(key: &str) -> Result<Self, UnknownExport> {
        Self::value_variants().iter().copied().find(|export| export.key() == key).ok_or(UnknownExport)
    }
}

/// Who signs badges and letters.
#[derive(Clone, Copy, Debug)]
pub enum Signer<'a> {
    /// The home server, with its own key.
    Home(&'a HomeKey),
    /// An organizer's device: home knows its key.
    Device(&'a KeyPair),
}

impl Signer<'_> {
    fn state<S: SaidByHome>(&self, statement: &S) -> Signed<S> {
        match self {
            Self::Home(key) => key.state(statement),
            Self::Device(key) => key.state(statement),
        }
    }

    /// As a letter names whoever signed it.
    fn named(&self) -> Option<DeviceId> {
        match self {
            Self::Home(_) => None,
            Self::Device(key) => Some(key.public().device()),
        }
    }
}

/// How somebody wants an export.
#[derive(Clone, Debug, Default)]
pub struct Asked<'a> {
    /// The language of headings and words. Without one, CSV has stable names for programs, and everything else is
    /// English. JSON always has stable names.
    pub language: Option<Language>,
    /// Who badges and letters are for, each known by any of their ids; everybody where nobody is named.
    pub only: Vec<Subject>,
    /// Signs badges and letters.
    pub signer: Option<Signer<'a>>,
    /// The address of the server, where letters are verified; without one they have no QR code.
    pub home: Option<&'a str>,
    /// The published report that the material's view is; without one, letters are drafts.
    pub published: Option<&'a Published>,
    /// Is told of each step, and asked whether to go on.
    pub progress: Option<&'a Progress>,
    /// Fonts for letters that the program's own fonts lack; those of the system if nothing is said.
    pub fonts: Option<&'a Fonts>,
}

impl Asked<'_> {
    /// By which edition of the rules of hours it is computed. The rows of a published report are those of its own edition.
    #[must_use]
    pub fn rules_edition(&self) -> RulesEdition {
        self.published.map_or(RulesEdition::CURRENT, |published| published.publication.edition)
    }

    fn expect(&self, steps: usize) {
        if let Some(progress) = self.progress {
            progress.expect(steps);
        }
    }

    fn step(&self) -> Result<(), Cancelled> {
        self.progress.map_or(Ok(()), Progress::step)
    }

    fn check(&self) -> Result<(), Cancelled> {
        self.progress.map_or(Ok(()), Progress::check)
    }

    fn is_wanted(&self, subject: Subject, view: &EventView) -> bool {
        let class = view.class_of(subject);
        self.only.is_empty() || self.only.iter().any(|one| view.class_of(*one) == class)
    }
}

/// A file to take away.
#[derive(Clone, PartialEq, Eq)]
pub struct Exported {
    /// The bytes of the file.
    pub bytes: Vec<u8>,
    /// What it is (RFC 6838).
    pub media_type: &'static str,
    /// A name for it, of ASCII letters, digits, dots and hyphens.
    pub file_name: String,
    /// Who is left out on paper, and who stands there otherwise than was asked for.
    pub told: Told,
}

impl fmt::Debug for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exported({}, {} bytes)", self.file_name, self.bytes.len())
    }
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is no such combination.
    #[error("{} is not written as {}: choose {}", export.key(), format.extension(), list(*export))]
    NotInThisFormat {
        /// What was asked for.
        export: Export,
        /// The format that the export does not have.
        format: Format,
    },
    /// A dossier is not written so.
    #[error("a dossier is written as json, xlsx or pdf")]
    NotADossier,
    /// There is more than the format holds.
    #[error("it does not fit into a workbook: {0}; take CSV")]
    TooLarge(#[from] rust_xlsxwriter::XlsxError),
    /// Nothing can be printed.
    #[error(transparent)]
    Paper(PaperError),
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<PaperError> for ExportError {
    fn from(error: PaperError) -> Self {
        match error {
            PaperError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Paper(other),
        }
    }
}

fn list(export: Export) -> String {
    export.formats().iter().map(|format| format.extension()).collect::<Vec<_>>().join(", ")
}

/// Writes an export.
///
/// # Errors
/// [`ExportError::NotInThisFormat`] for what [`Export::formats`] does not list; [`ExportError::TooLarge`] where a
/// spreadsheet has no room; [`ExportError::Paper`] where nothing can be printed.
pub fn export(
    export: Export,
    format: Format,
    material: &Material<'_>,
    asked: &Asked<'_>,
) -> Result<Exported, ExportError> {
    if !export.formats().contains(&format) {
        return Err(ExportError::NotInThisFormat { export, format });
    }
    let labels = || Labels::of_roster(material.roster);
    let mut told = Told::default();
    let mut printed = |printed: paper::Printed| {
        told = printed.told;
        printed.bytes
    };
    let bytes = match (export, format) {
        (Export::Badges, _) => printed(paper::badges(material, asked)?),
        (Export::Letters, _) => printed(paper::letters(material, &labels(), asked)?),
        (Export::Calendar, _) => calendar::write(material, asked.language.unwrap_or_default()),
        (Export::Tides, _) => table(&tides::sheet(material), format, asked)?,
        (Export::Totals | Export::Breakdowns | Export::Contributions, _) => sums(export, format, material, asked)?,
        (Export::Shifts, _) => table(&breakdowns::shifts(material, &labels(), asked), format, asked)?,
        (Export::Hours, _) => table(&sheets::hours(material, &labels()), format, asked)?,
        (Export::Attendance, _) => table(&sheets::attendance(material, &labels(), asked), format, asked)?,
        (Export::People, _) => table(&sheets::people(material, &labels(), asked.language), format, asked)?,
        (Export::Cards, _) => table(&sheets::all_cards(material, asked), format, asked)?,
        (Export::Conflicts, _) => table(&sheets::conflicts(material, &labels()), format, asked)?,
    };
    let file_name = format!("{}-{}.{}", export.key(), material.id, format.extension());
    Ok(Exported { bytes, media_type: format.media_type(), file_name, told })
}

/// Sums, and what they rest on.
fn sums(export: Export, format: Format, material: &Material<'_>, asked: &Asked<'_>) -> Result<Vec<u8>, ExportError> {
    let account = breakdowns::account(material);
    let rests_on = || breakdowns::contributions(material, &Labels::of_roster(material.roster), &account, asked);
    Ok(match (export, format) {
        (Export::Totals, Format::Json) => {
            let breakdowns::Breakdowns { total, breakdowns } = breakdowns::all(&account);
            let totals = totals(material.view);
            let contributions = &account.contributions[..];
            let rules_edition = asked.rules_edition();
            to_json(&breakdowns::TotalsInFull { totals, rules_edition, total, breakdowns, contributions })
        }
        (Export::Totals, Format::Xlsx) => {
            let mut sheets = vec![sheets::totals(material, asked.rules_edition())];
            sheets.extend(breakdowns::sheets(material, &account, asked));
            sheets.push(rests_on());
            book(&sheets, asked)?
        }
        (Export::Totals, _) => table(&sheets::totals(material, asked.rules_edition()), format, asked)?,
        (Export::Breakdowns, Format::Json) => to_json(&breakdowns::all(&account)),
        (Export::Breakdowns, Format::Xlsx) => book(&breakdowns::sheets(material, &account, asked), asked)?,
        (Export::Breakdowns, _) => table(&breakdowns::in_one(material, &account, asked), format, asked)?,
        (Export::Contributions, Format::Json) => to_json(&account.contributions),
        _ => table(&rests_on(), format, asked)?,
    })
}

fn table(sheet: &Sheet, format: Format, asked: &Asked<'_>) -> Result<Vec<u8>, ExportError> {
    Ok(match format {
        Format::Csv => sheet.to_csv(asked.language, asked.progress)?,
        Format::Xlsx => book(std::slice::from_ref(sheet), asked)?,
        Format::Json | Format::Ics | Format::Pdf => to_json(sheet),
    })
}

fn book(sheets: &[Sheet], asked: &Asked<'_>) -> Result<Vec<u8>, ExportError> {
    let (language, editions) = (asked.language.unwrap_or_default(), [asked.rules_edition()].into());
    workbook::write(workbook::Book { sheets, language, editions }, asked.progress)
}
