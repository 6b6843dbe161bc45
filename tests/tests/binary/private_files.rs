//! Who reads the data directory or a journal can act for its owner: only the owner may read them, and a key stays with
//! the data that belongs to it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::binary::{Home, Place, free_port, program, run};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn files_in(directory: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// The program, run by a shell with this umask.
fn with_umask(place: &Place, umask: &str) -> Command {
    let plain = place.command();
    let mut command = Command::new("sh");
    command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(place.path(""));
    command.args(["-c", "umask $1; shift; exec \"$@\"", "sh", umask]).arg(program());
    command
}

#[test]
fn whatever_the_umask_a_data_directory_and_a_journal_are_for_their_owner_alone() {
    for umask in ["000", "022", "027", "077", "277"] {
        let (place, port) = (Place::new(), free_port());
        let data = place.path("deep/data");
        let mut command = with_umask(&place, umask);
        command.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data-dir"]).arg(&data);
        let mut home = Home::start_by(&place, command, port, false);
        drop(home.first_invite());
        let joined = run(with_umask(&place, umask).args([
            "field",
            "join",
            "--journal",
            "laptop/deep/journal.db",
            "--link-file",
            "deep/data/first-invite.txt",
        ]));
        joined.done();
        for directory in [data.clone(), place.path("laptop/deep")] {
            assert_eq!(mode(&directory), 0o700, "umask {umask}: {}", directory.display());
            for file in files_in(&directory) {
                assert_eq!(mode(&file), 0o600, "umask {umask}: {}", file.display());
            }
        }
        let names: Vec<String> =
            files_in(&data).iter().map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect();
        for file in ["saxaul.db", "saxaul.db-wal", "saxaul.db-shm", "saxaul.lock", "home.key"] {
            assert!(names.iter().any(|name| name == file), "{file} is missing: {names:?}");
        }
        let told = home.stop();
        assert!(!told.err.contains("others on this machine"), "{}", told.err);
    }
}

#[test]
fn files_that_others_may_use_are_told_once_and_used_all_the_same() {
    let (place, port) = (Place::new(), free_port());
    let data = place.path("data");
    let mut home = Home::start(&place, &data, port);
    let invite = home.first_invite();
    let laptop = place.laptop("organizer");
    laptop.joins(&invite).done();
    home.stop().done();

    let widen = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    for (file, wide) in [("", 0o755), ("saxaul.db", 0o644), ("home.key", 0o640)] {
        let path = data.join(file);
        let before = mode(&path);
        widen(&path, wide);
        let told = Home::start(&place, &data, port).stop();
        let said: Vec<&str> = told.err.lines().filter(|line| line.contains("others on this machine may use")).collect();
        assert_eq!(said.len(), 1, "{}", told.err);
        assert!(said[0].contains(path.to_str().unwrap().trim_end_matches('/')), "{}", said[0]);
        assert!(said[0].contains("chmod -R go="), "{}", said[0]);
        widen(&path, before);
        std::fs::remove_file(place.path(&format!("home-{port}.log"))).unwrap();
    }

    widen(&laptop.journal, 0o644);
    let _home = Home::start(&place, &data, port);
    let told = laptop.does(["event", "list"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(told.err.matches("others on this machine may use").count(), 1, "{}", told.err);
}

#[test]
fn data_without_its_own_key_becomes_no_new_home_and_says_what_to_do() {
    let (place, port) = (Place::new(), free_port());
    let (data, key) = (place.path("data"), place.path("data/home.key"));
    let mut home = Home::start(&place, &data, port);
    let invite = home.first_invite();
    let laptop = place.laptop("organizer");
    laptop.joins(&invite).done();
    home.stop().done();
    let right = std::fs::read(&key).unwrap();

    let other = place.path("other");
    Home::start(&place, &other, free_port()).stop().done();
    let of_another_home = std::fs::read(other.join("home.key")).unwrap();
    let cases: [(&str, Option<Vec<u8>>, &str); 4] = [
        ("the key is missing", None, "home.key is missing"),
        ("the key is another home's", Some(of_another_home), "is the key of the home server"),
        ("the key was cut off", Some(right[..31].to_vec()), "is not a home key"),
        ("the key is empty", Some(Vec::new()), "is not a home key"),
    ];
    for (what, bytes, says) in cases {
        std::fs::remove_file(&key).unwrap();
        if let Some(bytes) = &bytes {
            std::fs::write(&key, bytes).unwrap();
        }
        for command in [&["serve", "--listen", "127.0.0.1:0"] as &[&str], &["audit", "list"], &["audit", "verify"]] {
            let told = place.saxaul(command.iter().chain(&["--data-dir", "data"]));
            told.refused(1, &[says, "backup"]);
        }
        assert_eq!(std::fs::read(&key).ok(), bytes, "{what}: the key was touched");
        assert!(!data.join("first-invite.txt").exists(), "{what}");
        std::fs::write(&key, &right).unwrap();
    }

    // Nothing of it harmed anything.
    let _home = Home::start(&place, &data, port);
    laptop.does(["event", "list"]).done();
    assert!(place.saxaul(["audit", "verify", "--data-dir", "data"]).done().contains("The record is whole"));
}

#[test]
fn a_key_without_its_data_becomes_no_home_that_knows_nobody() {
    let place = Place::new();
    let (data, port) = (place.path("data"), free_port());
    let mut home = Home::start(&place, &data, port);
    let laptop = place.laptop("organizer");
    laptop.joins(&home.first_invite()).done();
    home.stop().done();
    let (file, aside) = (data.join("saxaul.db"), place.path("aside.db"));
    std::fs::rename(&file, &aside).unwrap();
    let refuses = |what: &str| {
        let told = place.saxaul(["serve", "--data-dir", "data", "--listen", "127.0.0.1:0"]);
        told.refused(1, &["saxaul.db is missing or empty", "from the backup", "move the key away"]);
        assert!(!data.join("first-invite.txt").exists(), "{what}");
    };
    refuses("the data is gone");
    refuses("the first refusal changes nothing");
    std::fs::write(&file, "").unwrap();
    refuses("the data is empty");
    std::fs::rename(&aside, &file).unwrap();
    let _home = Home::start(&place, &data, port);
    laptop.does(["event", "list"]).done();
}
