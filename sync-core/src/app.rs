//! What an app holds: one device, and the event that it works in.
//!
//! Everything an offline phone needs, over any [`Storage`] and any radio: joining, the actions of people, lists page by
//! page, what changed, how safe each record is, meeting home, meeting another phone, and bundles for a memory card.
//! Bytes go in and out, the clock's reading and entropy are handed in, and no call waits for a network. The bindings
//! for other languages pass calls on to here and know nothing themselves.
//!
//! Where the storage writes later than it says (see [`crate::storage`]), whoever calls hands on what is queued after
//! each call, and tells the person "saved" only then; [`App::take_changes`] is asked after that, too.

pub mod action;
pub mod bundle;
mod changes;
mod error;
mod event;
mod headcount;
mod hours;
mod inspection;
mod lists;
mod meet;
pub mod near;
mod parts;
pub mod people;
mod person;
mod reading;
mod records;
mod scanning;
mod shown;
mod sign_in;
mod similar;
#[cfg(test)]
mod tests;

use crate::command::{Command, accept_walk_in};
use crate::ids::{EventId, Incarnation, Subject, WalkInId};
use crate::meeting::{Answer, Meeting, MeetingError, Post, Refusal, Session, asks_to_lose, enrol, take_enrolled};
use crate::replica::{Draft, Outcome, Replica, Unconfirmed};
use crate::storage::{Device, Opened, Storage};
use crate::time::{ClockReading, UnixMillis};
use crate::trust::{Dismissal, Role, Signed};
use crate::view::EventView;

pub use self::action::Action;
use self::action::{ActionError, Asked};
pub use self::changes::Changes;
use self::changes::Gathered;
pub use self::error::AppError;
use self::error::Through;
pub use self::event::{
    CardCounts, CardRow, CategoryRow, DayRow, EventRow, KeptEvent, RemoteTaskRow, ShiftRow, SiteRow, TeamRow,
};
pub use self::headcount::{Headcount, Headcounts, SiteHeadcount, TeamHeadcount};
pub use self::hours::HoursRow;
pub use self::inspection::{EventInspection, Inspection, LogInspection};
pub use self::lists::{CategoryTotal, ConflictRow, ConflictingValueRow, NoticeRow, TotalsRow, WalkInRow};
pub use self::meet::Brought;
pub use self::parts::{Counted, Known, Name, Text};
pub use self::people::{
    Directory, FoundBy, Meant, Naming, PassageRow, PeoplePage, PeopleQuery, PersonNotice, PersonRow, PresenceFilter,
    Way,
};
pub use self::person::{AgeGroup, BriefingRow, PersonDetails, TimelineRow};
pub use self::records::{FilledCard, RecordFilter, RecordPage, RecordQuery, RecordRow, RecordState};
use self::scanning::ScannedBadges;
pub use self::scanning::{Bearer, ScanError, ScannedCode};
use self::shown::Screen;
pub use self::sign_in::SignInLink;
pub use self::similar::{ReasonRow, SimilarRow};
use crate::invite::InviteLink;

/// What an app holds.
pub struct App<S: Storage> {
    held: Held<S>,
    next_incarnation: Incarnation,
    meeting: Option<Meeting>,
    /// Of the last exchange with home.
    session: Option<Session>,
    near: meet::Near,
    screen: Screen,
    changes: Gathered,
    order: Option<Signed<Dismissal>>,
    /// The secret of an invite that gives less than this device has, and the grant that it would replace.
    less: Option<([u8; 16], UnixMillis)>,
    scanned: ScannedBadges,
}

/// A device, with or without an event that it works in.
enum Held<S> {
    Device(Box<Device<S>>),
    Event(Box<Opened<S>>),
    /// The storage failed while it was moved: the app is opened anew.
    Lost,
}

/// Who this device is, and where it works.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Standing {
    /// The id of this device, which follows from its key.
    pub device: crate::ids::DeviceId,
    /// Where the home server is reached; none before the device joined.
    pub home_url: Option<String>,
    /// What home calls this device; none before it joined.
    pub name: Option<String>,
    /// What the device may do; none before it joined.
    pub role: Option<Role>,
    /// The key of the site where the invite put it, if it named one.
    pub site: Option<String>,
    /// The key of the team to which the invite put it, if it named one.
    pub team: Option<String>,
    /// The event in which it works.
    pub event: Option<EventId>,
    /// Every event of which something is kept here.
    pub events: Vec<EventId>,
}

impl<S: Storage> App<S> {
    /// Opens what a storage has. If the device was let into one event, or holds one, it works in that.
    ///
    /// `next_incarnation` is drawn at random, see [`Opened::open`].
    ///
    /// # Errors
    /// What the storage reports.
    pub fn open(storage: Device<S>, next_incarnation: Incarnation) -> Result<Self, S::Error> {
        let event = only_event(&storage)?;
        let mut app = Self {
            held: Held::Device(Box::new(storage)),
            next_incarnation,
            meeting: None,
            session: None,
            near: meet::Near::default(),
            screen: Screen::default(),
            changes: Gathered::default(),
            order: None,
            less: None,
            scanned: ScannedBadges::default(),
        };
        if let Some(event) = event {
            app.work_in(event)?;
        }
        Ok(app)
    }

    /// Lets go of the storage; `None` if it was lost.
    #[must_use]
    pub fn into_storage(self) -> Option<Device<S>> {
        match self.held {
            Held::Device(storage) => Some(*storage),
            Held::Event(opened) => Some((*opened).into_journal()),
            Held::Lost => None,
        }
    }

    /// Who this device is, and where it works.
    ///
    /// # Errors
    /// [`AppError::Lost`], and what the storage reports.
    pub fn standing(&self) -> Result<Standing, AppError<S::Error>> {
        let storage = self.storage()?;
        let membership = storage.membership();
        let granted = membership.and_then(|it| it.granted().map(|(grant, _)| grant.role).max());
        let open = self.opened().ok().map(Opened::replica);
        let newest = || membership.and_then(|it| it.granted().map(|(grant, _)| grant).max_by_key(|grant| grant.issued));
        let device = storage.key().public().device();
        let own = open.and_then(|replica| replica.ledger().grant(device).cloned()).or_else(newest);
        Ok(Standing {
            device,
            home_url: membership.map(|it| it.url.clone()),
            name: own.as_ref().map(|grant| grant.name.clone()),
            role: open.map(Replica::role).or(granted),
            site: own.as_ref().and_then(|grant| grant.post.site.clone()),
            team: own.and_then(|grant| grant.post.team),
            event: open.map(Replica::event),
            events: storage.events().map_err(AppError::Storage)?,
        })
    }

    /// The call that asks home to let this device in; the link says where to. Repeating it is harmless.
    ///
    /// # Errors
    /// [`AppError::Link`], [`AppError::Lost`].
    pub fn enrol_call(&self, link: &str, name: &str) -> Result<Post, AppError<S::Error>> {
        let link: InviteLink = link.parse()?;
        Ok(enrol(self.storage()?.key(), &link, name, None))
    }

    /// The same call where home answered that the invite gives less than this device has ([`LESS_CODE`]), and the person
    /// agrees to lose the rest.
    ///
    /// [`LESS_CODE`]: crate::wire::LESS_CODE
    ///
    /// # Errors
    /// [`AppError::NothingAsked`] if home's last answer was not that; [`AppError::Link`], [`AppError::Lost`].
    pub fn enrol_for_less_call(&self, link: &str, name: &str) -> Result<Post, AppError<S::Error>> {
        let link: InviteLink = link.parse()?;
        let (_, replaces) = self.less.filter(|(secret, _)| *secret == link.secret).ok_or(AppError::NothingAsked)?;
        Ok(enrol(self.storage()?.key(), &link, name, Some(replaces)))
    }

    /// Takes home's answer to that call, and begins to work in the event of the link.
    ///
    /// # Errors
    /// What home says, and what the storage reports. After a refusal with the code [`LESS_CODE`] nothing has changed, and
    /// [`App::enrol_for_less_call`] agrees to it.
    ///
    /// [`LESS_CODE`]: crate::wire::LESS_CODE
    pub fn take_enrolled(&mut self, link: &str, answer: &Answer) -> Result<(), AppError<S::Error>> {
        let link: InviteLink = link.parse()?;
        let before = self.opened().ok().map(|opened| opened.replica().event());
        let mut storage = self.take_storage()?;
        let joined = take_enrolled(&mut storage, &link, answer);
        let only = only_event(&storage);
        self.held = Held::Device(Box::new(storage));
        self.less = match &joined {
            Err(MeetingError::Home(Refusal::Refused(problem))) => {
                asks_to_lose(problem).map(|issued| (link.secret, issued))
            }
            _ => None,
        };
        // A device that is not let in goes on where it was.
        let event = if joined.is_ok() { link.event.or(only.map_err(AppError::Storage)?) } else { before };
        if let Some(event) = event {
            self.work_in(event).map_err(AppError::Storage)?;
        }
        joined?;
        Ok(())
    }

    /// Works in another event from now on. What home has not told this device of it is asked at the next meeting.
    ///
    /// # Errors
    /// [`AppError::Outside`] before the device joined or if its grant is for another event; what the storage reports.
    pub fn choose(&mut self, event: EventId) -> Result<(), AppError<S::Error>> {
        use crate::storage::Outside;
        let membership = self.storage()?.membership().ok_or(Outside::NotJoined)?;
        membership.grant_for(event).ok_or(Outside::NotLetIn)?;
        self.work_in(event).map_err(AppError::Storage)
    }

    fn work_in(&mut self, event: EventId) -> Result<(), S::Error> {
        let storage = match std::mem::replace(&mut self.held, Held::Lost) {
            Held::Device(storage) => *storage,
            Held::Event(opened) => (*opened).into_journal(),
            Held::Lost => return Ok(()),
        };
        let opened = Opened::open(storage, event, self.next_incarnation)?;
        self.screen = Screen::of(opened.replica());
        self.held = Held::Event(Box::new(opened));
        self.meeting = None;
        self.session = None;
        self.near = meet::Near::default();
        self.scanned = ScannedBadges::default();
        self.changes.note_received();
        Ok(())
    }

    /// Does something for a person. When this returns, it is saved on this device.
    ///
    /// Taking back that somebody was registered takes back everything else that this device recorded of them, too.
    ///
    /// # Errors
    /// [`AppError::Action`] and [`AppError::Command`] for what cannot be done, [`AppError::Scan`] for the method `qr` where
    /// no badge was scanned; what the storage reports. Nothing was done then.
    ///
    /// # Panics
    /// Never: what is done has a row.
    pub fn perform(&mut self, action: Action, reading: ClockReading) -> Result<RecordRow, AppError<S::Error>> {
        let mut rows = self.perform_all(vec![action], reading)?;
        Ok(rows.pop().expect("what is done has a row"))
    }

    /// Does several things for a person at once, such as registering somebody and marking them present: all of them or
    /// none, whatever happens to the device meanwhile. A later action may be about somebody whom an earlier one adds.
    /// Returns a row for each action, in order.
    ///
    /// # Errors
    /// See [`App::perform`]; nothing was done.
    pub fn perform_all(
        &mut self,
        actions: Vec<Action>,
        reading: ClockReading,
    ) -> Result<Vec<RecordRow>, AppError<S::Error>> {
        actions.iter().try_for_each(|action| self.scanned.check(action)).map_err(AppError::Scan)?;
        let asked = actions.into_iter().map(Action::asked).collect::<Result<Vec<_>, _>>()?;
        let mut commands = Vec::new();
        // Where the command that was asked for stands among those that follow from it.
        let mut places = Vec::new();
        for asked in asked {
            match asked {
                Asked::AcceptWalkIn(id) => {
                    places.push(commands.len());
                    commands.extend(self.acceptance_of(id)?);
                }
                Asked::Command(command) => {
                    if let Command::Undo(entry) = &command {
                        let with_it = self.opened()?.replica().taken_back_with(entry);
                        commands.extend(with_it.into_iter().map(|own| Command::Undo(own.entry)));
                    }
                    places.push(commands.len());
                    commands.push(command);
                }
            }
        }
        let drafts = self.act(|state| state.perform_all(commands, reading).map_err(AppError::Command))?;
        drafts.iter().for_each(|draft| self.note_command(draft));
        let replica = self.opened()?.replica();
        Ok(places.into_iter().map(|place| records::row_of_draft(replica, &drafts[place])).collect())
    }

    /// The commands that take somebody who was registered at a gate onto the roster.
    fn acceptance_of(&mut self, id: WalkInId) -> Result<Vec<Command>, AppError<S::Error>> {
        let (replica, screen) = self.look()?;
        let view = screen.view(replica);
        let found = view.walk_in(id).ok_or(ActionError::UnknownWalkIn(id))?;
        if matches!(view.class_of(Subject::WalkIn(id)), Subject::Person(_)) {
            return Err(ActionError::AcceptedAlready(id).into());
        }
        let shown = replica.shown();
        Ok(accept_walk_in(replica.event(), &found.what, &shown.roster, &shown.rulings).1)
    }

    fn note_command(&mut self, draft: &Draft) {
        self.changes.note_command(&draft.command);
        self.screen.note_command(&draft.command);
    }

    /// Everything that changed since this was asked for last.
    #[must_use]
    pub fn take_changes(&mut self) -> Changes {
        self.changes.take()
    }

    fn look(&mut self) -> Result<(&Replica, &mut Screen), AppError<S::Error>> {
        match &self.held {
            Held::Event(opened) => Ok((opened.replica(), &mut self.screen)),
            Held::Device(_) => Err(AppError::NoEvent),
            Held::Lost => Err(AppError::Lost),
        }
    }

    fn act<T>(
        &mut self,
        act: impl FnOnce(&mut Replica) -> Result<Outcome<T>, AppError<S::Error>>,
    ) -> Result<T, AppError<S::Error>> {
        let opened = self.opened_mut()?;
        opened.act(|state| act(state).map_err(Through)).map_err(|Through(error)| error)
    }

    fn opened(&self) -> Result<&Opened<S>, AppError<S::Error>> {
        match &self.held {
            Held::Event(opened) => Ok(opened),
            Held::Device(_) => Err(AppError::NoEvent),
            Held::Lost => Err(AppError::Lost),
        }
    }

    fn opened_mut(&mut self) -> Result<&mut Opened<S>, AppError<S::Error>> {
        match &mut self.held {
            Held::Event(opened) => Ok(opened),
            Held::Device(_) => Err(AppError::NoEvent),
            Held::Lost => Err(AppError::Lost),
        }
    }

    /// What everything is kept in.
    ///
    /// # Errors
    /// [`AppError::Lost`].
    pub fn storage(&self) -> Result<&Device<S>, AppError<S::Error>> {
        match &self.held {
            Held::Device(storage) => Ok(storage),
            Held::Event(opened) => Ok(opened.journal()),
            Held::Lost => Err(AppError::Lost),
        }
    }

    /// What everything is kept in, to hand over what it has queued.
    ///
    /// # Errors
    /// [`AppError::Lost`].
    pub fn storage_mut(&mut self) -> Result<&mut Device<S>, AppError<S::Error>> {
        match &mut self.held {
            Held::Device(storage) => Ok(storage),
            Held::Event(opened) => Ok(opened.journal_mut()),
            Held::Lost => Err(AppError::Lost),
        }
    }

    fn take_storage(&mut self) -> Result<Device<S>, AppError<S::Error>> {
        match std::mem::replace(&mut self.held, Held::Lost) {
            Held::Device(storage) => Ok(*storage),
            Held::Event(opened) => Ok((*opened).into_journal()),
            Held::Lost => Err(AppError::Lost),
        }
    }
}

/// What people call a device; `None` where it is not known here.
fn device_name(replica: &Replica, device: crate::ids::DeviceId) -> Option<String> {
    Some(replica.ledger().grant(device)?.name.clone())
}

/// Says which device recorded the last passage of somebody.
fn name_device(row: &mut PersonRow, replica: &Replica) {
    if let Some(passage) = &mut row.last_passage {
        passage.device_name = device_name(replica, passage.device);
    }
}

/// The event that is meant when nobody says which.
fn only_event<S: Storage>(storage: &Device<S>) -> Result<Option<EventId>, S::Error> {
    let Some(membership) = storage.membership() else { return Ok(None) };
    if let Some(event) = membership.only_event() {
        return Ok(Some(event));
    }
    Ok(match storage.events()?.as_slice() {
        [event] => Some(*event),
        _ => None,
    })
}
