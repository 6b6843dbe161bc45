//! Badges, ten on a sheet of A4, to be cut along the lines.

use sync_core::documents::roster::{PersonName, PersonRecord};
use sync_core::ids::{PersonId, Subject};
use sync_core::order::SortKey;
use sync_core::scan::BADGE_MARK;
use sync_core::spoken::SpokenCode;
use sync_core::trust::Badge;
use sync_core::words::Language;

use super::codes::Column;
use super::page::{Align, Frame, Page, Point, document, type_faces};
use super::pen::{GREEN, GREY, INK, LINE, Pen, Style, WHITE};
use super::type_faces::TypeFaces;
use super::{LeftOut, PaperError, Printed, Told, WithoutLatin, chosen};
use crate::progress::Cancelled;
use crate::reports::latin::{LatinName, latin_name};
use crate::reports::material::{Material, spellings};
use crate::reports::{Asked, words};

const WIDTH: f32 = 90.0;
const HEIGHT: f32 = 54.0;
const COLUMNS: usize = 2;
const ON_A_PAGE: usize = 10;
const LEFT: f32 = 15.0;
const TOP: f32 = 13.5;
const BAND: f32 = 9.0;
const CODE: f32 = 34.0;
/// Where a badge has its code.
const CODE_RIGHT: f32 = WIDTH - CODE - 2.0;
const CODE_DOWN: f32 = BAND + 1.0;
const CODES: Column = Column { square_mm: CODE, step_mm: HEIGHT };

struct Bearer {
    id: PersonId,
    names: Vec<PersonName>,
    /// Whether the badge is for somebody who reads neither Kazakh nor Russian.
    is_foreign: bool,
    code: String,
    about: String,
    name: OnBadge,
}

/// A name as it stands on a badge.
#[derive(Default)]
struct OnBadge {
    /// What is read from afar.
    large: String,
    /// The rest of the name.
    small: String,
    /// As it is written otherwise, where the badge has it in Latin letters.
    original: String,
}

/// Writes a badge for everybody on the roster who was not withdrawn, by name.
///
/// The QR code holds the event, the person's random id and a signature, and nothing else. In English, and for somebody
/// who reads neither Kazakh nor Russian, the name stands in Latin letters, with the original beneath.
pub(in crate::reports) fn write(material: &Material<'_>, asked: &Asked<'_>) -> Result<Printed, PaperError> {
    let signer = asked.signer.ok_or(PaperError::NoKey)?;
    let language = asked.language.unwrap_or_default();
    let mut bearers: Vec<Bearer> =
        material.roster.people.iter().filter_map(|(id, record)| bearer(*id, record)).collect();
    bearers.retain(|bearer| {
        let subject = Subject::Person(bearer.id);
        asked.is_wanted(subject, material.view) && !material.roster.erased.contains(&subject)
    });
    if bearers.is_empty() {
        return Err(PaperError::Nobody);
    }
    let place = |bearer: &Bearer| bearer.names.first().map(|name| SortKey::of(&name.to_string(), language));
    bearers.sort_by_cached_key(|bearer| (place(bearer), bearer.id));
    let faces = type_faces(asked.fonts, asked.progress);
    asked.expect(bearers.len());
    let told = take_unwritable(&mut bearers, &faces, asked)?;
    if bearers.is_empty() {
        return Err(PaperError::Unwritable(told.left_out.iter().map(ToString::to_string).collect()));
    }
    let event = material.event_name(language);
    let pages = bearers.chunks(ON_A_PAGE).map(|sheet| {
        let event = &event;
        move |page: &mut Page<'_, '_>| {
            let mut codes = Vec::with_capacity(sheet.len());
            for bearer in sheet {
                asked.step()?;
                let badge = Badge { event: material.id, subject: Subject::Person(bearer.id) };
                codes.push(format!("{BADGE_MARK}{}", signer.state(&badge).to_printed()));
            }
            for column in 0..COLUMNS {
                let codes: Vec<&str> = codes.iter().skip(column).step_by(COLUMNS).map(String::as_str).collect();
                if !codes.is_empty() {
                    let corner = Point { x: LEFT + column as f32 * WIDTH + CODE_RIGHT, y: TOP + CODE_DOWN };
                    page.codes(corner, CODES, &codes)?;
                }
            }
            for (at, bearer) in sheet.iter().enumerate() {
                let (column, row) = (at % COLUMNS, at / COLUMNS);
                let frame = Frame {
                    x: LEFT + column as f32 * WIDTH,
                    y: TOP + row as f32 * HEIGHT,
                    width: WIDTH,
                    height: HEIGHT,
                };
                draw(page, frame, bearer, &OnEach { event, language });
            }
            Ok(())
        }
    });
    let bytes = document(&format!("{}: {event}", words::word("badges", language)), language.tag(), &faces, pages)?;
    Ok(Printed { bytes, told })
}

/// Chooses everybody's spelling, and takes out whose badge no font can write: that is the one step of each of them.
fn take_unwritable(bearers: &mut Vec<Bearer>, faces: &TypeFaces<'_>, asked: &Asked<'_>) -> Result<Told, Cancelled> {
    let language = asked.language.unwrap_or_default();
    let mut told = Told::default();
    let mut ended = Ok(());
    bearers.retain_mut(|bearer| {
        if ended.is_err() {
            return false;
        }
        let is_foreign = language == Language::En || bearer.is_foreign;
        let latin = is_foreign.then(|| latin_name(&bearer.names)).flatten();
        let is_without_latin = is_foreign && latin.is_none();
        bearer.name = on_badge(bearer, latin, faces, language);
        let OnBadge { large, small, original } = &bearer.name;
        let texts = [
            (Style::Bold, large),
            (Style::Sans, small),
            (Style::Sans, original),
            (Style::Sans, &bearer.about),
            (Style::Sans, &bearer.code),
        ];
        let mut letters: Vec<char> = texts.iter().flat_map(|(style, text)| faces.missing(*style, text)).collect();
        letters.sort_unstable();
        letters.dedup();
        let name = bearer.names.first().map(PersonName::to_string).unwrap_or_default();
        let (subject, code) = (Subject::Person(bearer.id), bearer.code.clone());
        if letters.is_empty() {
            told.without_latin.extend(is_without_latin.then_some(WithoutLatin { subject, code, name }));
            ended = asked.check();
            return true;
        }
        told.left_out.push(LeftOut { subject, code, name, letters: letters.into_iter().collect() });
        ended = asked.step();
        false
    });
    ended.map(|()| told)
}

fn on_badge(bearer: &Bearer, latin: Option<LatinName>, faces: &TypeFaces<'_>, language: Language) -> OnBadge {
    let (name, original) = match latin {
        // An original that no font can write is no reason to print nothing: the name can be read.
        Some(latin) => (Some(latin.latin), latin.original.filter(|original| faces.can_write(original))),
        None => (chosen(faces, &bearer.names, language), None),
    };
    let (large, small) = name.as_ref().map(divided).unwrap_or_default();
    OnBadge { large, small, original: original.unwrap_or_default() }
}

fn bearer(id: PersonId, record: &PersonRecord) -> Option<Bearer> {
    let person = record.person();
    if person.withdrawn.is_some() {
        return None;
    }
    let about = [person.organisation, person.team].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let code = person.external_ids.into_iter().next().map(|id| id.value).unwrap_or_default();
    let reads = |tag: &str| ["kk", "ru"].iter().any(|known| tag.to_lowercase().starts_with(known));
    let is_foreign = !person.languages.is_empty() && !person.languages.iter().any(|tag| reads(tag));
    Some(Bearer { id, names: spellings(person.names), is_foreign, code, about, name: OnBadge::default() })
}

/// What is the same on every badge.
struct OnEach<'a> {
    event: &'a str,
    language: Language,
}

/// Draws all of a badge but its code.
fn draw(page: &mut Page<'_, '_>, frame: Frame, bearer: &Bearer, printed: &OnEach<'_>) {
    let Frame { x, y, .. } = frame;
    page.block(Frame { height: BAND, ..frame }, GREEN);
    page.edge(frame, LINE);
    let band = Frame { x: x + 5.0, y: y + 2.4, width: WIDTH - 10.0, height: 5.0 };
    page.fitted(band, printed.event, Pen { style: Style::Bold, size: 10.0, colour: WHITE });

    let (right, foot) = (x + CODE_RIGHT, y + HEIGHT - 4.0);
    let spoken = SpokenCode::of(Subject::Person(bearer.id)).to_string();
    let (first, second) = spoken.split_at(spoken.len() / 2);
    let middle = right + CODE / 2.0;
    let pen = Pen { style: Style::Bold, size: 17.0, colour: INK };
    page.line(Point { x: middle, y: foot }, &format!("{first} {second}"), pen, Align::Centre);

    let column = right - x - 7.0;
    let OnBadge { large, small, original } = &bearer.name;
    let text = Frame { x: x + 5.0, y: y + BAND + 5.0, width: column, height: 15.5 };
    let lines = page.fitted(text, large, Pen { style: Style::Bold, size: 17.0, colour: INK });
    let below = text.y + 7.4 * lines.min(2) as f32;
    let room = if original.is_empty() { 11.0 } else { 6.5 };
    let second = Frame { y: below, height: room, ..text };
    page.fitted(second, small, Pen { style: Style::Sans, size: 11.5, colour: INK });
    let third = Frame { y: below + room, height: 4.0, ..text };
    page.fitted(third, original, Pen { style: Style::Sans, size: 8.5, colour: GREY });
    let about = Frame { y: y + HEIGHT - 14.2, height: 6.6, ..text };
    page.fitted(about, &bearer.about, Pen { style: Style::Sans, size: 8.5, colour: GREY });
    let role = words::word("volunteer", printed.language);
    let pen = Pen { style: Style::Bold, size: 8.5, colour: GREEN };
    page.line(Point { x: text.x, y: foot }, role, pen, Align::Left);
    let after = text.x + page.width(role, pen) + 2.5;
    let pen = Pen { style: Style::Sans, colour: GREY, ..pen };
    page.line(Point { x: after, y: foot }, &bearer.code, pen, Align::Left);
}

/// What is read from afar, and the rest of the name.
fn divided(name: &PersonName) -> (String, String) {
    if name.given.is_empty() {
        return (name.family.clone(), name.patronymic.clone());
    }
    let rest = [name.family.as_str(), name.patronymic.as_str()];
    (name.given.clone(), rest.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "))
}
