//! Who may be one human being, as an organizer sees it in a browser.

use std::sync::Arc;

use serde_json::{Value, json};
use sync_core::command::Command;
use sync_core::documents::log::{Method, Presence, WalkIn};
use sync_core::documents::roster::PersonName;
use sync_core::ids::{Subject, WalkInId};
use tests::desk::{Browser, Desk, Laptop, READER, SHORE};

const LIST: &str = "Код,Фамилия,Имя,Отчество,Телефон,Год рождения\r\n\
                    A-1,Әбдірахманова,Гүлнара,Маратқызы,+7 701 555 01 02,1987\r\n\
                    A-2,Абдрахманова,Гульнара,Маратовна,8 701 555 01 02,1987\r\n\
                    A-3,Сейтқали,Нұрлан,Әлиұлы,+7 701 555 03 04,1990\r\n\
                    A-4,Seitkali,Nurlan,,+7 701 555 03 04,1990\r\n\
                    A-5,Чернова,Светлана,Петровна,+7 701 555 05 06,1979\r\n";

fn founded(desk: &mut Desk) -> (Laptop<'_>, Browser<'_>, String) {
    let invite = desk.first_invite();
    let desk = &*desk;
    let laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = laptop.event().to_string();
    let path = format!("/v1/events/{event}/imports?issuer=office");
    let plan = browser.send_with("POST", &path, &[("content-type", "text/csv")], LIST).is(201);
    let accept = format!("/v1/events/{event}/imports/{}/accept", plan["plan"].as_str().unwrap());
    // The plan asks about the pair of one name and one telephone number; nobody has ruled yet.
    let others = json!([{ "code": "A-4", "decision": "other" }]);
    browser.send("POST", &accept, &json!({ "decisions": others })).is(200);
    (laptop, browser, event)
}

fn pairs(browser: &Browser<'_>, event: &str, more: &str) -> Vec<Value> {
    browser.all(&format!("/v1/events/{event}/duplicates?{more}"))
}

/// The two codes of each pair, in alphabetical order.
fn codes(pairs: &[Value]) -> Vec<(String, String)> {
    let code = |person: &Value| person["code"].as_str().unwrap_or("walk-in").to_owned();
    let both = pairs.iter().map(|pair| (code(&pair["a"]), code(&pair["b"])));
    both.map(|(a, b)| if a < b { (a, b) } else { (b, a) }).collect()
}

fn rule(browser: &Browser<'_>, event: &str, decision: &Value) -> String {
    let body = json!({ "decision": decision, "reason": "looked at both" });
    let ruled = browser.send("POST", &format!("/v1/events/{event}/rulings"), &body).is(201);
    ruled["rulings"][0].as_str().unwrap().to_owned()
}

fn ids(pair: &Value) -> (String, String) {
    let id = |side: &str| pair[side]["person"].as_str().unwrap().to_owned();
    (id("a"), id("b"))
}

fn same(pair: &Value) -> Value {
    let (a, b) = ids(pair);
    json!({ "kind": "same", "a": a, "b": b })
}

#[test]
fn pairs_are_listed_the_best_first_until_somebody_rules_and_come_back_when_the_ruling_is_taken_back() {
    let mut desk = Desk::open();
    let (_laptop, browser, event) = founded(&mut desk);
    let open = pairs(&browser, &event, "");
    let mut listed = codes(&open);
    listed.sort();
    assert_eq!(listed, [("A-1".into(), "A-2".into()), ("A-3".into(), "A-4".into())]);
    let scores: Vec<u64> = open.iter().map(|pair| pair["score"].as_u64().unwrap()).collect();
    assert!(scores[0] >= scores[1] && scores[1] >= 500, "{scores:?}");
    assert!(open.iter().all(|pair| pair["reasons"].to_string().contains("phone_tail")), "{open:?}");
    assert_eq!(codes(&pairs(&browser, &event, "limit=1")), codes(&open), "page by page it is the same list");

    let first = &open[0];
    let ruling = rule(&browser, &event, &same(first));
    assert_eq!(codes(&pairs(&browser, &event, "")), codes(&open[1..]));
    let all = pairs(&browser, &event, "all=true");
    let ruled = all.iter().find(|pair| ids(pair) == ids(first)).unwrap();
    assert_eq!((&ruled["state"], &ruled["same"]), (&json!("same"), &json!([ruling])));

    let (a, b) = ids(first);
    let other = rule(&browser, &event, &json!({ "kind": "not_same", "a": b, "b": a }));
    let contested = browser.get(&format!("/v1/events/{event}/duplicates/{a}/{b}")).is(200);
    assert_eq!(contested["pair"]["state"], "contested", "{contested}");
    for ruling in [&ruling, &other] {
        rule(&browser, &event, &json!({ "kind": "retract", "ruling": ruling }));
    }
    assert_eq!(codes(&pairs(&browser, &event, "")), codes(&open));
}

#[test]
fn what_two_records_say_stands_side_by_side_with_who_wrote_it_and_who_was_where() {
    let mut desk = Desk::open();
    let (mut laptop, browser, event) = founded(&mut desk);
    let id = WalkInId::from_entropy(8);
    let names = vec![PersonName { family: "Чернова Светлана".to_owned(), ..PersonName::default() }];
    let phone = Some("8 701 555 05 06".to_owned());
    laptop.does(Command::AddWalkIn(WalkIn { id, names, phone, organisation: None, birth_year: Some(1979) }));
    let subject = Subject::WalkIn(id);
    laptop.does(Command::CheckIn(Presence { subject, site: "north".to_owned(), method: Method::Search }));
    laptop.exchanges();
    let open = pairs(&browser, &event, "");
    let pair = open.iter().find(|pair| pair["b"]["listed"] == "walk_in").unwrap();
    let (a, b) = ids(pair);
    let shown = browser.get(&format!("/v1/events/{event}/duplicates/{b}/{a}")).is(200);
    assert_eq!(
        (shown["a"]["person"]["person"].as_str(), &shown["b"]["person"]["listed"]),
        (Some(&a[..]), &json!("walk_in"))
    );
    let said = |side: &str| -> Vec<(String, String)> {
        let statements = shown[side]["statements"].as_array().unwrap().iter();
        let text = |one: &Value, what: &str| one[what].as_str().unwrap().to_owned();
        statements.map(|one| (text(one, "text"), text(one, "by_name"))).collect()
    };
    assert!(said("b").contains(&("8 701 555 05 06".to_owned(), "office".to_owned())), "{shown}");
    assert!(said("a").iter().any(|(text, by)| text == "1979" && by.contains("Айгүл")), "{shown}");
    let visit = &shown["b"]["seen"][0];
    assert_eq!(
        (&visit["what"], &visit["site"], &visit["date"]),
        (&json!("check_in"), &json!("north"), &json!("2026-05-18"))
    );
    assert_eq!((shown["a"]["seen"].as_array().unwrap().len(), &shown["pair"]["state"]), (0, &json!("open")));

    let path = |a: &str, b: &str| format!("/v1/events/{event}/duplicates/{a}/{b}");
    browser.get(&path(&a, &a)).is_problem(400, "bad_field");
    browser.get(&path(&a, "0000000000000002")).is_problem(404, "unknown_subject");
    laptop.desk().sign_in(&laptop.offers("call_centre")).get(&path(&a, &b)).is_problem(403, "not_your_role");
}

#[test]
fn records_are_compared_once_until_one_of_them_changes_whoever_asks_and_however_many_at_once() {
    let mut desk = Desk::open();
    let (laptop, browser, event) = founded(&mut desk);
    let (desk, id) = (laptop.desk(), laptop.event());
    let path = format!("/v1/events/{event}/duplicates");
    let tag = browser.get(&path).header("etag").to_owned();
    assert_eq!(browser.get_unless(&path, &tag).status, 304);

    let app = desk.app();
    let reader = app.views.reader(READER).unwrap();
    let found = || desk.runtime().block_on(reader.pairs(id)).unwrap().1;
    let at_first = found();
    let open = pairs(&browser, &event, "");
    rule(&browser, &event, &same(&open[0]));
    assert_ne!(browser.get_unless(&path, &tag).header("etag"), tag, "a ruling is a new revision");
    assert!(Arc::ptr_eq(&at_first, &found()), "but nobody looks otherwise than before");

    let person = open[0]["a"]["person"].as_str().unwrap();
    let renamed = json!({ "names": [{ "family": "Ким", "given": "Анна" }] });
    browser.send("PATCH", &format!("/v1/events/{event}/people/{person}"), &renamed).is(200);
    let (one, other) = desk.runtime().block_on(async { tokio::join!(reader.pairs(id), reader.pairs(id)) });
    let (one, other) = (one.unwrap().1, other.unwrap().1);
    assert!(Arc::ptr_eq(&one, &other) && !Arc::ptr_eq(&one, &at_first));
}
