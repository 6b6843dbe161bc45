//! Work at night, planned and read over HTTP.

use serde_json::{Value, json};
use sync_core::command::Command;
use sync_core::documents::log::{Method, Presence};
use sync_core::time::{ClockReading, UnixMillis};
use tests::desk::{Browser, Desk, Laptop, SHORE};

const MINUTE_MS: u64 = 60_000;

/// A moment that the clocks in Aqtau show.
fn at(local: &str) -> UnixMillis {
    UnixMillis(format!("{local}:00+05:00").parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn nights() -> Value {
    json!({
        "days": [{ "date": "2026-05-18", "opens": "20:00", "closes": "04:00" },
                 { "date": "2026-05-19", "opens": "20:00", "closes": "04:00" }],
        "shifts": [{ "key": "watch", "name": { "kk": "", "ru": "", "en": "Night watch" }, "site": "north",
                     "date": "2026-05-18", "starts": "22:00", "ends": "03:00", "role": "", "need": 2, "hazardous": false }],
    })
}

struct Night<'a> {
    laptop: Laptop<'a>,
    browser: Browser<'a>,
    event: String,
}

impl<'a> Night<'a> {
    fn planned(desk: &'a Desk, invite: &server::invite::InviteLink) -> Self {
        let laptop = desk.found(invite, SHORE.as_bytes());
        let browser = desk.sign_in(&laptop.offers("organizer"));
        let event = format!("/v1/events/{}", laptop.event());
        browser.send("PATCH", &event, &nights()).is(200);
        Self { laptop, browser, event }
    }

    /// Somebody new, who was seen coming (`+`) and going (`-`) at these times.
    fn comes_and_goes(&mut self, name: &str, seen: &[&str]) -> String {
        let body = json!({ "names": [{ "family": name }], "shifts": ["watch"] });
        let added = self.browser.send("POST", &format!("{}/people", self.event), &body).is(201);
        let person = added["person"].as_str().unwrap().to_owned();
        self.laptop.exchanges();
        for one in seen {
            let (what, time) = one.split_at(1);
            let presence =
                Presence { site: "north".to_owned(), method: Method::Search, subject: person.parse().unwrap() };
            let command = if what == "+" { Command::CheckIn(presence) } else { Command::CheckOut(presence) };
            let moment = at(time);
            let reading = ClockReading { boot: 1, mono_ms: moment.0.cast_unsigned(), wall_ms: moment };
            self.laptop.does_at(command, reading);
        }
        self.laptop.exchanges();
        person
    }

    fn days_of(&self, person: &str) -> Vec<Value> {
        self.browser.all(&format!("{}/hours?person={person}", self.event))
    }
}

#[test]
fn a_day_and_a_shift_over_midnight_are_read_as_they_were_written() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let Night { browser, event, .. } = Night::planned(&desk, &invite);
    let plan = browser.get(&format!("{event}/plan")).is(200);
    assert_eq!((&plan["days"], &plan["shifts"]), (&nights()["days"], &nights()["shifts"]));
    // To write what was read changes nothing.
    let before = browser.get(&format!("{event}/plan")).header("etag").to_owned();
    browser.send("PATCH", &event, &plan).is(200);
    assert_eq!(browser.get_unless(&format!("{event}/plan"), &before).status, 304);
    let calendar = browser.get(&format!("{event}/reports/calendar")).text();
    assert!(calendar.contains("20260518T170000Z") && calendar.contains("20260518T220000Z"), "{calendar}");
}

#[test]
fn work_over_midnight_belongs_to_the_date_on_which_the_night_began() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut night = Night::planned(&desk, &invite);
    let hour = 60 * MINUTE_MS;
    for (seen, date, observed, imputed, warnings) in [
        (&["+2026-05-18T21:30", "-2026-05-19T03:30"] as &[&str], "2026-05-18", 6 * hour, 0, &[] as &[&str]),
        // Never seen leaving: until the day closes.
        (&["+2026-05-18T23:00"], "2026-05-18", 0, 5 * hour, &[]),
        // Never seen coming: from when the day opened.
        (&["-2026-05-19T02:00"], "2026-05-18", 0, 6 * hour, &[]),
        // The date ends at noon, in the middle between a closing and the next opening.
        (&["+2026-05-19T05:00"], "2026-05-18", 0, 0, &["open_in"]),
        (&["+2026-05-19T11:59", "-2026-05-19T12:30"], "2026-05-18", 31 * MINUTE_MS, 0, &[]),
        (&["+2026-05-19T12:00", "-2026-05-19T12:30"], "2026-05-19", 30 * MINUTE_MS, 0, &[]),
        // Without a next day it ends three hours after the closing.
        (&["+2026-05-19T20:10", "-2026-05-20T06:00"], "2026-05-19", 590 * MINUTE_MS, 0, &[]),
        (&["+2026-05-20T06:59", "-2026-05-20T07:10"], "2026-05-19", 11 * MINUTE_MS, 0, &[]),
        (&["+2026-05-20T07:00", "-2026-05-20T07:10"], "2026-05-20", 10 * MINUTE_MS, 0, &["outside_event"]),
    ] {
        let person = night.comes_and_goes("Night Watch", seen);
        let days = night.days_of(&person);
        assert_eq!(days.len(), 1, "{seen:?}: {days:?}");
        let day = &days[0];
        let is = (&day["date"], day["observed_ms"].as_u64().unwrap(), day["imputed_ms"].as_u64().unwrap());
        assert_eq!(is, (&json!(date), observed, imputed), "{seen:?}: {day}");
        assert_eq!(day["warnings"], json!(warnings), "{seen:?}: {day}");
        let listed = night.browser.all(&format!("{}/hours?date={date}", night.event));
        assert!(listed.iter().any(|other| other["class"] == person.as_str()), "{seen:?} on {date}");
    }
    // Whoever came before midnight and left after it came to the shift over midnight.
    let shifts = night.browser.get(&format!("{}/reports/shifts?format=json", night.event)).json();
    assert!(shifts.to_string().contains("watch"), "{shifts}");
}
