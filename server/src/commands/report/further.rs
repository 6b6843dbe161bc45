//! Reports that are more than a table of what is there: published ones, breakdowns, and what a figure rests on.

use std::io::Write;

use serde::Serialize;
use sync_core::ids::Subject;
use sync_core::time::date_of_day;
use sync_core::view::{Account, AwardsQuery, Candidate, Dimension, Figure, Sources, shift_attendance};

use super::{across, published};
use crate::commands::Failure;
use crate::commands::office::{EventArgs, Office, date};
use crate::reports::{self, Cells};

#[derive(clap::Subcommand)]
pub enum Further {
    /// Sums by region, organisation, category, team, site or day
    Breakdown(Breakdown),
    /// What a figure rests on, down to the entries of devices
    Provenance(Provenance),
    /// Publish what is known now as the next report: v1, v2, …
    Publish(published::Publish),
    /// List the published reports, and which of them still stands
    Revisions(Printed),
    /// What a report says that an earlier one did not, with the rows that changed
    Diff(published::Diff),
    /// Sums over several events: every human being once
    Across(across::Across),
    /// Who is assigned to which shift or session, who came and who did not
    Shifts(Printed),
    /// Who has the most verified hours, with the evidence, leaving out whoever is part of an open conflict
    Shortlist(Shortlist),
}

/// Of which event, and how.
#[derive(clap::Args)]
pub struct Printed {
    /// How
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) args: EventArgs,
}

/// Sums.
#[derive(clap::Args)]
pub struct Breakdown {
    /// By what: region, organisation, category, team, site, day
    #[arg(value_name = "DIMENSION", value_parser = dimension)]
    by: Dimension,
    #[command(flatten)]
    printed: Printed,
}

/// What a figure rests on.
#[derive(clap::Args)]
pub struct Provenance {
    /// observed, imputed, manual, verified, bags, grams, litres, metres, seedlings, square_metres, deeds or items:NAME
    #[arg(value_name = "FIGURE", value_parser = figure)]
    figure: Figure,
    /// In one part of this breakdown
    #[arg(long, value_name = "DIMENSION", value_parser = dimension)]
    by: Option<Dimension>,
    /// Which part [default: the one of which nobody said which it is]
    #[arg(long, value_name = "KEY", requires = "by")]
    part: Option<String>,
    #[command(flatten)]
    printed: Printed,
}

/// Shortlists.
#[derive(clap::Args)]
pub struct Shortlist {
    /// How many; more, if the last of them have equal hours
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    most: usize,
    /// Leave out whoever has fewer verified hours
    #[arg(long, value_name = "HOURS", default_value_t = 0)]
    at_least: u64,
    /// The first day that counts
    #[arg(long, value_name = "DATE", value_parser = date)]
    from: Option<jiff::civil::Date>,
    /// The last day that counts
    #[arg(long, value_name = "DATE", value_parser = date)]
    until: Option<jiff::civil::Date>,
    #[command(flatten)]
    printed: Printed,
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

fn figure(text: &str) -> Result<Figure, String> {
    Figure::from_key(text)
        .ok_or_else(|| format!("expected one of {}, items:NAME", Figure::keys().collect::<Vec<_>>().join(", ")))
}

impl Further {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Breakdown(breakdown) => breakdown.run(),
            Self::Provenance(provenance) => provenance.run(),
            Self::Publish(publish) => publish.run(),
            Self::Revisions(printed) => published::revisions(&printed.args.open()?, printed.format),
            Self::Diff(diff) => diff.run(),
            Self::Across(across) => across.run(),
            Self::Shifts(printed) => shifts(&printed),
            Self::Shortlist(shortlist) => shortlist.run(),
        }
    }
}

fn with_sources<T>(office: &Office<'_>, read: impl FnOnce(&Sources<'_>) -> T) -> T {
    let shown = office.replica.replica().shown();
    let logs = shown.logs.iter().map(AsRef::as_ref).collect();
    read(&Sources { event: &shown.event, roster: &shown.roster, logs, rulings: &shown.rulings })
}

/// The account of what an office sees.
pub(super) fn account(office: &Office<'_>) -> Account {
    with_sources(office, |sources| Account::of(sources, office.view()))
}

#[derive(Serialize)]
struct ShiftRow {
    shift: String,
    site: String,
    date: String,
    need: u32,
    assigned: usize,
    came: String,
    missing: String,
}

const SHIFTS: &[&str] = &["shift", "site", "date", "need", "assigned", "came", "missing"];

fn shifts(printed: &Printed) -> Result<(), Failure> {
    let office = printed.args.open()?;
    let attendance = with_sources(&office, |sources| shift_attendance(sources, office.view()));
    let codes =
        |classes: &[Subject]| classes.iter().map(|class| office.people.labels().get(*class)).collect::<Vec<_>>();
    let rows = attendance.iter().map(|one| ShiftRow {
        shift: one.key.clone(),
        site: one.shift.site.clone(),
        date: date_of_day(one.shift.day).to_string(),
        need: one.shift.need,
        assigned: one.assigned.len(),
        came: codes(&one.came).join("|"),
        missing: codes(&one.missing).join("|"),
    });
    print(printed.format, SHIFTS, &rows.collect::<Vec<_>>())
}

#[derive(Serialize)]
struct ShortlistRow {
    rank: usize,
    subject: String,
    verified_s: u64,
    days: usize,
    evidence: String,
}

const SHORTLIST: &[&str] = &["rank", "subject", "verified_s", "days", "evidence"];

impl Shortlist {
    fn run(self) -> Result<(), Failure> {
        let office = self.printed.args.open()?;
        let at_least_ms = self.at_least.saturating_mul(3_600_000);
        let query = AwardsQuery { from: self.from, until: self.until, at_least_ms, most: self.most };
        let shortlist = office.view().shortlist(query);
        for class in &shortlist.excluded {
            eprintln!("note: {} is left out: see `saxaul conflicts list`", office.people.who(*class));
        }
        if let Format::Json = self.printed.format {
            return print_json(&shortlist);
        }
        let rows = shortlist.candidates.iter().map(|one| ShortlistRow {
            rank: one.rank,
            subject: office.people.labels().get(one.class),
            verified_s: one.verified_ms / 1000,
            days: one.days.len(),
            evidence: evidence(one),
        });
        print(self.printed.format, SHORTLIST, &rows.collect::<Vec<_>>())
    }
}

fn evidence(candidate: &Candidate) -> String {
    let days = candidate.days.iter();
    let shown = days.flat_map(|day| {
        let entries = day.entries.iter().map(ToString::to_string);
        entries.chain(day.rulings.iter().map(ToString::to_string))
    });
    shown.collect::<Vec<_>>().join(" ")
}

impl Breakdown {
    fn run(self) -> Result<(), Failure> {
        let office = self.printed.args.open()?;
        let breakdown = account(&office).by(self.by);
        if breakdown.overlapping {
            eprintln!("note: whoever is of two categories counts in both: the parts add up to more than all");
        }
        print(self.printed.format, reports::PARTS, &reports::parts(&breakdown.parts))
    }
}

impl Provenance {
    fn run(self) -> Result<(), Failure> {
        let office = self.printed.args.open()?;
        let account = account(&office);
        let part = self.by.map(|dimension| (dimension, self.part.as_deref()));
        let rests_on = account.provenance(&self.figure, part);
        let rows = reports::provenance(rests_on, office.view(), office.people.labels());
        print(self.printed.format, reports::PROVENANCE, &rows)
    }
}

/// Prints rows.
pub(super) fn print<T: Serialize>(format: Format, header: &[&str], rows: &[T]) -> Result<(), Failure> {
    match format {
        Format::Csv => write_out(&reports::to_csv(header, rows, Cells::Neutralised)),
        Format::Json => print_json(&rows),
    }
}

/// Prints a record.
pub(super) fn print_json<T: Serialize>(report: &T) -> Result<(), Failure> {
    let mut bytes = reports::to_json(report);
    bytes.push(b'\n');
    write_out(&bytes)
}

fn write_out(bytes: &[u8]) -> Result<(), Failure> {
    match std::io::stdout().lock().write_all(bytes) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
