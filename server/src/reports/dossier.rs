//! The dossier of an award: a shortlist by verified hours, what it rests on, who was left out, and the query.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;
use serde::Serialize;
use sync_core::documents::event::EventInfo;
use sync_core::ids::{DeviceId, EventId};
use sync_core::time::UnixMillis;
use sync_core::view::{
    AwardsEvent, DayEvidence, Dispute, DisputeKind, Dossier, Doubt, EntryEvidence, Excluded, Named, Nominee,
    SessionBasis, SessionEvidence, Verification,
};
use sync_core::words::Language;

use super::paper::name_on_paper;
use super::sheet::{Cell, Sheet, columns};
use super::{ExportError, Exported, Format, paper, to_json, words, workbook};

/// A dossier, and what names the things in it.
#[derive(Clone, Copy)]
pub struct DossierMaterial<'a> {
    /// The dossier.
    pub dossier: &'a Dossier,
    /// Its events, as they were read.
    pub events: &'a BTreeMap<EventId, EventInfo>,
    /// What devices are called.
    pub devices: &'a BTreeMap<DeviceId, String>,
}

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
        Format::Xlsx => workbook::write(
            &[
                shortlist(material),
                evidence(material, language),
                excluded(material, language),
                query(material, language),
            ],
            language,
        )?,
        Format::Pdf => paper::dossier(material, language)?,
        Format::Csv | Format::Ics => return Err(ExportError::NotADossier),
    };
    let file_name = format!("dossier.{}", format.extension());
    Ok(Exported { bytes, media_type: format.media_type(), file_name })
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    dossier: &'a Dossier,
    devices: &'a BTreeMap<DeviceId, String>,
}

impl DossierMaterial<'_> {
    /// What the clocks at an event showed.
    pub(super) fn local(&self, event: EventId, at: UnixMillis) -> DateTime {
        self.events.get(&event).map(|event| event.zone.table.local(at)).unwrap_or_default()
    }

    /// What an event is called.
    pub(super) fn event_name(&self, event: EventId, language: Language) -> String {
        let name = self.events.get(&event).map_or("", |event| event.name.in_language(language.tag()));
        if name.is_empty() { event.to_string() } else { name.to_owned() }
    }

    /// What the site of a session is called.
    pub(super) fn site(&self, event: EventId, session: &SessionEvidence, language: Language) -> String {
        let Some(key) = &session.site else { return String::new() };
        let site = self.events.get(&event).and_then(|event| event.sites.get(key));
        let name = site.map_or("", |site| site.name.in_language(language.tag()));
        if name.is_empty() { key.clone() } else { name.to_owned() }
    }

    /// What a device is called.
    pub(super) fn device(&self, device: DeviceId) -> String {
        self.devices.get(&device).filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| device.to_string())
    }

    /// The devices that show a session, each with the numbers of its entries.
    pub(super) fn shown_by(&self, session: &SessionEvidence) -> String {
        let mut numbers: BTreeMap<DeviceId, Vec<String>> = BTreeMap::new();
        for EntryEvidence { entry, .. } in &session.entries {
            numbers.entry(entry.device).or_default().push(entry.counter.to_string());
        }
        let shown = numbers.into_iter().map(|(device, all)| format!("{} №{}", self.device(device), all.join(", ")));
        shown.collect::<Vec<_>>().join("; ")
    }

    /// Who an organizer's device was that decided, and when, by the event's own clock.
    pub(super) fn decided(&self, event: EventId, decision: &Verification) -> (String, DateTime) {
        (self.device(decision.by), self.local(event, decision.at))
    }

    /// Why somebody is left out.
    pub(super) fn why(&self, excluded: &Excluded, language: Language) -> String {
        let said = excluded.disputes.iter().map(|Dispute { about, .. }| match about {
            DisputeKind::Field(field) => {
                let key = field.to_string();
                let field = words::known(&key).map_or(key.clone(), |key| words::word(key, language).to_owned());
                format!("{}: {field}", words::word("field_conflict", language))
            }
            DisputeKind::Pair(a, b) => format!("{}: {a}, {b}", words::word("ruling_conflict", language)),
        });
        said.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("; ")
    }
}

/// By which code somebody is called.
pub(super) fn code(who: &Named) -> String {
    let id = || who.known_as.first().map(|(_, subject)| subject.to_string()).unwrap_or_default();
    who.external_ids.first().map_or_else(id, |id| id.value.clone())
}

/// Whose time it is that counts on a day: whoever decided, where it was not seen at a gate.
pub(super) fn decisions<'a>(day: &'a DayEvidence, session: &'a SessionEvidence) -> Vec<&'a Verification> {
    match session.basis {
        SessionBasis::Observed => Vec::new(),
        SessionBasis::Imputed => day.confirmed.iter().collect(),
        SessionBasis::Manual => session.granted.iter().collect(),
    }
}

pub(super) const fn basis(basis: SessionBasis) -> &'static str {
    match basis {
        SessionBasis::Observed => "observed",
        SessionBasis::Imputed => "imputed",
        SessionBasis::Manual => "manual",
    }
}

/// Records that may be the same human being.
pub(super) fn doubts(nominee: &Nominee) -> String {
    nominee.doubts.iter().map(|Doubt { with, .. }| with.to_string()).collect::<Vec<_>>().join(" ")
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
        .flat_map(|(nominee, day)| day.sessions.iter().map(move |session| (nominee, day, session)));
    let rows = sessions.map(|(nominee, day, session)| evidence_row(material, (nominee, day, session), language));
    Sheet {
        key: "evidence_of",
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

fn evidence_row(
    material: &DossierMaterial<'_>,
    (nominee, day, session): (&Nominee, &DayEvidence, &SessionEvidence),
    language: Language,
) -> Vec<Cell> {
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
        columns: columns(&[("person", 18), ("name", 34), ("verified_s", 14), ("why", 60)]),
        rows: rows.collect(),
    }
}

fn query(material: &DossierMaterial<'_>, language: Language) -> Sheet {
    let rows = asked(material, language).into_iter().map(|(key, value)| vec![Cell::Word(key), Cell::text(value)]);
    Sheet { key: "query", columns: columns(&[("figure", 26), ("value", 90)]), rows: rows.collect() }
}

/// The exact query, line by line: whoever asks the same of the same state is answered the same.
pub(super) fn asked(material: &DossierMaterial<'_>, language: Language) -> Vec<(&'static str, String)> {
    let query = &material.dossier.query;
    let date = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    let mut lines = Vec::new();
    for AwardsEvent { event, basis, .. } in &material.dossier.events {
        lines.push(("event", format!("{}, {event}", material.event_name(*event, language))));
        let of = basis.publication.map(|number| format!("v{number}, ")).unwrap_or_default();
        lines.push(("state", format!("{of}{}", basis.digest)));
    }
    lines.extend([("from", date(query.from)), ("to", date(query.until))]);
    lines.push(("at_least", super::letter_words::span(query.at_least_ms / 1000, language)));
    lines.push(("most", query.most.to_string()));
    lines.push(("registers", query.registers.as_ref().map(|all| all.join(", ")).unwrap_or_default()));
    lines.push(("repeat", command(material.dossier)));
    lines.retain(|(_, value)| !value.is_empty());
    lines
}

/// The command that asks the same.
fn command(dossier: &Dossier) -> String {
    let query = &dossier.query;
    let mut words = vec!["saxaul report dossier".to_owned()];
    words.extend(dossier.events.iter().map(|one| one.event.to_string()));
    words.extend(query.from.map(|date| format!("--from {date}")));
    words.extend(query.until.map(|date| format!("--until {date}")));
    words.push(format!("--at-least-s {}", query.at_least_ms / 1000));
    words.push(format!("--most {}", query.most));
    words.extend(query.registers.iter().flatten().map(|register| format!("--register {register:?}")));
    match (&dossier.events[..], dossier.events.iter().any(|one| one.basis.publication.is_some())) {
        ([one], true) => words.extend(one.basis.publication.map(|number| format!("--revision {number}"))),
        (_, true) => words.push("--published".to_owned()),
        (_, false) => {}
    }
    words.join(" ")
}
