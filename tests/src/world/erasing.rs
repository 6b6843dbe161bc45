//! People who ask to be erased, and where their names still are.

use std::path::{Path, PathBuf};
use std::time::Duration;

use server::client::TalkError;
use sync_core::documents::Authored;
use sync_core::ids::{DeviceId, Subject};
use sync_core::time::ClockReading;

use super::{Phone, World};

impl World {
    /// Has home erase people, at the laptop; answers how many human beings they are.
    ///
    /// # Errors
    /// What home refuses it for.
    pub fn try_to_erase(&mut self, people: &[Subject]) -> Result<u32, TalkError> {
        let named = people.iter().map(ToString::to_string).collect();
        let before = self.said_at_home();
        let erased = self.office().erase(self.event, named);
        if erased.is_ok() {
            // Whoever is one human being with one of them is erased too.
            let whom = self.network.borrow().home.see(self.event, |seen| {
                seen.ledger.documents().roster().erased.iter().copied().collect::<Vec<Subject>>()
            });
            self.forget_how_it_came_about(&before, &whom);
        }
        self.note(format!("{people:?} are erased: {erased:?}"));
        erased
    }

    /// Has home erase people, at the laptop.
    pub fn erase(&mut self, people: &[Subject]) -> u32 {
        self.try_to_erase(people).unwrap()
    }

    /// Home looks after what is over; answers in how many events somebody was erased.
    pub fn home_looks_after_retention(&mut self) -> usize {
        let ran = self.looked_after_retention.map(|last| Duration::from_millis(self.now.0.abs_diff(last.0)));
        let done = self.network.borrow().home.keep_retention(ran);
        self.looked_after_retention = Some(self.now);
        self.note(format!("home looks after what is over: {done} events"));
        done
    }

    /// Home runs for some hours and looks after what is over at the end of each; answers in how many events somebody was
    /// erased.
    pub fn home_runs_hours(&mut self, hours: u32) -> usize {
        (0..hours)
            .map(|_| {
                self.wait_minutes(60);
                self.home_looks_after_retention()
            })
            .sum()
    }

    /// The files of home in which a text stands, as it is or inside the event's snapshot.
    #[must_use]
    pub fn files_at_home_with(&self, text: &str) -> Vec<PathBuf> {
        let network = self.network.borrow();
        let mut found = files_with(network.home.directory(), text);
        let app = network.home.app();
        if let Some(part) = app.store.read_here(|store| store.snapshot(self.event)).unwrap()
            && holds(&inflated(&part.bytes), text)
        {
            found.push(PathBuf::from("the snapshot"));
        }
        found
    }

    /// The files of a phone in which a text stands, as it is or in what the phone shows.
    #[must_use]
    pub fn files_of_phone_with(&self, phone: &Phone, text: &str) -> Vec<PathBuf> {
        let mut found = files_with(&self.devices[phone.0].directory, text);
        if self.everything_shown(phone).iter().any(|shown| shown.contains(text)) {
            found.push(PathBuf::from("the view"));
        }
        found
    }

    /// Who said something, and what their clocks read, of everything that stands at home now.
    pub(super) fn said_at_home(&self) -> Vec<(DeviceId, ClockReading)> {
        fn of<T>(authored: &Authored<T>) -> (DeviceId, ClockReading) {
            (authored.by, authored.reading)
        }
        let network = self.network.borrow();
        network.home.see(self.event, |seen| {
            let documents = seen.ledger.documents();
            let logs = documents.logs().flat_map(|log| log.entries.iter().map(|entry| (log.device, entry.reading)));
            let people = documents.roster().people.values();
            let added = people.clone().flat_map(|record| record.added.iter().map(of));
            let edited = people.flat_map(|record| record.edits.values().flatten().map(of));
            let ruled = documents.rulings().by_id.values().flatten().map(of);
            logs.chain(added).chain(edited).chain(ruled).collect()
        })
    }
}

fn files_with(directory: &Path, text: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.is_file() && holds(&std::fs::read(path).unwrap(), text)).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn inflated(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::DeflateDecoder::new(bytes), &mut content).unwrap();
    content
}
