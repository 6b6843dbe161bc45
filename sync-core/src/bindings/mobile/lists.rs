//! What an app shows: lists and rows, made from what is on this device alone. None of these calls waits for a network.

#[cfg(doc)]
use super::SaxaulError;
use super::{Result, Saxaul, Unconfirmed};
use crate::app::{
    ConflictRow, EventRow, Headcounts, HoursRow, Inspection, KeptEvent, Known, NoticeRow, PeoplePage, PeopleQuery,
    PersonDetails, PersonRow, RecordPage, RecordQuery, SimilarRow, TimelineRow, TotalsRow, WalkInRow,
};
use crate::ids::Subject;
use crate::time::UnixMillis;

#[uniffi::export]
impl Saxaul {
    /// What the event is.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn event(&self) -> Result<EventRow> {
        self.read(|app| Ok(app.event()?))
    }

    /// How many people are here, of how many: in all, by team and by site.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn headcounts(&self) -> Result<Headcounts> {
        self.read(|app| Ok(app.headcounts()?))
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
        let query = RecordQuery { offset, limit, ..RecordQuery::default() };
        self.find_records(query)
    }

    /// How many records home did not confirm yet.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn unconfirmed(&self) -> Result<Unconfirmed> {
        self.read(|app| Ok(app.unconfirmed()?.into()))
    }

    /// What this device recorded that a query asks for, the newest first, what is not confirmed before what is.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn find_records(&self, query: RecordQuery) -> Result<RecordPage> {
        self.read(|app| Ok(app.records(&query)?))
    }

    /// Everything that is known of one human being, by any id; none if nobody here has heard of them.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn person_details(&self, subject: Subject) -> Result<Option<PersonDetails>> {
        self.read(|app| Ok(app.person_details(subject)?))
    }

    /// What was recorded of one human being, on every device, with what became of each record: the newest first.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn timeline(&self, subject: Subject) -> Result<Vec<TimelineRow>> {
        self.read(|app| Ok(app.timeline(subject)?))
    }

    /// Who may be meant by what is typed of somebody before they are registered: the likeliest first, at most five.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn similar(&self, known: Known) -> Result<Vec<SimilarRow>> {
        self.read(|app| Ok(app.similar(known)?))
    }

    /// The fields on which several people said different things, by person and field. The action `edit_person` with one of the
    /// values decides.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn conflicts(&self) -> Result<Vec<ConflictRow>> {
        self.read(|app| Ok(app.conflicts()?))
    }

    /// The people who were registered at gates, the newest first.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn walk_ins(&self) -> Result<Vec<WalkInRow>> {
        self.read(|app| Ok(app.walk_ins()?))
    }

    /// What the gate must know of people, by person.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn notices(&self) -> Result<Vec<NoticeRow>> {
        self.read(|app| Ok(app.notices()?))
    }

    /// The sums of the event.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn totals(&self) -> Result<TotalsRow> {
        self.read(|app| Ok(app.totals()?))
    }

    /// The events of which something is kept here, with their names.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn events(&self) -> Result<Vec<KeptEvent>> {
        self.read(|app| Ok(app.events()?))
    }

    /// The date at a moment, in ISO 8601 and in the event's time zone.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn date_at(&self, at: UnixMillis) -> Result<String> {
        self.read(|app| Ok(app.date_at(at)?))
    }

    /// What the journal holds, for whoever helps over the telephone and for a report to the developers. It names no person.
    ///
    /// # Errors
    /// See [`SaxaulError`].
    pub fn inspect(&self) -> Result<Inspection> {
        self.read(|app| Ok(app.inspect()?))
    }
}
