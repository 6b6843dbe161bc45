//! The invite that lets the first organizer in is for one pair of eyes.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use server::invite::InviteLink;
use tests::binary::{Home, Place, free_port, program};

#[test]
fn the_first_invite_lies_in_a_file_of_its_owner_until_it_is_used() {
    let (place, port) = (Place::new(), free_port());
    let (data, file) = (place.path("data"), place.path("data/first-invite.txt"));
    let mut home = Home::start(&place, &data, port);
    let invite = home.first_invite();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let printed = home.stop().done();
    assert!(printed.contains("first-invite.txt") && !printed.contains("/join#"), "{printed}");

    // Each start makes another one while nobody is in: the one before may have been lost.
    let mut home = Home::start(&place, &data, port);
    assert_ne!(home.first_invite(), invite);
    let laptop = place.laptop("organizer");
    laptop.does(["field", "join", "--link-file", "data/first-invite.txt"]).done();
    assert!(!file.exists());
    home.stop().done();

    // One that the server could not remove when it was used goes at the next start.
    place.write("data/first-invite.txt", &invite);
    let home = Home::start(&place, &data, port);
    assert!(!file.exists());
    let printed = home.stop().done();
    assert!(!printed.contains("first-invite.txt"), "{printed}");
}

#[test]
fn to_a_person_at_a_terminal_the_first_invite_is_shown_and_kept_nowhere() {
    let place = Place::new();
    let mut command = Command::new("script");
    command.args(["--quiet", "--flush", "--command"]);
    command.arg(format!("{} serve --listen 127.0.0.1:0 --data-dir data", program().display())).arg("/dev/null");
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("SHELL", "/bin/sh");
    command.current_dir(place.path("")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut terminal = command.spawn().unwrap();
    let mut lines = BufReader::new(terminal.stdout.take().unwrap()).lines().map_while(Result::ok);
    let shown = lines.find(|line| line.trim().parse::<InviteLink>().is_ok());
    // The link is followed by its code and by what to do with it.
    let told = lines.find(|line| line.contains("saxaul field join"));
    let kept = place.path("data/first-invite.txt").exists();
    // Its terminal goes, and with it the server.
    terminal.kill().unwrap();
    terminal.wait().unwrap();
    assert!(shown.is_some() && told.is_some() && !kept);
}
