//! `saxaul report`.

mod across;
mod analysis;
mod dossier;
mod print;
mod published;

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use sync_core::app::Naming;
use sync_core::documents::log::Log;
use sync_core::ids::{EventId, Subject};
use sync_core::replica::Replica;
use sync_core::view::{LetterTexts, ReportError, Sources, TextChange, project, view_as_published};
use sync_core::words::Language;

use super::field::people::People;
use super::{Failure, JournalArgs};
use crate::out_file;
use crate::print::{OneLine, Part};
use crate::progress::Progress;
use crate::reports::{self, Asked, Export, Fonts, Format, Material, Signer};

/// Writes a report, to standard output or into a file.
///
/// Meets home first; without a network it reports what is on this device and says so.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Report {
    #[command(subcommand)]
    analysis: Option<analysis::Analysis>,
    /// Which report to write
    #[arg(value_enum, required = true)]
    what: Option<Export>,
    /// How [default: the first that the report has]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The language of headings and words: kk, ru or en; without it, CSV has stable names for programs
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    lang: Option<Language>,
    /// Where to write it [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Only for these people, by code or id: badges and letters
    #[arg(long, value_name = "CODE")]
    person: Vec<String>,
    /// Where fonts are for letters that the program's own fonts lack [default: the fonts of the system]
    #[arg(long, env = "SAXAUL_FONTS", value_name = "DIR")]
    fonts: Option<PathBuf>,
    /// The event; without it, the only one there is
    #[arg(long, value_name = "ID")]
    event: Option<EventId>,
    /// Do not try to reach home
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    journal: JournalArgs,
}

fn language(text: &str) -> Result<Language, &'static str> {
    match text {
        "kk" => Ok(Language::Kk),
        "ru" => Ok(Language::Ru),
        "en" => Ok(Language::En),
        _ => Err("expected kk, ru or en"),
    }
}

impl Report {
    pub(super) fn run(mut self) -> Result<(), Failure> {
        if let Some(analysis) = self.analysis.take() {
            return analysis.run();
        }
        let what = self.what.ok_or_else(|| Failure::BadInput("say what to report".to_owned()))?;
        let mut replica = self.journal.open_event(self.event)?;
        if !self.offline
            && let Err(failure) = self.journal.exchange(&mut replica)
        {
            match failure {
                Failure::Unreachable(error) => eprintln!("note: {error}; this is what this device knows"),
                other => return Err(other),
            }
        }
        let state = replica.replica();
        let shown = state.shown();
        let now = project(&shown.event, &shown.roster, &shown.logs, &shown.rulings);
        // A letter says what was published, under the names of then; who prints one before that gets a draft. What was
        // corrected since is told.
        let newest = now.publications.last().filter(|_| what == Export::Letters);
        let documents = state.ledger().documents();
        let past = newest.map(|one| {
            let view = view_as_published(documents, one)?;
            Ok::<_, ReportError>((view, documents.as_published(&one.publication)?))
        });
        let past = match past.transpose() {
            Ok(past) => past,
            // What it rested on is gone, as after an erasure, and what is known now says the same.
            Err(_) if newest.is_some_and(|one| now.says(one)) => None,
            Err(error) => {
                return Err(Failure::Failed(anyhow!(
                    "letters rest on the newest report, and it cannot be computed again: {error}. Publish a new one, and \
                     print them again: saxaul report publish"
                )));
            }
        };
        let (logs, id) = (shown.logs.iter().map(AsRef::as_ref).collect::<Vec<&Log>>(), state.event());
        let past_logs: Vec<&Log> = past.iter().flat_map(|(_, past)| &past.logs).collect();
        let history = documents.event_statements();
        let material = match &past {
            None => Material {
                id,
                event: &shown.event,
                roster: &shown.roster,
                logs: &logs,
                rulings: &shown.rulings,
                view: &now,
                history: &history,
            },
            Some((view, past)) => Material {
                id,
                event: &past.event,
                roster: &past.roster,
                logs: &past_logs,
                rulings: &past.rulings,
                view,
                history: &[],
            },
        };
        let home = replica.journal().membership().map(|membership| membership.url.clone()).unwrap_or_default();
        let format = self.format.unwrap_or(what.formats()[0]);
        let fonts = self.fonts.as_deref().map_or_else(Fonts::of_system, Fonts::in_folder);
        let bar = indicatif::ProgressBar::new(0).with_style(bar_style());
        let drawn = bar.clone();
        let progress = Progress::watched(move |done, expected| {
            drawn.set_length(expected);
            drawn.set_position(done);
        });
        let asked = Asked {
            language: self.lang,
            only: self.wanted(state)?,
            signer: Some(Signer::Device(state.key())),
            home: Some(&home),
            published: newest,
            progress: Some(&progress),
            fonts: Some(&fonts),
        };
        let exported = reports::export(what, format, &material, &asked);
        bar.finish_and_clear();
        let exported = exported?;
        write_file(self.out.as_deref(), &exported.bytes, format)?;
        if let (Some((view, past)), Some(newest)) = (&past, newest) {
            let (event, roster, rulings) = (&shown.event, &shown.roster, &shown.rulings);
            let known_now = LetterTexts::of(&Sources { event, roster, logs: logs.clone(), rulings }, &now);
            let changes = LetterTexts::of(&Sources::of_past(past), view).changes_to(&known_now);
            tell_of_changes(&changes, newest.publication.number, &reports::Labels::of_roster(&shown.roster));
        }
        // What is corrected on the roster comes into letters with the next number.
        let then_publish = if past.is_some() { ", then saxaul report publish" } else { "" };
        let reports::Told { left_out, without_latin } = &exported.told;
        for one in without_latin {
            eprintln!("note: no rule spells this name in Latin letters, so it stands as it is written: {one}");
        }
        if let Some(one) = without_latin.first() {
            let who = if one.code.is_empty() { one.subject.to_string() } else { one.code.clone() };
            eprintln!(
                "note: to give a spelling: saxaul person edit {who} names \"{}; NAME IN LATIN LETTERS\"{then_publish}",
                one.name
            );
        }
        for one in left_out {
            eprintln!("warning: left out: {one}");
        }
        match left_out.len() {
            0 => Ok(()),
            count => Err(Failure::LeftOut(format!(
                "{count} left out: install a font with these letters, name its folder with --fonts, or add a spelling{then_publish}"
            ))),
        }
    }

    /// The people whom `--person` names.
    fn wanted(&self, replica: &Replica) -> Result<Vec<Subject>, Failure> {
        if self.person.is_empty() {
            return Ok(Vec::new());
        }
        let people = People::of(replica);
        let find = |code: &String| people.one(code, Naming::ByCode);
        self.person.iter().map(find).collect()
    }
}

/// So many corrections are told one by one.
const CHANGES_TOLD: usize = 5;

/// Tells what was corrected since the report was published on which letters rest.
fn tell_of_changes(changes: &[TextChange], number: u32, labels: &reports::Labels) {
    for change in changes.iter().take(CHANGES_TOLD) {
        let whose = change.class.map(|class| format!("{}: ", labels.get(class))).unwrap_or_default();
        let (before, after) = (OneLine(&change.before), OneLine(&change.after));
        eprintln!("note: corrected since v{number}: {whose}{} {before} → {after}", change.text.key());
    }
    if let Some(more) = changes.len().checked_sub(CHANGES_TOLD).filter(|more| *more > 0) {
        eprintln!("note: and {more} more: see saxaul report diff");
    }
    if !changes.is_empty() {
        eprintln!("note: letters print what v{number} says; to print what is known now: saxaul report publish");
    }
}

fn bar_style() -> indicatif::ProgressStyle {
    indicatif::ProgressStyle::with_template("{bar:40} {pos} of {len}")
        .unwrap_or_else(|_| indicatif::ProgressStyle::default_bar())
}

/// Writes into a file, or to standard output.
fn write_file(path: Option<&Path>, bytes: &[u8], format: Format) -> Result<(), Failure> {
    let end: &[u8] = if let Format::Json = format { b"\n" } else { b"" };
    let bytes = [bytes, end].concat();
    match path {
        Some(path) => out_file::write(path, &bytes).with_context(|| format!("cannot write {}", path.display()))?,
        None => {
            let part = if let Format::Pdf | Format::Xlsx = format { Part::Useless } else { Part::Useful };
            crate::print::file_out(&bytes, part);
        }
    }
    Ok(())
}
