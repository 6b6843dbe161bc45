//! What an app shows: lists and rows, as JSON.

use wasm_bindgen::prelude::wasm_bindgen;

use super::{Core, Result, failed, id, read, shown};
#[cfg(doc)]
use crate::bindings::SaxaulError;
use crate::bindings::Unconfirmed;
use crate::time::UnixMillis;

#[wasm_bindgen]
impl Core {
    /// What the event is.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn event(&self) -> Result<String> {
        shown(self.app.event())
    }

    /// How many people are here, of how many: in all, by team and by site.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn headcounts(&mut self) -> Result<String> {
        shown(self.app.headcounts())
    }

    /// A page of people.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn people(&mut self, query: &str) -> Result<String> {
        shown(self.app.people(&read(query)?))
    }

    /// One human being, by any id; `null` if nobody here has heard of them.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn person(&mut self, subject: &str) -> Result<String> {
        shown(self.app.person(id(subject)?))
    }

    /// The hours of everybody, or of one human being: a row for each day.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn hours(&mut self, of: Option<String>) -> Result<String> {
        shown(self.app.hours(of.map(|subject| id(&subject)).transpose()?))
    }

    /// The whole view as JSON: the same documents give the same bytes on every device.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn view_json(&mut self) -> Result<Vec<u8>> {
        self.app.view_json().map_err(failed)
    }

    /// What this device recorded, with how safe each record is.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn records(&mut self, query: &str) -> Result<String> {
        shown(self.app.records(&read(query)?))
    }

    /// How many records home did not confirm yet.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn unconfirmed(&self) -> Result<String> {
        shown(self.app.unconfirmed().map(Unconfirmed::from))
    }

    /// Everything that is known of one human being, by any id; `null` if nobody here has heard of them.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn person_details(&mut self, subject: &str) -> Result<String> {
        shown(self.app.person_details(id(subject)?))
    }

    /// What was recorded of one human being, on every device, with what became of each record: the newest first.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn timeline(&mut self, subject: &str) -> Result<String> {
        shown(self.app.timeline(id(subject)?))
    }

    /// Who may be meant by what is typed of somebody before they are registered: the likeliest first.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn similar(&mut self, known: &str) -> Result<String> {
        shown(self.app.similar(read(known)?))
    }

    /// The fields on which several people said different things, by person and field.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn conflicts(&mut self) -> Result<String> {
        shown(self.app.conflicts())
    }

    /// The people who were registered at gates, the newest first.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn walk_ins(&mut self) -> Result<String> {
        shown(self.app.walk_ins())
    }

    /// What the gate must know of people, by person.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn notices(&mut self) -> Result<String> {
        shown(self.app.notices())
    }

    /// The sums of the event.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn totals(&mut self) -> Result<String> {
        shown(self.app.totals())
    }

    /// The events of which something is kept here, with their names.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn events(&self) -> Result<String> {
        shown(self.app.events())
    }

    /// The date at a moment, in the event's time zone.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn date_at(&self, at: f64) -> Result<String> {
        shown(self.app.date_at(UnixMillis(at as i64)))
    }

    /// What the journal holds. It names no person.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn inspect(&self) -> Result<String> {
        shown(self.app.inspect())
    }
}
