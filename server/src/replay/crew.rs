//! The phones and the organizer of a replay, and how they live through the week.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use sync_core::command::Command;
use sync_core::documents::log::{Presence, WalkIn};
use sync_core::documents::roster::PersonName;
use sync_core::documents::rulings::{Decision, Ruling};
use sync_core::ids::{EntryRef, EventId, Incarnation, RulingId, Subject};
use sync_core::journal::{Entropy, Journal, OpenReplica};
use sync_core::replica::{Draft, DraftState, Outcome, Replica};
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::view::project;

use super::people::People;
use super::recording::{Act, Deed, Gate, Recording};
use super::turns::Stopped;
use super::{Arrival, Entries, ReplayError, Turns, Watcher};
use crate::client::{Http, Talk, TalkError, Traffic};
use crate::clock::{Clock, entropy};
use crate::invite::InviteLink;
use crate::reports;
use crate::wire::CreateInvite;

impl From<Stopped> for ReplayError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

fn open_journal(directory: &Path, name: &str) -> Result<Journal, ReplayError> {
    let path = directory.join(format!("{name}.journal"));
    let entropy = Entropy { seed: entropy(), incarnation: Incarnation(entropy()) };
    Ok(Journal::open(&path, &path.with_extension("incarnation"), None, entropy)?)
}

fn right(at: UnixMillis) -> ClockReading {
    ClockReading { boot: 1, mono_ms: at.0.max(0).cast_unsigned(), wall_ms: at }
}

/// A device of the replay.
struct Device {
    name: String,
    replica: OpenReplica,
    talk: Talk<Http>,
}

/// Lets a device in, and prepares it with `before` its replica opens.
fn join(
    directory: &Path,
    name: &str,
    link: &InviteLink,
    event: EventId,
    before: impl FnOnce(&Journal, &mut Talk<Http>) -> Result<(), TalkError>,
) -> Result<Device, ReplayError> {
    let mut talk = Talk::over(Http::to(&link.url), &link.url);
    let mut journal = open_journal(directory, name)?;
    let joined = talk.join(&mut journal, link, name).and_then(|_| before(&journal, &mut talk));
    joined.map_err(|cause| ReplayError::Talk { who: name.to_owned(), cause: Box::new(cause) })?;
    let replica = OpenReplica::open(journal, event, Incarnation(entropy()))?;
    Ok(Device { name: name.to_owned(), replica, talk })
}

impl Device {
    fn perform(&mut self, place: &str, command: Command, reading: ClockReading) -> Result<Draft, ReplayError> {
        self.replica.act(|state| {
            state
                .perform(command, reading)
                .map_err(|cause| ReplayError::Command { place: place.to_owned(), cause: cause.to_string() })
        })
    }

    fn exchange(&mut self, reading: ClockReading) -> Result<(), ReplayError> {
        // Each recorded exchange is a session of its own, however close to the last one.
        self.talk.end_session();
        let exchanged = self
            .talk
            .exchange(&mut self.replica, &|| reading, &mut |_| {})
            .map_err(|cause| ReplayError::Talk { who: self.name.clone(), cause: Box::new(cause) })?;
        match exchanged.refused.iter().chain(&exchanged.rejected).next() {
            None => Ok(()),
            Some(what) => Err(ReplayError::Command {
                place: self.name.clone(),
                cause: format!("a change was not admitted: {what}"),
            }),
        }
    }
}

impl Device {
    /// The entry with which this device noted home's time last.
    fn latest_anchor(&self) -> Option<EntryRef> {
        let replica = self.replica.replica();
        let shown = replica.shown();
        let own = shown.logs.iter().find(|log| log.entry_ref(0) == replica.own_entry(0))?;
        own.anchors().last().map(|(counter, _)| own.entry_ref(counter))
    }
}

/// The laptop of the organizer, who rules and reads.
pub(super) struct Organizer {
    device: Device,
    rulings: u64,
    /// Whether home may have something that this laptop has not read.
    behind: bool,
}

impl Organizer {
    /// Joins with the first invite, creates the event, enters it and imports the lists.
    pub(super) fn found(
        directory: &Path,
        link: &InviteLink,
        event: EventId,
        recording: &Recording,
        people: &People,
    ) -> Result<Self, ReplayError> {
        let create = |journal: &Journal, talk: &mut Talk<Http>| {
            talk.sign_in(journal)?;
            talk.create_event(event, None)
        };
        let device = join(directory, "organizer", link, event, create)?;
        let mut organizer = Self { device, rulings: 0, behind: false };
        let at = recording.begins();
        for edit in recording.event.edits("event.json")? {
            organizer.device.perform("event.json", Command::EditEvent(edit), right(at))?;
        }
        let additions = people.listed.iter().map(|(id, person)| Command::AddPerson(*id, person.clone())).collect();
        organizer.device.perform_all("the lists", additions, right(at))?;
        organizer.exchange(at)?;
        Ok(organizer)
    }

    pub(super) fn exchange(&mut self, at: UnixMillis) -> Result<(), ReplayError> {
        self.behind = false;
        self.device.exchange(right(at))
    }

    pub(super) const fn replica(&self) -> &Replica {
        self.device.replica.replica()
    }

    fn invite(&mut self, role: &str, event: EventId) -> Result<InviteLink, ReplayError> {
        let invite = CreateInvite {
            role: role.to_owned(),
            event: Some(event.to_string()),
            uses: 1,
            expires_in_s: None,
            ..CreateInvite::default()
        };
        self.device
            .talk
            .invite(&invite)
            .map_err(|cause| ReplayError::Talk { who: "organizer".to_owned(), cause: Box::new(cause) })
    }

    /// Does one act at home: knows what home knows, and leaves nothing unsaid.
    fn act(&mut self, act: &Act, people: &People, entries: &Entries) -> Result<(), ReplayError> {
        let place = format!("organizer.jsonl, line {}", act.line);
        if self.behind {
            self.exchange(act.at)?;
        }
        for command in self.commands(act, people, entries) {
            self.device.perform(&place, command, right(act.at))?;
        }
        self.exchange(act.at)
    }

    fn commands(&mut self, act: &Act, people: &People, entries: &Entries) -> Vec<Command> {
        let reason = match &act.deed {
            Deed::Void { reason, .. } | Deed::Manual { reason, .. } => reason.clone(),
            _ => String::new(),
        };
        let subject = |name: &str| people.subject(name);
        let decisions = match &act.deed {
            Deed::Edit(name, edit) => match subject(name) {
                Subject::Person(id) => return vec![Command::EditPerson(id, edit.clone())],
                Subject::WalkIn(_) => Vec::new(),
            },
            Deed::Same(a, b) => vec![Decision::Same(subject(a), subject(b))],
            Deed::NotSame(a, b) => vec![Decision::NotSame(subject(a), subject(b))],
            Deed::RetractSame(a, b) => self.standing_same(subject(a), subject(b)),
            Deed::Void { phone, line, .. } => {
                let entries = entries.lock().expect("no phone panics");
                entries.get(&(*phone, *line)).map(|entry| Decision::Void(*entry)).into_iter().collect()
            }
            Deed::Manual { name, start, end, .. } => {
                vec![Decision::Manual { subject: subject(name), start: *start, end: *end, site: None }]
            }
            Deed::Confirm(name, day) => vec![Decision::Confirm { subject: subject(name), day: *day, imputed_ms: None }],
            _ => Vec::new(),
        };
        let rule = |decision| {
            self.rulings += 1;
            Command::Rule(RulingId(self.rulings.to_be_bytes()), Ruling { decision, reason: reason.clone() })
        };
        decisions.into_iter().map(rule).collect()
    }

    /// Retractions of every ruling that says that two are one, and was not retracted.
    fn standing_same(&self, a: Subject, b: Subject) -> Vec<Decision> {
        let by_id = &self.replica().ledger().documents().rulings().by_id;
        let all = || by_id.iter().flat_map(|(id, rulings)| rulings.iter().map(move |ruling| (id, &ruling.value)));
        let retracted = |id| all().any(|(_, ruling)| ruling.decision == Decision::Retract(id));
        let said = |decision: &Decision| *decision == Decision::Same(a, b) || *decision == Decision::Same(b, a);
        let standing = all().filter(|(id, ruling)| said(&ruling.decision) && !retracted(**id));
        standing.map(|(id, _)| Decision::Retract(*id)).collect()
    }
}

impl Device {
    /// Performs many commands in one transaction.
    fn perform_all(&mut self, place: &str, commands: Vec<Command>, reading: ClockReading) -> Result<(), ReplayError> {
        self.replica.act(|state| {
            let mut writes = Vec::new();
            for command in commands {
                let outcome = state
                    .perform(command, reading)
                    .map_err(|cause| ReplayError::Command { place: place.to_owned(), cause: cause.to_string() })?;
                writes.extend(outcome.writes);
            }
            Ok(Outcome { writes, answer: () })
        })
    }
}

/// A phone of the replay.
pub(super) struct Phone {
    index: usize,
    device: Device,
}

impl Phone {
    /// Invites every phone of the recording, lets it in, and has it read the event: phones have the roster from the
    /// beginning.
    pub(super) fn join_all(
        directory: &Path,
        recording: &Recording,
        organizer: &mut Organizer,
        event: EventId,
    ) -> Result<Vec<Self>, ReplayError> {
        let phones = recording.event.phones.iter().enumerate().map(|(index, phone)| {
            let link = organizer.invite(&phone.role, event)?;
            let device = join(directory, &phone.key, &link, event, |_, _| Ok(()))?;
            let mut phone = Self { index, device };
            phone.read_on()?;
            Ok(phone)
        });
        phones.collect()
    }

    pub(super) const fn traffic(&self) -> Traffic {
        self.device.talk.traffic
    }

    /// Reads what is new without saying anything more.
    pub(super) fn read_on(&mut self) -> Result<(), ReplayError> {
        let read = self.device.talk.read_on(&mut self.device.replica);
        read.map(drop).map_err(|cause| ReplayError::Talk { who: self.device.name.clone(), cause: Box::new(cause) })
    }

    /// What this phone shows, as bytes.
    pub(super) fn view_bytes(&self) -> Vec<u8> {
        let shown = self.device.replica.replica().shown();
        reports::to_json(&project(&shown.event, &shown.roster, &shown.logs, &shown.rulings))
    }

    /// Does one act away from home.
    fn act(&mut self, act: &Act, crew: &Crew<'_>) -> Result<(), ReplayError> {
        let place = format!("phones/{}.jsonl, line {}", self.device.name, act.line);
        let unfit = |what: &str| ReplayError::Command { place: place.clone(), cause: what.to_owned() };
        let subject = |name: &str| crew.people.subject(name);
        let command = match &act.deed {
            Deed::Gate(gate, name, site, method) => {
                let presence = Presence { site: site.clone(), method: *method, subject: subject(name) };
                match gate {
                    Gate::In => Command::CheckIn(presence),
                    Gate::Out => Command::CheckOut(presence),
                    Gate::NoShow => Command::NoShow(presence),
                }
            }
            Deed::Undo(line) => {
                let entry = crew.entry(self.index, *line);
                Command::Undo(entry.ok_or_else(|| unfit("nothing was recorded on that line"))?)
            }
            Deed::WalkIn { name, spelling, phone, year } => match subject(name) {
                Subject::WalkIn(id) => Command::AddWalkIn(WalkIn {
                    id,
                    names: vec![PersonName { family: spelling.clone(), ..PersonName::default() }],
                    phone: phone.clone(),
                    organisation: None,
                    birth_year: *year,
                }),
                Subject::Person(_) => return Err(unfit("a walk-in is called like somebody on a list")),
            },
            Deed::Edit(name, edit) => match subject(name) {
                Subject::Person(id) => Command::EditPerson(id, edit.clone()),
                Subject::WalkIn(_) => return Err(unfit("only people on the roster can be edited")),
            },
            Deed::Litter(card) => Command::CountLitter(card.clone()),
            Deed::Planting(card) => Command::CountSeedlings(card.clone()),
            _ => return Err(unfit("a phone does not do this")),
        };
        let draft = self.device.perform(&place, command, act.reading)?;
        if let Some(entry) = draft.entry {
            crew.entries.lock().expect("no phone panics").insert((self.index, act.line), entry);
        }
        Ok(())
    }

    /// Meets home. Says how much it brought, and how old the oldest of it is.
    fn meet_home(&mut self, act: &Act, entries: &Entries) -> Result<Option<Arrival>, ReplayError> {
        let open = self.device.replica.replica().drafts().filter(|draft| draft.state == DraftState::Open);
        let waits: Vec<UnixMillis> = open.map(|draft| draft.reading.wall_ms).collect();
        self.device.exchange(act.reading)?;
        if let Some(anchor) = self.device.latest_anchor() {
            entries.lock().expect("no phone panics").insert((self.index, act.line), anchor);
        }
        Ok(waits.iter().min().map(|oldest| Arrival {
            phone: self.device.name.clone(),
            commands: waits.len(),
            days: (act.reading.wall_ms.0 - oldest.0) as f64 / 86_400_000.0,
        }))
    }
}

/// What everybody shares during the week.
pub(super) struct Crew<'a> {
    pub recording: &'a Recording,
    pub people: &'a People,
    pub clock: &'a Clock,
    pub watcher: &'a dyn Watcher,
    pub entries: Entries,
}

impl Crew<'_> {
    fn entry(&self, phone: usize, line: usize) -> Option<EntryRef> {
        self.entries.lock().expect("no phone panics").get(&(phone, line)).copied()
    }

    /// Lives through the week. Returns who brought what, and how late.
    pub(super) fn run_week(
        &self,
        phones: &mut [Phone],
        organizer: &mut Organizer,
    ) -> Result<Vec<Arrival>, ReplayError> {
        let turns = Turns::default();
        let order = self.recording.order_at_home();
        let behind = AtomicBool::new(false);
        let results: Vec<Result<Vec<Arrival>, ReplayError>> = std::thread::scope(|scope| {
            let mut threads = Vec::new();
            for (phone, orders) in phones.iter_mut().zip(&order.phones) {
                let (turns, behind) = (&turns, &behind);
                threads.push(
                    scope.spawn(move || stop_all_on_failure(turns, || self.run_phone(phone, orders, turns, behind))),
                );
            }
            let (turns, behind, orders) = (&turns, &behind, &order.organizer);
            threads
                .push(scope.spawn(move || {
                    stop_all_on_failure(turns, || self.run_organizer(organizer, orders, turns, behind))
                }));
            threads.into_iter().map(|thread| thread.join().unwrap_or(Err(ReplayError::Stopped))).collect()
        });
        first_cause(results)
    }

    fn run_phone(
        &self,
        phone: &mut Phone,
        orders: &[usize],
        turns: &Turns,
        behind: &AtomicBool,
    ) -> Result<Vec<Arrival>, ReplayError> {
        let mut arrivals = Vec::new();
        let mut orders = orders.iter();
        for act in &self.recording.phones[phone.index] {
            if act.deed == Deed::Exchange {
                let turn = *orders.next().expect("every meeting has its turn");
                let arrived = turns.take(turn, || {
                    self.clock.move_to(act.at);
                    behind.store(true, Ordering::SeqCst);
                    phone.meet_home(act, &self.entries)
                })?;
                arrivals.extend(arrived);
            } else {
                phone.act(act, self)?;
            }
            self.watcher.step();
        }
        Ok(arrivals)
    }

    fn run_organizer(
        &self,
        organizer: &mut Organizer,
        orders: &[usize],
        turns: &Turns,
        behind: &AtomicBool,
    ) -> Result<Vec<Arrival>, ReplayError> {
        for (act, turn) in self.recording.organizer.iter().zip(orders) {
            turns.take(*turn, || {
                self.clock.move_to(act.at);
                organizer.behind |= behind.swap(false, Ordering::SeqCst);
                organizer.act(act, self.people, &self.entries)
            })?;
            self.watcher.step();
        }
        Ok(Vec::new())
    }
}

fn stop_all_on_failure<T>(turns: &Turns, run: impl FnOnce() -> Result<T, ReplayError>) -> Result<T, ReplayError> {
    let result = run();
    if result.is_err() {
        turns.stop();
    }
    result
}

/// The arrivals of all, the longest awaited first; or what stopped the others.
fn first_cause(results: Vec<Result<Vec<Arrival>, ReplayError>>) -> Result<Vec<Arrival>, ReplayError> {
    let mut arrivals = Vec::new();
    let mut stopped = false;
    for result in results {
        match result {
            Ok(some) => arrivals.extend(some),
            Err(ReplayError::Stopped) => stopped = true,
            Err(cause) => return Err(cause),
        }
    }
    if stopped {
        return Err(ReplayError::Stopped);
    }
    arrivals.sort_by(|a, b| b.days.total_cmp(&a.days));
    Ok(arrivals)
}
