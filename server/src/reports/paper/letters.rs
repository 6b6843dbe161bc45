//! Service letters for each human being with verified hours.

mod layout;

use jiff::civil::Date;
use sync_core::ids::Subject;
use sync_core::order::SortKey;
use sync_core::scan::LETTER_PATH;
use sync_core::trust::Letter;
use sync_core::view::{PersonDay, Places};
use sync_core::words::Language;

use self::layout::leaves;
use super::page::{Page, document, type_faces};
use super::pen::Style;
use super::type_faces::TypeFaces;
use super::{LeftOut, PaperError, Printed, Told, WithoutLatin, chosen};
use crate::progress::Cancelled;
use crate::reports::latin::latin_name;
use crate::reports::letter_words::ReportOfLetter;
use crate::reports::material::{Human, Material, People};
use crate::reports::{Asked, Labels, Signer, words};

/// Stands in the place of a site that nobody said.
const NO_SITE: &str = "—";

/// One day of a letter.
struct Day {
    date: Date,
    sites: String,
    verified_s: u64,
}

/// What one letter says.
struct Said<'a> {
    subject: Subject,
    human: &'a Human,
    /// As it is printed.
    name: String,
    /// As it is written otherwise, where the letter has it in Latin letters.
    original: Option<String>,
    days: Vec<Day>,
    verified_s: u64,
    /// The report it rests on; none is a draft.
    revision: Option<ReportOfLetter>,
    code: Option<String>,
}

/// What is the same in every letter.
struct Head<'a> {
    event: String,
    language: Language,
    material: &'a Material<'a>,
}

/// Writes the letters, by name.
///
/// The QR code leads to the server, which says whether this is what the newest report says too.
pub(in crate::reports) fn write(
    material: &Material<'_>,
    labels: &Labels,
    asked: &Asked<'_>,
) -> Result<Printed, PaperError> {
    let signer = asked.signer.ok_or(PaperError::NoKey)?;
    let language = asked.language.unwrap_or_default();
    let (people, places) = (People::of(material, labels), Places::of(material.logs, material.rulings));
    let sources = Sources { material, people: &people, places: &places, asked };
    let mut letters: Vec<Said<'_>> = material
        .view
        .days
        .chunk_by(|a, b| a.class == b.class)
        .filter(|days| asked.is_wanted(days[0].class, material.view))
        .filter_map(|days| sources.letter(days, signer))
        .collect();
    if letters.is_empty() {
        return Err(PaperError::Nobody);
    }
    letters.sort_by_cached_key(|letter| (SortKey::of(&letter.human.name(), language), letter.human.codes.clone()));
    let faces = type_faces(asked.fonts, asked.progress);
    asked.expect(letters.len());
    let told = take_unwritable(&mut letters, &faces, asked)?;
    if letters.is_empty() {
        return Err(PaperError::Unwritable(told.left_out.iter().map(ToString::to_string).collect()));
    }
    let head = Head { event: material.event_name(language), language, material };
    let head = &head;
    let faces = &faces;
    let leaves = letters.iter().flat_map(|letter| leaves(letter, head, faces));
    let pages = leaves.map(|leaf| {
        move |page: &mut Page<'_, '_>| {
            if leaf.begins_letter() {
                asked.step()?;
            }
            leaf.draw(page)
        }
    });
    let title = format!("{}: {}", words::word("letters", language), head.event);
    let bytes = document(&title, language.tag(), faces, pages)?;
    Ok(Printed { bytes, told })
}

/// Chooses everybody's spelling, and takes out whose letter no font can write: that is the one step of each of them.
fn take_unwritable(letters: &mut Vec<Said<'_>>, faces: &TypeFaces<'_>, asked: &Asked<'_>) -> Result<Told, Cancelled> {
    let language = asked.language.unwrap_or_default();
    let mut told = Told::default();
    let mut ended = Ok(());
    letters.retain_mut(|letter| {
        if ended.is_err() {
            return false;
        }
        let names = &letter.human.person.names;
        let is_foreign = language == Language::En;
        let latin = is_foreign.then(|| latin_name(names)).flatten();
        let is_without_latin = is_foreign && latin.is_none();
        (letter.name, letter.original) = match latin {
            // An original that no font can write is no reason to print nothing: the name can be read.
            Some(latin) => (latin.latin.to_string(), latin.original.filter(|original| faces.can_write(original))),
            None => (chosen(faces, names, language).map(|name| name.to_string()).unwrap_or_default(), None),
        };
        let mut missing = faces.missing(Style::Bold, &letter.name);
        missing.extend(faces.missing(Style::Sans, &letter.human.codes));
        missing.sort_unstable();
        missing.dedup();
        let (subject, code, name) = (letter.subject, letter.human.codes.clone(), letter.human.name());
        if missing.is_empty() {
            told.without_latin.extend(is_without_latin.then_some(WithoutLatin { subject, code, name }));
            ended = asked.check();
            return true;
        }
        told.left_out.push(LeftOut { subject, code, name, letters: missing.into_iter().collect() });
        ended = asked.step();
        false
    });
    ended.map(|()| told)
}

/// What letters are written from.
struct Sources<'a> {
    material: &'a Material<'a>,
    people: &'a People,
    places: &'a Places<'a>,
    asked: &'a Asked<'a>,
}

impl<'a> Sources<'a> {
    /// What the letter of somebody says; none for whoever has no verified hours, or was erased.
    fn letter(&self, days: &[PersonDay], signer: Signer<'_>) -> Option<Said<'a>> {
        let Self { material, people, places, asked } = *self;
        let class = days[0].class;
        // Whoever was erased has hours under a code, and no name that a letter could say.
        if material.view.classes.members_of(class).iter().all(|member| material.roster.erased.contains(member)) {
            return None;
        }
        let human = people.get(class)?;
        let verified_s = verified_s(days);
        let language = asked.language.unwrap_or_default();
        let listed = days.iter().filter(|day| day.verified_ms >= 1000).map(|day| {
            let keys = day.sessions.iter().flat_map(|session| places.of_session(session));
            let mut sites: Vec<String> = keys.map(|key| material.site_name(key, language)).collect();
            sites.sort();
            sites.dedup();
            let sites = if sites.is_empty() { NO_SITE.to_owned() } else { sites.join(", ") };
            Day { date: day.date, sites, verified_s: day.verified_ms / 1000 }
        });
        let days: Vec<Day> = listed.collect();
        if verified_s == 0 {
            return None;
        }
        let revision = asked.published.map(|one| ReportOfLetter {
            number: one.publication.number,
            published: material.local(one.time.at).date(),
            edition: one.publication.edition,
        });
        let number = revision.map(|report| report.number);
        let letter =
            Letter { event: material.id, subject: class, revision: number, verified_s, signed_by: signer.named() };
        let code = asked.home.map(|home| address(home, &letter, signer));
        let (name, original) = (String::new(), None);
        Some(Said { subject: class, human, name, original, days, verified_s, revision, code })
    }
}

/// The verified time of somebody in whole seconds: the floor of the sum.
pub(in crate::reports) fn verified_s(days: &[PersonDay]) -> u64 {
    days.iter().fold(0u64, |sum, day| sum.saturating_add(day.verified_ms)) / 1000
}

/// Where a phone that scans the code is led: a page for people.
fn address(home: &str, letter: &Letter, signer: Signer<'_>) -> String {
    format!("{}{LETTER_PATH}{}", home.trim_end_matches('/'), signer.state(letter).to_printed())
}
