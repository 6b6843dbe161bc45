//! The dossier of an award: a shortlist by verified hours, what it rests on, who was left out, and the query.

use std::collections::BTreeMap;

use serde::Serialize;
use sync_core::ids::DeviceId;
use sync_core::view::{DayEvidence, Dossier, Nominee, SessionBasis, SessionEvidence, Verification};
use sync_core::words::Language;

use super::dossier_words::{DossierMaterial, asked, basis, code, decisions, doubts};
use super::paper::name_on_paper;
use super::sheet::{Cell, Sheet, columns};
use super::workbook::Book;
use super::{ExportError, Exported, Format, Told, paper, to_json, workbook};

/// The formats of a dossier; the first is the usual one.
pub const DOSSIER_FORMATS: &[Format] = &[Format::Json, Format::Xlsx, Format::Pdf];

/// Writes a dossier. The same dossier gives the same bytes.
///
/// # Errors
/// [`ExportError::NotADossier`] for another format; [`ExportError::TooLarge`], [`ExportError::Paper`].
pub fn write_dossier(
    material: &DossierMaterial<'_>,
    format: Format,
    language: Option<Language>,
) -> Result<Exported, ExportError> {
    let language = language.unwrap_or_default();
    let bytes = match format {
        Format::Json => to_json(&Written { dossier: material.dossier, devices: material.devices }),
        Format::Xlsx => {
            let sheets = [
                shortlist(material),
                evidence(material, language),
                excluded(material, language),
                query(material, language),
            ];
            let editions = material.dossier.events.iter().map(|event| event.basis.rules_edition).collect();
            workbook::write(Book { sheets: &sheets, language, editions }, None)?
        }
        Format::Pdf => paper::dossier(material, language)?,
        Format::Csv | Format::Ics => return Err(ExportError::NotADossier),
    };
    let file_name = format!("dossier.{}", format.extension());
    Ok(Exported { bytes, media_type: format.media_type(), file_name, told: Told::default() })
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    dossier: &'a Dossier,
    devices: &'a BTreeMap<DeviceId, String>,
}

fn shortlist(material: &DossierMaterial<'_>) -> Sheet {
    let rows = material.dossier.nominees.iter().map(|nominee| {
        vec![
            Cell::Number(nominee.rank as u64),
            Cell::text(code(&nominee.who)),
            Cell::text(name_on_paper(&nominee.who.names)),
            Cell::optional(nominee.who.organisation.as_ref()),
            Cell::optional(nominee.who.region.as_ref()),
            Cell::Seconds(nominee.verified_ms / 1000),
            Cell::Number(nominee.days.len() as u64),
            Cell::text(doubts(nominee)),
        ]
    });
    Sheet {
        key: "shortlist",
        is_of_others: false,
        columns: columns(&[
            ("rank", 8),
            ("person", 18),
            ("name", 34),
            ("organisation", 26),
            ("region", 22),
            ("verified_s", 14),
            ("days", 10),
            ("doubts", 36),
        ]),
        rows: rows.collect(),
    }
}

fn evidence(material: &DossierMaterial<'_>, language: Language) -> Sheet {
    let nominees = material.dossier.nominees.iter();
    let sessions = nominees
        .flat_map(|nominee| nominee.days.iter().map(move |day| (nominee, day)))
        .flat_map(|(nominee, day)| day.sessions.iter().map(move |session| Evidence { nominee, day, session }));
    let rows = sessions.map(|evidence| evidence_row(material, evidence, language));
    Sheet {
        key: "evidence_of",
        is_of_others: false,
        columns: columns(&[
            ("rank", 8),
            ("person", 18),
            ("name", 34),
            ("event", 26),
            ("date", 12),
            ("site", 18),
            ("from", 17),
            ("to", 17),
            ("duration_s", 12),
            ("basis", 14),
            ("counts", 12),
            ("warnings", 20),
            ("shown_by", 34),
            ("entries", 60),
            ("verified_by", 24),
            ("verified_at", 17),
            ("ruling", 18),
            ("reason", 34),
        ]),
        rows: rows.collect(),
    }
}

/// A session that speaks for a nominee, on one of their days.
struct Evidence<'a> {
    nominee: &'a Nominee,
    day: &'a DayEvidence,
    session: &'a SessionEvidence,
}

fn evidence_row(material: &DossierMaterial<'_>, evidence: Evidence<'_>, language: Language) -> Vec<Cell> {
    let Evidence { nominee, day, session } = evidence;
    let decided = decisions(day, session);
    let counts = session.basis != SessionBasis::Imputed || !decided.is_empty();
    let joined = |text: &dyn Fn(&Verification) -> String| {
        Cell::text(
            decided
                .iter()
                .map(|decision| text(decision))
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join("; "),
        )
    };
    let entries: Vec<String> = session.entries.iter().map(|entry| entry.entry.to_string()).collect();
    vec![
        Cell::Number(nominee.rank as u64),
        Cell::text(code(&nominee.who)),
        Cell::text(name_on_paper(&nominee.who.names)),
        Cell::text(material.event_name(day.event, language)),
        Cell::Date(day.date),
        Cell::text(material.site(day.event, session, language)),
        Cell::Moment(material.local(day.event, session.start)),
        Cell::Moment(material.local(day.event, session.end)),
        Cell::Seconds(session.end.0.abs_diff(session.start.0) / 1000),
        Cell::Word(basis(session.basis)),
        Cell::Word(if counts { "yes" } else { "no" }),
        if day.warnings.is_empty() {
            Cell::Empty
        } else {
            Cell::Words(day.warnings.iter().map(|warning| warning.key()).collect())
        },
        Cell::text(material.shown_by(session)),
        Cell::text(entries.join(" ")),
        joined(&|decision| material.device(decision.by)),
        match decided.first() {
            Some(decision) => Cell::Moment(material.decided(day.event, decision).1),
            None => Cell::Empty,
        },
        joined(&|decision| decision.ruling.to_string()),
        joined(&|decision| decision.reason.clone()),
    ]
}

fn excluded(material: &DossierMaterial<'_>, language: Language) -> Sheet {
    let rows = material.dossier.excluded.iter().map(|one| {
        vec![
            Cell::text(code(&one.who)),
            Cell::text(name_on_paper(&one.who.names)),
            Cell::Seconds(one.verified_ms / 1000),
            Cell::text(material.why(one, language)),
        ]
    });
    Sheet {
        key: "excluded",
        is_of_others: false,
        columns: columns(&[("person", 18), ("name", 34), ("verified_s", 14), ("why", 60)]),
        rows: rows.collect(),
    }
}

fn query(material: &DossierMaterial<'_>, language: Language) -> Sheet {
    let rows = asked(material, language).into_iter().map(|(key, value)| vec![Cell::Word(key), Cell::text(value)]);
    Sheet {
        key: "query",
        is_of_others: false,
        columns: columns(&[("figure", 26), ("value", 90)]),
        rows: rows.collect(),
    }
}
