//! What a dossier says in words, on a sheet and on paper alike.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;
use sync_core::documents::event::EventInfo;
use sync_core::ids::{DeviceId, EventId};
use sync_core::time::UnixMillis;
use sync_core::view::{
    AwardsEvent, DayEvidence, Dispute, DisputeKind, Dossier, Doubt, EntryEvidence, Excluded, Named, Nominee,
    SessionBasis, SessionEvidence, Verification,
};
use sync_core::words::Language;

use super::letter_words::span;
use super::words;

/// A dossier, and what names the things in it.
#[derive(Clone, Copy)]
pub struct DossierMaterial<'a> {
    /// The dossier that is put into words.
    pub dossier: &'a Dossier,
    /// Its events, as they were read.
    pub events: &'a BTreeMap<EventId, EventInfo>,
    /// What devices are called.
    pub devices: &'a BTreeMap<DeviceId, String>,
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

/// The exact query, line by line: whoever asks the same of the same state is answered the same.
pub(super) fn asked(material: &DossierMaterial<'_>, language: Language) -> Vec<(&'static str, String)> {
    let query = &material.dossier.query;
    let date = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    let mut lines = Vec::new();
    for AwardsEvent { event, basis, .. } in &material.dossier.events {
        lines.push(("event", format!("{}, {event}", material.event_name(*event, language))));
        let of = basis.publication.map(|number| format!("v{number}, ")).unwrap_or_default();
        lines.push(("state", format!("{of}{}", basis.digest)));
        lines.push(("rules_edition", basis.rules_edition.to_string()));
    }
    lines.extend([("from", date(query.from)), ("to", date(query.until))]);
    lines.push(("at_least", span(query.at_least_ms / 1000, language)));
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
