//! What somebody must decide or look at, and the sums of the event, as rows.

use super::people::Directory;
use super::{device_name, people::PersonNotice};
use crate::ids::{Subject, WalkInId};
use crate::replica::Replica;
use crate::time::UnixMillis;
use crate::view::{ClockBasis, EventView};

/// A field of somebody on which several people said different things.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct ConflictRow {
    /// The person whose field it is.
    pub subject: Subject,
    /// Their name, as the lists show it.
    pub name: String,
    /// The field's name: the action `edit_person` with one of the values decides.
    pub field: String,
    /// Two or more values, all different. Until somebody decides, the last is shown.
    pub values: Vec<ConflictingValueRow>,
}

/// One of several values of a field.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct ConflictingValueRow {
    /// The value, as a person reads and types it.
    pub text: String,
    /// What people call the device that wrote it; none where it is not known here.
    pub device_name: Option<String>,
    /// When it was written, by home's clock.
    pub at: UnixMillis,
    /// What the time rests on.
    pub basis: ClockBasis,
}

/// Somebody who was registered at a gate.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct WalkInRow {
    /// The walk-in's id.
    pub id: WalkInId,
    /// The name, as it was typed at the gate.
    pub name: String,
    /// The telephone number, as it was given.
    pub phone: Option<String>,
    /// The organisation to which they belong.
    pub organisation: Option<String>,
    /// The Gregorian year in which they were born.
    pub birth_year: Option<u16>,
    /// When they were registered, by home's clock.
    pub at: UnixMillis,
    /// What the time rests on.
    pub basis: ClockBasis,
    /// What people call the device that registered them; none where it is not known here.
    pub device_name: Option<String>,
    /// The person of the roster with whom an organizer ruled them to be one; none while nobody did.
    pub person: Option<Subject>,
}

/// What the gate must know of somebody.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct NoticeRow {
    /// The id by which the human being is known.
    pub subject: Subject,
    /// Their name, as the lists show it.
    pub name: String,
    /// What must be known.
    pub notice: PersonNotice,
}

/// Pieces of litter of one category.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct CategoryTotal {
    /// The category, as the cards name it.
    pub category: String,
    /// How many pieces.
    pub count: u64,
}

/// The sums of the event. Seconds are floors.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct TotalsRow {
    /// Human beings who were seen at a gate.
    pub attended: u64,
    /// Human beings who attended or have hours.
    pub people: u64,
    /// Human beings who took part in deeds, counted apart from `people`.
    pub deed_people: u64,
    /// Withdrawn people who attended all the same.
    pub withdrawn_attended: u64,
    /// Between check-ins and check-outs.
    pub observed_s: u64,
    /// With one end taken from the opening hours.
    pub imputed_s: u64,
    /// Granted by organizers.
    pub manual_s: u64,
    /// Observed and manual time, and imputed time where an organizer confirmed it.
    pub verified_s: u64,
    /// Full bags of litter.
    pub bags: u64,
    /// Weight of litter, in grams.
    pub grams: u64,
    /// Volume of litter, in litres.
    pub litres: u64,
    /// Length of cleaned shore, in metres.
    pub metres: u64,
    /// Pieces of litter, in the order of the categories.
    pub items: Vec<CategoryTotal>,
    /// How many seedlings were planted.
    pub seedlings: u64,
    /// The planted area, in square metres.
    pub square_metres: u64,
    /// How many deeds of many people were noted.
    pub deeds: u64,
    /// What all devices recorded, with what was taken back.
    pub records: u64,
}

/// Lists the fields on which several people said different things, by person and field.
pub(super) fn conflicts(replica: &Replica, view: &EventView, directory: &Directory) -> Vec<ConflictRow> {
    let rows = view.field_conflicts.iter().map(|conflict| {
        let subject = Subject::Person(conflict.person);
        let values = conflict.values.iter().map(|value| ConflictingValueRow {
            text: value.text.clone(),
            device_name: device_name(replica, value.by),
            at: value.time.at,
            basis: value.time.basis,
        });
        ConflictRow {
            subject,
            name: directory.name_of(view.class_of(subject)),
            field: conflict.field.key().to_owned(),
            values: values.collect(),
        }
    });
    rows.collect()
}

/// Lists the people who were registered at gates, the newest first. An id that several entries claim is there once.
pub(super) fn walk_ins(replica: &Replica, view: &EventView) -> Vec<WalkInRow> {
    let mut rows: Vec<WalkInRow> = Vec::new();
    for found in &view.walk_ins {
        let walk_in = &found.what;
        if rows.last().is_some_and(|last| last.id == walk_in.id) {
            continue;
        }
        let class = view.class_of(Subject::WalkIn(walk_in.id));
        rows.push(WalkInRow {
            id: walk_in.id,
            name: walk_in.names.first().map(ToString::to_string).unwrap_or_default(),
            phone: walk_in.phone.clone(),
            organisation: walk_in.organisation.clone(),
            birth_year: walk_in.birth_year,
            at: found.time.at,
            basis: found.time.basis,
            device_name: device_name(replica, found.entry.device),
            person: Some(class).filter(|class| matches!(class, Subject::Person(_))),
        });
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.at, row.id)));
    rows
}

/// Lists what the gate must know of people, by person.
pub(super) fn notices(view: &EventView, directory: &Directory) -> Vec<NoticeRow> {
    let row = |notice: &crate::view::Notice| NoticeRow {
        subject: notice.class,
        name: directory.name_of(notice.class),
        notice: PersonNotice::from(&notice.kind),
    };
    view.notices.iter().map(row).collect()
}

/// The sums of the event.
pub(super) fn totals(view: &EventView) -> TotalsRow {
    let (totals, figures) = (&view.totals, &view.totals.figures);
    let items =
        figures.items.iter().map(|(category, count)| CategoryTotal { category: category.clone(), count: *count });
    TotalsRow {
        attended: totals.attended,
        people: totals.people,
        deed_people: totals.deed_people,
        withdrawn_attended: totals.withdrawn_attended,
        observed_s: figures.observed_ms / 1000,
        imputed_s: figures.imputed_ms / 1000,
        manual_s: figures.manual_ms / 1000,
        verified_s: figures.verified_ms / 1000,
        bags: figures.bags,
        grams: figures.grams,
        litres: figures.litres,
        metres: figures.metres,
        items: items.collect(),
        seedlings: figures.seedlings,
        square_metres: figures.square_metres,
        deeds: figures.deeds,
        records: totals.log_entries,
    }
}
