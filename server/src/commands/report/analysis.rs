//! The reports for analysis: breakdowns, what a figure rests on, published reports, and sums over several events.

use sync_core::view::{Dimension, Figure};

use super::print::{Printed, account, dimension, print};
use super::{across, dossier, published};
use crate::commands::Failure;
use crate::reports;

#[derive(clap::Subcommand)]
pub enum Analysis {
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
    /// «Волонтёр года»: a shortlist by verified hours, with its evidence and the exact query
    Dossier(dossier::Dossier),
}

/// `saxaul report breakdown`: sums by a dimension.
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

fn figure(text: &str) -> Result<Figure, String> {
    Figure::from_key(text)
        .ok_or_else(|| format!("expected one of {}, items:NAME", Figure::keys().collect::<Vec<_>>().join(", ")))
}

impl Analysis {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Breakdown(breakdown) => breakdown.run(),
            Self::Provenance(provenance) => provenance.run(),
            Self::Publish(publish) => publish.run(),
            Self::Revisions(printed) => published::revisions(&printed.args.open()?, printed.format),
            Self::Diff(diff) => diff.run(),
            Self::Across(across) => across.run(),
            Self::Dossier(dossier) => dossier.run(),
        }
    }
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
