//! Hours over HTTP as merges, late data, wrong clocks and absurd rulings change them; what is right is computed by hand.

use serde_json::{Value, json};
use sync_core::command::Command;
use sync_core::documents::log::{Method, Presence};
use sync_core::ids::EntryRef;
use sync_core::time::{ClockReading, UnixMillis};
use tests::desk::{Browser, Desk, Laptop, Reply, SHORE};

const HOUR: i64 = 3_600_000;

/// A moment that the clocks in Aqtau show.
fn at(local: &str) -> UnixMillis {
    UnixMillis(format!("{local}:00+05:00").parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

struct Gate<'a> {
    laptop: Laptop<'a>,
    browser: Browser<'a>,
    event: String,
}

impl<'a> Gate<'a> {
    fn opened(desk: &'a Desk, invite: &server::invite::InviteLink) -> Self {
        let laptop = desk.found(invite, SHORE.as_bytes());
        let browser = desk.sign_in(&laptop.offers("organizer"));
        let event = format!("/v1/events/{}", laptop.event());
        Self { laptop, browser, event }
    }

    fn adds(&mut self, name: &str) -> String {
        let body = json!({ "names": [{ "family": name }] });
        let added = self.browser.send("POST", &format!("{}/people", self.event), &body).is(201);
        self.laptop.exchanges();
        added["person"].as_str().unwrap().to_owned()
    }

    /// Somebody is seen coming (`+site`) or going (`-site`).
    fn sees(&mut self, person: &str, what: &str, time: &str) -> EntryRef {
        let moment = at(time);
        let reading = ClockReading { boot: 1, mono_ms: moment.0.cast_unsigned(), wall_ms: moment };
        let entry = self.laptop.does_at(seen(person, what), reading).entry.unwrap();
        self.laptop.exchanges();
        entry
    }

    fn rules(&self, decision: &Value) -> Reply {
        self.browser.send("POST", &format!("{}/rulings", self.event), &json!({ "decision": decision }))
    }

    fn ruling(&self, decision: &Value) -> String {
        self.rules(decision).is(201)["rulings"][0].as_str().unwrap().to_owned()
    }

    /// Observed, imputed, manual and verified hours of somebody's only date.
    fn hours(&self, person: &str) -> [f64; 4] {
        let days = self.browser.all(&format!("{}/hours?person={person}", self.event));
        assert!(days.len() <= 1, "{days:?}");
        let of = |name: &str| days.first().map_or(0.0, |day| day[name].as_f64().unwrap() / HOUR as f64);
        ["observed_ms", "imputed_ms", "manual_ms", "verified_ms"].map(of)
    }
}

fn seen(person: &str, what: &str) -> Command {
    let (way, site) = what.split_at(1);
    let presence = Presence { site: site.to_owned(), method: Method::Search, subject: person.parse().unwrap() };
    if way == "+" { Command::CheckIn(presence) } else { Command::CheckOut(presence) }
}

fn void(entry: EntryRef) -> Value {
    let EntryRef { device, incarnation, counter } = entry;
    json!({ "kind": "void", "entry": { "device": device, "incarnation": incarnation, "counter": counter } })
}

#[test]
fn records_that_are_joined_have_one_union_of_time_and_parted_again_each_its_own() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut gate = Gate::opened(&desk, &invite);
    let (a, b) = (gate.adds("Ким Анна"), gate.adds("Ким А."));
    gate.sees(&a, "+north", "2026-05-18T09:00");
    gate.sees(&a, "-north", "2026-05-18T12:00");
    gate.sees(&b, "+pier", "2026-05-18T10:00");
    gate.sees(&b, "-pier", "2026-05-18T13:00");
    let manual = json!({ "kind": "manual", "person": a, "start_ms": at("2026-05-18T11:00").0,
                         "end_ms": at("2026-05-18T14:00").0 });
    let granted = gate.ruling(&manual);
    let parted = [[3.0, 0.0, 2.0, 5.0], [3.0, 0.0, 0.0, 3.0]];
    assert_eq!([gate.hours(&a), gate.hours(&b)], parted);

    let same = gate.ruling(&json!({ "kind": "same", "a": a, "b": b }));
    let joined = [4.0, 0.0, 1.0, 5.0];
    assert_eq!([gate.hours(&a), gate.hours(&b)], [joined, joined]);
    // Nobody who leaves one site stays at the other: the check-out of the pier is only evidence of more there.
    let totals = gate.browser.get(&format!("{}/totals", gate.event)).is(200);
    assert_eq!(totals["total"]["figures"]["attended"], 1, "{totals}");

    // Ruled both ways, nothing is joined, and it is listed.
    let not_same = gate.ruling(&json!({ "kind": "not_same", "a": b, "b": a }));
    assert_eq!([gate.hours(&a), gate.hours(&b)], parted);
    assert_eq!(gate.browser.all(&format!("{}/ruling-conflicts", gate.event)).len(), 1);
    let retraction = gate.ruling(&json!({ "kind": "retract", "ruling": not_same }));
    assert_eq!(gate.hours(&b), joined);
    // A retraction is not retracted, which would do nothing: whoever wants the other ruling back rules again.
    let refused = gate.rules(&json!({ "kind": "retract", "ruling": retraction }));
    refused.is_problem(400, "bad_field");
    assert_eq!(refused.json()["field"], "decision.ruling");
    gate.ruling(&json!({ "kind": "retract", "ruling": same }));
    assert_eq!([gate.hours(&a), gate.hours(&b)], parted);
    gate.ruling(&json!({ "kind": "retract", "ruling": granted }));
    assert_eq!(gate.hours(&a), [3.0, 0.0, 0.0, 3.0]);
}

#[test]
fn what_was_confirmed_counts_as_far_as_it_was_shown_and_late_data_takes_its_place() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut gate = Gate::opened(&desk, &invite);
    let person = gate.adds("Ахметова Сауле");
    gate.sees(&person, "+north", "2026-05-18T16:00");
    assert_eq!(gate.hours(&person), [0.0, 2.0, 0.0, 0.0]);
    let confirm = json!({ "kind": "confirm", "person": person, "date": "2026-05-18", "imputed_ms": 2 * HOUR });
    gate.ruling(&confirm);
    assert_eq!(gate.hours(&person), [0.0, 2.0, 0.0, 2.0]);
    // A phone comes late that saw them leave: seen time counts, and no confirmed one beside it.
    let left = gate.sees(&person, "-north", "2026-05-18T17:00");
    assert_eq!(gate.hours(&person), [1.0, 0.0, 0.0, 1.0]);
    let voided = gate.ruling(&void(left));
    assert_eq!(gate.hours(&person), [0.0, 2.0, 0.0, 2.0]);
    gate.ruling(&json!({ "kind": "retract", "ruling": voided }));
    assert_eq!(gate.hours(&person), [1.0, 0.0, 0.0, 1.0]);
    // They came at another site before, and nobody saw that they left it: what nobody has confirmed does not count.
    let other = gate.adds("Ахметов Марат");
    gate.sees(&other, "+north", "2026-05-18T16:00");
    gate.ruling(&json!({ "kind": "confirm", "person": other, "date": "2026-05-18", "imputed_ms": 2 * HOUR }));
    gate.sees(&other, "+pier", "2026-05-18T15:00");
    assert_eq!(gate.hours(&other), [0.0, 3.0, 0.0, 2.0], "an hour more waits for another confirmation");
    let waiting = |gate: &Gate<'_>| gate.browser.all(&format!("{}/hours?unconfirmed=true", gate.event)).len();
    let counted = |gate: &Gate<'_>| {
        let csv = gate.browser.get(&format!("{}/reports/attendance?format=csv", gate.event)).text();
        ["imputed,yes,", "imputed,confirmed_in_part,", "imputed,no,"].map(|cell| csv.matches(cell).count())
    };
    assert_eq!((waiting(&gate), counted(&gate)), (1, [0, 1, 0]));
    gate.browser
        .send("POST", &format!("{}/hours/confirm", gate.event), &json!({ "person": other, "date": "2026-05-18" }))
        .is(201);
    assert_eq!(gate.hours(&other), [0.0, 3.0, 0.0, 3.0]);
    assert_eq!((waiting(&gate), counted(&gate)), (0, [1, 0, 0]));
}

#[test]
fn a_ruling_that_cannot_be_meant_is_refused_by_its_field_and_changes_nothing() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut gate = Gate::opened(&desk, &invite);
    let person = gate.adds("Ахметова Сауле");
    let entry = gate.sees(&person, "+north", "2026-05-18T16:00");
    let before = gate.hours(&person);
    let noon = at("2026-05-18T12:00").0;
    let manual = |start: i64, end: i64| json!({ "kind": "manual", "person": person, "start_ms": start, "end_ms": end });
    for decision in [
        manual(noon, noon),
        manual(noon, noon - 1),
        manual(noon, noon + 25 * HOUR),
        manual(i64::MIN, i64::MAX),
        manual(i64::MAX, i64::MIN),
        manual(noon, i64::MAX),
        json!({ "kind": "confirm", "person": person, "date": "2026-02-30" }),
        json!({ "kind": "confirm", "person": "nobody", "date": "2026-05-18" }),
        json!({ "kind": "same", "a": person, "b": person }),
        json!({ "kind": "retract", "ruling": "moon" }),
        void(EntryRef { counter: entry.counter + 1000, ..entry }),
    ] {
        let reply = gate.rules(&decision);
        assert!((400..500).contains(&reply.status), "{decision}: {} {}", reply.status, reply.text());
        let is_manual = decision["kind"] == "manual";
        assert!(!is_manual || reply.json()["field"] == "decision.end_ms", "{decision}: {}", reply.text());
    }
    assert_eq!(gate.hours(&person), before);
    // A night that somebody worked is one ruling, on the date on which it began.
    gate.ruling(&manual(at("2026-05-18T22:00").0, at("2026-05-19T02:00").0));
    assert_eq!(gate.hours(&person), [0.0, 2.0, 4.0, 4.0]);
}

#[test]
fn a_phone_of_2080_and_one_of_1970_give_the_hours_that_were_worked() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut gate = Gate::opened(&desk, &invite);
    let (future, past) = (gate.adds("Из будущего"), gate.adds("Из прошлого"));
    let event = gate.laptop.event();
    let mut phone_of = |name: &str| desk.join(&gate.laptop.invites("marker"), name, |_| event);
    let (mut ahead, mut behind) = (phone_of("ahead"), phone_of("behind"));

    // 2080: one boot, which learned home's time at nine; its wall clock says nothing.
    desk.clock.move_to(at("2026-05-18T09:00"));
    ahead.exchanges_at(in_2080(0));
    ahead.does_at(seen(&future, "+north"), in_2080(HOUR));
    ahead.does_at(seen(&future, "-north"), in_2080(4 * HOUR));
    // 1970: a battery that ran out after it had met home at nine, half an hour into a boot, and again later.
    let reads = |boot: u64, ms: i64| ClockReading { boot, mono_ms: ms.cast_unsigned(), wall_ms: UnixMillis(ms) };
    behind.exchanges_at(reads(700, HOUR / 2));
    behind.does_at(seen(&past, "+pier"), reads(701, HOUR));
    behind.does_at(seen(&past, "-pier"), reads(701, 3 * HOUR));

    desk.clock.move_to(at("2026-05-18T15:00"));
    ahead.exchanges_at(in_2080(6 * HOUR));
    assert_eq!(gate.hours(&future), [3.0, 0.0, 0.0, 3.0]);
    let days = gate.browser.all(&format!("{}/hours?person={future}", gate.event));
    assert_eq!((&days[0]["date"], &days[0]["warnings"]), (&json!("2026-05-18"), &json!([])), "{days:?}");

    behind.exchanges_at(reads(702, HOUR / 6));
    // It began an hour before its first entry, and not before nine; it ended before the next boot began, at 14:50. The
    // wall clock fits neither: had it run on, they would have come at half past nine, or at ten to four. So the earliest
    // moment from ten to ten to one at which the gates are open.
    assert_eq!(gate.hours(&past), [2.0, 0.0, 0.0, 2.0]);
    let days = gate.browser.all(&format!("{}/hours?person={past}", gate.event));
    assert_eq!((&days[0]["date"], &days[0]["warnings"]), (&json!("2026-05-18"), &json!(["clock"])), "{days:?}");
    assert_eq!(days[0]["sessions"][0]["start_ms"], at("2026-05-18T10:00").0, "{days:?}");
    // Reports say the same as the list, and nobody's hours lie in another year. Only the dates are looked at: an id of a
    // record may contain any digits.
    let csv = gate.browser.get(&format!("{}/reports/hours?format=csv", gate.event)).text();
    let dates: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').nth(3)).collect();
    assert_eq!(dates, ["2026-05-18", "2026-05-18"], "{csv}");
}

/// What a phone reads that believes it is 2080, a day into its boot.
fn in_2080(ms: i64) -> ClockReading {
    ClockReading { boot: 80, mono_ms: (24 * HOUR + ms).cast_unsigned(), wall_ms: UnixMillis(3_471_292_800_000 + ms) }
}

#[test]
fn a_calendar_cancels_what_was_taken_off_unless_the_event_is_over_by_a_time_that_nobody_voided() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut gate = Gate::opened(&desk, &invite);
    let calendar = |gate: &Gate<'_>| gate.browser.get(&format!("{}/reports/calendar", gate.event)).text();
    let edit = |gate: &Gate<'_>, body: Value| drop(gate.browser.send("PATCH", &gate.event, &body).is(200));
    edit(&gate, json!({ "remove": { "days": ["2026-05-19"] } }));
    assert_eq!(calendar(&gate).matches("STATUS:CANCELLED").count(), 1);
    // A home whose clock was ahead said that it is 2030.
    gate.laptop.exchanges();
    let moment = at("2026-05-18T10:00");
    let reading = ClockReading { boot: 1, mono_ms: moment.0.cast_unsigned(), wall_ms: moment };
    let wrong = gate.laptop.does_at(Command::Anchor(at("2030-01-01T00:00")), reading).entry.unwrap();
    gate.laptop.exchanges();
    assert_eq!(calendar(&gate).matches("STATUS:CANCELLED").count(), 0, "the event is over by all that is known");
    gate.ruling(&void(wrong));
    assert_eq!(calendar(&gate).matches("STATUS:CANCELLED").count(), 1);
    let person = gate.adds("Ким Анна");
    gate.sees(&person, "+north", "2026-05-18T09:00");
    // A calendar as of a published report would take back what newer ones said.
    gate.browser.send("POST", &format!("{}/publications", gate.event), &json!({})).is(201);
    let refused = gate.browser.get(&format!("{}/reports/calendar?publication=1", gate.event));
    refused.is_problem(400, "bad_field");
    // Put back, taken off and put back: each is one more, and the stamp never goes back.
    let field = |text: &str, uid: &str, name: &str| {
        let entry = text.split("BEGIN:VEVENT").find(|entry| entry.contains(uid)).unwrap();
        entry.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned()
    };
    let before = calendar(&gate);
    let mut sequence: u32 = field(&before, "day-20592@", "SEQUENCE:").parse().unwrap();
    let mut stamp = field(&before, "day-20592@", "DTSTAMP:");
    for step in 0..3 {
        let body = if step % 2 == 0 {
            json!({ "days": [{ "date": "2026-05-19", "opens": "08:00", "closes": "18:00" }] })
        } else {
            json!({ "remove": { "days": ["2026-05-19"] } })
        };
        edit(&gate, body);
        let text = calendar(&gate);
        let (now, stamped) = (field(&text, "day-20592@", "SEQUENCE:"), field(&text, "day-20592@", "DTSTAMP:"));
        sequence += 1;
        assert_eq!(now.parse::<u32>().unwrap(), sequence, "{text}");
        assert!(stamped > stamp, "{stamped} after {stamp}");
        stamp = stamped;
        assert_eq!(text.contains("STATUS:CANCELLED"), step % 2 == 1);
    }
}
