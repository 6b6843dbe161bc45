//! A letter is printed, and whoever holds it asks the server what became of it.

use serde_json::Value;
use tests::binary::{Home, Laptop, Place, free_port};
use tests::paper::codes;

const EVENT: &str = r#"{
    "name": {"kk": "Жаға апталығы", "ru": "Неделя берега", "en": "Shore week"}, "time_zone": "Asia/Aqtau",
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"}], "sites": [{"key": "pier"}]
}"#;
const LIST: &str = "Код;Фамилия;Имя\nA-1;Әбдірахманова;Гүлнара\nA-2;Сейтқали;Нұрлан\n";

fn grant_to(organizer: &Laptop<'_>, who: &str, hours: [&str; 2]) {
    let [from, to] = hours.map(|hour| format!("2026-05-18T{hour}"));
    organizer.does(["hours", "grant", who, "--from", &from, "--to", &to]).done();
}

fn grant(organizer: &Laptop<'_>, from: &str, to: &str) {
    grant_to(organizer, "A-1", [from, to]);
}

/// What the code on the letter of A-1 leads to.
fn link(organizer: &Laptop<'_>, place: &Place, lang: &str) -> String {
    let print = ["report", "letters", "--person", "A-1", "--lang", lang, "--out", "letter.pdf"];
    organizer.does(print).done();
    let read = codes(&std::fs::read(place.path("letter.pdf")).unwrap());
    assert_eq!(read.len(), 1, "{read:?}");
    read[0].clone()
}

#[test]
fn letters_are_printed_after_an_erasure_without_who_was_erased_or_it_is_said_what_to_do() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("event.json", EVENT);
    place.write("list.csv", LIST);
    organizer.does(["event", "create", "event.json"]).done();
    organizer.does(["import", "list.csv", "--issuer", "list", "--apply"]).done();
    for who in ["A-1", "A-2"] {
        grant_to(&organizer, who, ["09:00", "11:30"]);
    }
    organizer.does(["report", "publish"]).done();
    organizer.does(["person", "erase", "A-1", "--yes"]).done();
    // What is known now says what was published: there is nothing new to publish, and nothing to wait for.
    organizer.does(["report", "letters", "--lang", "kk", "--out", "letters.pdf"]).done();
    let read = codes(&std::fs::read(place.path("letters.pdf")).unwrap());
    assert_eq!(read.len(), 1, "{read:?}");
    let (_, path) = read[0].split_once("/letter/").unwrap();
    let answer = home.wire().get(&format!("/v1/letters/{path}"), &[]);
    let said: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((&said["standing"], &said["name"]), (&"stands".into(), &"Сейтқали Нұрлан".into()), "{said}");
    // Late data: the report has to be published again, and it is said how.
    grant_to(&organizer, "A-2", ["12:00", "13:00"]);
    let told = organizer.does(["report", "letters", "--out", "late.pdf"]);
    told.refused(1, &["letters rest on the newest report", "saxaul report publish"]);
    assert!(!place.path("late.pdf").exists());
    organizer.does(["report", "publish"]).done();
    organizer.does(["report", "letters", "--out", "late.pdf"]).done();
    assert_eq!(codes(&std::fs::read(place.path("late.pdf")).unwrap()).len(), 1);
}

#[test]
fn a_code_is_scanned_and_the_server_says_whether_the_letter_stands() {
    let place = Place::new();
    let port = free_port();
    let mut home = Home::start(&place, &place.path("data"), port);
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("event.json", EVENT);
    place.write("list.csv", LIST);
    organizer.does(["event", "create", "event.json"]).done();
    organizer.does(["import", "list.csv", "--issuer", "list", "--apply"]).done();
    let wire = home.wire();
    let page = |link: &str, lang: &str| {
        let answer = wire.get(&format!("{link}?lang={lang}"), &[]);
        assert_eq!(answer.status, 200, "{}", answer.head);
        assert!(
            answer.head.contains("cache-control: no-store") && answer.head.contains("referrer-policy: no-referrer")
        );
        String::from_utf8(answer.body).unwrap()
    };
    let says = |link: &str| -> Value {
        let answer = wire.get(&link.replacen("/letter/", "/v1/letters/", 1), &[]);
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        serde_json::from_slice(&answer.body).unwrap()
    };
    let path = |link: String| link.strip_prefix(&format!("http://127.0.0.1:{port}")).unwrap().to_owned();

    grant(&organizer, "09:00", "11:30");
    let draft = path(link(&organizer, &place, "en"));
    assert!(draft.starts_with("/letter/"), "{draft}");
    assert_eq!(says(&draft)["standing"], "draft");

    organizer.does(["report", "publish"]).done();
    let first = path(link(&organizer, &place, "kk"));
    let said = says(&first);
    assert_eq!((&said["standing"], &said["recomputed"]), (&"stands".into(), &true.into()), "{said}");
    assert_eq!((&said["verified_s"], &said["revision"]), (&9000.into(), &1.into()), "{said}");
    assert_eq!(said["name"], "Әбдірахманова Гүлнара");
    assert_eq!(said["newest"], Value::Null);
    let shown = page(&first, "kk");
    assert!(shown.contains("Түпнұсқа. ") && shown.contains("Гүлнара") && shown.contains("2 сағ 30 мин"), "{shown}");
    let asked = wire.get(&first, &[("accept-language", "ru-KZ,ru;q=0.9,en;q=0.5")]).body;
    assert!(String::from_utf8(asked).unwrap().contains("Подлинная. "));

    // Late data: the same paper is superseded, and says by what.
    grant(&organizer, "13:00", "14:00");
    organizer.does(["report", "publish"]).done();
    let said = says(&first);
    assert_eq!(said["standing"], "superseded", "{said}");
    assert_eq!((&said["newest"]["revision"], &said["newest"]["verified_s"]), (&2.into(), &12_600.into()), "{said}");
    let shown = page(&first, "en");
    assert!(shown.contains("superseded") && shown.contains("3 h 30 min") && shown.contains("v2, "), "{shown}");
    let second = path(link(&organizer, &place, "ru"));
    assert_eq!(says(&second)["standing"], "stands");

    // Another's code, a changed one and one of nobody: one answer for all.
    let (head, code) = first.split_at("/letter/".len());
    let other = second.strip_prefix(head).unwrap();
    let half = code.len() / 2;
    for forged in [format!("{}{}", &code[..half], &other[half..]), code.replacen('0', "1", 1), "0".to_owned()] {
        wire.get(&format!("/v1/letters/{forged}"), &[]).is_problem(404, "not_genuine");
        assert!(page(&format!("{head}{forged}"), "en").contains("Not genuine"));
    }

    // A report that is withdrawn takes its letters with it.
    let revisions = organizer.does(["report", "revisions"]).done();
    let row = revisions.lines().find(|row| row.starts_with("2,")).unwrap();
    let ruling = row.split(',').nth(7).unwrap();
    organizer.does(["hours", "retract", ruling]).done();
    assert_eq!((&says(&second)["standing"], &says(&first)["standing"]), (&"withdrawn".into(), &"stands".into()));
    assert!(page(&second, "ru").contains("Недействительна"));

    // Whoever is erased has no name here any more, and their letter says so; their hours stay under a code.
    organizer.does(["person", "erase", "A-1", "--yes"]).done();
    let said = says(&first);
    assert_eq!((&said["standing"], &said["name"]), (&"not_held".into(), &Value::Null), "{said}");
    for lang in ["kk", "ru", "en"] {
        let shown = page(&first, lang);
        assert!(!shown.contains("Гүлнара") && !shown.contains("Әбдірахманова"), "{shown}");
    }
    // The rows of the earlier report are gone with what they rested on; its sums are compared all the same.
    grant_to(&organizer, "A-2", ["09:00", "10:00"]);
    let diff = organizer.does(["report", "diff", "1"]);
    assert!(diff.err.contains("v1 to now: +1 people, +2.0 h") && diff.err.contains("only its sums"), "{}", diff.err);
    assert!(organizer.does(["report", "publish"]).done().starts_with("v3: +"));
    let print = ["report", "letters", "--person", "A-2", "--out", "letter.pdf"];
    organizer.does(print).done();
    let third = path(codes(&std::fs::read(place.path("letter.pdf")).unwrap())[0].clone());
    assert_eq!(says(&third)["standing"], "stands");
    // Whoever reads the server's log learns no code, and so no name.
    let log = home.stop().err;
    assert!(log.contains("/v1/letters/{letter}") && !log.contains(&code[..40]), "{log}");
}
