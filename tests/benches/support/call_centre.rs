//! A call-centre that asks a home server for people, over real HTTP on loopback.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use server::client::{Http, Talk};
use server::clock::{Clock, entropy};
use server::config::Given;
use server::replay::recording::EventFile;
use server::serve::Server;
use sync_core::command::{Command, CommandError};
use sync_core::documents::roster::{Person, PersonEdit, PersonName};
use sync_core::ids::{EventId, Incarnation, PersonId};
use sync_core::journal::{JournalError, OpenReplica};
use sync_core::replica::Outcome;
use sync_core::time::ClockReading;
use tests::Crowd;
use tests::binary::open_journal;
use tokio_util::sync::CancellationToken;

/// A home server with people in several events, and somebody who may look for them.
pub struct CallCentre {
    runtime: tokio::runtime::Runtime,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Result<(), server::serve::ServeError>>,
    directory: tempfile::TempDir,
    events: Vec<EventId>,
    talk: Talk<Http>,
    address: String,
}

impl CallCentre {
    /// Starts a server with the default store, lets an organizer in and has them bring everybody of `crowd`, in equal
    /// parts, into so many events.
    pub fn of(crowd: &Crowd, events: usize) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
        let directory =
            tempfile::TempDir::with_prefix_in("saxaul-bench", env!("CARGO_TARGET_TMPDIR")).expect("a place");
        let given = Given {
            data_dir: Some(directory.path().join("home")),
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            address_calls_per_minute: Some(0),
            device_calls_per_minute: Some(0),
            ..Given::default()
        };
        let config = given.complete(Given::default()).expect("the setup is right");
        let mut server = runtime.block_on(Server::open(config, Clock::System)).expect("the server opens");
        let (url, stop) = (server.url().to_owned(), CancellationToken::new());
        let invite = server.first_invite.take().expect("nobody joined yet");
        let task = runtime.spawn(server.run(stop.clone()));
        let mut talk = Talk::over(Http::to(&url), &url);
        let mut journal = open_journal(&directory.path().join("office.db")).expect("a journal");
        talk.join(&mut journal, &invite, "office").expect("the invite is good");
        talk.sign_in(&journal).expect("the office was let in");
        drop(journal);
        let address = url.trim_start_matches("http://").to_owned();
        let mut centre = Self { runtime, stop, task, directory, events: Vec::new(), talk, address };
        crowd.rows.chunks(crowd.rows.len().div_ceil(events)).for_each(|rows| {
            let people = rows.iter().map(|row| {
                let person = Person {
                    names: row.names.clone(),
                    phone: row.phone.clone(),
                    organisation: row.organisation.clone(),
                    birth_year: row.year,
                    external_ids: row.ids.clone(),
                    ..Person::default()
                };
                Command::AddPerson(PersonId::from_entropy(u64::from(row.code) << 1), person)
            });
            centre.found(people);
        });
        centre
    }

    fn found(&mut self, people: impl Iterator<Item = Command>) {
        let event = EventId(entropy());
        self.talk.create_event(event, None).expect("an organizer may");
        let about = EventFile::parse("event.json", tests::desk::SHORE.as_bytes()).expect("it is one");
        let about = about.edits("event.json").expect("it is one").into_iter().map(Command::EditEvent);
        self.events.push(event);
        self.perform(event, about.chain(people).collect());
    }

    fn perform(&mut self, event: EventId, commands: Vec<Command>) {
        let journal = open_journal(&self.directory.path().join("office.db")).expect("it is there");
        let mut replica = OpenReplica::open(journal, event, Incarnation(entropy())).expect("it is there");
        let reading = || ClockReading { boot: 1, mono_ms: 1, wall_ms: Clock::System.now() };
        let performed = replica.act(|state| {
            let mut writes = Vec::new();
            for command in commands {
                writes.extend(state.perform(command, reading())?.writes);
            }
            Ok::<_, Refused>(Outcome { writes, answer: () })
        });
        performed.expect("an organizer may");
        self.talk.exchange(&mut replica, &reading, &mut |_| {}).expect("home is there");
    }

    /// Somebody is called otherwise.
    pub fn rename(&mut self, of: u32, name: &str) {
        let names = vec![PersonName { family: name.to_owned(), ..PersonName::default() }];
        let edit = Command::EditPerson(PersonId::from_entropy(u64::from(of) << 1), PersonEdit::Names(names));
        self.perform(self.events[0], vec![edit]);
    }

    /// Looks for somebody, from the first byte of the question to the last of the answer. Also says what was answered.
    pub fn asks(&mut self, query: &str) -> (Duration, String) {
        let query: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let token = self.talk.token().expect("it is signed in");
        let request =
            format!("GET /v1/lookup?q={query} HTTP/1.1\r\nhost: home\r\nauthorization: Bearer {token}\r\n\r\n");
        // The server lets go of who is silent for long; a connection that is open already is what a program has.
        let mut connection = TcpStream::connect(&self.address).expect("the server listens");
        connection.set_nodelay(true).expect("a socket option");
        let began = Instant::now();
        connection.write_all(request.as_bytes()).expect("the server listens");
        let answer = read_answer(&mut connection);
        (began.elapsed(), answer)
    }

    /// Stops the server.
    pub fn stop(self) {
        drop(self.talk);
        self.stop.cancel();
        self.runtime.block_on(self.task).expect("the server does not panic").expect("the server ends well");
    }
}

fn read_answer(connection: &mut TcpStream) -> String {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 1 << 14]);
    loop {
        let read = connection.read(&mut buffer).expect("the server answers");
        assert_ne!(read, 0, "the server hung up: {}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&buffer[..read]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&bytes[..end]).expect("a head is text").to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        if bytes.len() >= end + 4 + length.parse::<usize>().expect("a number") {
            let body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
            assert!(head.starts_with("http/1.1 200"), "{head} {body}");
            return body;
        }
    }
}

#[derive(Debug)]
struct Refused(#[expect(dead_code, reason = "it is printed")] String);

impl From<JournalError> for Refused {
    fn from(error: JournalError) -> Self {
        Self(error.to_string())
    }
}

impl From<CommandError> for Refused {
    fn from(error: CommandError) -> Self {
        Self(error.to_string())
    }
}
