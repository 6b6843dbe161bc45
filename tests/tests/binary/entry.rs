//! Who gets in, on the command line.

use tests::binary::{Home, Place, free_port};

#[test]
fn an_organizers_laptop_that_opens_a_markers_link_stays_an_organizers() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let invite = home.first_invite();
    let laptop = place.laptop("organizer");
    laptop.joins(&invite).done();
    let file = place.write("event.json", tests::desk::SHORE);
    laptop.does([std::ffi::OsStr::new("event"), "create".as_ref(), file.as_ref()]).done();
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
    let invite = home.first_invite();
    let office = place.laptop("office");
    office.joins(&invite).done();
    let file = place.write("event.json", tests::desk::SHORE);
    office.does([std::ffi::OsStr::new("event"), "create".as_ref(), file.as_ref()]).done();
    let link = office.does(["invite", "--role", "marker", "--site", "north"]).done();
    let gate = place.laptop("gate");
    gate.joins(link.lines().next().unwrap()).done();
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
    assert!(told.contains("forgotten everything") && told.contains("that home had refused"), "{told}");
    home.stop().done();
}

#[test]
fn a_restored_home_that_is_reminded_of_a_revocation_withdraws_again_what_was_prepared() {
    let (place, port, data) = (Place::new(), free_port(), Place::new());
    let directory = data.path("data");
    let mut home = Home::start(&place, &directory, port);
    let invite = home.first_invite();
    let office = place.laptop("office");
    office.joins(&invite).done();
    let file = place.write("event.json", tests::desk::SHORE);
    office.does([std::ffi::OsStr::new("event"), "create".as_ref(), file.as_ref()]).done();
    let first_line = |told: String| told.lines().next().unwrap().to_owned();
    let gate = place.laptop("gate");
    gate.joins(&first_line(office.does(["invite", "--role", "marker", "--site", "north"]).done())).done();
    // Two laptops that are stolen: neither wrote anything, and one of them was never here.
    let every = ["invite", "--role", "organizer", "--every-event", "--uses", "2"];
    let link = first_line(office.does(every).done());
    let stolen = ["stolen", "silent"].map(|name| {
        let laptop = place.laptop(name);
        laptop.joins(&link).done();
        laptop
    });
    let spare = stolen.each_ref().map(|laptop| first_line(laptop.does(every).done()));
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
