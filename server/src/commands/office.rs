//! What every command of an organizer does around its own work: meet home, know people, write, meet home again.

use jiff::civil::{Date, DateTime};
use sync_core::app::Naming;
use sync_core::command::Command;
use sync_core::documents::roster::PersonEdit;
use sync_core::documents::rulings::{Decision, Ruling};
use sync_core::ids::{EventId, RulingId, Subject};
use sync_core::journal::OpenReplica;
use sync_core::time::UnixMillis;
use sync_core::view::EventView;

use super::field::people::People;
use super::{Failure, JournalArgs, check_typed, read_clocks};
use crate::clock::entropy;
use crate::commands::clock_change::clock_change;
use crate::print::one_line;

/// After so long a job is asked again how far it is.
const JOB_PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

/// Which event, on which device.
#[derive(clap::Args)]
pub struct EventArgs {
    /// The event; without it, the only one there is
    #[arg(long, value_name = "ID", global = true)]
    event: Option<EventId>,
    /// Do not try to reach home
    #[arg(long, global = true)]
    offline: bool,
    #[command(flatten)]
    journal: JournalArgs,
}

impl EventArgs {
    /// Opens the event and reads what is new at home; without a network, what is on this device.
    pub(super) fn open(&self) -> Result<Office<'_>, Failure> {
        let mut replica = self.journal.open_event(self.event)?;
        self.meet_home(&mut replica, "this is what this device knows")?;
        let people = People::of(replica.replica());
        Ok(Office { args: self, replica, people })
    }

    /// Opens another event than the one that is named.
    pub(super) fn open_other(&self, event: EventId) -> Result<Office<'_>, Failure> {
        let mut replica = self.journal.open_event(Some(event))?;
        self.meet_home(&mut replica, "this is what this device knows")?;
        let people = People::of(replica.replica());
        Ok(Office { args: self, replica, people })
    }

    /// Every event that this device knows.
    pub(super) fn all_events(&self) -> Result<Vec<EventId>, Failure> {
        Ok(self.journal.open()?.events()?)
    }

    fn meet_home(&self, replica: &mut OpenReplica, otherwise: &str) -> Result<(), Failure> {
        if self.offline {
            return Ok(());
        }
        match self.journal.exchange(replica) {
            Err(Failure::Unreachable(error)) => eprintln!("note: {error}; {otherwise}"),
            other => drop(other?),
        }
        Ok(())
    }
}

/// An organizer at work.
pub(super) struct Office<'a> {
    args: &'a EventArgs,
    pub replica: OpenReplica,
    pub people: People,
}

impl Office<'_> {
    pub(super) const fn view(&self) -> &EventView {
        self.people.view()
    }

    /// What is seen after something was written.
    pub(super) fn fresh_view(&self) -> EventView {
        let shown = self.replica.replica().shown();
        sync_core::view::project(&shown.event, &shown.roster, &shown.logs, &shown.rulings)
    }

    /// Somebody whom `who` names.
    pub(super) fn one(&self, who: &str) -> Result<Subject, Failure> {
        self.people.one(who, Naming::AtDesk)
    }

    /// Somebody who has this code or id.
    pub(super) fn one_by_code(&self, code: &str) -> Result<Subject, Failure> {
        self.people.one(code, Naming::ByCode)
    }

    /// Refuses values that only a slip can mean.
    pub(super) fn check_typed(&self, edits: impl IntoIterator<Item = PersonEdit>) -> Result<(), Failure> {
        let shown = self.replica.replica().shown();
        edits.into_iter().try_for_each(|edit| check_typed(&edit, &shown.event))
    }

    /// Every spelling of somebody's name.
    pub(super) fn names_of(&self, subject: Subject) -> Vec<String> {
        self.people.names_of(subject)
    }

    /// Gives all commands in one transaction, and brings them home.
    pub(super) fn perform(&mut self, commands: Vec<Command>) -> Result<(), Failure> {
        let reading = read_clocks();
        self.replica.act(|state| Ok::<_, anyhow::Error>(state.perform_all(commands, reading)?))?;
        self.args.meet_home(&mut self.replica, "it is saved on this device and goes home with the next exchange")
    }

    /// Has home erase people, and then this device.
    pub(super) fn erase(&mut self, people: Vec<String>) -> Result<u32, Failure> {
        let event = self.replica.replica().event();
        let bar = indicatif::ProgressBar::new_spinner();
        bar.set_message("erasing…");
        let erased = self.args.journal.signed_in(self.replica.journal())?.erase_as_job(event, people, |_| {
            bar.tick();
            std::thread::sleep(JOB_PAUSE);
        })?;
        bar.finish_and_clear();
        self.args.meet_home(&mut self.replica, "this device forgets them with the next exchange")?;
        Ok(erased)
    }

    /// Rules, each decision for one reason.
    pub(super) fn rule(&mut self, decisions: Vec<Decision>, reason: &str) -> Result<Vec<RulingId>, Failure> {
        let ids: Vec<RulingId> = decisions.iter().map(|_| RulingId(entropy())).collect();
        let rulings = ids.iter().zip(decisions).map(|(id, decision)| {
            let reason = reason.to_owned();
            Command::Rule(*id, Ruling { decision, reason })
        });
        self.perform(rulings.collect())?;
        Ok(ids)
    }

    /// The moment of a date and time of the event's time zone, such as `2026-05-18 09:30`.
    pub(super) fn moment(&self, text: &str) -> Result<UnixMillis, Failure> {
        let wrong = || Failure::BadInput(format!("`{text}` is not a date and time such as 2026-05-18T09:30"));
        let moment: DateTime = text.trim().replace(' ', "T").parse().map_err(|_| wrong())?;
        let minute = u16::try_from(moment.hour()).map_err(|_| wrong())? * 60
            + u16::try_from(moment.minute()).map_err(|_| wrong())?;
        let shown = self.replica.replica().shown();
        if let Some(change) = clock_change(&shown.event.zone.table, moment) {
            eprintln!("note: {text}: {change}");
        }
        let start = shown.event.zone.table.moment(moment.date(), minute);
        Ok(UnixMillis(start.0 + i64::from(moment.second()) * 1000))
    }

    /// The name of a device, as home gave it.
    pub(super) fn device_name(&self, device: sync_core::ids::DeviceId) -> String {
        let grant = self.replica.replica().ledger().grant(device);
        grant.map_or_else(|| device.to_string(), |grant| one_line(&grant.name))
    }
}

/// Reads a date as it is typed, e.g. `2026-05-18`.
pub(super) fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("`{text}` is not a date such as 2026-05-18"))
}

/// A moment as people read it, in UTC to the minute.
pub(super) fn moment_text(at: UnixMillis) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map_or_else(|_| at.0.to_string(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// A time as people read it.
pub(super) fn hours_text(ms: u64) -> String {
    format!("{}:{:02} h", ms / 3_600_000, ms / 60_000 % 60)
}
