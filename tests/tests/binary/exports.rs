//! What an organizer brings in from other programs, and takes away to paper.

use tests::binary::{Home, Place, free_port};

use crate::story::event_of_today;

const REGISTER: &str = "Рег. №;Кто;Отряд 1\nR-1;Ким Анна;T05\nR-2;Сейтқали Нұрлан;T06\n";

#[test]
fn a_column_that_was_mapped_once_is_known_from_then_on() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("event.json", event_of_today().0);
    organizer.does(["event", "create", "event.json"]).done();
    place.write("may.csv", REGISTER);
    let unknown = organizer.does(["import", "may.csv", "--issuer", "may"]);
    assert!(unknown.err.contains("the list has `Рег. №`, `Кто`, `Отряд 1`"), "{}", unknown.err);

    let nameless = ["import", "may.csv", "--apply", "--map", "Рег. №=code", "--map", "Кто=full_name"];
    organizer.does(nameless).refused(3, &["may.csv: who issued this list?", "--issuer NAME"]);

    let map = ["--map", "Рег. №=code", "--map", "Кто=full_name", "--map", "Отряд 1=team"];
    let by_hand = [&["import", "may.csv", "--issuer", "register", "--apply"][..], &map].concat();
    let told = organizer.does(by_hand).done();
    assert!(told.contains("2 to add") && told.contains("5 changes written"), "{told}");

    place.write("june.csv", REGISTER.replace("T06", "T07"));
    let told = organizer.does(["import", "june.csv", "--issuer", "register", "--apply", "--lines"]).done();
    assert!(told.contains("0 to add, 1 to update, 1 unchanged"), "{told}");
    assert!(told.contains("line 2: unchanged ") && told.contains("line 3: update "), "{told}");
    let wrong = organizer.does(["import", "june.csv", "--issuer", "june", "--map", "Кто=colour"]);
    assert!(wrong.err.contains("`colour` is none of code, position, shared_code, full_name"), "{}", wrong.err);

    place.write("forum.csv", "Order code,Attendee name,Product\nA1B2C,Ann Lee,Forum\nA1B2C,Bo Kim,Forum\n");
    organizer.does(["import", "forum.csv", "--issuer", "forum", "--apply"]).done();
    let both = organizer.does(["field", "find", "a1b2c"]).done();
    assert!(both.contains("Ann Lee") && both.contains("Bo Kim"), "{both}");

    let told = organizer.does(["report", "badges", "--lang", "kk", "--out", "badges.pdf", "--person", "R-2"]).done();
    assert_eq!(told, "");
    assert!(std::fs::read(place.path("badges.pdf")).unwrap().starts_with(b"%PDF-"));
    let nobody = organizer.does(["report", "letters", "--out", "letters.pdf"]);
    assert!(nobody.err.contains("there is nobody to print anything for"), "{}", nobody.err);
}
