//! A dossier on paper: the query and the shortlist first, then the evidence of each person.

use std::rc::Rc;

use sync_core::view::{DayEvidence, Nominee, SessionBasis, SessionEvidence};
use sync_core::words::Language;

use super::listing::{Column, Line, listing};
use super::page::Align;
use super::pen::{GREY, RED};
use super::{PaperError, name_on_paper};
use crate::reports::dossier_words::{DossierMaterial, asked, basis, code, decisions, doubts};
use crate::reports::letter_words::{date, span};
use crate::reports::words;

/// Writes a dossier as a PDF.
pub(in crate::reports) fn write(material: &DossierMaterial<'_>, language: Language) -> Result<Vec<u8>, PaperError> {
    let word = |key: &'static str| words::word(key, language).to_owned();
    let dossier = material.dossier;
    let mut lines = vec![Line::Title(word("dossier")), Line::Heading(word("query"))];
    let asked = asked(material, language);
    lines.extend(asked.into_iter().map(|(key, value)| Line::Pair(word(key), value)));
    shortlist(&mut lines, material, language);
    left_out(&mut lines, material, language);
    for nominee in &dossier.nominees {
        evidence(&mut lines, material, nominee, language);
    }
    let states: Vec<String> = dossier.events.iter().map(|one| one.basis.digest.to_string()[..16].to_owned()).collect();
    listing(&word("dossier"), language.tag(), lines, &states.join(" "))
}

fn shortlist(lines: &mut Vec<Line>, material: &DossierMaterial<'_>, language: Language) {
    let word = |key: &'static str| words::word(key, language).to_owned();
    lines.push(Line::Heading(word("shortlist")));
    if material.dossier.nominees.is_empty() {
        return lines.push(Line::Note(word("nobody"), GREY));
    }
    let columns: Rc<[Column]> =
        [(14.0, Align::Left), (26.0, Align::Left), (62.0, Align::Left), (48.0, Align::Left), (30.0, Align::Right)]
            .into();
    let heads = ["rank", "code", "name", "organisation", "verified_s"].map(word);
    lines.push(Line::Head(Rc::clone(&columns), heads.into()));
    for nominee in &material.dossier.nominees {
        let cells = vec![
            nominee.rank.to_string(),
            code(&nominee.who),
            name_on_paper(&nominee.who.names),
            nominee.who.organisation.clone().unwrap_or_default(),
            span(nominee.verified_ms / 1000, language),
        ];
        lines.push(Line::Row(Rc::clone(&columns), cells));
    }
}

fn left_out(lines: &mut Vec<Line>, material: &DossierMaterial<'_>, language: Language) {
    let word = |key: &'static str| words::word(key, language).to_owned();
    lines.push(Line::Heading(word("excluded")));
    if material.dossier.excluded.is_empty() {
        return lines.push(Line::Note(word("nobody"), GREY));
    }
    let columns: Rc<[Column]> =
        [(26.0, Align::Left), (56.0, Align::Left), (70.0, Align::Left), (28.0, Align::Right)].into();
    lines.push(Line::Head(Rc::clone(&columns), ["code", "name", "why", "verified_s"].map(word).into()));
    for one in &material.dossier.excluded {
        let cells = vec![
            code(&one.who),
            name_on_paper(&one.who.names),
            material.why(one, language),
            span(one.verified_ms / 1000, language),
        ];
        lines.push(Line::Row(Rc::clone(&columns), cells));
    }
}

fn evidence(lines: &mut Vec<Line>, material: &DossierMaterial<'_>, nominee: &Nominee, language: Language) {
    let word = |key: &'static str| words::word(key, language).to_owned();
    let (name, spent) = (name_on_paper(&nominee.who.names), span(nominee.verified_ms / 1000, language));
    lines.push(Line::Gap);
    lines.push(Line::Heading(format!("{}. {name}, {}: {spent}", nominee.rank, code(&nominee.who))));
    if !nominee.doubts.is_empty() {
        lines.push(Line::Note(format!("{}: {}", word("doubts"), doubts(nominee)), RED));
    }
    let columns: Rc<[Column]> = [
        (20.0, Align::Left),
        (25.0, Align::Left),
        (24.0, Align::Left),
        (24.0, Align::Right),
        (22.0, Align::Left),
        (33.0, Align::Left),
        (32.0, Align::Left),
    ]
    .into();
    let heads = ["date", "site", "time", "duration_s", "basis", "device", "verified_by"].map(word);
    for of_event in nominee.days.chunk_by(|a, b| a.event == b.event) {
        if material.dossier.events.len() > 1 {
            lines.push(Line::Note(material.event_name(of_event[0].event, language), GREY));
        }
        lines.push(Line::Head(Rc::clone(&columns), heads.clone().into()));
        for (day, session) in of_event.iter().flat_map(|day| day.sessions.iter().map(move |session| (day, session))) {
            lines.push(Line::Row(Rc::clone(&columns), row(material, day, session, language)));
        }
    }
}

fn row(
    material: &DossierMaterial<'_>,
    day: &DayEvidence,
    session: &SessionEvidence,
    language: Language,
) -> Vec<String> {
    let clock = |at| material.local(day.event, at).strftime("%H:%M").to_string();
    let decided = decisions(day, session);
    let mut how = words::word(basis(session.basis), language).to_owned();
    if session.basis == SessionBasis::Imputed && decided.is_empty() {
        how = format!("{how}, {}: {}", words::word("counts", language), words::word("no", language));
    }
    let verified = decided.iter().map(|decision| {
        let (by, at) = material.decided(day.event, decision);
        let why = if decision.reason.is_empty() { String::new() } else { format!(": {}", decision.reason) };
        format!("{by}, {}{why}", date(at.date()))
    });
    vec![
        date(day.date),
        material.site(day.event, session, language),
        format!("{}–{}", clock(session.start), clock(session.end)),
        span(session.end.0.abs_diff(session.start.0) / 1000, language),
        how,
        material.shown_by(session),
        verified.collect::<Vec<_>>().join("; "),
    ]
}
