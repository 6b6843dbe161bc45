//! The facade for Kotlin, Swift and Python.
//!
//! One object, [`Saxaul`], that may be called from many threads; calls wait for each other. Every call may wait for the
//! disk, and those that end in `_http` for a network: call it beside the thread that draws. A panic in the core becomes
//! [`SaxaulError::Bug`]; the object then opens itself anew from its journal, which is whole, because a journal is written in
//! transactions.

#[cfg(feature = "http")]
mod cancel;
mod clocks;
mod exchange;
#[cfg(feature = "http")]
mod http;
mod lists;
mod log;
mod observers;
mod open;
mod storage;
#[cfg(feature = "http")]
mod sync;
#[cfg(test)]
mod tests;
mod types;

use std::sync::{Arc, Mutex, MutexGuard};

#[cfg(feature = "http")]
pub use self::cancel::Cancel;
pub use self::clocks::clocks;
pub use self::exchange::NearLink;
#[cfg(feature = "http")]
pub use self::http::Pace;
pub use self::log::{LogLevel, LogSink, set_log_sink};
pub use self::observers::{Listener, Observation, Shown, Watched, Watcher};
use self::open::{Held, guarded};
use self::storage::KeptRows;
#[cfg(feature = "http")]
pub use self::sync::{SyncSettings, SyncState, SyncStatus, SyncWatcher, Syncing};
use super::drawn;
pub use super::{HomeAnswer, HomeCall, SaxaulError, Unconfirmed};
use crate::app::{Action, App, Bearer, Brought, RecordRow, ScannedCode, Standing};
use crate::ids::{DeviceId, EventId, Incarnation};
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
    #[cfg(feature = "http")]
    syncing: Mutex<Option<Arc<sync::Syncing>>>,
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
        guarded(|| self.lock().wipe())??;
        self.end_what_runs();
        Ok(())
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
            #[cfg(feature = "http")]
            syncing: Mutex::default(),
        }))
    }

    /// Ends what waits for something else than the journal.
    fn end_what_runs(&self) {
        self.observers.close();
        #[cfg(feature = "http")]
        {
            let syncing = self.syncing.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
            syncing.inspect(|syncing| syncing.end());
        }
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
