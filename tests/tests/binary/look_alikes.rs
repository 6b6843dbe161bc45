//! Codes and names that look alike on paper are one, in whatever alphabet, case and dash somebody typed them.

use tests::binary::{Home, Laptop, Place, free_port};

const EVENT: &str = r#"{
    "name": {"en": "Shore day"}, "time_zone": "Asia/Qyzylorda",
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"}],
    "sites": [{"key": "B-pier"}, {"key": "Түпқараған"}]
}"#;

/// An event with `list` on its roster.
fn event_with<'a>(place: &'a Place, home: &mut Home, list: &str) -> Laptop<'a> {
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("event.json", EVENT);
    organizer.does(["event", "create", "event.json"]).done();
    place.write("first.csv", list);
    organizer.does(["import", "first.csv", "--issuer", "office", "--apply"]).done();
    organizer
}

const CODES: &str = "Код;ФИО;Команда\nA-0001;Бекова Сауле;T01\nB-0002;Громов Илья;T01\nҚ-3;Ким Анна;T01\n";

/// The same three codes as other people type them.
const TYPED: [[&str; 3]; 7] = [
    ["А-0001", "В-0002", "Қ-3"],
    ["a–0001", "b‑0002", "қ–3"],
    ["а-0001", "в-0002", "Ӄ-3"],
    ["Α-0001", "Β-0002", "Ҡ-3"],
    ["Ａ－０００１", "Ｂ－０００２", "Қ－３"],
    [" A - 0001 ", "B\u{a0}-\u{a0}0002", "Қ\u{2212}3"],
    ["A\u{ad}-0001", "\u{feff}B-0002", "К\u{329}-3"],
];

#[test]
fn a_list_that_types_the_codes_in_another_way_updates_the_same_people() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let organizer = event_with(&place, &mut home, CODES);
    for (turn, codes) in TYPED.into_iter().take(6).enumerate() {
        let [a, b, c] = codes;
        let team = format!("T{}", turn + 10);
        let list = format!("Код;ФИО;Команда\n{a};Бекова Сауле;{team}\n{b};Громов Илья;{team}\n{c};Ким Анна;{team}\n");
        place.write("next.csv", list);
        let said = organizer.does(["import", "next.csv", "--issuer", "office", "--apply"]).done();
        assert!(said.contains("3 to update") && said.contains("0 to add"), "{codes:?}: {said}");
    }
    let people = organizer.does(["report", "people"]).done();
    assert_eq!(people.lines().filter(|line| line.contains("T15")).count(), 3, "{people}");
    assert!(people.contains("A-0001") && !people.contains("a–0001"), "what was written first is shown: {people}");
}

#[test]
fn a_gate_finds_a_code_and_a_site_however_they_are_typed() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let organizer = event_with(&place, &mut home, CODES);
    let names = ["Бекова Сауле", "Громов Илья", "Ким Анна"];
    for (code, name) in TYPED.iter().take(6).flat_map(|codes| codes.iter().zip(names)) {
        let found = organizer.does(["field", "find", code]).done();
        assert!(found.contains(name) && found.lines().count() == 1, "{code}: {found}");
        let noted = organizer.does(["field", "check-in", code, "--site", "в–Pier"]).done();
        assert!(noted.contains(name) && noted.contains("B-pier"), "{code}: {noted}");
    }
    organizer.does(["field", "check-in", "A-0001", "--site", "ТYПҚАРАҒАН"]).done();
    organizer.does(["field", "check-in", "A-0003", "--site", "B-pier"]).refused(3, &["A-0003"]);
}

#[test]
fn two_spellings_of_one_code_in_a_list_are_told() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let organizer = event_with(&place, &mut home, CODES);
    for [one, other] in [["D-1", "d–1"], ["С-1", "C-1"], ["Ө-1", "Ѳ-1"], ["Т-1", "т-1"]] {
        place.write("twice.csv", format!("Код;ФИО\n{one};Ахметов Серік\n{other};Петрова Ольга\n"));
        let told = organizer.does(["import", "twice.csv", "--issuer", "office"]);
        assert!(format!("{told:?}").contains("2 refused"), "{one} and {other}: {told:?}");
    }
}

#[test]
fn a_team_that_was_typed_in_two_alphabets_counts_once() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let list = "Код;ФИО;Команда\nA-1;Бекова Сауле;T01\nA-2;Громов Илья;Т01\nA-3;Ким Анна;t01\n";
    let organizer = event_with(&place, &mut home, list);
    for code in ["A-1", "A-2", "A-3"] {
        organizer.does(["field", "check-in", code, "--site", "B-pier"]).done();
    }
    organizer.does(["field", "exchange"]).done();
    let totals = organizer.does(["report", "breakdowns"]).done();
    let teams: Vec<&str> = totals.lines().filter(|line| line.to_lowercase().contains("01")).collect();
    assert_eq!(teams.len(), 1, "{totals}");
}

/// Names as a list has them, and with letters of the other alphabet in them.
const NAMES: [[&str; 2]; 7] = [
    ["Сова Роман", "Coвa Poмaн"],
    ["Сахаров Тарас", "Caxapoв Tapac"],
    ["Сорока Вера", "Copoka Bepa"],
    ["Нұрғали Ерасыл", "Hұpғaли Epacыл"],
    ["Өмірбек Сәуле", "Ɵмipбeк Cəyлe"],
    ["Smith Anna", "Ѕmith Аnnа"],
    ["Қасен Ұлжан", "Ӄaceн Ұлжaн"],
];

#[test]
fn names_with_letters_of_another_alphabet_are_found_and_are_pairs() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let list = |prefix: &str, column: usize| -> String {
        let row = |(at, names): (usize, &[&str; 2])| format!("{prefix}-{at};{};+7701555220{at}\n", names[column]);
        let rows: String = NAMES.iter().enumerate().map(row).collect();
        format!("Код;ФИО;Телефон\n{rows}")
    };
    let organizer = event_with(&place, &mut home, &list("HC", 0));
    place.write("copied.csv", list("HG", 1));
    organizer.does(["import", "copied.csv", "--issuer", "partner", "--apply"]).done();
    for [meant, copied] in NAMES {
        let family = meant.split(' ').next().unwrap();
        let found = organizer.does(["field", "find", family]).done();
        assert!(found.contains(meant) && found.contains(copied), "{family}: {found}");
    }
    let pairs = organizer.does(["duplicates", "list"]).done();
    for (at, names) in NAMES.iter().enumerate() {
        let is_pair =
            pairs.lines().any(|line| line.contains(&format!("HC-{at} ")) && line.contains(&format!("HG-{at} ")));
        assert!(is_pair, "{names:?}: {pairs}");
    }
    assert_eq!(pairs.lines().count(), NAMES.len(), "{pairs}");
}

#[test]
fn a_list_of_people_is_in_the_order_of_its_language() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let list = "Код;ФИО\nA-1;Яна Ким\nA-2;Әсел Ким\nA-3;Қуат Ким\nA-4;Кенже Ким\nA-5;Ұлан Ким\nA-6;Умар Ким\n";
    let organizer = event_with(&place, &mut home, list);
    let people = organizer.does(["report", "people", "--lang", "kk"]).done();
    let place_of = |name: &str| people.find(name).unwrap_or_else(|| panic!("{name}: {people}"));
    let order = ["Әсел", "Кенже", "Қуат", "Умар", "Ұлан", "Яна"];
    assert!(order.windows(2).all(|two| place_of(two[0]) < place_of(two[1])), "{people}");
}

#[test]
fn the_end_of_a_telephone_number_is_no_code() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let list = "Код;ФИО;Телефон\nA-1;Иванов Пётр;+7 701 333 44 55\n4455;Серов Олег;+7 701 333 12 12\n";
    let gate = event_with(&place, &mut home, list);
    let checks_in = |args: &[&str]| gate.does([&["field", "check-in", "--site", "B-pier"], args].concat());
    assert!(checks_in(&["--by-phone", "4455"]).done().contains("A-1  Иванов Пётр: checked in"));
    assert!(checks_in(&["4455"]).done().contains("4455  Серов Олег: checked in"));
    for nobodys in ["A-1", "Серов", "9999"] {
        checks_in(&["--by-phone", nobodys]).refused(3, &["no telephone number here ends in", "leave out --by-phone"]);
    }
}
