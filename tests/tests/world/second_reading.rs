//! Random stories, read by the product and by a second implementation of the rules: both must say the same.
//!
//! Stories press the limits: quarters of an hour to the millisecond, twelve hours, boots with and without anchors, days
//! that close after midnight, clocks that change, restored backups.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sync_core::documents::Authored;
use sync_core::documents::event::{DayHours, EventEdit, EventInfo, EventZone};
use sync_core::documents::log::{Entry, Log, Method, Presence, Record, Undo};
use sync_core::documents::roster::Roster;
use sync_core::documents::rulings::{Decision, Ruling, Rulings};
use sync_core::ids::{DeviceId, EntryRef, Incarnation, RulingId, Subject};
use sync_core::time::{ClockReading, UnixMillis, ZoneOffset, ZoneTable, day_of_date};
use sync_core::view::{EventView, inside_now, project};
use tests::oracle;
use tests::recorded::{self, Week};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// The evening of 17 May 2026, five hours east of UTC.
const BEGINS: i64 = 20_590 * 24 * HOUR + 13 * HOUR;

#[derive(Clone, Debug)]
struct Act {
    phone: usize,
    wait_ms: i64,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Pass {
        is_in: bool,
        subject: u64,
        site: &'static str,
    },
    /// Takes back one of the last entries of the log.
    Undo {
        back: usize,
    },
    MeetHome,
    /// Begins a new boot; the wall clock jumps.
    Restart {
        jump_ms: i64,
    },
    /// A backup of this phone is restored: of its log so many of the last entries are recorded again.
    Restore {
        again: usize,
    },
}

fn waits() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => select(&[0, 1, 4 * MINUTE, 15 * MINUTE, 15 * MINUTE + 1, 20 * MINUTE][..]),
        3 => (1..8i64).prop_map(|halves| halves * 30 * MINUTE),
        1 => select(&[12 * HOUR - 1, 12 * HOUR, 12 * HOUR + 1, 3 * HOUR][..]),
    ]
}

fn acts() -> impl Strategy<Value = Act> {
    let jumps = [0, 0, 14 * MINUTE, 15 * MINUTE, -15 * MINUTE, -15 * MINUTE - 1, -HOUR, 26 * HOUR, -20_000 * 24 * HOUR];
    let what = prop_oneof![
        7 => (0..5u64, select(&["north", "pier"][..])).prop_map(|(subject, site)| What::Pass { is_in: true, subject, site }),
        8 => (0..5u64, select(&["north", "pier"][..])).prop_map(|(subject, site)| What::Pass { is_in: false, subject, site }),
        2 => (0..4usize).prop_map(|back| What::Undo { back }),
        3 => Just(What::MeetHome),
        2 => select(jumps.to_vec()).prop_map(|jump_ms| What::Restart { jump_ms }),
        1 => (0..6usize).prop_map(|again| What::Restore { again }),
    ];
    (0..2usize, waits(), what).prop_map(|(phone, wait_ms, what)| Act { phone, wait_ms, what })
}

fn events() -> impl Strategy<Value = EventInfo> {
    let day = prop::option::weighted(0.7, (0..48u16, 1..49u16));
    let change = prop::option::weighted(0.3, (20..100i64, select(&[4, 6][..])));
    let stretch = prop::option::weighted(0.3, 1..25u8);
    (vec(day, 6), change, stretch).prop_map(|(days, change, stretch)| {
        let mut event = EventInfo::default();
        let mut offsets = vec![ZoneOffset { from: UnixMillis(0), seconds: 5 * 3600 }];
        offsets.extend(
            change
                .map(|(hours, offset)| ZoneOffset { from: UnixMillis(BEGINS + hours * HOUR), seconds: offset * 3600 }),
        );
        event.apply(EventEdit::Zone(EventZone { name: String::new(), table: ZoneTable { offsets } }));
        for (day, span) in (20_590..).zip(days) {
            let hours = span.map(|(opens, long)| DayHours { opens: opens * 30, closes: (opens + long) * 30 });
            event.apply(EventEdit::Day { day, hours });
        }
        event.apply(EventEdit::LongestStretch(stretch));
        event
    })
}

fn decisions() -> impl Strategy<Value = Decision> {
    let subject = || (0..5u64).prop_map(Subject::from_bits);
    let moment = || (0..240i64).prop_map(|halves| UnixMillis(BEGINS + halves * 30 * MINUTE));
    let entry = (0..2u8, 0..3u8, 0..30u64).prop_map(|(device, life, counter)| EntryRef {
        device: DeviceId([device; 16]),
        incarnation: Incarnation([life; 8]),
        counter,
    });
    prop_oneof![
        2 => (subject(), subject()).prop_map(|(a, b)| Decision::Same(a, b)),
        1 => (subject(), subject()).prop_map(|(a, b)| Decision::NotSame(a, b)),
        3 => entry.prop_map(Decision::Void),
        2 => (subject(), moment(), 0..40i64).prop_map(|(subject, start, halves)| {
            Decision::Manual { subject, start, end: UnixMillis(start.0 + halves * 30 * MINUTE), site: None }
        }),
        2 => (subject(), 20_590..20_596i64, prop::option::of(0..9_000_000u64))
            .prop_map(|(subject, day, imputed_ms)| Decision::Confirm { subject, day, imputed_ms }),
        1 => (0..8u8).prop_map(|id| Decision::Retract(RulingId([id; 8]))),
    ]
}

fn rulings() -> impl Strategy<Value = Rulings> {
    vec(decisions(), 0..8).prop_map(|decisions| {
        let mut rulings = Rulings::default();
        for (id, decision) in (0..).zip(decisions) {
            let value = Ruling { decision, reason: String::new() };
            let ruling = Authored { value, by: DeviceId([9; 16]), reading: ClockReading::default() };
            rulings.by_id.insert(RulingId([id; 8]), vec![ruling]);
        }
        rulings
    })
}

/// A phone while a story is told.
struct Phone {
    logs: Vec<Log>,
    boot: u64,
    started: i64,
    wall_is_off_by: i64,
}

impl Phone {
    fn new(number: u8) -> Self {
        let log = Log::new(DeviceId([number; 16]), Incarnation([0; 8]));
        Self { logs: vec![log], boot: 1, started: BEGINS - HOUR, wall_is_off_by: 0 }
    }

    fn does(&mut self, what: &What, now: i64) {
        let log = self.logs.last_mut().unwrap();
        let record = match *what {
            What::Pass { is_in, subject, site } => {
                let (site, method, subject) = (site.to_owned(), Method::Qr, Subject::from_bits(subject));
                let presence = Presence { site, method, subject };
                if is_in { Record::CheckIn(presence) } else { Record::CheckOut(presence) }
            }
            What::Undo { back } => {
                let Some(counter) = log.entries.len().checked_sub(back + 1) else { return };
                Record::Undo(Undo { counter: counter as u64, incarnation: None })
            }
            What::MeetHome => Record::Anchor(UnixMillis(now)),
            What::Restart { jump_ms } => {
                self.boot += 1;
                self.started = now;
                self.wall_is_off_by = jump_ms;
                return;
            }
            What::Restore { again } => {
                if self.logs.len() < 3 {
                    self.restore(again);
                }
                return;
            }
        };
        let mono_ms = (now - self.started).cast_unsigned();
        let reading = ClockReading { boot: self.boot, mono_ms, wall_ms: UnixMillis(now + self.wall_is_off_by) };
        log.entries.push(Entry { record, reading });
    }

    /// Records the last entries again in a new log, as a restored phone does with its drafts.
    fn restore(&mut self, again: usize) {
        let former = self.logs.last().unwrap();
        let from = former.entries.len().saturating_sub(again);
        let life = u8::try_from(self.logs.len()).unwrap();
        let mut log = Log::new(former.device, Incarnation([life; 8]));
        for entry in &former.entries[from..] {
            let mut entry = entry.clone();
            if let Record::Undo(undo) = &mut entry.record {
                match usize::try_from(undo.counter).unwrap().checked_sub(from) {
                    Some(moved) if undo.incarnation.is_none() => undo.counter = moved as u64,
                    _ => undo.incarnation = undo.incarnation.or(Some(former.incarnation)),
                }
            }
            log.entries.push(entry);
        }
        self.logs.push(log);
    }
}

fn told(acts: &[Act]) -> Vec<Log> {
    let mut phones = [Phone::new(0), Phone::new(1)];
    let mut now = BEGINS;
    for act in acts {
        now += act.wait_ms;
        phones[act.phone].does(&act.what, now);
    }
    phones.into_iter().flat_map(|phone| phone.logs).collect()
}

type Row = (Subject, i64, [u64; 4], BTreeSet<&'static str>, usize);

fn rows_of(view: &EventView) -> Vec<Row> {
    let row = |day: &sync_core::view::PersonDay| {
        let sums = [day.observed_ms, day.imputed_ms, day.manual_ms, day.verified_ms];
        let warnings = day.warnings.iter().map(|warning| warning.key()).collect();
        (day.class, day_of_date(day.date), sums, warnings, usize::try_from(day.observations).unwrap())
    };
    view.days.iter().map(row).collect()
}

fn inside_of(view: &EventView) -> BTreeSet<Subject> {
    let days = view.days.chunk_by(|a, b| a.class == b.class);
    days.filter(|days| inside_now(days).is_some()).map(|days| days[0].class).collect()
}

fn assert_both_say_the_same(event: &EventInfo, logs: &[Log], rulings: &Rulings, roster: &Roster) {
    let view = project(event, roster, logs, rulings);
    let outcome = oracle::read(event, logs, rulings);
    let row = |day: &oracle::Day| {
        let sums = [day.observed, day.imputed, day.manual, day.verified].map(i64::cast_unsigned);
        (day.class, day.day, sums, day.warnings.clone(), day.observations)
    };
    let expected: Vec<Row> = outcome.days.iter().map(row).collect();
    assert_eq!(rows_of(&view), expected);
    assert_eq!(inside_of(&view), outcome.inside);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_second_implementation_of_the_rules_says_the_same_of_every_story(
        event in events(), acts in vec(acts(), 0..40), rulings in rulings(),
    ) {
        assert_both_say_the_same(&event, &told(&acts), &rulings, &Roster::default());
    }
}

#[test]
fn it_says_the_same_of_every_recording() {
    for directory in recorded::all() {
        let week = Week::recorded(&directory);
        assert_both_say_the_same(&week.event, &week.logs, &week.rulings, &week.roster);
    }
}
