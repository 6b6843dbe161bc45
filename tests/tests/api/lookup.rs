//! The call-centre's first question: who is it?

use serde_json::{Value, json};
use sync_core::command::Command;
use sync_core::documents::log::WalkIn;
use sync_core::documents::roster::PersonName;
use sync_core::ids::{EntryRef, Subject, WalkInId};
use sync_core::spoken::SpokenCode;
use tests::desk::{Browser, Desk, SHORE};

const LIST: &str = "Код,Фамилия,Имя,Телефон,Команда\r\n\
                    A-1,Әбдірахманова,Гүлнара,+7 701 555 01 02,T1\r\n\
                    A-2,Сейтқали,Нұрлан,+7 701 555 03 04,T1\r\n\
                    A-3,Чернова,Светлана,+7 701 555 05 06,T2\r\n";

fn names(found: &Value) -> Vec<&str> {
    found["found"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

fn ask(callers: &Browser<'_>, query: &str) -> Value {
    callers.get(&format!("/v1/lookup?q={}", percent(query))).is(200)
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn somebody_is_found_by_code_number_or_name_as_heard_and_at_once_by_what_was_corrected() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let desk = &desk;
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let callers = desk.sign_in(&laptop.offers("call_centre"));
    let event = laptop.event().to_string();
    assert!(names(&ask(&callers, "chernova")).is_empty(), "nobody is listed yet");
    let path = format!("/v1/events/{event}/imports?issuer=office");
    let plan = browser.send_with("POST", &path, &[("content-type", "text/csv")], LIST).is(201);
    let accept = format!("/v1/events/{event}/imports/{}/accept", plan["plan"].as_str().unwrap());
    browser.send("POST", &accept, &json!({})).is(200);

    let found = ask(&callers, "chernova");
    let [chernova] = &found["found"].as_array().unwrap()[..] else { panic!("{found}") };
    assert_eq!((&chernova["code"], &chernova["how"], &chernova["team"]), (&json!("A-3"), &json!("name"), &json!("T2")));
    let id = chernova["person"].as_str().unwrap();
    let spoken = SpokenCode::of(id.parse::<Subject>().unwrap()).to_string();
    assert_eq!(chernova["spoken"].as_str(), Some(&spoken[..]));
    for (query, how) in [
        (spoken.to_lowercase(), "code"),
        (id.to_owned(), "code"),
        ("a3".to_owned(), "code"),
        ("5 05 06".to_owned(), "phone"),
        ("svetlana cher".to_owned(), "beginning"),
        ("Чирнова Светлана".to_owned(), "mistyped"),
        // Typed while another keyboard layout was on.
        ("xthyjdf".to_owned(), "name"),
        ("Ф-3".to_owned(), "code"),
    ] {
        let found = ask(&callers, &query);
        assert_eq!(
            (names(&found), &found["found"][0]["how"]),
            (vec!["Чернова Светлана"], &json!(how)),
            "{query}: {found}"
        );
    }
    callers.get(&format!("/v1/lookup?q={}", "x".repeat(101))).is_problem(400, "bad_field");

    // A correction is found at once, and what was corrected no more.
    let person = format!("/v1/events/{event}/people/{id}");
    browser.send("PATCH", &person, &json!({ "names": [{ "family": "Ким", "given": "Светлана" }] })).is(200);
    assert_eq!((names(&ask(&callers, "chernova")).len(), names(&ask(&callers, "kim"))), (0, vec!["Ким Светлана"]));
    assert_eq!(names(&ask(&callers, "a3")), ["Ким Светлана"]);

    // So is who came to a gate, until that is undone.
    let names_there = vec![PersonName { family: "Бекова Айгүл".to_owned(), ..PersonName::default() }];
    let walk_in =
        WalkIn { id: WalkInId::from_entropy(8), names: names_there, phone: None, organisation: None, birth_year: None };
    let entry: Option<EntryRef> = laptop.does(Command::AddWalkIn(walk_in)).entry;
    laptop.exchanges();
    let found = ask(&callers, "bekova");
    assert_eq!((names(&found), &found["found"][0]["listed"]), (vec!["Бекова Айгүл"], &json!("walk_in")));
    laptop.does(Command::Undo(entry.unwrap()));
    laptop.exchanges();
    assert!(names(&ask(&callers, "bekova")).is_empty());
    assert_eq!(names(&ask(&callers, "сейт")), ["Сейтқали Нұрлан"], "the others are still there");
}
