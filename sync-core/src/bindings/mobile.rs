//! The facade for Kotlin, Swift and Python.
//!
//! One object, [`Saxaul`], that may be called from many threads; calls wait for each other. Every call may wait for the
//! disk, and those that end in `_http` for a network: call it beside the thread that draws. A panic in the core becomes [`SaxaulError::Bug`];
//! the object then opens itself anew from its journal, which is whole, because a journal is written in transactions.

#[cfg(feature = "http")]
mod cancel;
mod clocks;
mod exchange;
#[cfg(feature = "http")]
mod http;
mod observers;
mod open;
mod storage;
mod types;

use std::sync::{Arc, Mutex, MutexGuard};

#[cfg(feature = "http")]
pub use self::cancel::Cancel;
pub use self::clocks::clocks;
#[cfg(feature = "http")]
pub use self::http::Pace;
pub use self::observers::{Listener, Observation, Shown, Watched, Watcher};
use self::open::{Held, guarded};
use self::storage::KeptRows;
use super::drawn;
pub use super::{HomeAnswer, HomeCall, SaxaulError, Unconfirmed};
use crate::app::{
    Action, App, Bearer, Brought, EventRow, HoursRow, PeoplePage, PeopleQuery, PersonRow, RecordPage, RecordRow,
    ScannedCode, Standing,
};
use crate::ids::{DeviceId, EventId, Incarnation, Subject};
use crate::journal::Entropy;
use crate::time::ClockReading;

type Result<T> = std::result::Result<T, SaxaulError>;

/// One device's journal, opened.
#[derive(uniffi::Object)]
pub struct Saxaul {
    held: Mutex<Held>,
    observers: Arc<observers::Observers>,
    #[cfg(feature = "http")]
    exchanging: Mutex<Option<Arc<http::Running>>>,
}

#[uniffi::export]
impl Saxaul {
    /// Opens the journal at `path`, or begins one. Beside it lies a small file that ends in `.incarnation`: leave that one
    /// out of backups.
    ///
    /// `key` is 32 random bytes that encrypt the journal, if this build has encryption. A damaged journal opens for
    /// reading: see [`Saxaul::is_read_only`].
    ///
    /// # Errors
    /// [`SaxaulError::Retry`] while another process holds it or the disk is full, [`SaxaulError::Refused`] for one of a
    /// newer version or another key.
    #[uniffi::constructor(default(key = None))]
    pub fn open(path: String, key: Option<Vec<u8>>) -> Result<Arc<Self>> {
        let entropy = Entropy { seed: drawn::entropy(), incarnation: Incarnation(drawn::entropy()) };
        Self::open_drawn(path, key, entropy)
    }

    /// The same, with the entropy handed in: for a recording that must give the same bytes everywhere. Never use it for a
    /// device that people work with.
    ///
    /// # Errors
    /// See [`Saxaul::open`].
    #[uniffi::constructor]
    pub fn open_recorded(path: String, seed: Vec<u8>, incarnation: Incarnation) -> Result<Arc<Self>> {
        let seed = seed.try_into().map_err(|_| SaxaulError::bad_input(&"a seed has 32 bytes"))?;
        Self::open_drawn(path, None, Entropy { seed, incarnation })
    }

    /// Closes the journal, so that another process may open it. An exchange that is under way ends at once, and nobody
    /// observes any more. Later calls are refused with the code `closed`.
    pub fn shut_down(&self) {
        self.end_what_runs();
        // What happens to the journal on its way out was saved before.
        drop(guarded(|| self.lock().close()));
    }

    /// Whether the journal is damaged and open for reading alone. [`Saxaul::export_bundle`] saves what can be saved.
    ///
    /// # Errors
    /// [`SaxaulError::Refused`] after [`Saxaul::shut_down`].
    pub fn is_read_only(&self) -> Result<bool> {
        self.lock().is_read_only()
    }

    /// Who this device is, and where it works.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn standing(&self) -> Result<Standing> {
        self.read(|app| Ok(app.standing()?))
    }

    /// The call that asks home to let this device in; where to, the invite link says. Repeating it is harmless.
    ///
    /// # Errors
    /// [`SaxaulError::Refused`] if the text is not an invite link.
    pub fn enrol_call(&self, link: String, name: String) -> Result<HomeCall> {
        self.read(|app| HomeCall::to(&link, app.enrol_call(&link, &name)?))
    }

    /// The same call where home answered `gives_less`, and the person agrees: the invite takes rights away.
    ///
    /// # Errors
    /// [`SaxaulError::Refused`] if home's last answer was not that.
    pub fn enrol_for_less_call(&self, link: String, name: String) -> Result<HomeCall> {
        self.read(|app| HomeCall::to(&link, app.enrol_for_less_call(&link, &name)?))
    }

    /// Takes home's answer to that call: the device is in, and works in the event of the link.
    ///
    /// # Errors
    /// What home says.
    pub fn take_enrolled(&self, link: String, answer: HomeAnswer) -> Result<()> {
        self.write(|app| Ok(app.take_enrolled(&link, &answer.into())?))
    }

    /// Works in another event from now on.
    ///
    /// # Errors
    /// [`SaxaulError::Refused`] if this device was not let into it.
    pub fn choose_event(&self, event: EventId) -> Result<()> {
        self.write(|app| Ok(app.choose(event)?))
    }

    /// Does something for a person. When this returns, it is saved on this phone. Without a `reading`, the device's clocks are
    /// read: see [`clocks`].
    ///
    /// # Errors
    /// [`SaxaulError::Refused`] with why; [`SaxaulError::Retry`] if the disk is full, and nothing was done.
    #[uniffi::method(default(reading = None))]
    pub fn perform(&self, action: Action, reading: Option<ClockReading>) -> Result<RecordRow> {
        let reading = reading.unwrap_or_else(clocks);
        self.write(|app| Ok(app.perform(action, reading)?))
    }

    /// The same, as JSON: `{"do": "check_in", "subject": …}`.
    ///
    /// # Errors
    /// See [`Saxaul::perform`].
    #[uniffi::method(default(reading = None))]
    pub fn perform_json(&self, action: String, reading: Option<ClockReading>) -> Result<RecordRow> {
        let action: Action =
            serde_json::from_slice(action.as_bytes()).map_err(|error| SaxaulError::bad_input(&error))?;
        self.perform(action, reading)
    }

    /// Does several things for a person at once, such as registering somebody and marking them present: all of them or
    /// none. When this returns, they are saved on this phone. Without a `reading`, the device's clocks are read.
    ///
    /// # Errors
    /// See [`Saxaul::perform`].
    #[uniffi::method(default(reading = None))]
    pub fn perform_all(&self, actions: Vec<Action>, reading: Option<ClockReading>) -> Result<Vec<RecordRow>> {
        let reading = reading.unwrap_or_else(clocks);
        self.write(|app| Ok(app.perform_all(actions, reading)?))
    }

    /// Says what a scanned code means here. The bearer of a badge may be checked in with the method `qr` from now on, until
    /// the journal is closed.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn read_code(&self, text: String) -> Result<ScannedCode> {
        self.read(|app| Ok(app.read_code(&text)?))
    }

    /// Reads a badge at a gate: its signature and its event are checked. The bearer may be checked in with the method `qr`.
    ///
    /// # Errors
    /// [`SaxaulError::Refused`] with `not_a_badge`, `bad_badge` or `badge_of_other_event`.
    pub fn scan(&self, text: String) -> Result<Bearer> {
        self.read(|app| Ok(app.scan(&text)?))
    }

    /// What the event is.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn event(&self) -> Result<EventRow> {
        self.read(|app| Ok(app.event()?))
    }

    /// A page of people.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn people(&self, query: PeopleQuery) -> Result<PeoplePage> {
        self.read(|app| Ok(app.people(&query)?))
    }

    /// One human being, by any id; none if nobody here has heard of them.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn person(&self, subject: Subject) -> Result<Option<PersonRow>> {
        self.read(|app| Ok(app.person(subject)?))
    }

    /// The hours of everybody, or of one human being: a row for each day.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    #[uniffi::method(default(of = None))]
    pub fn hours(&self, of: Option<Subject>) -> Result<Vec<HoursRow>> {
        self.read(|app| Ok(app.hours(of)?))
    }

    /// The whole view as JSON: the same documents give the same bytes on every device.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn view_json(&self) -> Result<Vec<u8>> {
        self.read(|app| Ok(app.view_json()?))
    }

    /// What this device recorded, with how safe each record is.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    #[uniffi::method(default(offset = 0, limit = 200))]
    pub fn records(&self, offset: u32, limit: u32) -> Result<RecordPage> {
        self.read(|app| Ok(app.records(offset, limit)?))
    }

    /// How many records home did not confirm yet.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn unconfirmed(&self) -> Result<Unconfirmed> {
        self.read(|app| Ok(app.unconfirmed()?.into()))
    }

    /// Writes a bundle for a memory card: everything that is here and that `reader` may read; without a reader,
    /// everything.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    #[uniffi::method(default(reader = None))]
    pub fn export_bundle(&self, reader: Option<DeviceId>) -> Result<Vec<u8>> {
        self.read(|app| Ok(app.export_bundle(reader)?))
    }

    /// Takes a bundle over. Repeating it is harmless.
    ///
    /// # Errors
    /// [`SaxaulError::Refused`] for what is no bundle of this event.
    pub fn import_bundle(&self, bundle: Vec<u8>) -> Result<Brought> {
        self.write(|app| Ok(app.import_bundle(&bundle)?))
    }

    /// Writes a copy of the journal into the new file `copy`, whole and durable, while the journal is open. The copy holds the
    /// device's key, and is encrypted where the journal is. Opened in its place, without the file of the incarnation, it goes
    /// on as the same device.
    ///
    /// # Errors
    /// [`SaxaulError::Refused`] with the code `file_exists` if there is such a file, and `read_only` for a damaged journal;
    /// [`SaxaulError::Retry`] for what the disk reports.
    pub fn back_up(&self, copy: String) -> Result<()> {
        self.read(|app| app.storage()?.storage().back_up(std::path::Path::new(&copy)))
    }

    /// Forgets everything, as home ordered in the last exchange, and closes. Nothing that home does not have is lost.
    ///
    /// # Errors
    /// [`SaxaulError::Refused`] without such an order, or while something was not handed over.
    pub fn wipe(&self) -> Result<()> {
        guarded(|| self.lock().wipe())?
    }
}

impl Saxaul {
    fn open_drawn(path: String, key: Option<Vec<u8>>, entropy: Entropy) -> Result<Arc<Self>> {
        let held = guarded(|| Held::open(path, key, entropy))??;
        Ok(Arc::new(Self {
            held: Mutex::new(held),
            observers: Arc::default(),
            #[cfg(feature = "http")]
            exchanging: Mutex::default(),
        }))
    }

    /// Ends what waits for something else than the journal.
    fn end_what_runs(&self) {
        self.observers.close();
        #[cfg(feature = "http")]
        if let Some(running) = &*self.exchanging.lock().unwrap_or_else(std::sync::PoisonError::into_inner) {
            running.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // A panic while it was held is caught by `guarded`, and what is behind it is opened anew.
        self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Looks at the app.
    fn read<T>(&self, look: impl FnOnce(&mut App<KeptRows>) -> Result<T>) -> Result<T> {
        let mut held = self.lock();
        let done = guarded(|| held.app().and_then(look));
        if done.is_err() {
            held.reopen();
        }
        done?
    }

    /// Lets the app act, and tells the observers what changed.
    fn write<T>(&self, act: impl FnOnce(&mut App<KeptRows>) -> Result<T>) -> Result<T> {
        let (done, changes) = {
            let mut held = self.lock();
            let done = guarded(|| held.writable().and_then(act));
            if done.is_err() {
                held.reopen();
            }
            (done, held.take_changes())
        };
        if let Some(changes) = changes {
            self.observers.tell(&changes);
        }
        done?
    }
}

impl Drop for Saxaul {
    fn drop(&mut self) {
        self.end_what_runs();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Changes, RecordState};
    use crate::time::UnixMillis;
    use crate::trust::{Grant, KeyPair, Post, Role, Scope};

    const READING: ClockReading = ClockReading { boot: 1, mono_ms: 1, wall_ms: UnixMillis(1) };

    /// A phone that home let in.
    fn phone(directory: &std::path::Path) -> Arc<Saxaul> {
        let path = directory.join("phone.db").to_str().unwrap().to_owned();
        let entropy = Entropy { seed: [2; 32], incarnation: Incarnation([2; 8]) };
        let phone = Saxaul::open_drawn(path, None, entropy).unwrap();
        let home = KeyPair::from_seed(&[1; 32]);
        let grant = Grant {
            key: KeyPair::from_seed(&[2; 32]).public(),
            name: "phone".to_owned(),
            role: Role::Organizer,
            scope: Scope::Event(EventId([7; 16])),
            issued: UnixMillis(0),
            post: Post::default(),
            revoked: None,
            vouched: None,
            out_of: None,
        };
        let membership = crate::storage::Membership {
            home: home.public(),
            url: "https://home.example".to_owned(),
            grants: vec![home.state(&grant)],
        };
        phone
            .write(|app| {
                app.storage_mut()?.join(membership)?;
                Ok(app.choose(EventId([7; 16]))?)
            })
            .unwrap();
        phone
    }

    fn adds_somebody(phone: &Saxaul, id: u64) -> RecordState {
        let action = format!(r#"{{"do":"add_person","id":"{id:016x}","known":{{"name":{{"family":"Ann"}}}}}}"#);
        phone.perform_json(action, Some(READING)).unwrap().state
    }

    #[test]
    fn a_panic_in_the_core_is_an_error_of_the_app_and_the_journal_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let phone = phone(directory.path());
        assert_eq!(adds_somebody(&phone, 2), RecordState::SavedHere);
        let panics = |app: &mut App<KeptRows>| -> Result<()> {
            app.storage_mut()?;
            panic!("a bug")
        };
        for failed in [phone.read(panics), phone.write(panics)] {
            assert_eq!(failed, Err(SaxaulError::Bug { what: "a bug".to_owned() }));
            assert_eq!(phone.event().unwrap().people, 1);
        }
        assert_eq!(adds_somebody(&phone, 4), RecordState::SavedHere);
        phone.shut_down();
        let path = directory.path().join("phone.db").to_str().unwrap().to_owned();
        let again = Saxaul::open_drawn(path, None, Entropy { seed: [3; 32], incarnation: Incarnation([3; 8]) });
        assert_eq!(again.unwrap().event().unwrap().people, 2);
    }

    /// Keeps what it hears.
    struct Ear(std::sync::mpsc::Sender<Changes>);

    impl Listener for Ear {
        fn changed(&self, changes: Changes) {
            // The test may have ended.
            drop(self.0.send(changes));
        }
    }

    fn ear() -> (Arc<dyn Listener>, std::sync::mpsc::Receiver<Changes>) {
        let (heard, hears) = std::sync::mpsc::channel();
        (Arc::new(Ear(heard)), hears)
    }

    #[test]
    fn everybody_who_observes_hears_everything_until_they_stop_or_the_journal_is_closed() {
        let directory = tempfile::tempdir().unwrap();
        let phone = phone(directory.path());
        let [(first, first_hears), (second, second_hears)] = [ear(), ear()];
        let observation = Arc::clone(&phone).observe(first).unwrap();
        Arc::clone(&phone).observe(second).unwrap();
        for hears in [&first_hears, &second_hears] {
            assert_eq!(hears.recv().unwrap(), Changes::everything());
        }
        let people: Vec<u64> = (1..=100).map(|number| number * 2).collect();
        for id in &people {
            adds_somebody(&phone, *id);
        }
        let hears_of = |hears: &std::sync::mpsc::Receiver<Changes>| {
            let changes = people.iter().map(|_| hears.recv().unwrap());
            changes.flat_map(|changes| changes.subjects).map(|subject| subject.to_string()).collect::<Vec<_>>()
        };
        let expected: Vec<String> = people.iter().map(|id| format!("{id:016x}")).collect();
        assert_eq!(hears_of(&first_hears), expected);
        assert_eq!(hears_of(&second_hears), expected);
        observation.stop();
        adds_somebody(&phone, 1000);
        assert_eq!(second_hears.recv().unwrap().subjects.len(), 1);
        phone.shut_down();
        assert!(second_hears.recv().is_err(), "the library let go of whoever observed");
        assert!(first_hears.recv().is_err());
        let refused = Arc::clone(&phone).observe(ear().0);
        assert_eq!(refused.map(drop), Err(SaxaulError::closed()));
    }

    /// Keeps what it is shown, and waits after each until it may go on.
    struct Eye {
        shown: std::sync::mpsc::Sender<Shown>,
        goes_on: Mutex<std::sync::mpsc::Receiver<()>>,
    }

    impl Watcher for Eye {
        fn shown(&self, now: Shown) {
            drop(self.shown.send(now));
            let _ = self.goes_on.lock().unwrap().recv();
        }

        fn failed(&self, error: SaxaulError) {
            panic!("{error}");
        }
    }

    #[test]
    fn a_watched_page_is_shown_again_only_if_it_changed_and_a_slow_watcher_sees_the_last_state() {
        let directory = tempfile::tempdir().unwrap();
        let phone = phone(directory.path());
        adds_somebody(&phone, 2);
        let (shown, shows) = std::sync::mpsc::channel();
        let (lets_go_on, goes_on) = std::sync::mpsc::channel();
        let eye = Arc::new(Eye { shown, goes_on: Mutex::new(goes_on) });
        let only_one = PeopleQuery { text: "0000000000000002".to_owned(), limit: 20, ..PeopleQuery::default() };
        let everybody = PeopleQuery { limit: 1, ..PeopleQuery::default() };
        let watch = |query| Arc::clone(&phone).watch(Watched::People { query }, Arc::clone(&eye) as _).unwrap();
        let total = |shown: Shown| match shown {
            Shown::People { page } => page.total,
            other => panic!("{other:?}"),
        };
        let one = watch(only_one);
        assert_eq!(total(shows.recv().unwrap()), 1);
        lets_go_on.send(()).unwrap();
        watch(everybody);
        assert_eq!(total(shows.recv().unwrap()), 1);
        // While the watcher of everybody is busy, a thousand change.
        for id in 2..=1000 {
            adds_somebody(&phone, id * 2);
        }
        lets_go_on.send(()).unwrap();
        assert_eq!(
            total(shows.recv().unwrap()),
            1000,
            "the page of one person did not change, and all others count at once"
        );
        lets_go_on.send(()).unwrap();
        one.stop();
        adds_somebody(&phone, 4001 * 2);
        assert_eq!(total(shows.recv().unwrap()), 1001);
        drop(lets_go_on);
        phone.shut_down();
    }

    #[cfg(feature = "http")]
    #[test]
    fn an_exchange_ends_at_once_when_it_is_cancelled_or_closed_and_two_at_once_are_one() {
        let directory = tempfile::tempdir().unwrap();
        let phone = phone(directory.path());
        // A home that takes calls and answers none.
        let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        let begin = |cancel: &Arc<Cancel>| {
            let (phone, url, cancel) = (Arc::clone(&phone), url.clone(), Arc::clone(cancel));
            std::thread::spawn(move || phone.exchange_http(Some(url), None, Some(cancel)))
        };
        let [first, second] = [Cancel::new(), Cancel::new()];
        let exchange = begin(&first);
        let _call = silent.accept().unwrap();
        let joined = begin(&second);
        // Other calls go on meanwhile.
        adds_somebody(&phone, 2);
        second.cancel();
        assert_eq!(joined.join().unwrap(), Err(SaxaulError::cancelled()));
        first.cancel();
        assert_eq!(exchange.join().unwrap(), Err(SaxaulError::cancelled()));
        let exchange = begin(&Cancel::new());
        let _another_call = silent.accept().unwrap();
        phone.shut_down();
        assert_eq!(exchange.join().unwrap(), Err(SaxaulError::cancelled()));
        silent.set_nonblocking(true).unwrap();
        assert!(silent.accept().is_err(), "the exchange that joined another made no call");
    }
}
