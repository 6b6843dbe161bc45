//! What an app shows: each list and row, made from what is on this device alone.

use super::*;

impl<S: Storage> App<S> {
    /// What the event is.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn event(&self) -> Result<EventRow, AppError<S::Error>> {
        Ok(event::event(self.opened()?.replica()))
    }

    /// How many people are here, of how many: in all, by team and by site.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn headcounts(&mut self) -> Result<Headcounts, AppError<S::Error>> {
        let (replica, screen) = self.look()?;
        Ok(Headcounts::of(screen.made(replica).1))
    }

    /// A page of people.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn people(&mut self, query: &PeopleQuery) -> Result<PeoplePage, AppError<S::Error>> {
        let (replica, screen) = self.look()?;
        let mut page = screen.made(replica).1.page(query);
        page.rows.iter_mut().for_each(|row| name_device(row, replica));
        Ok(page)
    }

    /// One human being, by any id; `None` if nobody here has heard of them.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn person(&mut self, subject: Subject) -> Result<Option<PersonRow>, AppError<S::Error>> {
        let (replica, screen) = self.look()?;
        let (view, directory) = screen.made(replica);
        let mut row = directory.row(view.class_of(subject));
        row.iter_mut().for_each(|row| name_device(row, replica));
        Ok(row)
    }

    /// Everything that is known of one human being, by any id; `None` if nobody here has heard of them.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn person_details(&mut self, subject: Subject) -> Result<Option<PersonDetails>, AppError<S::Error>> {
        let (replica, screen) = self.look()?;
        let (view, directory) = screen.made(replica);
        Ok(person::details(replica, view, directory, view.class_of(subject)))
    }

    /// What was recorded of one human being, on every device, with what became of each record: the newest first. What was
    /// taken back or voided is among it.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn timeline(&mut self, subject: Subject) -> Result<Vec<TimelineRow>, AppError<S::Error>> {
        let (replica, screen) = self.look()?;
        Ok(person::rows_of_timeline(replica, screen.view(replica), subject))
    }

    /// Who may be meant by what is typed of somebody before they are registered: the likeliest first, at most five.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn similar(&mut self, known: Known) -> Result<Vec<SimilarRow>, AppError<S::Error>> {
        let (replica, screen) = self.look()?;
        Ok(screen.similar(replica, known, |row| name_device(row, replica)))
    }

    /// The fields on which several people said different things, by person and field.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn conflicts(&mut self) -> Result<Vec<ConflictRow>, AppError<S::Error>> {
        let (replica, screen) = self.look()?;
        let (view, directory) = screen.made(replica);
        Ok(lists::conflicts(replica, view, directory))
    }

    /// The people who were registered at gates, the newest first.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn walk_ins(&mut self) -> Result<Vec<WalkInRow>, AppError<S::Error>> {
        let (replica, screen) = self.look()?;
        Ok(lists::walk_ins(replica, screen.view(replica)))
    }

    /// What the gate must know of people, by person.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn notices(&mut self) -> Result<Vec<NoticeRow>, AppError<S::Error>> {
        let (replica, screen) = self.look()?;
        let (view, directory) = screen.made(replica);
        Ok(lists::notices(view, directory))
    }

    /// The sums of the event.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn totals(&mut self) -> Result<TotalsRow, AppError<S::Error>> {
        let (replica, screen) = self.look()?;
        Ok(lists::totals(screen.view(replica)))
    }

    /// The events of which something is kept here, with their names, in the order of their ids. Each event but the one in which
    /// the device works is read for this.
    ///
    /// # Errors
    /// [`AppError::Lost`], and what the storage reports.
    pub fn events(&self) -> Result<Vec<KeptEvent>, AppError<S::Error>> {
        let storage = self.storage()?;
        let open = self.opened().ok().map(Opened::replica);
        let row = |event: EventId| match open.filter(|replica| replica.event() == event) {
            Some(replica) => Ok(event::kept(replica)),
            None => Ok(storage.look_into(event)?.map_or_else(|| KeptEvent::unread(event), |other| event::kept(&other))),
        };
        storage.events().and_then(|events| events.into_iter().map(row).collect()).map_err(AppError::Storage)
    }

    /// The date at a moment, in ISO 8601 and in the event's time zone.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn date_at(&self, at: UnixMillis) -> Result<String, AppError<S::Error>> {
        Ok(event::date_at(self.opened()?.replica(), at))
    }

    /// What the journal holds; it names no person.
    ///
    /// # Errors
    /// [`AppError::Lost`], and what the storage reports.
    pub fn inspect(&self) -> Result<Inspection, AppError<S::Error>> {
        let replica = self.opened().ok().map(Opened::replica);
        inspection::inspect(self.storage()?, replica).map_err(AppError::Storage)
    }

    /// The hours of everybody, or of one human being: a row for each day.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn hours(&mut self, of: Option<Subject>) -> Result<Vec<HoursRow>, AppError<S::Error>> {
        let (replica, screen) = self.look()?;
        let (view, directory) = screen.made(replica);
        Ok(hours::rows(view, directory, of))
    }

    /// The whole view as JSON: the same documents give the same bytes on every device.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    ///
    /// # Panics
    /// Never: a view is plain records, and memory does not fail.
    pub fn view_json(&mut self) -> Result<Vec<u8>, AppError<S::Error>> {
        let (replica, screen) = self.look()?;
        Ok(serde_json::to_vec(screen.view(replica)).expect("a view is plain records"))
    }

    /// What this device recorded, the newest first, what is not confirmed before what is.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn records(&mut self, query: &RecordQuery) -> Result<RecordPage, AppError<S::Error>> {
        let (replica, screen) = self.look()?;
        let (view, directory) = screen.made(replica);
        Ok(records::page(replica, view, directory, query))
    }

    /// How many records home did not confirm yet.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn unconfirmed(&self) -> Result<Unconfirmed, AppError<S::Error>> {
        Ok(self.opened()?.replica().unconfirmed())
    }

    /// The view of the event, and everybody in it as they are listed and found.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn seen(&mut self) -> Result<(&EventView, &Directory), AppError<S::Error>> {
        let (replica, screen) = self.look()?;
        Ok(screen.made(replica))
    }

    /// The replica of the event, to look at what no list shows.
    ///
    /// # Errors
    /// [`AppError::NoEvent`], [`AppError::Lost`].
    pub fn replica(&self) -> Result<&Replica, AppError<S::Error>> {
        Ok(self.opened()?.replica())
    }
}
