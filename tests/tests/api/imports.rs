//! Lists of others over HTTP: who issued them, what their columns mean, what becomes of each line.

use serde_json::{Value, json};
use tests::desk::{Browser, Desk, Laptop, Reply, SHORE};

const REGISTER: &str = "Рег. №;Кто;Отряд 1\nR-1;Ким Анна;T05\n;;\nR-2;Сейтқали Нұрлан;T06\n";

fn founded(desk: &mut Desk) -> (Laptop<'_>, Browser<'_>, String) {
    let invite = desk.first_invite();
    let desk = &*desk;
    let laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = laptop.event().to_string();
    (laptop, browser, event)
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn upload(browser: &Browser<'_>, event: &str, asked: &[(&str, &str)], list: &str) -> Reply {
    let query: Vec<String> = asked.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
    let path = format!("/v1/events/{event}/imports?{}", query.join("&"));
    browser.send_with("POST", &path, &[("content-type", "text/csv")], list.to_owned())
}

fn accept(browser: &Browser<'_>, event: &str, plan: &Value) {
    let path = format!("/v1/events/{event}/imports/{}/accept", plan["plan"].as_str().unwrap());
    browser.send("POST", &path, &json!({})).is(200);
}

#[track_caller]
fn is_bad_field(reply: &Reply, field: &str, why: &str) {
    reply.is_problem(400, "bad_field");
    let problem = reply.json();
    assert!(problem["field"] == field && problem["why"].as_str().unwrap().contains(why), "{problem}");
}

#[test]
fn a_column_that_was_mapped_once_is_known_to_every_organizer_under_that_issuer() {
    let mut desk = Desk::open();
    let (mut laptop, browser, event) = founded(&mut desk);
    let columns = json!({ "Рег. №": "code", "Кто": "full_name", "Отряд 1": "team" }).to_string();
    is_bad_field(&upload(&browser, &event, &[("columns", &columns)], REGISTER), "issuer", "who issued this list?");
    let register = ("issuer", "register");
    upload(&browser, &event, &[register], REGISTER).is_problem(422, "bad_file");
    for (columns, why) in
        [("no", "a JSON object"), (r#"{"Кто": "colour"}"#, "one of code"), (r#"{" ": "code"}"#, "1 to 200")]
    {
        is_bad_field(&upload(&browser, &event, &[register, ("columns", columns)], REGISTER), "columns", why);
    }

    let plan = upload(&browser, &event, &[register, ("columns", &columns)], REGISTER).is(201);
    assert_eq!((&plan["add"], &plan["refused"]), (&json!(2), &json!(0)), "{plan}");
    upload(&browser, &event, &[register], REGISTER).is_problem(422, "bad_file");
    accept(&browser, &event, &plan);

    // From then on nobody says it again: in this browser, on the laptop, for this issuer alone.
    let june = REGISTER.replace("T06", "T07");
    let plan = upload(&browser, &event, &[register], &june).is(201);
    assert_eq!((&plan["update"], &plan["unchanged"]), (&json!(1), &json!(1)), "{plan}");
    let lines: Vec<(u64, &str, bool)> = plan["lines"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["line"].as_u64().unwrap(), line["outcome"].as_str().unwrap(), line["person"].is_string()))
        .collect();
    assert_eq!(lines, [(2, "unchanged", true), (4, "update", true)], "an empty row is no line of the plan");
    upload(&browser, &event, &[("issuer", "another")], REGISTER).is_problem(422, "bad_file");
    laptop.exchanges();
    let known = laptop.replica.replica().shown().event.list_columns.clone();
    let key = ("register".to_owned(), "Отряд 1".to_owned());
    assert_eq!((known.len(), known.get(&key).map(String::as_str)), (3, Some("team")));
}

#[test]
fn a_column_that_no_table_has_and_lists_side_by_side_are_told_and_keep_nothing() {
    let mut desk = Desk::open();
    let (_laptop, browser, event) = founded(&mut desk);
    let office = ("issuer", "office");
    for columns in [r#"{"Отряд": "team"}"#, r##"{"#4": "team"}"##] {
        let told = upload(&browser, &event, &[office, ("columns", columns)], "Код;ФИО;Группа 1\nA1;Ким Анна;T1\n");
        is_bad_field(&told, "columns", "the columns are `Код`, `ФИО`, `Группа 1`");
    }
    let beside = "Код;ФИО;;Код;ФИО\nA1;Ким Анна;;A2;Пак Ира\n";
    let told = upload(&browser, &event, &[office], beside);
    told.is_problem(422, "bad_file");
    assert!(told.json()["why"].as_str().unwrap().contains("two lists stand side by side"), "{}", told.json());
    for (columns, name) in [(r##"{"#4": "-", "#5": "-"}"##, "Ким Анна"), (r##"{"#1": "-", "#2": "-"}"##, "Пак Ира")]
    {
        let plan = upload(&browser, &event, &[office, ("columns", columns)], beside).is(201);
        assert_eq!((&plan["add"], &plan["lines"]["items"][0]["name"]), (&json!(1), &json!(name)), "{plan}");
    }
}

#[test]
fn a_register_is_known_by_its_columns_and_a_shop_must_be_named() {
    let mut desk = Desk::open();
    let (_laptop, browser, event) = founded(&mut desk);
    let plan = upload(&browser, &event, &[], "ID волонтёра;ФИО;Регион\n77;Ким Анна;Актау\n").is(201);
    accept(&browser, &event, &plan);
    let people = browser.all(&format!("/v1/events/{event}/people"));
    assert_eq!(people[0]["external_ids"], json!([{ "issuer": "qazvolunteer", "value": "77" }]));

    let tickets = "Order code,Position ID,Product,Attendee name\nA1B2C,1,Forum,Ann Lee\nA1B2C,2,Forum,Bo Kim\n";
    is_bad_field(&upload(&browser, &event, &[], tickets), "issuer", "who issued this list?");
    let plan = upload(&browser, &event, &[("issuer", "pretix forum")], tickets).is(201);
    assert_eq!((&plan["add"], &plan["refused"]), (&json!(2), &json!(0)), "each ticket is somebody: {plan}");

    let check_in = "Order code,Attendee name,Product\nA1B2C,Ann Lee,Forum\nA1B2C,Bo Kim,Forum\n\
        D3E4F,Cy Ten,Forum\nD3E4F,Cy Ten,T-shirt\n";
    let plan = upload(&browser, &event, &[("issuer", "pretix forum")], check_in).is(201);
    assert_eq!((&plan["add"], &plan["refused"]), (&json!(3), &json!(0)), "a shirt is nobody: {plan}");
    assert_eq!(plan["lines"]["items"][3]["outcome"], "aside");
    accept(&browser, &event, &plan);
    for address in ["/v1/lookup?q=a1b2c".to_owned(), format!("/v1/events/{event}/people?q=A1B2C")] {
        let found = browser.get(&address).is(200).to_string();
        assert!(
            found.contains("Ann Lee") && found.contains("Bo Kim"),
            "whoever holds a ticket says the order: {found}"
        );
    }
}

#[test]
fn every_later_list_of_an_office_says_what_has_changed_until_somebody_edits_by_hand() {
    let mut desk = Desk::open();
    let (mut laptop, browser, event) = founded(&mut desk);
    let list = |team: &str| format!("Код,Фамилия,Команда\r\nA-1,Чернова,{team}\r\n");
    let office = [("issuer", "office")];
    for (team, outcome) in [("T1", "add"), ("T2", "update"), ("T3", "update"), ("T3", "unchanged"), ("T1", "update")] {
        let plan = upload(&browser, &event, &office, &list(team)).is(201);
        assert_eq!(plan["lines"]["items"][0]["outcome"], outcome, "{team}: {plan}");
        accept(&browser, &event, &plan);
        laptop.exchanges();
        let shown = laptop.replica.replica().shown();
        let person = shown.roster.people.values().next().unwrap().person();
        assert_eq!(person.team.as_deref(), Some(team));
    }
    let person = browser.all(&format!("/v1/events/{event}/people"))[0]["person"].as_str().unwrap().to_owned();
    browser.send("PATCH", &format!("/v1/events/{event}/people/{person}"), &json!({ "team": "T9" })).is(200);
    let same = upload(&browser, &event, &office, &list("T1")).is(201);
    assert_eq!(same["lines"]["items"][0]["outcome"], "unchanged", "the list has not changed: {same}");
    let next = upload(&browser, &event, &office, &list("T4")).is(201);
    assert_eq!(next["lines"]["items"][0]["outcome"], "conflict", "{next}");

    browser.send("PATCH", &format!("/v1/events/{event}/people/{person}"), &json!({ "team": "T4" })).is(200);
    for (team, outcome) in [("T4", "unchanged"), ("T5", "update")] {
        let plan = upload(&browser, &event, &office, &list(team)).is(201);
        assert_eq!(plan["lines"]["items"][0]["outcome"], outcome, "after somebody decided for the list: {plan}");
        accept(&browser, &event, &plan);
    }
}

#[test]
fn a_plan_says_what_was_and_what_would_be_and_asks_before_a_code_is_given_to_somebody_else() {
    let mut desk = Desk::open();
    let (_laptop, browser, event) = founded(&mut desk);
    let office = [("issuer", "office")];
    let first = upload(&browser, &event, &office, "Код;ФИО;Команда\nA-1;Бекова Сауле;T1\nA-2;Громов Илья;T1\n").is(201);
    accept(&browser, &event, &first);
    let second = "Код;ФИО;Команда\nA-1;Ким Анна;T2\nA-2;Громов Илья;T2\nИтого;2;\n";
    let plan = upload(&browser, &event, &office, second).is(201);
    assert_eq!((&plan["update"], &plan["ask"], &plan["refused"]), (&json!(1), &json!(1), &json!(0)), "{plan}");
    assert!(plan["notes"][0].as_str().unwrap().contains("line 4 is a row of totals"), "{plan}");
    let lines = plan["lines"]["items"].as_array().unwrap();
    let outcomes: Vec<&str> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["ask", "update", "aside"]);
    let question = &lines[0]["question"];
    assert_eq!(
        (&question["doubt"], &question["known_name"], &question["listed_name"]),
        (&json!("renamed"), &json!("Бекова Сауле"), &json!("Ким Анна"))
    );
    assert_eq!((&lines[1]["code"], &lines[1]["name"]), (&json!("A-2"), &json!("Громов Илья")));
    assert_eq!((&lines[1]["old_values"], &lines[1]["values"]), (&json!({ "team": "T1" }), &json!({ "team": "T2" })));

    let path = format!("/v1/events/{event}/imports/{}/accept", plan["plan"].as_str().unwrap());
    let nowhere = json!({ "decisions": [{ "line": 3, "decision": "same" }] });
    is_bad_field(&browser.send("POST", &path, &nowhere), "decisions", "nothing is asked there");
    let decided = json!({ "decisions": [{ "code": "A-1", "decision": "other" }] });
    let accepted = browser.send("POST", &path, &decided).is(200);
    assert_eq!(accepted["left_out"], 0, "{accepted}");
    let people = browser.all(&format!("/v1/events/{event}/people"));
    assert_eq!(people.len(), 3, "{people:?}");
    let again = upload(&browser, &event, &office, second).is(201);
    assert_eq!((&again["unchanged"], &again["ask"]), (&json!(2), &json!(0)), "{again}");

    let third = upload(&browser, &event, &office, "Код;ФИО;Команда\nA-2;Цой Вера;T2\n").is(201);
    let path = format!("/v1/events/{event}/imports/{}/accept", third["plan"].as_str().unwrap());
    let accepted = browser.send("POST", &path, &json!({})).is(200);
    assert_eq!(accepted["left_out"], 1, "accepting alone decides nothing: {accepted}");
}

#[test]
fn encoding_and_delimiter_of_an_uploaded_list_can_be_named() {
    let mut desk = Desk::open();
    let (_laptop, browser, event) = founded(&mut desk);
    let list = encoding_rs::KOI8_R.encode("Код#ФИО\nA-1#Щербаков Юрий\n").0.into_owned();
    let sent = |query: &str| {
        browser.send_with("POST", &format!("/v1/events/{event}/imports?issuer=office&{query}"), &[], list.clone())
    };
    let plan = sent("encoding=koi8-r&delimiter=%23").is(201);
    assert_eq!(plan["lines"]["items"][0]["name"], "Щербаков Юрий");
    is_bad_field(&sent("encoding=martian"), "encoding", "no encoding is called so");
    is_bad_field(&sent("delimiter=two"), "delimiter", "one character");
}

#[test]
fn what_stands_between_the_cells_is_told_by_the_beginning_of_a_list_that_has_no_end_of_a_line() {
    let mut desk = Desk::open();
    let (_laptop, browser, event) = founded(&mut desk);
    // 150 cells between semicolons in the first 64 KiB; then more cells between commas than a list may have.
    let list = format!("{}{}", format!("{};", "x".repeat(500)).repeat(150), ",".repeat(300));
    let why = |asked: &[(&str, &str)]| {
        let reply = upload(&browser, &event, asked, &list);
        reply.is_problem(422, "bad_file");
        reply.json()["why"].clone()
    };
    let [found, named] = [&[("issuer", "office")][..], &[("issuer", "office"), ("delimiter", ";")]].map(why);
    assert_eq!(found, named);
    assert_ne!(found, why(&[("issuer", "office"), ("delimiter", ",")]));
}
