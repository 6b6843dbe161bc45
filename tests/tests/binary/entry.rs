//! Who gets in, on the command line.

use tests::binary::{Home, Laptop, Place, free_port};

/// The first organizer's laptop, which has made an event.
fn office_with_an_event<'a>(place: &'a Place, home: &mut Home) -> Laptop<'a> {
    let office = place.laptop("office");
    office.joins(&home.first_invite()).done();
    place.write("event.json", tests::desk::SHORE);
    office.does(["event", "create", "event.json"]).done();
    office
}

#[test]
fn an_organizers_laptop_that_opens_a_markers_link_stays_an_organizers() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let laptop = office_with_an_event(&place, &mut home);
    let marker = laptop.does(["invite", "--role", "marker"]).done().lines().next().unwrap().to_owned();
    let said = laptop.joins(&marker).done();
    assert!(said.contains("may do all of that already"), "{said}");
    laptop.does(["invite", "--role", "organizer"]).done();
    let organizer = laptop.does(["invite", "--role", "organizer"]).done().lines().next().unwrap().to_owned();

    // One who organizes this event alone is asked, and loses it only with --yes.
    let second = place.laptop("second");
    second.joins(&organizer).done();
    let asked = second.joins(&marker);
    asked.refused(3, &["Nothing was changed"]);
    second.does(["invite", "list"]).done();
    let link = place.write("marker.txt", &marker);
    second
        .does([std::ffi::OsStr::new("field"), "join".as_ref(), "--yes".as_ref(), "--link-file".as_ref(), link.as_ref()])
        .done();
    second.does(["invite", "list"]).refused(1, &["not_your_role"]);
    home.stop().done();
}

#[test]
fn what_home_refuses_of_a_revoked_device_is_never_called_confirmed_nor_forgotten_by_order() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let office = office_with_an_event(&place, &mut home);
    let gate = place.laptop("gate");
    gate.joins(&invited(&office, &["--role", "marker", "--site", "north"])).done();
    gate.does(["field", "exchange"]).done();
    let listed = office.does(["device", "list"]).done();
    let device = listed.lines().find(|line| line.contains(" gate ")).unwrap().split_whitespace().next().unwrap();
    gate.does(["field", "walk-in", "Ким", "Анна", "--site", "north"]).done();

    let lost = ["device", "revoke", device, "--later", "refuse", "--wipe"];
    office.does(lost).refused(3, &["hands over first what home does not have", "--later hold"]);
    office.does(["device", "revoke", device, "--later", "refuse"]).done();
    for told in [gate.does(["field", "exchange"]).done(), gate.does(["field", "status"]).done()] {
        assert!(told.contains("records were refused by home and are on this device only"), "{told}");
        assert!(!told.contains("confirmed at home"), "{told}");
    }
    office.does(["device", "revoke", device, "--wipe"]).done();
    let told = gate.does(["field", "exchange"]).done();
    assert!(told.contains("forgotten everything") && told.contains("Home has what it recorded."), "{told}");
    let listed = office.does(["held", "list"]).done();
    assert!(listed.contains("gate"), "{listed}");
    home.stop().done();
}

#[test]
fn what_waits_is_let_in_or_refused_by_the_beginning_of_its_id() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let office = office_with_an_event(&place, &mut home);
    let device = |name: &str| {
        let listed = office.does(["device", "list"]).done();
        let line = listed.lines().find(|line| line.contains(name)).unwrap().to_owned();
        line.split_whitespace().next().unwrap().to_owned()
    };
    // Two gates are revoked before they hand over what each of them recorded.
    for (gate, guest) in [("east", "Ким Анна"), ("west", "Пак Ира")] {
        let laptop = place.laptop(gate);
        laptop.joins(&invited(&office, &["--role", "marker", "--site", "north"])).done();
        laptop.does(["field", "exchange"]).done();
        office.does(["device", "revoke", &device(gate)]).done();
        laptop.does(["field", "walk-in", guest, "--site", "north"]).done();
        laptop.does(["field", "exchange"]).done();
    }
    let waiting = || -> Vec<String> {
        let listed = office.does(["held", "list"]).done();
        listed.lines().filter(|line| line.contains("written by")).map(str::to_owned).collect()
    };
    let id = |line: &str| line.split_whitespace().next().unwrap().to_owned();
    let of = |gate: &str| id(waiting().iter().find(|line| line.contains(gate)).unwrap());
    let before = waiting().len();
    let (east, west) = (of("east"), of("west"));
    office.does(["held", "release", ""]).done();
    office.does(["held", "release", "zz"]).done();
    assert_eq!(waiting().len(), before, "nothing begins so");
    let told = office.does(["held", "release", &east[..8].to_uppercase()]).done();
    assert!(told.contains(&east) && told.contains("let in"), "{told}");
    let told = office.does(["held", "discard", &west, "--reason", "entered twice"]).done();
    assert!(told.contains("discarded"), "{told}");
    office.does(["held", "release", &west]).done();
    assert_eq!(waiting().len(), before - 2, "{:?}", waiting());
    office.does(["held", "discard", "--all"]).done();
    assert!(waiting().is_empty());
    office.does(["field", "exchange"]).done();
    office.does(["field", "find", "Ким Анна"]).done();
    home.stop().done();
}

#[test]
fn a_restored_home_that_is_reminded_of_a_revocation_withdraws_again_what_was_prepared() {
    let (place, port, data) = (Place::new(), free_port(), Place::new());
    let directory = data.path("data");
    let mut home = Home::start(&place, &directory, port);
    let office = office_with_an_event(&place, &mut home);
    let gate = place.laptop("gate");
    gate.joins(&invited(&office, &["--role", "marker", "--site", "north"])).done();
    // Two laptops that are stolen: neither wrote anything, and one of them was never here.
    let every = ["--role", "organizer", "--every-event", "--uses", "2"];
    let link = invited(&office, &every);
    let stolen = ["stolen", "silent"].map(|name| {
        let laptop = place.laptop(name);
        laptop.joins(&link).done();
        laptop
    });
    let spare = stolen.each_ref().map(|laptop| invited(laptop, &every));
    home.stop().done();
    let copy = data.path("copy");
    copy_files(&directory, &copy);

    let home = Home::start(&place, &directory, port);
    let devices = || office.does(["device", "list"]).done();
    let listed = devices();
    for name in [" stolen ", " silent "] {
        let line = listed.lines().find(|line| line.contains(name)).unwrap();
        office.does(["device", "revoke", line.split_whitespace().next().unwrap()]).done();
    }
    office.does(["field", "exchange"]).done();
    gate.does(["field", "exchange"]).done();
    home.stop().done();
    std::fs::remove_dir_all(&directory).unwrap();
    copy_files(&copy, &directory);

    let home = Home::start(&place, &directory, port);
    assert_eq!(devices().matches("REVOKED").count(), 0, "home has forgotten it");
    gate.does(["field", "exchange"]).done();
    assert_eq!(devices().matches("REVOKED").count(), 2, "{}", devices());
    for (laptop, invite) in stolen.iter().zip(&spare) {
        laptop.does(["device", "list"]).refused(1, &["revoked"]);
        place.laptop("accomplice").joins(invite).refused(1, &["expired_invite"]);
    }
    home.stop().done();
}

fn copy_files(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn whoever_holds_the_data_directory_finds_the_way_back_in() {
    let (place, port) = (Place::new(), free_port());
    let data = place.path("data");
    let mut home = Home::start(&place, &data, port);
    let invite = home.first_invite();
    place.laptop("lost").joins(&invite).done();
    let url = home.url();
    let office = place.laptop("office");
    let args = ["invite", "--role", "organizer", "--data-dir", "data", "--public-url", &url];
    office.does(args).refused(1, &["stop it"]);
    home.stop().done();

    office.does(["invite", "--role", "organizer", "--data-dir", "nowhere"]).refused(3, &["saxaul.db"]);
    let made = office.does(args).done();
    let home = Home::start(&place, &data, port);
    office.joins(made.lines().next().unwrap()).done();
    let listed = office.does(["device", "list"]).done();
    assert_eq!(listed.matches("organizer").count(), 2, "{listed}");
    let record = office.does(["audit", "list", "--data-dir", "data"]).done();
    assert!(record.contains("invite"), "{record}");
    home.stop().done();
}

#[test]
fn revoking_tells_what_it_withdraws_and_keeps_what_is_named() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let invite = home.first_invite();
    let office = place.laptop("office");
    office.joins(&invite).done();
    let file = place.write("event.json", tests::desk::SHORE);
    let created = office.does([std::ffi::OsStr::new("event"), "create".as_ref(), file.as_ref()]).done();
    let event = created.split_whitespace().next().unwrap();
    let link = office.does(["invite", "--role", "organizer"]).done().lines().next().unwrap().to_owned();
    let stolen = place.laptop("stolen");
    stolen.joins(&link).done();
    stolen.does(["field", "exchange"]).done();
    stolen.does(["invite", "--role", "organizer"]).done();
    stolen.does(["invite", "--role", "marker", "--uses", "5"]).done();
    stolen.does(["sign-in", "accomplice", "--event", event]).done();

    let listed = office.does(["device", "list"]).done();
    let device = listed.lines().find(|line| line.contains(" stolen ")).unwrap();
    let device = device.split_whitespace().next().unwrap();
    let prepared = office.does(["device", "prepared", device]).done();
    assert_eq!(prepared.matches("invite  ").count() + prepared.matches("link to sign in").count(), 3, "{prepared}");
    let kept = prepared.lines().find(|line| line.contains("marker")).unwrap().split_whitespace().next().unwrap();
    let said = office.does(["device", "revoke", device, "--keep", kept]).done();
    assert!(said.contains("accomplice") && !said.contains(kept), "{said}");
    let invites = office.does(["invite", "list"]).done();
    let by_stolen: Vec<&str> = invites.lines().filter(|line| line.contains(" by stolen")).collect();
    assert_eq!(by_stolen.iter().filter(|line| line.contains("WITHDRAWN")).count(), 1, "{invites}");
    assert_eq!(by_stolen.len(), 2, "{invites}");
    let links = office.does(["sign-in", "list"]).done();
    assert!(links.contains("accomplice") && links.contains("WITHDRAWN"), "{links}");
    home.stop().done();
}

#[test]
fn an_organizer_of_every_event_who_has_opened_none_is_led_to_the_one_that_there_is() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let office = place.laptop("office");
    office.joins(&home.first_invite()).done();
    let link = office.does(["invite", "--role", "organizer", "--every-event"]).done();
    let second = place.laptop("second");
    second.joins(link.lines().next().unwrap()).done();
    second.does(["field", "exchange"]).refused(1, &["there is no event yet", "saxaul event create"]);

    place.write("event.json", tests::desk::SHORE);
    let created = office.does(["event", "create", "event.json"]).done();
    let first = created.split_whitespace().next().unwrap();
    for command in [["field", "exchange"], ["event", "show"], ["report", "hours"]] {
        let laptop = place.laptop(&command.join("-"));
        laptop.joins(&invited(&office, &["--role", "organizer", "--every-event"])).done();
        laptop.does(command).done();
    }
    second.does(["person", "add", "Ким Анна"]).done();

    // Of several, home names them all.
    let created = office.does(["event", "create", "event.json", "--again"]).done();
    let other = created.split_whitespace().next().unwrap();
    let third = place.laptop("third");
    third.joins(&invited(&office, &["--role", "organizer", "--every-event"])).done();
    let ids = [format!("--event {first}"), format!("--event {other}")];
    third.does(["person", "add", "Ким Олег"]).refused(1, &["there are 2 events", &ids[0], &ids[1]]);
    third.does(["person", "add", "Ким Олег", "--event", other]).done();
    home.stop().done();
}

/// The link of an invite that `office` makes.
fn invited(office: &Laptop<'_>, terms: &[&str]) -> String {
    let made = office.does([&["invite"][..], terms].concat()).done();
    made.lines().next().unwrap().to_owned()
}

#[test]
fn an_invite_names_a_site_and_a_team_that_the_event_has() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let office = office_with_an_event(&place, &mut home);
    let typo = ["invite", "--role", "marker", "--site", "nrth"];
    office.does(typo).refused(1, &["site", "has no site `nrth`", "north, pier"]);
    let listed = office.does(["invite", "list"]).done();
    assert!(!listed.contains("marker"), "{listed}");

    // However the key is spelled, the invite has it as the event does.
    invited(&office, &["--role", "marker", "--site", "NORTH"]);
    let listed = office.does(["invite", "list"]).done();
    assert!(listed.contains("site north"), "{listed}");

    let noted = office.does(["invite", "--role", "marker", "--team", "T1"]);
    assert!(noted.err.contains("note: the event has no teams yet") && noted.err.contains("`T1`"), "{}", noted.err);
    noted.done();
    home.stop().done();
}

#[test]
fn whoever_revokes_their_own_device_or_the_last_organizer_is_asked_and_told_the_way_back() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let office = place.laptop("office");
    office.joins(&home.first_invite()).done();
    let own = office.open().unwrap().public_key().device().to_string();
    let asked = office.does(["device", "revoke", &own]);
    asked.refused(
        3,
        &["on which you are", "last organizer of every event", "--data-dir", "Nothing was changed", "--yes"],
    );

    let second = place.laptop("second");
    second.joins(&invited(&office, &["--role", "organizer", "--every-event"])).done();
    let other = second.open().unwrap().public_key().device().to_string();
    let asked = office.does(["device", "revoke", &own]);
    asked.refused(3, &["on which you are", "An invite of another organizer"]);
    assert!(!asked.err.contains("last organizer"), "{}", asked.err);
    office.does(["device", "revoke", &other]).done();
    office.does(["device", "revoke", &own, "--yes"]).done();
    office.does(["device", "list"]).refused(1, &["revoked"]);
    home.stop().done();
}

#[test]
fn a_gate_that_has_joined_and_a_gate_in_its_second_event_are_told_what_comes_next() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let office = place.laptop("office");
    office.joins(&home.first_invite()).done();
    place.write("event.json", tests::desk::SHORE);
    let created = [(); 2].map(|()| office.does(["event", "create", "event.json", "--again"]).done());
    let [first, second] = created.each_ref().map(|line| line.split_whitespace().next().unwrap());
    let gate = place.laptop("gate");
    let joined = gate.joins(&invited(&office, &["--role", "marker", "--site", "north", "--event", first])).done();
    assert!(joined.ends_with("Next: saxaul field exchange\n"), "{joined}");
    let early = gate.does(["field", "check-in", "A-1", "--site", "north"]);
    early.refused(3, &["exchange first", "saxaul field exchange"]);
    gate.does(["field", "exchange"]).done();

    let joined = gate.joins(&invited(&office, &["--role", "marker", "--event", second])).done();
    assert!(joined.ends_with(&format!("Next: saxaul field exchange --event {second}\n")), "{joined}");
    gate.does(["field", "exchange", "--event", second]).done();
    home.stop().done();
}

#[test]
fn a_device_that_a_restored_home_does_not_know_is_told_to_ask_for_a_new_invite() {
    let (place, port) = (Place::new(), free_port());
    let data = place.path("data");
    let mut home = Home::start(&place, &data, port);
    let office = office_with_an_event(&place, &mut home);
    home.stop().done();
    let before = std::fs::read(data.join("saxaul.db")).unwrap();
    let home = Home::start(&place, &data, port);
    let gate = place.laptop("gate");
    gate.joins(&invited(&office, &["--role", "marker"])).done();
    gate.does(["field", "exchange"]).done();
    home.stop().done();
    for name in ["saxaul.db-wal", "saxaul.db-shm"] {
        drop(std::fs::remove_file(data.join(name)));
    }
    std::fs::write(data.join("saxaul.db"), before).unwrap();

    let home = Home::start(&place, &data, port);
    gate.does(["field", "walk-in", "Ким Анна", "--site", "north"]).done();
    gate.does(["field", "exchange"]).refused(1, &["ask for a new invite and join with it", "stays on it"]);
    gate.joins(&invited(&office, &["--role", "marker"])).done();
    let told = gate.does(["field", "exchange"]).done();
    assert!(told.contains("confirmed at home"), "{told}");
    home.stop().done();
}
