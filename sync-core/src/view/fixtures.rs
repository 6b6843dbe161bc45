//! Words for the stories that test the projection: phones, an office, and moments in May 2026.

use jiff::civil::date;

use super::{CorrectedTime, EventView, PersonDay, Warning, project};
use crate::documents::Authored;
use crate::documents::event::{DayHours, EventEdit, EventInfo, EventZone};
use crate::documents::log::{Entry, Incident, Log, Method, Presence, Record, Undo};
use crate::documents::roster::Roster;
use crate::documents::rulings::{Decision, Ruling, Rulings};
use crate::ids::{DeviceId, EntryRef, Incarnation, RulingId, Subject};
use crate::time::{ClockReading, UnixMillis, ZoneOffset, ZoneTable, day_of_date};

pub(super) const AIDA: Subject = Subject::from_bits(2);
pub(super) const BOLAT: Subject = Subject::from_bits(4);
pub(super) const GUEST: Subject = Subject::from_bits(1);
pub(super) const STRANGER: Subject = Subject::from_bits(3);

/// Five hours east of UTC; open on 18 and 19 May from 08:00 to 18:00.
pub(super) fn event() -> EventInfo {
    let mut event = EventInfo::default();
    let offsets = vec![ZoneOffset { from: UnixMillis(0), seconds: 5 * 3600 }];
    event.apply(EventEdit::Zone(EventZone { name: String::new(), table: ZoneTable { offsets } }));
    for day in [18, 19] {
        let hours = DayHours { opens: 8 * 60, closes: 18 * 60 };
        event.apply(EventEdit::Day { day: day_of_date(date(2026, 5, day)), hours: Some(hours) });
    }
    event
}

/// The moment of, say, `18 09:30`: day of May and time of day there.
pub(super) fn at(text: &str) -> UnixMillis {
    let numbers: Vec<u16> = text.split([' ', ':']).map(|number| number.parse().unwrap()).collect();
    let day = date(2026, 5, i8::try_from(numbers[0]).unwrap());
    event().zone.table.moment(day, numbers[1] * 60 + numbers[2])
}

/// A phone in somebody's hand, and the log it writes.
#[derive(Clone)]
pub(super) struct Phone {
    pub log: Log,
    boot: u64,
    started: UnixMillis,
    wall_is_off_by_ms: i64,
}

impl Phone {
    /// Switched on the week before; it has not met home since.
    pub fn new(key: u8) -> Self {
        let log = Log::new(DeviceId([key; 16]), Incarnation([1; 8]));
        Self { log, boot: 1, started: at("10 00:00"), wall_is_off_by_ms: 0 }
    }

    /// Met home on the evening before the event: all that it records has an exact time.
    pub fn anchored(key: u8) -> Self {
        let mut phone = Self::new(key);
        phone.meets_home("17 20:00");
        phone
    }

    /// The same phone after its backup was restored.
    pub fn restored(&self) -> Self {
        let Incarnation([life, ..]) = self.log.incarnation;
        Self { log: Log::new(self.log.device, Incarnation([life + 1; 8])), ..*self }
    }

    pub fn restarts(&mut self, when: &str) {
        self.boot += 1;
        self.started = at(when);
    }

    pub fn sets_its_clock_wrong_by(&mut self, minutes: i64) {
        self.wall_is_off_by_ms = minutes * 60_000;
    }

    pub fn records(&mut self, when: &str, record: Record) -> EntryRef {
        let now = at(when);
        let reading = ClockReading {
            boot: self.boot,
            mono_ms: (now.0 - self.started.0).cast_unsigned(),
            wall_ms: UnixMillis(now.0 + self.wall_is_off_by_ms),
        };
        self.log.entries.push(Entry { record, reading });
        self.log.entry_ref(self.log.entries.len() as u64 - 1)
    }

    pub fn meets_home(&mut self, when: &str) -> EntryRef {
        self.records(when, Record::Anchor(at(when)))
    }

    pub fn checks_in(&mut self, when: &str, subject: Subject) -> EntryRef {
        self.records(when, Record::CheckIn(presence(subject)))
    }

    pub fn checks_out(&mut self, when: &str, subject: Subject) -> EntryRef {
        self.records(when, Record::CheckOut(presence(subject)))
    }

    pub fn reports(&mut self, when: &str) -> EntryRef {
        let incident = Incident { site: String::new(), text: when.to_owned(), subject: None };
        self.records(when, Record::Incident(incident))
    }

    pub fn undoes(&mut self, when: &str, entry: EntryRef) -> EntryRef {
        let other_log = Some(entry.incarnation).filter(|incarnation| *incarnation != self.log.incarnation);
        self.records(when, Record::Undo(Undo { counter: entry.counter, incarnation: other_log }))
    }
}

pub(super) fn presence(subject: Subject) -> Presence {
    Presence { site: "north".to_owned(), method: Method::Qr, subject }
}

/// An organizer's office, where rulings are made.
#[derive(Default)]
pub(super) struct Office {
    pub rulings: Rulings,
}

impl Office {
    pub fn rules(&mut self, decision: Decision) -> RulingId {
        let id = RulingId([u8::try_from(self.rulings.by_id.len()).unwrap(); 8]);
        self.rulings.by_id.insert(id, vec![written(Ruling { decision, reason: String::new() })]);
        id
    }

    pub fn grants(&mut self, subject: Subject, start: &str, end: &str) -> RulingId {
        self.rules(Decision::Manual { subject, start: at(start), end: at(end), site: None })
    }

    pub fn confirms(&mut self, subject: Subject, day: i8) -> RulingId {
        self.rules(Decision::Confirm { subject, day: day_of_date(date(2026, 5, day)), imputed_ms: None })
    }
}

/// What the office wrote, at no time in particular.
pub(super) fn written<T>(value: T) -> Authored<T> {
    Authored { value, by: DeviceId([0; 16]), reading: ClockReading::default() }
}

/// What everybody sees of an event without a roster.
pub(super) fn view(phones: &[&Phone], office: &Office) -> EventView {
    let logs: Vec<Log> = phones.iter().map(|phone| phone.log.clone()).collect();
    project(&event(), &Roster::default(), &logs, &office.rulings)
}

/// What everybody sees before anybody ruled anything.
pub(super) fn seen(phones: &[&Phone]) -> EventView {
    view(phones, &Office::default())
}

/// When the incident was reported that its reporter dated `when`.
pub(super) fn time_of_report(view: &EventView, when: &str) -> CorrectedTime {
    view.incidents.iter().find(|report| report.what.text == when).unwrap().time
}

pub(super) fn day(view: &EventView, subject: Subject, day: i8) -> &PersonDay {
    view.day_of(subject, date(2026, 5, day)).unwrap()
}

/// Observed, imputed, manual and verified minutes.
pub(super) fn minutes(day: &PersonDay) -> [u64; 4] {
    [day.observed_ms, day.imputed_ms, day.manual_ms, day.verified_ms].map(|ms| ms / 60_000)
}

pub(super) fn warnings(day: &PersonDay) -> Vec<Warning> {
    day.warnings.iter().copied().collect()
}
