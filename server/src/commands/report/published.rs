//! `saxaul report publish`, `revisions` and `diff`.

use serde::Serialize;
use sync_core::command::Command;
use sync_core::ids::RulingId;
use sync_core::replica::Outcome;
use sync_core::view::{Published, Report, Reported, Sources, compare, plan_publication};

use super::print::{Format, Printed, print, print_json};
use crate::clock::entropy;
use crate::commands::Failure;
use crate::commands::office::{EventArgs, Office, moment_text};
use crate::reports;

/// `saxaul report publish`: publishes what the event says now.
#[derive(clap::Args)]
pub struct Publish {
    /// What is to be known about it
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    #[command(flatten)]
    args: EventArgs,
}

/// `saxaul report diff`: compares two reports.
#[derive(clap::Args)]
pub struct Diff {
    /// The earlier report: 1 for v1 [default: the newest that was published]
    #[arg(value_name = "NUMBER")]
    from: Option<u32>,
    /// The later report [default: what is known now]
    #[arg(value_name = "LATER")]
    to: Option<u32>,
    #[command(flatten)]
    printed: Printed,
}

impl Publish {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut office = self.args.open()?;
        office.replica.act(|state| Ok::<_, anyhow::Error>(Outcome { answer: (), ..state.seal() }))?;
        let state = office.replica.replica();
        if state.has_open_drafts() {
            return Err(Failure::Failed(anyhow::anyhow!("something done here is not sealed yet: exchange first")));
        }
        let id = RulingId(entropy());
        let planned = plan_publication(state.ledger().documents(), id, &self.note);
        let planned = planned.map_err(|error| Failure::bad_input(&error))?;
        let before = office.view().publications.last().map(|newest| reported(&office, newest));
        office.perform(planned.into_iter().map(|(id, ruling)| Command::Rule(id, ruling)).collect())?;
        let now = office.fresh_view();
        let published = now.publications.iter().find(|one| one.id == id);
        let number = published.map_or(0, |one| one.publication.number);
        let published = known_now(&office);
        let what = before.map(|before| format!(": {}", compare(&before, &published))).unwrap_or_default();
        println!("v{number}{what}");
        Ok(())
    }
}

/// What is known now, as a report.
fn known_now(office: &Office<'_>) -> Reported {
    let shown = office.replica.replica().shown();
    let logs = shown.logs.iter().map(AsRef::as_ref).collect();
    let sources = Sources { event: &shown.event, roster: &shown.roster, logs, rulings: &shown.rulings };
    Reported::Whole(Box::new(Report::of(&sources, office.view().clone())))
}

/// A published report; says so where only its sums are left.
fn reported(office: &Office<'_>, published: &Published) -> Reported {
    let reported = Reported::of(office.replica.replica().ledger().documents(), published);
    if let Reported::Sums(_, why) = &reported {
        eprintln!("note: v{}: {why}; only its sums are compared", published.publication.number);
    }
    reported
}

#[derive(Serialize)]
struct RevisionRow {
    number: u32,
    published: String,
    by: String,
    people: u64,
    verified_s: u64,
    state: &'static str,
    note: String,
    id: String,
    digest: String,
    rules_edition: u32,
}

const REVISIONS: &[&str] =
    &["number", "published", "by", "people", "verified_s", "state", "note", "id", "digest", "rules_edition"];

/// Lists what was published.
pub(super) fn revisions(office: &Office<'_>, format: Format) -> Result<(), Failure> {
    let rows = office.view().publications.iter().map(|one| RevisionRow {
        number: one.publication.number,
        published: moment_text(one.time.at),
        by: office.device_name(one.by),
        people: one.publication.headline.people,
        verified_s: one.publication.headline.verified_ms / 1000,
        state: match (one.superseded_by, one.number_taken_twice) {
            (Some(_), _) => "superseded",
            (None, true) => "number taken twice",
            (None, false) => "stands",
        },
        note: one.note.clone(),
        id: one.id.to_string(),
        digest: one.publication.digest.to_string(),
        rules_edition: one.publication.edition.0,
    });
    print(format, REVISIONS, &rows.collect::<Vec<_>>())
}

impl Diff {
    pub(super) fn run(self) -> Result<(), Failure> {
        let office = &self.printed.args.open()?;
        let format = self.printed.format;
        let from = match self.from {
            Some(number) => find(office, number)?,
            None => office.view().publications.last().ok_or_else(|| nothing("nothing was published yet"))?,
        };
        let before = reported(office, from);
        let later = self.to.map(|number| Ok::<_, Failure>(reported(office, find(office, number)?))).transpose()?;
        let after = later.unwrap_or_else(|| known_now(office));
        let difference = compare(&before, &after);
        let to = self.to.map_or_else(|| "now".to_owned(), |number| format!("v{number}"));
        eprintln!("v{} to {to}: {difference}", from.publication.number);
        match format {
            Format::Json => print_json(&difference),
            Format::Csv => {
                let view = if let Reported::Whole(report) = &after { &report.view } else { office.view() };
                let rows = reports::changes(&difference, view, office.people.labels());
                print(format, reports::CHANGES, &rows)
            }
        }
    }
}

fn find<'a>(office: &'a Office<'_>, number: u32) -> Result<&'a Published, Failure> {
    let found = office.view().publications.iter().find(|one| one.publication.number == number);
    found.ok_or_else(|| nothing(&format!("there is no v{number}: see `saxaul report revisions`")))
}

fn nothing(what: &str) -> Failure {
    Failure::BadInput(what.to_owned())
}
