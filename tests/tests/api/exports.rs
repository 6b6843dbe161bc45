//! Everything that can be taken away at a command line is taken away over HTTP, too.

use clap::ValueEnum;
use serde_json::{Value, json};
use server::reports::{Export, Format};
use sync_core::command::Command;
use sync_core::documents::log::{LitterCard, Method, Presence};
use sync_core::time::UnixMillis;
use tests::desk::{Browser, Desk, SHORE};

/// An event where Aida worked for an hour and counted three bags.
fn worked(desk: &mut Desk) -> (Browser<'_>, Browser<'_>, String) {
    let invite = desk.first_invite();
    let desk = &*desk;
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let front_office = desk.sign_in(&laptop.offers("front_office"));
    let event = laptop.event().to_string();
    let body = json!({ "names": [{ "family": "Аида" }], "region": "Маңғыстау" });
    let written = browser.send("POST", &format!("/v1/events/{event}/people"), &body).is(201);
    let subject = written["person"].as_str().unwrap().parse().unwrap();
    let presence = Presence { site: "north".to_owned(), method: Method::Qr, subject };
    laptop.exchanges();
    laptop.does(Command::CheckIn(presence.clone()));
    desk.clock.move_to(UnixMillis(desk.clock.now().0 + 3_600_000));
    laptop.does(Command::CheckOut(presence));
    let card = LitterCard { site: "north".to_owned(), bags: 3, people: 1, ..LitterCard::default() };
    laptop.does(Command::CountLitter(card));
    laptop.exchanges();
    (browser, front_office, event)
}

#[test]
fn every_export_has_its_address_its_media_type_and_a_name_for_its_file() {
    let mut desk = Desk::open();
    let (browser, _, event) = worked(&mut desk);
    let reports = format!("/v1/events/{event}/reports");
    for export in Export::value_variants() {
        for format in Format::value_variants() {
            let name = format.to_possible_value().unwrap();
            let address = format!("{reports}/{}?format={}", export.key(), name.get_name());
            let reply = browser.get(&address);
            if !export.formats().contains(format) {
                reply.is_problem(400, "bad_field");
                continue;
            }
            assert_eq!((reply.status, reply.header("content-type")), (200, format.media_type()), "{address}");
            let file = format!("attachment; filename=\"{}-{event}.{}\"", export.key(), name.get_name());
            assert_eq!(reply.header("content-disposition"), file);
            assert!(!reply.body.is_empty() && reply.header("etag").starts_with('"'), "{address}");
            assert_eq!(browser.get(&address).body, reply.body, "{address} is the same each time");
        }
        let usual = browser.get(&format!("{reports}/{}?lang=kk", export.key()));
        assert_eq!(usual.header("content-type"), export.formats()[0].media_type());
    }
    browser.get(&format!("{reports}/everything")).is_problem(404, "unknown_report");
}

#[test]
fn whose_name_no_rule_spells_in_latin_letters_is_named_beside_the_papers() {
    let mut desk = Desk::open();
    let (browser, _, event) = worked(&mut desk);
    let people = format!("/v1/events/{event}/people");
    let add = |names: Value| {
        let body = json!({ "names": names });
        browser.send("POST", &people, &body).is(201)["person"].as_str().unwrap().to_owned()
    };
    let hebrew = add(json!([{ "family": "דוד", "given": "לוי" }]));
    let spelt = add(json!([{ "family": "דוד" }, { "family": "David" }]));
    let badges = format!("/v1/events/{event}/reports/badges");
    let english = browser.get(&format!("{badges}?lang=en"));
    // Whether a font has the letters depends on the machine; in either case they are named.
    let named = [english.header("x-saxaul-without-latin"), english.header("x-saxaul-left-out")].concat();
    assert!(named.contains(&hebrew) && !english.header("x-saxaul-without-latin").contains(&spelt), "{named}");
    let job = browser.get(&format!("{badges}?lang=en&job=true"));
    assert_eq!(job.status, 202);
    assert!(job.json()["without_latin"].is_array(), "{}", job.text());
    assert_eq!(browser.get(&format!("{badges}?lang=kk&person={spelt}")).header("x-saxaul-without-latin"), "");
}

#[test]
fn a_header_names_the_first_people_and_says_how_many_there_are_and_the_job_names_all() {
    let mut desk = Desk::open();
    let (browser, _, event) = worked(&mut desk);
    let hebrew: Vec<char> = ('א'..='ת').collect();
    let name = |n: usize| [n / 400, n / 20 % 20, n % 20].map(|at| hebrew[at]).iter().collect::<String>();
    for n in 0..60 {
        let body = json!({ "names": [{ "family": name(n), "given": name(n + 1) }] });
        browser.send("POST", &format!("/v1/events/{event}/people"), &body).is(201);
    }

    let badges = format!("/v1/events/{event}/reports/badges?lang=en");
    let job = browser.get(&format!("{badges}&job=true")).is(202);
    let address = format!("/v1/jobs/{}", job["job"].as_str().unwrap());
    let began = std::time::Instant::now();
    let said = loop {
        let said = browser.get(&address).is(200);
        if said["state"] != "under_way" {
            break said;
        }
        assert!(began.elapsed() < tests::binary::PATIENCE, "{said}");
        std::thread::yield_now();
    };
    let all = |field: &str| said[field].as_array().unwrap().clone();
    // Whether a font has the letters depends on the machine; in either case everybody is named.
    assert_eq!(all("left_out").len() + all("without_latin").len(), 60, "{said}");
    let (direct, result) = (browser.get(&badges), browser.get(&format!("{address}/result")));
    for (header, field) in [("x-saxaul-left-out", "left_out"), ("x-saxaul-without-latin", "without_latin")] {
        let (named, all) = (direct.header(header), all(field));
        assert_eq!(named, result.header(header));
        assert!(named.len() <= 1024, "{header} has {} bytes", named.len());
        if all.is_empty() {
            assert_eq!(named, "");
            continue;
        }
        let (first, count) = named.split_once(", ... ").unwrap_or_else(|| panic!("{named}"));
        assert_eq!(count, format!("{} in all", all.len()));
        let first: Vec<&str> = first.split(", ").collect();
        assert!(first.len() >= 10 && first.iter().zip(&all).all(|(one, of_job)| one == of_job), "{named}");
    }
}

#[test]
fn a_front_office_takes_away_sums_and_nobodys_name() {
    let mut desk = Desk::open();
    let (browser, front_office, event) = worked(&mut desk);
    let reports = format!("/v1/events/{event}/reports");
    let sums = front_office.get(&format!("{reports}/breakdowns?format=json")).is(200);
    let region = &sums["breakdowns"][0]["parts"].as_array().unwrap().iter().find(|part| part["key"] == "Маңғыстау");
    assert_eq!((&region.unwrap()["verified_ms"], &sums["total"]["bags"]), (&json!(3_600_000), &json!(3)));
    for export in Export::value_variants().iter().filter(|export| **export != Export::Breakdowns) {
        front_office.get(&format!("{reports}/{}", export.key())).is_problem(403, "not_your_role");
    }
    let rests_on = browser.get(&format!("{reports}/contributions?format=json")).is(200);
    let bags = rests_on.as_array().unwrap().iter().filter_map(|one| one["figures"]["bags"].as_u64()).sum::<u64>();
    assert_eq!((bags, rests_on.as_array().unwrap().len()), (3, 2), "{}", Value::Array(vec![rests_on]));
}

#[test]
fn a_calendar_is_called_what_the_event_is_called() {
    let mut desk = Desk::open();
    let (browser, _, event) = worked(&mut desk);
    let address = format!("/v1/events/{event}");
    let injected = json!({ "name": { "en": "Shore\r\nEND:VCALENDAR\u{1b}[2J" } });
    browser.send("PATCH", &address, &injected).is_problem(400, "bad_field");
    let name = json!({ "en": "Shore; spring, day 1" });
    browser.send("PATCH", &address, &json!({ "name": name })).is(200);
    let written = browser.get(&format!("{address}/reports/calendar?lang=en")).text().to_owned();
    for property in ["NAME", "X-WR-CALNAME"] {
        let line = format!("\r\n{property}:Shore\\; spring\\, day 1\r\n");
        assert!(written.contains(&line), "{written}");
    }
}
