//! What cannot be right: lists that are too much, rulings that go in circles, hours that are granted twice.

use std::io::{Cursor, Write};

use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};
use tests::desk::{Browser, Desk, Reply, SHORE};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const LIST: &str = "Код,Фамилия,Имя\r\nA-1,Әбдірахманова,Гүлнара\r\nA-2,Сейтқали,Нұрлан\r\nA-3,Чернова,Светлана\r\n";

/// An event with three people, and its organizer at a browser.
fn founded(desk: &mut Desk) -> (Browser<'_>, String) {
    let invite = desk.first_invite();
    let desk = &*desk;
    let laptop = desk.found(&invite, SHORE.as_bytes());
    let (browser, event) = (desk.sign_in(&laptop.offers("organizer")), format!("/v1/events/{}", laptop.event()));
    let plan = sent(&browser, &event, LIST.into()).is(201);
    let accept = format!("{event}/imports/{}/accept", plan["plan"].as_str().unwrap());
    browser.send("POST", &accept, &json!({})).is(200);
    (browser, event)
}

fn sent(browser: &Browser<'_>, event: &str, body: Vec<u8>) -> Reply {
    browser.send_with("POST", &format!("{event}/imports?issuer=office"), &[], body)
}

fn people(browser: &Browser<'_>, event: &str) -> Vec<String> {
    let people = browser.all(&format!("{event}/people"));
    people.iter().map(|person| person["person"].as_str().unwrap().to_owned()).collect()
}

/// A workbook of ours with one part put in the place of another, or beside them.
fn workbook_with(name: &str, write: impl FnOnce(&mut dyn Write)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_row(0, 0, ["Код", "ФИО"]).unwrap();
    sheet.write_row(1, 0, ["A-1", "Ким Анна"]).unwrap();
    let mut original = ZipArchive::new(Cursor::new(workbook.save_to_buffer().unwrap())).unwrap();
    let mut package = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..original.len() {
        let part = original.by_index_raw(index).unwrap();
        if part.name().unwrap() != name {
            package.raw_copy_file(part).unwrap();
        }
    }
    package.start_file(name, SimpleFileOptions::default().compression_level(Some(9))).unwrap();
    write(&mut package);
    package.finish().unwrap().into_inner()
}

#[test]
fn a_list_that_is_too_much_is_refused_with_its_place_and_soon() {
    let mut desk = Desk::open();
    let (browser, event) = founded(&mut desk);
    let refused = |body: Vec<u8>, why: &str, place: (Option<u64>, Option<u64>)| {
        let reply = sent(&browser, &event, body);
        reply.is_problem(422, "bad_file");
        let problem = reply.json();
        assert!(problem["why"].as_str().unwrap().contains(why), "{problem}");
        assert_eq!((problem["line"].as_u64(), problem["column"].as_u64()), place, "{problem}");
    };
    let cell = "x".repeat(10 << 20);
    sent(&browser, &event, format!("Код,ФИО\r\nA-1,{cell}\r\n").into_bytes()).is_problem(413, "too_large");
    let shorter = format!("Код,ФИО\r\nA-1,{}\r\n", &cell[..7 << 20]);
    refused(shorter.into_bytes(), "the cell is longer than 32767 characters", (Some(2), Some(2)));
    let long = &cell[..500 << 10];
    let strings = format!("<sst><si><t>Код</t></si><si><t>ФИО</t></si><si><t>A-1</t></si><si><t>{long}</t></si></sst>");
    let sheet = workbook_with("xl/sharedStrings.xml", |part| part.write_all(strings.as_bytes()).unwrap());
    assert!(sheet.len() < 1 << 20, "it is small where it lies");
    refused(sheet, "the cell is longer than 32767 characters", (Some(2), Some(2)));
    // Reading a few kilobytes must not cost seconds: neither tags in tags, nor cells upon cells.
    for tag in ["<a>", "<c/>", "<row><c/></row>"] {
        let sheet = workbook_with("xl/worksheets/sheet1.xml", |part| {
            part.write_all(b"<worksheet><sheetData>").unwrap();
            part.write_all(tag.repeat((8 << 20) / tag.len()).as_bytes()).unwrap();
        });
        assert!(sheet.len() < 40 << 10, "{tag}: {} bytes", sheet.len());
        refused(sheet, "the workbook holds more than anyone can read", (None, None));
    }
    let bomb = workbook_with("xl/media/image1.png", |part| {
        (0..97).for_each(|_| part.write_all(&[b' '; 1 << 20]).unwrap());
    });
    assert!(bomb.len() < 1 << 20, "it is small where it lies");
    refused(bomb, "the workbook holds more than anyone can read", (None, None));
    let mut two_encodings = "Код,ФИО\r\nA-1,Гүлнара\r\nA-2,".as_bytes().to_vec();
    two_encodings.extend_from_slice(&encoding_rs::WINDOWS_1251.encode("Чернова\r\n").0);
    refused(two_encodings, "not valid UTF-8", (Some(3), None));
    refused("Код,ФИО,ФИО\r\nA-1,Ким,Анна\r\n".into(), "mean the same", (None, None));

    // Two columns of telephones are both kept, and a repeated column of teams is left out.
    let list = "Код,ФИО,Телефон,Телефон,Отряд,Бригада\r\nA-9,Ким Анна,1234567,7654321,T1,T2\r\n";
    let plan = sent(&browser, &event, list.into()).is(201);
    assert_eq!((&plan["add"], plan["problems"].as_array().unwrap().len()), (&json!(1), 2), "{plan}");
}

#[test]
fn rulings_in_a_circle_make_one_human_being_until_one_says_otherwise() {
    let mut desk = Desk::open();
    let (browser, event) = founded(&mut desk);
    let [a, b, c] = &people(&browser, &event)[..] else { panic!("three people are listed") };
    let rulings = format!("{event}/rulings");
    let rule = |decision: Value| browser.send("POST", &rulings, &json!({ "decision": decision }));
    let made = |decision: Value| rule(decision).is(201)["rulings"][0].as_str().unwrap().to_owned();
    let classes = || -> usize {
        let people = browser.all(&format!("{event}/people"));
        people.iter().map(|person| person["class"].to_string()).collect::<std::collections::BTreeSet<_>>().len()
    };
    rule(json!({ "kind": "same", "a": a, "b": a })).is_problem(400, "bad_field");
    let pairs = [(a, b), (b, c), (c, a)];
    let same: Vec<String> = pairs.map(|(a, b)| made(json!({ "kind": "same", "a": a, "b": b }))).into();
    assert_eq!(classes(), 1);
    made(json!({ "kind": "not_same", "a": a, "b": c }));
    assert_eq!(classes(), 1, "the other two sides of the circle still join them");
    assert_eq!(browser.all(&format!("{event}/ruling-conflicts")).len(), 1);
    let retraction = made(json!({ "kind": "retract", "ruling": same[0] }));
    assert_eq!(classes(), 2);
    // A retraction is never retracted, so that none goes on for ever: whoever wants the ruling back rules again.
    rule(json!({ "kind": "retract", "ruling": retraction })).is_problem(400, "bad_field");
    made(json!({ "kind": "same", "a": a, "b": b }));
    assert_eq!(classes(), 1);
    let elsewhere = |event: &str| rule(json!({ "kind": "same_elsewhere", "person": a, "event": event, "there": b }));
    elsewhere(event.trim_start_matches("/v1/events/")).is_problem(400, "bad_field");
    elsewhere(&"07".repeat(16)).is(201);
    let listed = browser.all(&rulings);
    assert!(listed.iter().any(|ruling| ruling["decision"]["kind"] == "same_elsewhere"), "{listed:?}");
}

#[test]
fn hours_granted_twice_count_once_and_impossible_ones_not_at_all() {
    let mut desk = Desk::open();
    let (browser, event) = founded(&mut desk);
    let person = &people(&browser, &event)[0];
    let publications = format!("{event}/publications");
    browser.send("POST", &publications, &json!({ "note": "nothing" })).is_problem(409, "nothing_to_publish");
    let nine = 1_779_076_800_000_i64;
    let grant = |from_h: i64, to_h: i64| {
        let (start, end) = (nine + from_h * 3_600_000, nine + to_h * 3_600_000);
        let manual = json!({ "kind": "manual", "person": person, "start_ms": start, "end_ms": end });
        browser.send("POST", &format!("{event}/rulings"), &json!({ "decision": manual, "reason": "paper list" }))
    };
    for (from, to) in [(2, 1), (1, 1), (0, 25)] {
        assert_eq!(grant(from, to).status, 400, "from {from} to {to}");
    }
    for (from, to) in [(0, 2), (1, 3), (1, 2), (0, 3)] {
        grant(from, to).is(201);
    }
    let hours = browser.all(&format!("{event}/hours"));
    assert_eq!((hours.len(), &hours[0]["manual_ms"]), (1, &json!(3 * 3_600_000)), "{hours:?}");
    browser.send("POST", &publications, &json!({ "note": "v1" })).is(201);
    browser.send("POST", &publications, &json!({ "note": "the same again" })).is_problem(409, "nothing_new");
}

#[test]
fn what_cannot_be_a_name_or_a_number_is_refused_by_its_field() {
    let mut desk = Desk::open();
    let (browser, event) = founded(&mut desk);
    let person = format!("{event}/people/{}", people(&browser, &event)[0]);
    let named = |name: &str| json!({ "names": [{ "family": name }] });
    let asked = [
        (named("12345"), "names"),
        (named("\u{200b}"), "names"),
        (named("Ким\u{7}Анна"), "names"),
        (named("Итого"), "names"),
        (named("тест"), "names"),
        (named(&"Ким".repeat(2000)), "names"),
        (named("\u{3164}\u{115f}\u{ffa0}"), "names"),
        (named("Ким\u{e0041}\u{e007f}"), "names"),
        (named("\u{fff9}Ким\u{fffb}"), "names"),
        (named("%D0%9A%D0%B8%D0%BC"), "names"),
        (named("РљРёРј РђРЅРЅР°"), "names"),
        (json!({ "names": [{ "family": "Ким", "given": "нет" }] }), "names"),
        (json!({ "names": [{ "family": "Ким", "given": "Анна", "patronymic": "н/д" }] }), "names"),
        (json!({ "names": [{ "family": "Ким Анна" }, { "family": "Ли Ян" }] }), "names"),
        (json!({ "names": [{ "family": "Ким", "script": "Cyrl\u{7}" }] }), "names"),
        (json!({ "birth_year": 2038 }), "birth_year"),
        (json!({ "birth_year": 1901 }), "birth_year"),
        (json!({ "region": "#Н/Д" }), "region"),
        (json!({ "region": "7,7E+10" }), "region"),
        (json!({ "team": "#REF!" }), "team"),
        (json!({ "team": "7.7E+10" }), "team"),
        (json!({ "organisation": "x".repeat(501) }), "organisation"),
        (json!({ "withdrawn": "ill\u{202e}" }), "withdrawn"),
        (json!({ "phone": "abc" }), "phone"),
        (json!({ "organisation": "a\u{1b}[31m" }), "organisation"),
        (json!({ "categories": ["a\u{202e}b"] }), "categories"),
    ];
    for (patch, field) in asked {
        let refused = browser.send("PATCH", &person, &patch);
        refused.is_problem(400, "bad_field");
        assert_eq!(refused.json()["field"], field, "{patch}");
        let mut added = named("Ким Анна");
        added.as_object_mut().unwrap().extend(patch.as_object().unwrap().clone());
        browser.send("POST", &format!("{event}/people"), &added).is_problem(400, "bad_field");
    }
    for name in ["Shore\u{7}day", "\u{200b}"] {
        browser.send("PATCH", &event, &json!({ "name": { "en": name } })).is_problem(400, "bad_field");
    }
    for region in ["Mangy\u{202e}stau", "a\nb", &"x".repeat(501)] {
        let patch = json!({ "region": region });
        browser.send("PATCH", &event, &patch).is_problem(400, "bad_field");
    }
    let asks = |text: &str| browser.send("POST", &format!("{event}/requests"), &json!({ "text": text }));
    for text in ["\u{1b}[2J", "a\u{202e}b", "bell\u{7}"] {
        asks(text).is_problem(400, "bad_field");
    }
    asks("Two lines:\n\tteam T2, please 🏴\u{e0067}\u{e0062}\u{e007f}").is(201);
    let edit = json!({ "text": "my name", "edit": { "names": [{ "family": "Итого" }] } });
    browser.send("POST", &format!("{event}/requests"), &edit).is_problem(400, "bad_field");
    assert_eq!(people(&browser, &event).len(), 3);
    // What differs in letters is not compared, and a name of 500 letters is a name.
    for names in [
        json!([{ "family": "Ван Сяомин" }, { "family": "Wang Xiaoming" }, { "family": "王小明" }]),
        json!([{ "family": "Бекова Сауле" }, { "family": "Ахметова Сауле" }]),
        json!([{ "family": "Ж".repeat(500), "script": "Cyrl" }]),
    ] {
        browser.send("PATCH", &person, &json!({ "names": names, "birth_year": 1990, "team": "Team 3-1" })).is(200);
    }
}
