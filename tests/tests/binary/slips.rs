//! What somebody types at a gate or a desk and cannot mean is refused, or told.

use tests::binary::{Home, Laptop, Place, free_port};

const EVENT: &str = r#"{
    "name": {"en": "Shore week"}, "time_zone": "Europe/Berlin",
    "days": [{"date": "2026-03-28", "opens": "20:00", "closes": "04:00"}, {"date": "2026-10-25", "opens": "08:00", "closes": "18:00"}],
    "sites": [{"key": "pier"}, {"key": "dune"}]
}"#;
const LIST: &str = "Code,Name,Phone\nA-1,Anna Kim,+77015550001\nA-2,Boris Li,\n";

fn office<'a>(place: &'a Place, home: &mut Home) -> Laptop<'a> {
    let laptop = place.laptop("organizer");
    laptop.joins(&home.first_invite()).done();
    place.write("event.json", EVENT);
    place.write("list.csv", LIST);
    laptop.does(["event", "create", "event.json"]).done();
    laptop.does(["import", "list.csv", "--issuer", "list", "--apply"]).done();
    laptop
}

#[test]
fn an_answer_is_no_value_of_a_field_and_no_is_no_reason() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let office = office(&place, &mut home);
    for no in ["нет", "Нет", "жоқ", "no", "false"] {
        for field in ["withdrawn", "guardian_consent", "team", "organisation", "phone", "categories", "consents"] {
            office.does(["person", "edit", "A-1", field, no]).refused(3, &[field, no, "leave the value empty"]);
        }
        let add = ["person", "add", "Cleo Pak", "--field", &format!("withdrawn={no}")];
        office.does(add).refused(3, &["withdrawn", "leave the value empty"]);
        let ask = ["request", "ask", "please", "--person", "A-1", "--field", "withdrawn", "--value", no];
        office.does(ask).refused(3, &["withdrawn", "leave the value empty"]);
        let choose = ["conflicts", "choose", "A-1", "withdrawn", "--text", no];
        office.does(choose).refused(3, &["withdrawn", "leave the value empty"]);
        office.does(["field", "consent", "A-1", "--guardian", no]).refused(3, &["guardian_consent"]);
    }
    for (field, yes) in [("team", "да"), ("organisation", "yes"), ("shifts", "иә"), ("region", "true")] {
        office.does(["person", "edit", "A-1", field, yes]).refused(3, &[field, "an answer, and no value"]);
    }
    let shown = office.does(["person", "show", "A-1"]).done();
    assert!(!shown.contains("withdrawn") && !shown.contains("team"), "{shown}");
    // What is a value all the same: Norway and Norwegian, a reason, a team of one letter.
    for (field, value) in [("region", "NO"), ("languages", "no, en"), ("withdrawn", "да"), ("team", "V")] {
        office.does(["person", "edit", "A-1", field, value]).done();
    }
    office.does(["person", "edit", "A-1", "withdrawn", ""]).done();
    let shown = office.does(["person", "show", "A-1"]).done();
    assert!(shown.contains("region: NO") && shown.contains("team: V") && !shown.contains("withdrawn"), "{shown}");
}

#[test]
fn a_walk_in_who_is_on_the_list_is_told_and_a_code_is_no_name() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let office = office(&place, &mut home);
    for (name, phone) in [(["Anna", "Kim"], "8 701 555 00 01"), (["KIM", "Anna"], "+77015550001")] {
        let told = office.does(["field", "walk-in", name[0], name[1], "--phone", phone, "--site", "pier"]);
        assert_eq!(told.code, Some(0), "{told:?}");
        assert!(told.err.contains("already known by this name: A-1 ") && told.err.contains("Anna Kim"), "{told:?}");
        assert!(told.err.contains("field check-in A-1") && told.out.contains("registered"), "{told:?}");
    }
    // Namesakes with another telephone number are other people.
    let told = office.does(["field", "walk-in", "Anna", "Kim", "--phone", "+77019998877", "--site", "pier"]);
    assert!(!told.err.contains("A-1"), "{told:?}");
    let told = office.does(["field", "walk-in", "Boris", "Li", "--site", "pier"]);
    assert!(told.err.contains("already known by this name: A-2 "), "{told:?}");
    for (name, said) in [("A-1", "the code of Anna Kim"), ("a–1", "the code of Anna Kim"), ("B77", "looks like a code")]
    {
        office.does(["field", "walk-in", name, "--site", "pier"]).refused(3, &[said, "--called-so"]);
    }
    let before = office.does(["walk-in", "list"]).done();
    assert!(!before.contains("B77"), "{before}");
}

#[test]
fn a_shift_or_a_team_at_a_site_that_is_not_there_is_refused() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let office = office(&place, &mut home);
    let shift = |site: &str, more: &str| {
        let shift = r#""key": "s1", "date": "2026-10-25", "starts": "09:00", "ends": "12:00""#;
        format!(r#"{{"shifts": [{{{shift}, "site": "{site}"}}]{more}}}"#)
    };
    let edit = |content: String| {
        place.write("edit.json", content);
        office.does(["event", "edit", "edit.json"])
    };
    edit(shift("harbour", "")).refused(3, &["shifts, s1: site", "there is no site `harbour`: there is dune, pier"]);
    edit(r#"{"teams": [{"key": "T1", "site": "harbour"}]}"#.to_owned()).refused(3, &["teams, T1: site"]);
    edit(shift("dune", r#", "remove": {"sites": ["dune"]}"#)).refused(3, &["there is no site `dune`"]);
    edit(shift("harbour", r#", "sites": [{"key": "harbour"}]"#)).done();
    edit(shift("pier", "")).done();
    let mut other = EVENT.replace("Shore week", "Other week");
    other.insert_str(other.rfind('}').unwrap(), &format!(", {}", shift("nowhere", "").trim_matches(['{', '}'])));
    // What is wrong there is refused before there is an event.
    let other = other.replace("\"site\": \"nowhere\"]", "\"site\": \"nowhere\"}]");
    place.write("other.json", other);
    office.does(["event", "create", "other.json"]).refused(3, &["there is no site `nowhere`"]);
    assert!(!office.does(["event", "list"]).done().contains("Other week"));
}

#[test]
fn times_that_clocks_skip_or_show_twice_are_told_and_a_night_belongs_to_its_day() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let office = office(&place, &mut home);
    for (from, to, said) in [
        ("2026-03-29T02:30", "2026-03-29T04:00", "note: 2026-03-29T02:30: clocks skip this time"),
        ("2026-10-25T01:00", "2026-10-25T02:30", "note: 2026-10-25T02:30: clocks show this time twice"),
    ] {
        let told = office.does(["hours", "grant", "A-1", "--from", from, "--to", to]);
        assert!(told.code == Some(0) && told.err.contains(said), "{told:?}");
    }
    let plain = ["hours", "grant", "A-1", "--from", "2026-03-28T21:00", "--to", "2026-03-28T22:00"];
    assert_eq!(office.does(plain).err, "");
    place.write("edit.json", r#"{"days": [{"date": "2026-03-29", "opens": "02:15", "closes": "18:00"}]}"#);
    let told = office.does(["event", "edit", "edit.json"]);
    assert!(told.err.contains("note: day, 2026-03-29 02:15: clocks skip this time"), "{told:?}");
    office.does(["event", "remove", "days", "2026-03-29"]).done();

    // The night of 28 March ends at 7 in the morning of the next date.
    place.write("paper.csv", "Code,Date,From,To\nA-1,29.03.2026,0:30,1:30\nA-2,29.03.2026,12:00,13:00\n");
    let told = office.does(["hours", "grant", "--list", "paper.csv"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.err.contains("line 3: 2026-03-29 is no day of the event") && !told.err.contains("line 2"), "{told:?}");
}
