//! The facade for JavaScript, beneath the package in `bindings/web`.
//!
//! Works over [`Rows`], and so never waits: after each call the package writes what [`Core::take_batch`] hands over, and
//! answers when the browser says that it is durable. Records go across as JSON, whose types stand in the generated
//! declarations; bytes go as they are. A failure is thrown as a text, a [`SaxaulError`] in JSON. A panic ends the whole
//! module: the package then takes a fresh one and opens the journal anew, which is whole, because batches are written in
//! transactions. [`last_panic`] says what it was.

mod lists;
mod meeting;
mod types;

use std::cell::RefCell;

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use super::SaxaulError;
use super::drawn::{self, entropy};
use crate::app::App;
use crate::error_codes::ErrorCode;
use crate::ids::{Incarnation, InvalidId};
use crate::storage::StorageError;
use crate::storage::rows::{QueuedRows, Rows};

type Result<T> = std::result::Result<T, JsValue>;

/// Rows as the platform has them, on their way in.
#[wasm_bindgen]
#[derive(Default)]
pub struct KeptRows(Vec<(String, Vec<u8>)>);

#[wasm_bindgen]
impl KeptRows {
    /// An empty list of rows.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row that the browser's database has.
    pub fn add(&mut self, key: String, value: Vec<u8>) {
        self.0.push((key, value));
    }
}

/// A row that changed. Without a value it is gone.
#[wasm_bindgen(getter_with_clone)]
pub struct ChangedRow {
    /// The key under which the row lies in the database.
    pub key: String,
    /// What it says now.
    pub value: Option<Vec<u8>>,
}

/// One device's journal, opened.
#[wasm_bindgen]
pub struct Core {
    app: App<QueuedRows>,
    is_read_only: bool,
}

#[wasm_bindgen]
impl Core {
    /// Opens what the platform has, or begins a journal. A damaged one opens for reading.
    ///
    /// `noted` is the incarnation that the platform noted last outside of every backup, empty where it noted none: if the
    /// journal has another one, it came from a copy, and begins an incarnation of its own. A platform that notes none leaves it
    /// out.
    ///
    /// # Errors
    /// One of a newer version.
    pub fn open(rows: &KeptRows, noted: Option<String>) -> Result<Core> {
        open(&rows.0, entropy(), Incarnation(entropy()), noted.as_deref()).map_err(thrown)
    }

    /// Under which name this device writes its records now.
    ///
    /// # Errors
    /// The storage was lost.
    pub fn incarnation(&self) -> Result<String> {
        Ok(self.app.storage().map_err(failed)?.incarnation().to_string())
    }

    /// The same, with the entropy handed in: for a recording that must give the same bytes everywhere. Never use it for a
    /// device that people work with.
    ///
    /// # Errors
    /// See [`Core::open`].
    pub fn open_recorded(rows: &KeptRows, seed: Vec<u8>, incarnation: &str) -> Result<Core> {
        let seed = seed.try_into().map_err(|_| thrown(SaxaulError::bad_input(&"a seed has 32 bytes")))?;
        open(&rows.0, seed, id(incarnation)?, None).map_err(thrown)
    }

    /// Whether the journal is damaged and open for reading alone.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// What is to be written now, in one transaction and in this order.
    ///
    /// # Errors
    /// The storage was lost.
    pub fn take_batch(&mut self) -> Result<Vec<ChangedRow>> {
        if self.is_read_only {
            // What could be saved stays in memory: the damaged rows are left as they are.
            return Ok(Vec::new());
        }
        let storage = self.app.storage_mut().map_err(failed)?;
        Ok(storage.take_batch().into_iter().map(|row| ChangedRow { key: row.key, value: row.value }).collect())
    }

    /// What changed since this was asked for last, if anything did.
    pub fn take_changes(&mut self) -> Option<String> {
        Some(self.app.take_changes()).filter(|changes| !changes.is_nothing()).map(|changes| json(&changes))
    }

    /// Who this device is, and where it works.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn standing(&self) -> Result<String> {
        shown(self.app.standing())
    }

    /// Works in another event from now on.
    ///
    /// # Errors
    /// This device was not let into it.
    pub fn choose_event(&mut self, event: &str) -> Result<()> {
        self.writable()?.choose(id(event)?).map_err(failed)
    }

    /// Does something for a person.
    ///
    /// # Errors
    /// It cannot be done.
    pub fn perform(&mut self, action: &str, reading: &str) -> Result<String> {
        let (action, reading) = (read(action)?, read(reading)?);
        shown(self.writable()?.perform(action, reading))
    }

    /// Does several things for a person at once: all of them or none.
    ///
    /// # Errors
    /// One of them cannot be done.
    pub fn perform_all(&mut self, actions: &str, reading: &str) -> Result<String> {
        let (actions, reading) = (read(actions)?, read(reading)?);
        shown(self.writable()?.perform_all(actions, reading))
    }

    /// Says what a scanned code means here.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn read_code(&mut self, text: &str) -> Result<String> {
        shown(self.app.read_code(text))
    }

    /// Reads a badge at a gate.
    ///
    /// # Errors
    /// [`SaxaulError::Refused`] for everything but a badge of this event.
    pub fn scan(&mut self, text: &str) -> Result<String> {
        shown(self.app.scan(text))
    }

    /// Forgets everything, as home ordered in the last exchange. When the batch is written, nothing is left.
    ///
    /// # Errors
    /// There is no such order, or something was not handed over.
    pub fn wipe(&mut self) -> Result<()> {
        let order = self.writable()?.wipe_order().cloned();
        let not_ordered = || SaxaulError::of(ErrorCode::NOT_ORDERED, &"home gave no order to wipe this device");
        let order = order.ok_or_else(not_ordered).map_err(thrown)?;
        self.app.storage_mut().map_err(failed)?.wipe(&order).map_err(|error| thrown(error.into()))
    }
}

impl Core {
    /// The app, if something may be recorded in it.
    fn writable(&mut self) -> Result<&mut App<QueuedRows>> {
        if self.is_read_only { Err(thrown(SaxaulError::read_only())) } else { Ok(&mut self.app) }
    }
}

fn open(
    rows: &[(String, Vec<u8>)],
    seed: [u8; 32],
    first: Incarnation,
    noted: Option<&str>,
) -> std::result::Result<Core, SaxaulError> {
    let next = Incarnation(entropy());
    let opened = Rows::open(rows.iter().cloned(), seed, first).and_then(|mut kept| {
        let is_copy = noted.is_some_and(|noted| !rows.is_empty() && kept.incarnation().to_string() != noted);
        if is_copy {
            kept.begin_incarnation(Incarnation(entropy()))?;
        }
        App::open(kept, next)
    });
    match opened {
        Err(damage @ StorageError::Damaged(_)) => {
            let saved = Rows::salvage(rows.iter().cloned(), Incarnation(entropy())).map_err(|_| damage)?;
            Ok(Core { app: App::open(saved, next)?, is_read_only: true })
        }
        opened => Ok(Core { app: opened?, is_read_only: false }),
    }
}

thread_local! {
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps in mind what a panic says. Called once, by itself.
#[wasm_bindgen(start)]
pub fn begin() {
    std::panic::set_hook(Box::new(|panic| LAST_PANIC.set(Some(panic.to_string()))));
}

/// What the panic said that ended this module.
#[wasm_bindgen]
#[must_use]
pub fn last_panic() -> Option<String> {
    LAST_PANIC.take()
}

/// Draws the id of somebody who is not on the list.
#[wasm_bindgen]
#[must_use]
pub fn new_walk_in_id() -> String {
    drawn::new_walk_in_id().to_string()
}

/// Draws the id of somebody who is put on the roster.
#[wasm_bindgen]
#[must_use]
pub fn new_person_id() -> String {
    drawn::new_person_id().to_string()
}

/// Draws the id of a ruling.
#[wasm_bindgen]
#[must_use]
pub fn new_ruling_id() -> String {
    drawn::new_ruling_id().to_string()
}

fn thrown(error: SaxaulError) -> JsValue {
    JsValue::from_str(&json(&error))
}

fn failed<E: Into<SaxaulError>>(error: E) -> JsValue {
    thrown(error.into())
}

fn json<T: Serialize>(record: &T) -> String {
    serde_json::to_string(record).expect("what an app is shown are plain records")
}

fn shown<T: Serialize, E: Into<SaxaulError>>(done: std::result::Result<T, E>) -> Result<String> {
    done.map(|record| json(&record)).map_err(failed)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_slice(text.as_bytes()).map_err(|error| thrown(SaxaulError::bad_input(&error)))
}

fn id<T: std::str::FromStr<Err = InvalidId>>(text: &str) -> Result<T> {
    text.parse().map_err(|error: InvalidId| thrown(SaxaulError::bad_input(&error)))
}
