//! An organizer's work in a browser: reading, deciding, writing.

use serde_json::{Value, json};
use sync_core::command::Command;
use sync_core::documents::log::{Method, Presence, WalkIn};
use sync_core::documents::roster::{PersonEdit, PersonName};
use sync_core::ids::{Subject, WalkInId};
use sync_core::time::UnixMillis;
use tests::desk::{Browser, Desk, Laptop, MORNING, SHORE};
use tests::paper::codes;

const LIST: &str = "Код,Фамилия,Имя,Телефон,Команда\r\n\
                    A-1,Әбдірахманова,Гүлнара,+7 701 555 01 02,T1\r\n\
                    A-2,Сейтқали,Нұрлан,+7 701 555 03 04,T1\r\n\
                    A-3,Чернова,Светлана,+7 701 555 05 06,T2\r\n";

fn uploaded(browser: &Browser<'_>, event: &str, list: &str) -> Value {
    let path = format!("/v1/events/{event}/imports?issuer=office");
    browser.send_with("POST", &path, &[("content-type", "text/csv")], list.to_owned()).is(201)
}

fn accepted(browser: &Browser<'_>, event: &str, plan: &Value) -> Value {
    let path = format!("/v1/events/{event}/imports/{}/accept", plan["plan"].as_str().unwrap());
    browser.send("POST", &path, &json!({})).is(200)
}

/// An event with three people, one organizer at a browser and one at a laptop.
fn founded(desk: &mut Desk) -> (Laptop<'_>, Browser<'_>, String) {
    let invite = desk.first_invite();
    let desk = &*desk;
    let laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = laptop.event().to_string();
    let plan = uploaded(&browser, &event, LIST);
    accepted(&browser, &event, &plan);
    (laptop, browser, event)
}

fn person_of(browser: &Browser<'_>, event: &str, code: &str) -> String {
    let found = browser.all(&format!("/v1/events/{event}/people?q={code}"));
    assert_eq!(found.len(), 1, "{found:?}");
    found[0]["person"].as_str().unwrap().to_owned()
}

#[test]
fn what_a_scanner_reads_on_a_badge_finds_its_bearer_and_a_forged_one_finds_nobody() {
    let mut desk = Desk::open();
    let (mut laptop, browser, event) = founded(&mut desk);
    let printed = codes(&browser.get(&format!("/v1/events/{event}/reports/badges")).body);
    let finds = |code: &str| {
        let found = browser.all(&format!("/v1/events/{event}/people?q={code}"));
        found.iter().map(|person| person["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut found: Vec<String> = printed.iter().flat_map(|code| finds(code)).collect();
    found.sort();
    assert_eq!(found, ["A-1", "A-2", "A-3"]);
    for code in &printed {
        let last = if code.ends_with('0') { "1" } else { "0" };
        assert_eq!(finds(&format!("{}{last}", &code[..code.len() - 1])), Vec::<String>::new(), "{code}");
    }
    // Somebody whom no list names came by a program that made them up: they are named to organizers.
    let stranger = Subject::from_bits(0xeeee_eeee_eeee_eeee);
    laptop.does(Command::CheckIn(Presence { site: "north".to_owned(), method: Method::Qr, subject: stranger }));
    laptop.exchanges();
    let summary = browser.get(&format!("/v1/events/{event}")).is(200);
    assert_eq!(summary["unlisted_attended"], json!([stranger.to_string()]));
}

#[test]
fn a_list_is_a_plan_line_by_line_until_it_is_accepted_and_the_same_list_changes_nothing() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = laptop.event().to_string();
    let broken = format!("{LIST}A-3,Иванов,Пётр,,T2\r\nA-4,,,,\r\n");
    let plan = uploaded(&browser, &event, &broken);
    let counts = ["add", "update", "unchanged", "refused"].map(|what| plan[what].as_u64().unwrap());
    assert_eq!(counts, [2, 0, 0, 3], "{plan}");
    let outcomes: Vec<&str> =
        plan["lines"]["items"].as_array().unwrap().iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["add", "add", "refused", "refused", "refused"]);
    assert!(plan["lines"]["items"][2]["problems"][0].as_str().unwrap().contains("line 5"), "{plan}");
    assert!(browser.all(&format!("/v1/events/{event}/people")).is_empty(), "nothing is written before it is accepted");

    let plan = uploaded(&browser, &event, LIST);
    let path = format!("/v1/events/{event}/imports/{}/accept", plan["plan"].as_str().unwrap());
    let once = browser.send_named("POST", &path, "import", &json!({})).is(200);
    let twice = browser.send_named("POST", &path, "import", &json!({})).is(200);
    assert_eq!((&once["again"], &twice["again"]), (&false.into(), &true.into()));
    assert_eq!(once["revision"], twice["revision"]);
    browser.send("POST", &path, &json!({})).is_problem(409, "plan_changed");
    assert_eq!(browser.all(&format!("/v1/events/{event}/people")).len(), 3);

    let again = uploaded(&browser, &event, LIST);
    assert_eq!((&again["unchanged"], &again["add"]), (&3.into(), &0.into()));
    let before = browser.get(&format!("/v1/events/{event}")).is(200)["people"].clone();
    accepted(&browser, &event, &again);
    assert_eq!(browser.get(&format!("/v1/events/{event}")).is(200)["people"], before);
    let unknown = format!("/v1/events/{event}/imports/{}/accept", "0".repeat(32));
    browser.send("POST", &unknown, &json!({})).is_problem(404, "unknown_plan");
    desk.clock.move_to(UnixMillis(MORNING.0 + 2 * 3_600_000));
    browser.send("POST", &path, &json!({})).is_problem(404, "unknown_plan");
}

#[test]
fn what_is_no_list_is_refused_with_its_line() {
    let mut desk = Desk::open();
    let (_laptop, browser, event) = founded(&mut desk);
    let path = format!("/v1/events/{event}/imports?issuer=office");
    let sent = |body: Vec<u8>| browser.send_with("POST", &path, &[], body);
    let unclosed = sent(b"\xd0\x9a\xd0\xbe\xd0\xb4,Name\r\nA-1,\"open".to_vec());
    unclosed.is_problem(422, "bad_file");
    assert_eq!(unclosed.json()["line"], 2, "{}", unclosed.text());
    sent(b"one,two\r\n1,2\r\n".to_vec()).is_problem(422, "bad_file");
    sent(Vec::new()).is_problem(422, "bad_file");
    sent(b"PK\x03\x04 not a workbook".to_vec()).is_problem(422, "bad_file");
    sent(vec![b'x'; 9 << 20]).is_problem(413, "too_large");
    let long_cell = format!("Код,ФИО\r\nA-1,{}\r\n", "x".repeat(4 << 20));
    sent(long_cell.into_bytes()).is_problem(422, "bad_file");
    browser.send_with("POST", &format!("/v1/events/{event}/imports"), &[], LIST).is_problem(400, "bad_field");
}

#[test]
fn people_are_found_filtered_and_read_page_by_page_while_others_are_added() {
    let mut desk = Desk::open();
    let (_laptop, browser, event) = founded(&mut desk);
    let list = format!("/v1/events/{event}/people");
    // The last two were typed while another keyboard layout was on.
    for spelling in ["abdirahmanova", "Абдирахманова", "5550102", "A-1", "f,lbhf[vfyjdf", "Ф-1"] {
        let found =
            browser.all(&format!("{list}?q={}", spelling.bytes().map(|b| format!("%{b:02x}")).collect::<String>()));
        assert_eq!((found.len(), &found[0]["code"]), (1, &"A-1".into()), "{spelling}");
    }
    assert_eq!(browser.all(&format!("{list}?team=T1")).len(), 2);
    let first = browser.get(&format!("{list}?limit=1")).is(200);
    let next = first["next"].as_str().unwrap().to_owned();
    browser.send("POST", &list, &json!({ "names": [{ "family": "Новая" }], "team": "T1" })).is(201);
    let rest = browser.all(&format!("{list}?after={next}"));
    let mut ids: Vec<&str> = rest.iter().map(|person| person["person"].as_str().unwrap()).collect();
    ids.push(first["items"][0]["person"].as_str().unwrap());
    ids.sort_unstable();
    ids.dedup();
    assert!(ids.len() >= 3, "nobody who was there is left out: {ids:?}");
    browser.get(&format!("{list}?after=%21")).is_problem(400, "bad_cursor");
    let wrong = browser.get(&format!("{list}?limit=many"));
    wrong.is_problem(400, "bad_field");
    assert_eq!(wrong.json()["field"], "limit");
    browser.get(&format!("{list}?limit=0")).is_problem(400, "bad_field");
}

#[test]
fn people_come_in_the_order_of_their_names_and_nobody_twice_while_others_are_renamed() {
    let mut desk = Desk::open();
    let (_laptop, browser, event) = founded(&mut desk);
    let list = format!("/v1/events/{event}/people");
    let mut added = Vec::new();
    for family in ["Яковлева", "Әбенова", "Қасымова", "Кузнецова", "Zaripova", "Ёлкина", "Бекова"]
    {
        let answer = browser.send("POST", &list, &json!({ "names": [{ "family": family }], "team": "new" })).is(201);
        added.push(answer["person"].as_str().unwrap().to_owned());
    }
    let families = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|one| one["names"][0]["family"].as_str().unwrap().to_owned()).collect()
    };
    let all = |lang: &str| families(&browser.get(&format!("{list}?order=name&team=new&lang={lang}")).is(200));
    let kazakh = ["Әбенова", "Бекова", "Ёлкина", "Кузнецова", "Қасымова", "Яковлева", "Zaripova"];
    assert_eq!(all("kk"), kazakh);
    assert_eq!(all("en")[0], "Zaripova");
    browser.get(&format!("{list}?order=name&lang=de")).is_problem(400, "bad_field");
    browser.get(&format!("{list}?order=size")).is_problem(400, "bad_field");
    browser.get(&format!("{list}?order=name&after=%21")).is_problem(400, "bad_cursor");

    let page = |after: &str| browser.get(&format!("{list}?order=name&team=new&lang=kk&limit=3{after}")).is(200);
    let first = page("");
    assert_eq!(families(&first), kazakh[..3]);
    // The last of the page marries and would come again, or take the others' place; the page goes on where it ended.
    let married = json!({ "names": [{ "family": "Абаева" }] });
    browser.send("PATCH", &format!("{list}/{}", added[5]), &married).is(200);
    let next = format!("&after={}", first["next"].as_str().unwrap());
    let second = page(&next);
    assert_eq!(families(&second), kazakh[3..6]);
    let last = page(&format!("&after={}", second["next"].as_str().unwrap()));
    assert_eq!((families(&last), &last["next"]), (vec!["Zaripova".to_owned()], &Value::Null));
}

#[test]
fn pages_by_name_hold_everybody_once_while_others_come_and_are_renamed() {
    let mut desk = Desk::open();
    let (_laptop, browser, event) = founded(&mut desk);
    let list = format!("/v1/events/{event}/people");
    let add = |family: &str| {
        let body = json!({ "names": [{ "family": family }], "team": "many" });
        browser.send("POST", &list, &body).is(201)["person"].as_str().unwrap().to_owned()
    };
    // Two of one name, names that differ by case, hyphens and blanks alone, and names of three alphabets.
    let steady = [
        "Әбенова",
        "Әбенова",
        "ӘБЕНОВА",
        "Абай-Ұлы",
        "Абай Ұлы",
        "Ғани",
        "Қасымова",
        "Ёлкина",
        "Елкина",
        "Ңұра",
        "Öztürk",
        "Ozturk",
        "Ελένη",
        "Zaripova",
        "O'Brien",
        "Һашим",
        "Ұлан",
        "Үміт",
        "Ібрагим",
    ]
    .map(add);
    for (round, lang) in ["kk", "ru", "en"].into_iter().enumerate() {
        // Who was renamed between two pages may stand behind or before the reader; nobody else may.
        let renamed: Vec<String> = (0..12).map(|n| add(&format!("Кочующий {round} {n}"))).collect();
        let whole = browser.all(&format!("{list}?order=name&team=many&lang={lang}"));
        let ids = |people: &[Value]| -> Vec<String> {
            people.iter().map(|one| one["person"].as_str().unwrap().to_owned()).collect()
        };
        let whole: Vec<String> = ids(&whole).into_iter().filter(|id| steady.contains(id)).collect();
        assert_eq!(whole.len(), steady.len());
        let (mut read, mut after) = (Vec::new(), String::new());
        for step in 0.. {
            let page = browser.get(&format!("{list}?order=name&team=many&lang={lang}&limit=3{after}")).is(200);
            read.extend(ids(page["items"].as_array().unwrap()));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
            let moved = &renamed[step % renamed.len()];
            let family = ["Ааа", "Яяя", "Aaa", "Zzz", "Қққ"][step % 5];
            browser.send("PATCH", &format!("{list}/{moved}"), &json!({ "names": [{ "family": family }] })).is(200);
            add(["Ааа", "Яяя", "Ққққ"][step % 3]);
        }
        let seen: Vec<String> = read.iter().filter(|id| steady.contains(id)).cloned().collect();
        assert_eq!(seen, whole, "{lang}: in their order, and each once");
        for id in &renamed {
            browser.send("PATCH", &format!("{list}/{id}"), &json!({ "team": null })).is(200);
        }
    }
}

#[test]
fn an_edit_made_twice_under_one_name_is_made_once_and_one_on_something_else_than_was_read_is_refused() {
    let mut desk = Desk::open();
    let (mut laptop, browser, event) = founded(&mut desk);
    let id = person_of(&browser, &event, "A-1");
    let path = format!("/v1/events/{event}/people/{id}");
    let read = browser.get(&path);
    let tag = read.header("etag").to_owned();
    assert_eq!(browser.get_unless(&path, &tag).status, 304);
    let body = json!({ "phone": "+7 701 000 00 01" });
    let once = browser.send_named("PATCH", &path, "edit", &body).is(200);
    // Somebody else edits meanwhile; the request that was repeated must not win over that.
    laptop.exchanges();
    laptop.does(Command::EditPerson(id.parse().unwrap(), PersonEdit::Phone(Some("+7 7172 00 00 02".to_owned()))));
    laptop.exchanges();
    let twice = browser.send_named("PATCH", &path, "edit", &body).is(200);
    assert_eq!((&once["again"], &twice["again"], &once["revision"]), (&false.into(), &true.into(), &twice["revision"]));
    assert_eq!(browser.get(&path).is(200)["phone"], "+7 7172 00 00 02");
    browser.send_named("PATCH", &path, "edit", &json!({ "phone": null })).is_problem(409, "reused_command_id");

    let sent = |tag: &str, name: &str| {
        let more = [("if-match", tag), ("idempotency-key", name)];
        browser.send_with("PATCH", &path, &more, json!({ "team": null }).to_string())
    };
    sent(&tag, "stale").is_problem(412, "changed");
    let fresh = browser.get(&path).header("etag").to_owned();
    assert_eq!(sent(&fresh, "fresh").is(200)["again"], false);
    assert_eq!(sent(&fresh, "fresh").is(200)["again"], true, "its answer was lost, and it is not judged again");
    // One tag of a list is enough; a weak one never is, for it does not name one state (RFC 9110, 13.1.1).
    let fresh = browser.get(&path).header("etag").to_owned();
    for (number, list) in
        [format!("{tag}, W/{fresh}"), format!("W/{fresh}"), tag.clone(), "\"a,b\"".to_owned()].iter().enumerate()
    {
        sent(list, &format!("none-{number}")).is_problem(412, "changed");
    }
    for (number, list) in
        [format!("{tag}, {fresh}"), format!("{fresh},{tag}"), format!("\"a,b\" , {fresh}"), "*".to_owned()]
            .iter()
            .enumerate()
    {
        sent(list, &format!("one-{number}")).is(200);
    }
    for list in [format!("{tag}, {fresh}"), format!("W/{fresh}"), format!("\"x\",W/{fresh}"), "*".to_owned()] {
        assert_eq!(browser.get_unless(&path, &list).status, 304, "{list}");
    }
    browser.send_with("PATCH", &path, &[], body.to_string()).is_problem(400, "no_command_id");
    browser.send("PATCH", &path, &json!({})).is_problem(400, "bad_field");
    let wrong = browser.send("PATCH", &path, &json!({ "birth_year": "long ago" }));
    wrong.is_problem(400, "bad_body");
    assert_eq!(wrong.json()["field"], "birth_year");
    let nobody = format!("/v1/events/{event}/people/{}", "0".repeat(16));
    browser.send("PATCH", &nobody, &body).is_problem(404, "unknown_subject");
    browser.send("POST", &format!("{path}/withdraw"), &json!({ "reason": "ill" })).is(200);
    assert_eq!(browser.get(&path).is(200)["withdrawn"], "ill");
}

#[test]
fn a_reader_who_has_the_revision_is_spared_the_body_until_the_event_changes() {
    let mut desk = Desk::open();
    let (mut laptop, browser, event) = founded(&mut desk);
    let paths = [
        "/people",
        "/hours",
        "/walk-ins",
        "/conflicts",
        "/ruling-conflicts",
        "/rulings",
        "/totals",
        "/reports/people",
        "/reports/hours?format=xlsx",
        "/reports/attendance?format=json",
        "/reports/badges",
    ];
    let paths = paths.map(|path| format!("/v1/events/{event}{path}"));
    let tags = paths.each_ref().map(|path| browser.get(path).header("etag").to_owned());
    for (path, tag) in paths.iter().zip(&tags) {
        let spared = browser.get_unless(path, tag);
        assert_eq!((spared.status, spared.body.len(), spared.header("etag")), (304, 0, tag.as_str()), "{path}");
    }
    laptop.exchanges();
    laptop.does(Command::CheckIn(Presence {
        site: "north".to_owned(),
        method: Method::Search,
        subject: person_of(&browser, &event, "A-1").parse().unwrap(),
    }));
    laptop.exchanges();
    for (path, tag) in paths.iter().zip(&tags) {
        assert_eq!(browser.get_unless(path, tag).status, 200, "{path}");
    }
}

#[test]
fn two_opinions_about_a_field_are_shown_with_their_authors_and_one_is_chosen() {
    let mut desk = Desk::open();
    let (mut laptop, browser, event) = founded(&mut desk);
    let id = person_of(&browser, &event, "A-2");
    laptop.exchanges();
    laptop.does(Command::EditPerson(id.parse().unwrap(), PersonEdit::Phone(Some("111".to_owned()))));
    let path = format!("/v1/events/{event}/people/{id}");
    browser.send("PATCH", &path, &json!({ "phone": "222" })).is(200);
    laptop.exchanges();
    let conflicts = browser.all(&format!("/v1/events/{event}/conflicts"));
    let [conflict] = &conflicts[..] else { panic!("{conflicts:?}") };
    let values = conflict["values"].as_array().unwrap();
    let mut texts: Vec<&str> = values.iter().map(|value| value["text"].as_str().unwrap()).collect();
    texts.sort_unstable();
    assert_eq!((&conflict["field"], texts), (&"phone".into(), vec!["111", "222"]));
    assert!(values.iter().any(|value| value["by_name"] == "office"));
    assert_eq!(browser.all(&format!("/v1/events/{event}/people?contested=true")).len(), 1);
    let chosen = values.iter().find(|value| value["text"] == "111").unwrap();
    browser.send("PATCH", &path, &chosen["choose"]).is(200);
    assert!(browser.all(&format!("/v1/events/{event}/conflicts")).is_empty());
    assert_eq!(browser.get(&path).is(200)["phone"], "111");
}

#[test]
fn a_walk_in_is_joined_to_the_roster_and_the_ruling_taken_back() {
    let mut desk = Desk::open();
    let (mut laptop, browser, event) = founded(&mut desk);
    let known = person_of(&browser, &event, "A-3");
    laptop.exchanges();
    let walk_in = WalkInId::from_entropy(7);
    let names = vec![PersonName { family: "Chernova Svetlana".to_owned(), ..PersonName::default() }];
    laptop.does(Command::AddWalkIn(WalkIn { id: walk_in, names, phone: None, organisation: None, birth_year: None }));
    laptop.exchanges();
    let list = browser.all(&format!("/v1/events/{event}/walk-ins"));
    assert_eq!((list.len(), &list[0]["joined"]), (1, &false.into()));
    let subject = Subject::WalkIn(walk_in).to_string();
    let rulings = format!("/v1/events/{event}/rulings");
    let same = json!({ "decision": { "kind": "same", "a": known, "b": subject }, "reason": "same phone" });
    let ruled = browser.send("POST", &rulings, &same).is(201);
    let class = |id: &str| browser.get(&format!("/v1/events/{event}/people/{id}")).is(200)["class"].clone();
    assert_eq!(class(&subject), json!(known));
    let ruling = ruled["rulings"][0].as_str().unwrap();
    browser.send("POST", &rulings, &json!({ "decision": { "kind": "retract", "ruling": ruling } })).is(201);
    assert_eq!(class(&subject), json!(subject));
    let listed = browser.all(&rulings);
    let standing: Vec<&Value> = listed.iter().map(|ruling| &ruling["standing"]).collect();
    assert_eq!((standing.len(), standing.iter().filter(|it| ***it == json!(true)).count()), (2, 1), "{listed:?}");
    let unknown = json!({ "decision": { "kind": "retract", "ruling": "00".repeat(8) } });
    browser.send("POST", &rulings, &unknown).is_problem(404, "unknown_ruling");
    let itself = json!({ "decision": { "kind": "same", "a": known, "b": known } });
    browser.send("POST", &rulings, &itself).is_problem(400, "bad_field");
    let nobody = json!({ "decision": { "kind": "same", "a": known, "b": "00".repeat(8) } });
    browser.send("POST", &rulings, &nobody).is_problem(404, "unknown_subject");
    let no_id = browser.send("POST", &rulings, &json!({ "decision": { "kind": "same", "a": "x", "b": known } }));
    no_id.is_problem(400, "bad_field");
    assert_eq!(no_id.json()["field"], "decision.a");
}

#[test]
fn hours_are_granted_from_a_paper_list_and_a_teams_imputed_time_is_confirmed_at_once() {
    let mut desk = Desk::open();
    let (mut laptop, browser, event) = founded(&mut desk);
    laptop.exchanges();
    for code in ["A-1", "A-2", "A-3"] {
        let subject = person_of(&browser, &event, code).parse().unwrap();
        laptop.does(Command::CheckIn(Presence { site: "north".to_owned(), method: Method::Search, subject }));
    }
    laptop.exchanges();
    let hours = format!("/v1/events/{event}/hours");
    assert_eq!(browser.all(&format!("{hours}?unconfirmed=true")).len(), 3);
    let confirm = |body: &Value| browser.send("POST", &format!("{hours}/confirm"), body);
    confirm(&json!({})).is_problem(400, "bad_field");
    confirm(&json!({ "date": "May" })).is_problem(400, "bad_field");
    let confirmed = confirm(&json!({ "team": "T1", "date": "2026-05-18", "reason": "the lead was there" })).is(201);
    assert_eq!(confirmed["rulings"].as_array().unwrap().len(), 2);
    let waiting = browser.all(&format!("{hours}?unconfirmed=true"));
    assert_eq!((waiting.len(), &waiting[0]["name"]), (1, &"Чернова Светлана".into()));
    let nine_hours = 9 * 3_600_000;
    assert_eq!(browser.all(&format!("{hours}?team=T1"))[0]["verified_ms"], nine_hours);

    let person = person_of(&browser, &event, "A-3");
    let start = MORNING.0 + 24 * 3_600_000;
    let manual = json!({ "kind": "manual", "person": person, "start_ms": start, "end_ms": start + 3_600_000 });
    browser.send("POST", &format!("/v1/events/{event}/rulings"), &json!({ "decision": manual })).is(201);
    let day = browser.all(&format!("{hours}?person={person}&date=2026-05-19"));
    assert_eq!((day.len(), &day[0]["manual_ms"]), (1, &3_600_000.into()));
    let backwards = json!({ "kind": "manual", "person": person, "start_ms": start, "end_ms": start - 1 });
    let refused = browser.send("POST", &format!("/v1/events/{event}/rulings"), &json!({ "decision": backwards }));
    refused.is_problem(400, "bad_field");

    let evidence = &browser.all(&format!("{hours}?team=T1"))[0]["sessions"][0]["evidence"][0];
    let void = json!({ "decision": { "kind": "void", "entry": evidence } });
    browser.send("POST", &format!("/v1/events/{event}/rulings"), &void).is(201);
    assert_eq!(browser.all(&format!("{hours}?team=T1")).len(), 1, "a voided entry has no effect");
    let totals = browser.get(&format!("/v1/events/{event}/totals")).is(200);
    assert_eq!(totals["total"]["figures"]["attended"], 2, "{totals}");
    let csv = browser.get(&format!("/v1/events/{event}/reports/hours"));
    assert!(csv.text().starts_with("subjects,name,organisation,date,observed_s"), "{}", csv.text());
    let xlsx = browser.get(&format!("/v1/events/{event}/reports/attendance?format=xlsx&lang=kk"));
    assert!(xlsx.status == 200 && xlsx.body.starts_with(b"PK"), "{}", xlsx.text());
    browser.get(&format!("/v1/events/{event}/reports/hours?format=ics")).is_problem(400, "bad_field");
    assert_eq!(
        browser.get(&format!("/v1/events/{event}/reports/hours?format=json")).json().as_array().unwrap().len(),
        3
    );
    browser.get(&format!("/v1/events/{event}/reports/other")).is_problem(404, "unknown_report");
}

#[test]
fn what_is_said_of_people_is_kept_by_no_cache() {
    let mut desk = Desk::open();
    let (_laptop, browser, event) = founded(&mut desk);
    let id = person_of(&browser, &event, "A-1");
    for path in [
        "/v1/session".to_owned(),
        "/v1/sessions".to_owned(),
        "/v1/events".to_owned(),
        "/v1/lookup?q=A-1".to_owned(),
        "/v1/devices".to_owned(),
        format!("/v1/events/{event}/devices"),
        format!("/v1/events/{event}/people/{}", "0".repeat(16)),
    ] {
        assert_eq!(browser.get(&path).header("cache-control"), "no-store", "{path}");
    }
    // What has a tag may be kept by the reader, who asks before it is used again.
    for path in ["", "/people", "/hours", &format!("/people/{id}")] {
        let path = format!("/v1/events/{event}{path}");
        assert_eq!(browser.get(&path).header("cache-control"), "private, no-cache", "{path}");
    }
}

#[test]
fn a_scheme_of_authorization_is_the_same_in_any_case() {
    let mut desk = Desk::open();
    let (mut laptop, _browser, _event) = founded(&mut desk);
    laptop.renews();
    let token = laptop.token().trim_start_matches("Bearer ").to_owned();
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let reply = desk.call("GET", "/v1/events", &[("authorization", &format!("{scheme} {token}"))], "");
        assert_eq!(reply.status, 200, "{scheme}: {}", reply.text());
    }
    for wrong in [token.clone(), format!("Basic {token}"), format!("Bearer{token}")] {
        assert_eq!(desk.call("GET", "/v1/events", &[("authorization", &wrong)], "").status, 401, "{wrong}");
    }
}

#[test]
fn pages_of_hours_leave_nobody_out_when_a_ruling_joins_people_in_between() {
    let mut desk = Desk::open();
    let (mut laptop, browser, event) = founded(&mut desk);
    laptop.exchanges();
    let mut ids: Vec<String> = ["A-1", "A-2", "A-3"].map(|code| person_of(&browser, &event, code)).to_vec();
    ids.sort();
    for id in &ids {
        let subject = id.parse().unwrap();
        laptop.does(Command::CheckIn(Presence { site: "north".to_owned(), method: Method::Search, subject }));
    }
    laptop.exchanges();
    let list = format!("/v1/events/{event}/hours");
    let first = browser.get(&format!("{list}?limit=1")).is(200);
    assert_eq!(first["items"][0]["class"], ids[0].as_str());
    let next = first["next"].as_str().unwrap().to_owned();
    assert_eq!(browser.all(&format!("{list}?after={next}")).len(), 2);

    // The first and the last are one: the days of both stand at the first, where the reader has been already.
    let decision = json!({ "kind": "same", "a": ids[0], "b": ids[2] });
    let same = json!({ "decision": decision, "reason": "one phone" });
    browser.send("POST", &format!("/v1/events/{event}/rulings"), &same).is(201);
    let rest = browser.all(&format!("{list}?after={next}"));
    let classes: Vec<&str> = rest.iter().map(|day| day["class"].as_str().unwrap()).collect();
    assert_eq!(classes, [ids[0].as_str(), ids[1].as_str()], "the days of the last are read with the first");
}
