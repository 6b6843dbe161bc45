//! Whatever devices and organizers may write, for properties that hold all the same.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::fixtures::{at, event, presence, written};
use crate::documents::event::{Belonging, DayHours, EventEdit, EventInfo, SilverRule, Team};
use crate::documents::log::{Deed, Entry, GuardianConsent, LitterCard, Log, Record, RemoteWork, Undo, WalkIn};
use crate::documents::roster::{Person, PersonRecord, Roster};
use crate::documents::rulings::{Decision, RequestOutcome, Ruling, Rulings};
use crate::ids::{DeviceId, EntryRef, Incarnation, PersonId, RulingId, Subject, WalkInId};
use crate::time::{ClockReading, UnixMillis};

fn moments() -> impl Strategy<Value = UnixMillis> {
    let week = at("17 00:00").0..at("21 00:00").0;
    let absurd = select(&[i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX][..]);
    prop_oneof![8 => week, 1 => absurd].prop_map(UnixMillis)
}

fn counters() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..12u64, 1 => select(&[u64::MAX, u64::MAX - 1, 1 << 63][..])]
}

fn subjects() -> impl Strategy<Value = Subject> {
    (0..6u64).prop_map(Subject::from_bits)
}

fn entries() -> impl Strategy<Value = Entry> {
    let incarnations = prop::option::of((0..4u8).prop_map(|life| Incarnation([life; 8])));
    let walk_in = |id| WalkIn { id, names: vec![], phone: None, organisation: None, birth_year: None };
    let record = prop_oneof![
        4 => subjects().prop_map(|subject| Record::CheckIn(presence(subject))),
        4 => subjects().prop_map(|subject| Record::CheckOut(presence(subject))),
        3 => (counters(), incarnations).prop_map(|(counter, incarnation)| Record::Undo(Undo { counter, incarnation })),
        2 => moments().prop_map(Record::Anchor),
        2 => (subjects(), moments(), moments()).prop_map(|(subject, start, end)| {
            Record::RemoteWork(RemoteWork { subject, task: String::new(), start, end, note: String::new() })
        }),
        1 => vec(subjects(), 0..4).prop_map(|participants| {
            Record::Deed(Deed { site: "north".to_owned(), title: String::new(), participants })
        }),
        1 => subjects().prop_map(|subject| {
            Record::GuardianConsent(GuardianConsent { subject, guardian: String::new() })
        }),
        1 => (0..4u64).prop_map(move |id| Record::WalkIn(walk_in(WalkInId::from_entropy(id)))),
        1 => (counters(), any::<bool>()).prop_map(|(grams, is_of_team)| {
            let items = [("caps".to_owned(), 2)].into();
            let team = is_of_team.then(|| "T1".to_owned());
            Record::LitterCard(LitterCard { site: "south".to_owned(), team, bags: 1, grams, items, ..LitterCard::default() })
        }),
    ];
    let mono = prop_oneof![4 => 0..400_000_000u64, 1 => counters()];
    let reading = (0..3u64, mono, moments());
    let reading = reading.prop_map(|(boot, mono_ms, wall_ms)| ClockReading { boot, mono_ms, wall_ms });
    (record, reading).prop_map(|(record, reading)| Entry { record, reading })
}

pub(super) fn logs() -> impl Strategy<Value = Vec<Log>> {
    let all = (0..6u8).map(|n| Log::new(DeviceId([n / 3; 16]), Incarnation([n % 3; 8])));
    let all: Vec<Log> = all.collect();
    vec(vec(entries(), 0..12), all.len()).prop_map(move |contents| {
        let logs = all.iter().cloned().zip(contents);
        logs.map(|(log, entries)| Log { entries, ..log }).collect()
    })
}

fn places() -> impl Strategy<Value = EntryRef> {
    let place = (0..3u8, 0..4u8, counters());
    place.prop_map(|(device, life, counter)| EntryRef {
        device: DeviceId([device; 16]),
        incarnation: Incarnation([life; 8]),
        counter,
    })
}

fn decisions() -> impl Strategy<Value = Decision> {
    prop_oneof![
        (subjects(), subjects()).prop_map(|(a, b)| Decision::Same(a, b)),
        (subjects(), subjects()).prop_map(|(a, b)| Decision::NotSame(a, b)),
        places().prop_map(Decision::Void),
        places().prop_map(Decision::Approve),
        places().prop_map(|request| Decision::Answer { request, outcome: RequestOutcome::Done }),
        (subjects(), moments(), moments()).prop_map(|(subject, start, end)| Decision::Manual {
            subject,
            start,
            end,
            site: None,
        }),
        (subjects(), 20_590..20_595i64, prop::option::of(0..9_000_000u64))
            .prop_map(|(subject, day, imputed_ms)| Decision::Confirm { subject, day, imputed_ms }),
        (0..10u8).prop_map(|id| Decision::Retract(RulingId([id; 8]))),
    ]
}

pub(super) fn rulings() -> impl Strategy<Value = Rulings> {
    let ruling = decisions().prop_map(|decision| written(Ruling { decision, reason: String::new() }));
    let by_id = prop::collection::btree_map((0..10u8).prop_map(|id| RulingId([id; 8])), vec(ruling, 1..3), 0..10);
    by_id.prop_map(|by_id| Rulings { by_id, ..Rulings::default() })
}

pub(super) fn event_with_absurd_days() -> EventInfo {
    let mut event = event();
    for day in [i64::MIN, -719_162, 0, 2_932_896, i64::MAX] {
        event.apply(EventEdit::Day { day, hours: Some(DayHours { opens: u16::MAX, closes: u16::MAX }) });
    }
    let team = Team { organisation: Some("Birge".to_owned()), ..Team::default() };
    event.apply(EventEdit::Team { key: "T1".to_owned(), team: Some(team) });
    event.apply(EventEdit::Belonging(Belonging { region: Some("Aral".to_owned()), organisation: None }));
    event.apply(EventEdit::Silver(Some(SilverRule::Age(55))));
    event
}

/// The roster's half of the subjects, each of some region, team and categories, of none or of several.
pub(super) fn roster() -> impl Strategy<Value = Roster> {
    let text = |texts: &'static [&'static str]| prop::option::of(select(texts).prop_map(str::to_owned));
    let categories = vec(select(&["students", "veterans", "staff"][..]).prop_map(str::to_owned), 0..3);
    let fields = (text(&["Aral", "Mangystau"]), text(&["T1", "T2"]), text(&["Taza", "Birge"]), categories);
    let person =
        (fields, prop::option::of(1940..2020u16)).prop_map(|((region, team, organisation, categories), born)| Person {
            region,
            team,
            organisation,
            categories,
            birth_year: born,
            ..Person::default()
        });
    let record = person.prop_map(|person| PersonRecord { added: vec![written(person)], ..PersonRecord::default() });
    let people = prop::collection::btree_map((0..3u64).prop_map(|id| PersonId::from_entropy(2 * id)), record, 0..4);
    people.prop_map(|people| Roster { people, ..Roster::default() })
}
