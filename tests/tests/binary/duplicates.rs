//! An organizer decides about two lists that have one human being in two spellings.

use tests::binary::{Home, Place, free_port};

const EVENT: &str = r#"{
    "name": {"en": "Shore day"}, "time_zone": "Asia/Qyzylorda",
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"}], "sites": [{"key": "pier"}]
}"#;
const FRONT_OFFICE: &str = "Код;Фамилия;Имя;Телефон;Год рождения\n\
    A-1;Әбдірахманова;Гүлнара;+7 701 555 01 02;1990\n\
    A-2;Сейтқали;Нұрлан;+7 701 555 03 04;1985\n";
const PARTNER: &str = "Code,Full name,Phone,Year of birth\nB-1,Gulnara Abdirakhmanova,87015550102,1990\n";

#[test]
fn a_pair_is_listed_shown_ruled_on_and_opened_again() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("event.json", EVENT);
    place.write("front-office.csv", FRONT_OFFICE);
    place.write("partner.csv", PARTNER);
    organizer.does(["event", "create", "event.json"]).done();
    organizer.does(["import", "front-office.csv", "--issuer", "front-office", "--apply"]).done();
    organizer.does(["import", "partner.csv", "--issuer", "partner", "--apply"]).done();

    let listed = organizer.does(["duplicates", "list"]).done();
    assert_eq!(listed.lines().count(), 1, "{listed}");
    assert!(
        listed.contains("A-1  Әбдірахманова Гүлнара") && listed.contains("B-1  Gulnara Abdirakhmanova"),
        "{listed}"
    );
    let shown = organizer.does(["duplicates", "show", "B-1", "A-1"]).done();
    for said in ["+7 701 555 01 02", "87015550102", "transliteration", "phone tail", "year"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }

    let ruled = organizer.does(["duplicates", "same", "A-1", "B-1", "--reason", "she said so"]).done();
    assert!(ruled.contains("one human being"), "{ruled}");
    assert_eq!(organizer.does(["duplicates", "list"]).done(), "No pairs to decide about.\n");
    assert!(organizer.does(["duplicates", "list", "--all"]).done().contains("(ruled the same)"));
    assert!(organizer.does(["duplicates", "show", "A-1", "B-1"]).done().contains(": she said so"));

    organizer.does(["duplicates", "retract", "A-1", "B-1"]).done();
    assert_eq!(organizer.does(["duplicates", "list"]).done(), listed);
    organizer.does(["duplicates", "retract", "A-1", "B-1"]).refused(3, &["nothing that was ruled on the two"]);
    organizer.does(["duplicates", "not-same", "A-1", "B-1"]).done();
    assert!(organizer.does(["duplicates", "list", "--all"]).done().contains("(ruled not the same)"));
    organizer.does(["duplicates", "same", "A-1", "A-1"]).refused(3, &["one record"]);
    organizer.does(["duplicates", "same", "A-1", "Z-9"]).refused(3, &["Z-9"]);

    let event = organizer.does(["event", "list"]).done().split_whitespace().next().unwrap().to_owned();
    let elsewhere = ["07".repeat(16), event];
    let ruled = organizer.does(["duplicates", "same-elsewhere", "A-1", &elsewhere[0], "0000000000000008"]).done();
    assert!(ruled.contains("A-1  Әбдірахманова Гүлнара  |  0000000000000008 of 0707"), "{ruled}");
    let here = ["duplicates", "same-elsewhere", "A-1", &elsewhere[1], "0000000000000008"];
    organizer.does(here).refused(3, &["that is this event"]);

    assert!(home.stop().done().contains("Stopped"));
    assert!(organizer.does(["duplicates", "list", "--all", "--offline", "--json"]).done().contains("\"not_same\""));
}
