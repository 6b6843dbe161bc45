//! The data directory is moved, replaced or deleted while the server runs: nothing is called safe that no start would find.

use std::fs;
use std::path::Path;
use std::time::Instant;

use tests::binary::{Home, Laptop, PATIENCE, Place, free_port};

use super::story::event_of_today;

/// What somebody does to the data directory of a running server. `copy` is the directory as it was before.
type Meddle = fn(data: &Path, copy: &Path, aside: &Path);

const MEDDLES: [(&str, Meddle); 3] = [
    ("moves it away", |data, _, aside| fs::rename(data, aside).unwrap()),
    ("puts yesterday's copy in its place", |data, copy, aside| {
        fs::rename(data, aside).unwrap();
        fs::rename(copy, data).unwrap();
    }),
    ("deletes it", |data, _, _| fs::remove_dir_all(data).unwrap()),
];

fn copy_of(data: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for file in fs::read_dir(data).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

fn records(laptop: &Laptop<'_>, name: &str) {
    laptop.does(["field", "walk-in", name, "--site", "pier"]).done();
}

#[test]
fn a_server_whose_data_was_taken_from_under_it_confirms_nothing_more_and_ends() {
    for (what, meddle) in MEDDLES {
        let (place, port) = (Place::new(), free_port());
        let (data, copy, aside) = (place.path("data"), place.path("copy"), place.path("aside"));
        let mut home = Home::start(&place, &data, port);
        let laptop = place.laptop("organizer");
        laptop.joins(&home.first_invite()).done();
        place.write("event.json", event_of_today().0);
        laptop.does(["event", "create", "event.json"]).done();
        laptop.does(["field", "exchange"]).done();
        home.stop().done();
        copy_of(&data, &copy);

        let mut home = Home::start(&place, &data, port);
        meddle(&data, &copy, &aside);
        records(&laptop, "Late Larissa");
        let told = laptop.does(["field", "exchange"]);
        assert_ne!(told.code, Some(0), "somebody {what}: {told:?}");
        let status = laptop.does(["field", "status"]).done();
        assert!(!status.contains("confirmed at home"), "somebody {what}: {status}");
        let ended = home.has_ended();
        ended.refused(1, &["nothing more is written", "was moved, replaced or deleted", "start the server again"]);
        assert!(!ended.out.contains("is on disk"), "somebody {what}: {}", ended.out);

        if aside.exists() {
            // The directory that is right is put back, and nothing is lost.
            fs::remove_dir_all(&data).ok();
            fs::rename(&aside, &data).unwrap();
            let _home = Home::start(&place, &data, port);
            laptop.does(["field", "exchange"]).done();
            assert!(laptop.does(["walk-in", "list"]).done().contains("Larissa"), "somebody {what}");
        }
    }
}

#[test]
fn a_server_whose_data_was_moved_away_is_not_ready() {
    let place = Place::new();
    let data = place.path("data");
    let mut home = Home::start(&place, &data, free_port());
    fs::rename(&data, place.path("aside")).unwrap();
    // What a probe found is told for a moment to whoever asks again; then it is not ready, or no longer there.
    let began = Instant::now();
    while home.is_ready() {
        assert!(began.elapsed() < PATIENCE, "it says that it is ready");
    }
    home.has_ended().refused(1, &["was moved, replaced or deleted"]);
}
