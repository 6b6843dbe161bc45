//! A full disk, at home and on a phone.

use std::path::Path;

use server::client::{Http, Talk, TalkError};
use server::clock::entropy;
use server::invite::InviteLink;
use sync_core::command::{Command, CommandError};
use sync_core::documents::log::{Record, WalkIn};
use sync_core::documents::roster::{Person, PersonName};
use sync_core::ids::{EventId, Incarnation, PersonId, WalkInId};
use sync_core::journal::{JournalError, OpenReplica};
use sync_core::time::{ClockReading, UnixMillis};
use tests::binary::{Home, Place, free_port, open_journal};
use tests::small_disk::{fill, free, on_a_small_disk};

struct Device {
    replica: OpenReplica,
    talk: Talk<Http>,
    done: u64,
}

impl Device {
    fn join(path: &Path, link: &InviteLink, event: EventId, found: bool) -> Self {
        let mut journal = open_journal(path).unwrap();
        let mut talk = Talk::over(Http::to(&link.url), &link.url);
        talk.join(&mut journal, link, "device").unwrap();
        if found {
            talk.sign_in(&journal).unwrap();
            talk.create_event(event, None).unwrap();
        }
        Self { replica: OpenReplica::open(journal, event, Incarnation(entropy())).unwrap(), talk, done: 0 }
    }

    fn reading(&self) -> ClockReading {
        ClockReading { boot: 1, mono_ms: self.done, wall_ms: UnixMillis(1_790_000_000_000) }
    }

    fn performs(&mut self, command: Command) -> Result<(), JournalError> {
        self.done += 1;
        let reading = self.reading();
        self.replica.act(|state| Ok::<_, Failed>(state.perform(command, reading)?)).map(drop).map_err(|failed| {
            match failed {
                Failed::Journal(error) => error,
                Failed::Command(error) => panic!("{error}"),
            }
        })
    }

    fn meets_home(&mut self) -> Result<(), TalkError> {
        self.done += 1;
        let reading = self.reading();
        self.talk.exchange(&mut self.replica, &|| reading, &mut |_| {}).map(|exchanged| {
            assert!(exchanged.refused.is_empty() && exchanged.rejected.is_empty() && !exchanged.home_was_restored);
        })
    }

    fn open(&self) -> usize {
        self.replica.replica().drafts().count()
    }
}

#[derive(Debug)]
enum Failed {
    Journal(JournalError),
    Command(CommandError),
}

impl From<JournalError> for Failed {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<CommandError> for Failed {
    fn from(error: CommandError) -> Self {
        Self::Command(error)
    }
}

/// A word that does not deflate.
fn word() -> String {
    let digits = u128::from_be_bytes(entropy()).to_string();
    digits.bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
}

/// Names of so many bytes together, each no longer than a name may be.
fn names(bytes: usize) -> Vec<PersonName> {
    let name = |_| PersonName { family: std::iter::repeat_with(word).take(8).collect(), ..PersonName::default() };
    (0..bytes.div_ceil(256)).map(name).collect()
}

fn somebody(number: u64, bytes: usize) -> Command {
    let person = Person { names: names(bytes), ..Person::default() };
    Command::AddPerson(PersonId::from_entropy(number << 1), person)
}

#[test]
fn a_home_server_whose_disk_is_full_says_so_and_takes_the_same_again_when_there_is_room() {
    on_a_small_disk(
        "full_disk::a_home_server_whose_disk_is_full_says_so_and_takes_the_same_again_when_there_is_room",
        "4m",
        |disk| {
            let (place, port) = (Place::new(), free_port());
            let data = disk.join("data");
            let mut home = Home::start(&place, &data, port);
            let link: InviteLink = home.first_invite().parse().unwrap();
            let event = EventId(entropy());
            let mut organizer = Device::join(&place.path("organizer.db"), &link, event, true);
            organizer.performs(somebody(0, 32)).unwrap();
            organizer.meets_home().unwrap();

            fill(disk, 64 * 1024);
            for number in 1..=60 {
                organizer.performs(somebody(number, 4096)).unwrap();
            }
            for _ in 0..3 {
                let before = organizer.open();
                match organizer.meets_home() {
                    Err(TalkError::Refused(problem)) => assert_eq!(problem.code, "storage_full", "{problem:?}"),
                    other => panic!("the disk is full and home says {other:?}"),
                }
                assert!(organizer.open() >= before, "the phone was told that something is at home");
            }
            assert!(home.is_running());
            let answer =
                home.wire().send(b"GET /health/live HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").unwrap();
            assert_eq!(answer.status, 204);

            // Power is lost, and the disk is still full: home starts, and says the same.
            home.kill();
            let mut home = Home::start(&place, &data, port);
            match organizer.meets_home() {
                Err(TalkError::Refused(problem)) => assert_eq!(problem.code, "storage_full", "{problem:?}"),
                other => panic!("the disk is full and home says {other:?}"),
            }
            assert!(home.is_running());

            free(disk);
            organizer.meets_home().unwrap();
            assert_eq!(organizer.open(), 0);
            home.kill();
            let home = Home::start(&place, &data, port);
            let mut talk = Talk::over(Http::to(&link.url), &link.url);
            talk.sign_in(organizer.replica.journal()).unwrap();
            let asked = server::wire::CreateInvite {
                role: "organizer".to_owned(),
                event: Some(event.to_string()),
                uses: 1,
                expires_in_s: None,
                ..server::wire::CreateInvite::default()
            };
            let link = talk.invite(&asked).unwrap();
            let mut newcomer = Device::join(&place.path("newcomer.db"), &link, event, false);
            newcomer.meets_home().unwrap();
            assert_eq!(newcomer.replica.replica().ledger().documents().roster().people.len(), 61);
            let db = rusqlite::Connection::open(data.join("saxaul.db")).unwrap();
            let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
            assert_eq!(sound, "ok");
            drop(home);
        },
    );
}

#[test]
fn a_phone_whose_disk_is_full_says_so_keeps_nothing_halves_nothing_and_goes_on_when_there_is_room() {
    on_a_small_disk(
        "full_disk::a_phone_whose_disk_is_full_says_so_keeps_nothing_halves_nothing_and_goes_on_when_there_is_room",
        "2m",
        |disk| {
            let (place, port) = (Place::new(), free_port());
            let mut home = Home::start(&place, &place.path("data"), port);
            let link: InviteLink = home.first_invite().parse().unwrap();
            let event = EventId(entropy());
            let path = disk.join("phone.db");
            let mut phone = Device::join(&path, &link, event, true);
            let walk_in = |number: u64, bytes: usize| {
                let names = names(bytes);
                let id = WalkInId::from_entropy(number << 1);
                Command::AddWalkIn(WalkIn { id, names, phone: None, organisation: None, birth_year: None })
            };
            phone.performs(walk_in(1, 32)).unwrap();
            let at_home = phone.meets_home();
            at_home.unwrap();

            fill(disk, 48 * 1024);
            let mut kept = 1;
            let full = loop {
                match phone.performs(walk_in(kept + 1, 1024)) {
                    Ok(()) => kept += 1,
                    Err(error) => break error,
                }
                assert!(kept < 1000, "the disk does not get full");
            };
            assert!(matches!(full, JournalError::Full(_)), "{full:?}");
            assert!(full.to_string().contains("phone.db is full: make room, then do it again"), "{full}");
            let shown = |phone: &Device| {
                let logs = phone.replica.replica().shown().logs;
                logs.iter()
                    .flat_map(|log| &log.entries)
                    .filter(|entry| matches!(entry.record, Record::WalkIn(_)))
                    .count() as u64
            };
            assert_eq!(shown(&phone), kept, "what was not kept must not be shown");
            match phone.meets_home() {
                Err(TalkError::Journal(JournalError::Full(_))) => {}
                other => panic!("nothing can be sealed on a full disk, and the phone says {other:?}"),
            }

            // Power is lost while the disk is full: everything that was saved can still be read.
            drop(phone);
            let journal = open_journal(&path).unwrap();
            let replica = OpenReplica::open(journal, event, Incarnation(entropy())).unwrap();
            let mut phone = Device { replica, talk: Talk::over(Http::to(&link.url), &link.url), done: 5000 };
            assert_eq!(shown(&phone), kept);
            free(disk);
            phone.performs(walk_in(kept + 1, 1024)).unwrap();
            phone.meets_home().unwrap();
            assert_eq!((phone.open(), shown(&phone)), (0, kept + 1));
        },
    );
}

#[test]
fn a_report_for_which_there_is_no_room_names_its_file_and_leaves_what_was_there() {
    on_a_small_disk(
        "full_disk::a_report_for_which_there_is_no_room_names_its_file_and_leaves_what_was_there",
        "2m",
        |disk| {
            let (place, port) = (Place::new(), free_port());
            let mut home = Home::start(&place, &place.path("data"), port);
            let laptop = place.laptop("organizer");
            laptop.joins(&home.first_invite()).done();
            place.write("event.json", crate::story::event_of_today().0);
            laptop.does(["event", "create", "event.json"]).done();
            let others = (2..=64).map(|number| format!("A-{number},{} Lee,{}\n", word(), word().repeat(8)));
            place.write("list.csv", format!("Code,Name,Organisation\nA-1,Ann Lee,\n{}", others.collect::<String>()));
            laptop.does(["import", "list.csv", "--issuer", "office", "--apply"]).done();
            let reports =
                [&["report", "people"] as &[&str], &["report", "badges"], &["report", "dossier", "--format", "pdf"]];
            let out = |name: &str| disk.join(name).to_str().unwrap().to_owned();
            let write = |what: &[&str], name: &str| {
                let path = out(name);
                laptop.does([what, &["--out", &path]].concat())
            };
            for at in 0..reports.len() {
                std::fs::write(out(&format!("old-{at}")), "what was there").unwrap();
            }
            fill(disk, 0);
            for (at, what) in reports.iter().enumerate() {
                for name in [format!("new-{at}"), format!("old-{at}")] {
                    let says = format!("cannot write {}: No space left on device", out(&name));
                    write(what, &name).refused(1, &[&says]);
                }
                assert_eq!(std::fs::read_to_string(out(&format!("old-{at}"))).unwrap(), "what was there");
            }
            let left: Vec<String> = std::fs::read_dir(disk)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter(|name| !name.starts_with("old-") && name != "filling")
                .collect();
            assert_eq!(left, [] as [String; 0], "half files");
            free(disk);
            for (at, what) in reports.iter().enumerate() {
                write(what, &format!("old-{at}")).done();
                assert_ne!(std::fs::read(out(&format!("old-{at}"))).unwrap(), b"what was there");
            }
            // A link leads to what is replaced, and a pipe takes the report.
            std::os::unix::fs::symlink(out("old-0"), out("link")).unwrap();
            std::fs::write(out("old-0"), "what was there").unwrap();
            write(reports[0], "link").done();
            assert!(std::fs::symlink_metadata(out("link")).unwrap().is_symlink());
            assert!(std::fs::read_to_string(out("old-0")).unwrap().contains("Ann Lee"));
            let piped = laptop.does(["report", "people", "--out", "/dev/stdout"]).done();
            assert!(piped.contains("Ann Lee"), "{piped}");
            laptop.does(["report", "people", "--out", "/dev/full"]).refused(1, &["cannot write /dev/full: No space"]);
            laptop.does(["report", "people", "--out", "no/where.csv"]).refused(1, &["cannot write no/where.csv"]);
        },
    );
}

/// What `/health/ready` answers, once that is `status`: whoever asks again within seconds is told what came of it before.
fn becomes(home: &Home, status: u16) -> String {
    let began = std::time::Instant::now();
    loop {
        let asked = home.wire().send(b"GET /health/ready HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").unwrap();
        let body = String::from_utf8(asked.body).unwrap();
        if asked.status == status {
            return body;
        }
        assert!(began.elapsed() < tests::binary::PATIENCE, "{} instead of {status}: {body}", asked.status);
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
}

#[test]
fn a_home_server_that_cannot_write_is_not_ready_until_it_can() {
    on_a_small_disk("full_disk::a_home_server_that_cannot_write_is_not_ready_until_it_can", "2m", |disk| {
        let (place, port) = (Place::new(), free_port());
        let mut home = Home::start(&place, &disk.join("data"), port);
        becomes(&home, 204);
        fill(disk, 0);
        assert!(becomes(&home, 507).contains("storage_full"));
        assert!(home.is_running());
        free(disk);
        becomes(&home, 204);
        home.stop().done();
    });
}
