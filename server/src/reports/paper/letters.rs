//! Service letters: one page for each human being with verified hours.

use jiff::civil::Date;
use sync_core::ids::Subject;
use sync_core::order::SortKey;
use sync_core::trust::Letter;
use sync_core::view::{PersonDay, Places};
use sync_core::words::Language;

use super::page::{Align, Frame, GREEN, GREY, INK, LINE, PALE, Page, Pen, RED, document, type_faces};
use super::type_faces::{Style, TypeFaces};
use super::{LeftOut, PaperError, Printed, Told, WithoutLatin, chosen};
use crate::progress::Cancelled;
use crate::reports::latin::latin_name;
use crate::reports::letter_words::ReportOfLetter;
use crate::reports::material::{Human, Material, People};
use crate::reports::{Asked, Labels, Signer, letter_words, words};

const LEFT: f32 = 25.0;
const RIGHT: f32 = 185.0;
const COLUMN: f32 = RIGHT - LEFT;
/// The page that says what became of a letter, before the letter's code.
const PAGE: &str = "/letter/";
/// Days that have a line of their own; more are summed up in the last.
const DAYS_SHOWN: usize = 16;

const SERIF: Pen = Pen { style: Style::Serif, size: 12.0, colour: INK };
const SANS: Pen = Pen { style: Style::Sans, size: 9.5, colour: INK };
const SMALL: Pen = Pen { style: Style::Sans, size: 8.0, colour: GREY };
const BOLD: Pen = Pen { style: Style::Bold, size: 9.5, colour: INK };

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
    let mut letters: Vec<Said<'_>> = material
        .view
        .days
        .chunk_by(|a, b| a.class == b.class)
        .filter(|days| asked.is_wanted(days[0].class, material.view))
        .filter_map(|days| said(days, material, &people, &places, (signer, asked)))
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
    let pages = letters.iter().map(|letter| {
        move |page: &mut Page<'_, '_>| {
            asked.step()?;
            draw(page, letter, head)
        }
    });
    let title = format!("{}: {}", words::word("letters", language), head.event);
    let bytes = document(&title, language.tag(), &faces, pages)?;
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

fn said<'a>(
    days: &[PersonDay],
    material: &Material<'_>,
    people: &'a People,
    places: &Places<'_>,
    (signer, asked): (Signer<'_>, &Asked<'_>),
) -> Option<Said<'a>> {
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
    let letter = Letter { event: material.id, subject: class, revision: number, verified_s, signed_by: signer.named() };
    let code = asked.home.map(|home| address(home, &letter, signer));
    let (name, original) = (String::new(), None);
    Some(Said { subject: class, human, name, original, days, verified_s, revision, code })
}

/// The verified time of somebody in whole seconds: the floor of the sum.
pub(in crate::reports) fn verified_s(days: &[PersonDay]) -> u64 {
    days.iter().fold(0u64, |sum, day| sum.saturating_add(day.verified_ms)) / 1000
}

/// Where a phone that scans the code is led: a page for people.
fn address(home: &str, letter: &Letter, signer: Signer<'_>) -> String {
    format!("{}{PAGE}{}", home.trim_end_matches('/'), signer.state(letter).to_printed())
}

fn draw(page: &mut Page<'_, '_>, letter: &Said<'_>, head: &Head<'_>) -> Result<(), PaperError> {
    let language = head.language;
    let word = |key: &'static str| words::word(key, language);
    page.block(Frame { x: 0.0, y: 0.0, width: super::page::WIDTH, height: 6.0 }, GREEN);
    let held_by = head.material.event.belonging.organisation.as_deref().unwrap_or_default();
    let mut y = 24.0;
    for text in [head.event.as_str(), held_by].into_iter().filter(|text| !text.is_empty()) {
        page.line((LEFT, y), text, Pen { colour: GREY, ..SANS }, Align::Left);
        y += 5.5;
    }
    y += 16.0;
    let title = Pen { style: Style::Bold, size: 19.0, colour: GREEN };
    y = page.paragraph(Frame { x: LEFT, y, width: COLUMN, height: 9.0 }, word("letter_title"), title) + 2.0;
    let (rests_on, colour) = match &letter.revision {
        Some(report) => (letter_words::rests_on(report, language), GREY),
        None => (word("letter_draft").to_owned(), RED),
    };
    y = page.paragraph(Frame { x: LEFT, y, width: COLUMN, height: 5.0 }, &rests_on, Pen { colour, ..SANS }) + 9.0;
    y = body(page, letter, head, y);
    y = table(page, letter, language, y + 4.0);
    signatures(page, language, y + 22.0);
    foot(page, letter, language)
}

fn body(page: &mut Page<'_, '_>, letter: &Said<'_>, head: &Head<'_>, mut y: f32) -> f32 {
    let large = Pen { style: Style::Bold, size: 16.0, colour: INK };
    y = page.paragraph(Frame { x: LEFT, y, width: COLUMN, height: 8.0 }, &letter.name, large);
    if let Some(original) = &letter.original {
        let beneath = Pen { colour: GREY, size: 11.0, ..SANS };
        y = page.paragraph(Frame { x: LEFT, y: y - 1.5, width: COLUMN, height: 6.0 }, original, beneath) + 1.5;
    }
    page.block(Frame { x: LEFT, y: y - 5.2, width: COLUMN, height: 0.3 }, LINE);
    let text = letter_words::sentence(&letter_words::Facts {
        event: &head.event,
        first: letter.days.first().map(|day| day.date),
        last: letter.days.last().map(|day| day.date),
        days: letter.days.len(),
        verified_s: letter.verified_s,
        language: head.language,
    });
    page.paragraph(Frame { x: LEFT, y: y + 3.0, width: COLUMN, height: 6.6 }, &text, SERIF)
}

fn table(page: &mut Page<'_, '_>, letter: &Said<'_>, language: Language, mut y: f32) -> f32 {
    const ROW: f32 = 6.4;
    let word = |key: &'static str| words::word(key, language);
    let place = LEFT + 38.0;
    let edge = RIGHT - 2.0;
    page.block(Frame { x: LEFT, y: y - 4.6, width: COLUMN, height: ROW }, PALE);
    page.line((LEFT + 2.0, y), word("date"), BOLD, Align::Left);
    page.line((place, y), word("site"), BOLD, Align::Left);
    page.line((edge, y), word("verified_s"), BOLD, Align::Right);
    let (shown, rest) = letter.days.split_at(letter.days.len().min(DAYS_SHOWN));
    for day in shown {
        y += ROW;
        page.line((LEFT + 2.0, y), &letter_words::date(day.date), SANS, Align::Left);
        page.fitted(Frame { x: place, y: y - 3.4, width: edge - place - 30.0, height: 4.2 }, &day.sites, SANS);
        page.line((edge, y), &letter_words::span(day.verified_s, language), SANS, Align::Right);
        page.block(Frame { x: LEFT, y: y + 1.7, width: COLUMN, height: 0.15 }, LINE);
    }
    if !rest.is_empty() {
        y += ROW;
        let more = format!("+ {} {}", rest.len(), word("more_days"));
        page.line((LEFT + 2.0, y), &more, SANS, Align::Left);
        let rest_s = rest.iter().map(|day| day.verified_s).sum();
        page.line((edge, y), &letter_words::span(rest_s, language), SANS, Align::Right);
    }
    y += ROW;
    page.line((LEFT + 2.0, y), word("in_all"), BOLD, Align::Left);
    page.line((edge, y), &letter_words::span(letter.verified_s, language), BOLD, Align::Right);
    y
}

fn signatures(page: &mut Page<'_, '_>, language: Language, y: f32) {
    for (x, key) in [(LEFT, "organizer_name"), (LEFT + 66.0, "signature"), (LEFT + 118.0, "date_signed")] {
        page.block(Frame { x, y, width: 42.0, height: 0.25 }, GREY);
        page.line((x, y + 4.2), words::word(key, language), SMALL, Align::Left);
    }
}

fn foot(page: &mut Page<'_, '_>, letter: &Said<'_>, language: Language) -> Result<(), PaperError> {
    const SIDE: f32 = 42.0;
    let y = 240.0;
    let text = LEFT + SIDE + 4.0;
    if let Some(code) = &letter.code {
        page.code(Frame { x: LEFT - 3.0, y, width: SIDE, height: SIDE }, code)?;
        let width = RIGHT - text;
        let under = page.paragraph(
            Frame { x: text, y: y + 8.0, width, height: 4.6 },
            words::word("letter_verify", language),
            SANS,
        );
        let where_to = code.split(PAGE).next().unwrap_or_default();
        page.paragraph(Frame { x: text, y: under + 2.0, width, height: 4.2 }, where_to, SMALL);
    }
    page.line((text, y + SIDE - 5.0), &letter.human.codes, SMALL, Align::Left);
    Ok(())
}
