//! `saxaul event create`: one event from a file, however often the command is repeated.
//!
//! A command whose answer was lost is repeated, so the id of the new event is not drawn anew each time. It follows from
//! the device's key and from what tells the event from others, and home takes the same id twice.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::civil::Date;
use sync_core::canonical::{canonical_code, is_same_code};
use sync_core::command::Command;
use sync_core::documents::event::{EventEdit, EventInfo};
use sync_core::ids::{EventId, Incarnation, NodeId};
use sync_core::journal::{Journal, OpenReplica};
use sync_core::replica::Outcome;

use super::super::office::date;
use super::super::{Failure, JournalArgs, event_name, local_name, read_clocks};
use super::{read, tell_of_clock_changes};
use crate::client::{Http, Talk, TalkError};
use crate::clock::{Clock, entropy};
use crate::event_plan::{EventPlan, Text};

/// `saxaul event create`: makes an event from a file.
#[derive(clap::Args)]
pub struct CreateEvent {
    /// JSON: name {kk, ru, en}, time_zone, days [{date, opens, closes}], sites [{key, name}]. A day that closes at a
    /// time not after its opening closes on the next date
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Move the event so that its first day is this date, or `today` in its time zone
    #[arg(long, value_name = "DATE", value_parser = first_day)]
    from: Option<FirstDay>,
    /// The office, region or organisation to which the event belongs
    #[arg(long, value_name = "ID")]
    node: Option<NodeId>,
    /// Create it although there is one with the same name, days, region and organisation
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    journal: JournalArgs,
}

/// The first day of an event.
#[derive(Clone, Copy, Debug)]
enum FirstDay {
    Today,
    On(Date),
}

fn first_day(text: &str) -> Result<FirstDay, String> {
    if text == "today" { Ok(FirstDay::Today) } else { date(text).map(FirstDay::On) }
}

impl FirstDay {
    /// The date that is meant, where local time is that of `zone`.
    fn in_zone(self, zone: Option<&str>) -> Result<Date, jiff::Error> {
        match self {
            Self::On(date) => Ok(date),
            Self::Today => {
                let now = jiff::Timestamp::from_millisecond(Clock::System.now().0)?;
                Ok(now.in_tz(zone.unwrap_or("UTC"))?.date())
            }
        }
    }
}

impl CreateEvent {
    pub(super) fn run(self) -> Result<(), Failure> {
        let (name, mut file) = read(&self.file)?;
        if let Some(from) = self.from {
            let first = from.in_zone(file.plan.time_zone.as_deref());
            file.plan.begin_on(first.map_err(|error| Failure::BadInput(format!("{name}: time_zone: {error}")))?);
        }
        let edits = file.edits(&name).map_err(|error| Failure::bad_input(&error))?;
        // What cannot be meant is refused before there is an event.
        edits.iter().try_for_each(|edit| Command::EditEvent(edit.clone()).check_values())?;
        let event = self.id_of_new(&file.plan)?;
        let journal = self.journal.open()?;
        let mut talk = self.journal.signed_in(&journal)?;
        if !self.again {
            require_unknown_to_home(&mut talk, &journal, event, &file.plan)?;
        }
        talk.create_event(event, self.node)?;
        let mut replica = OpenReplica::open(journal, event, Incarnation(entropy()))?;
        let shown = &replica.replica().shown().event;
        let news: Vec<EventEdit> = edits.into_iter().filter(|edit| shown.is_news(edit)).collect();
        let reading = read_clocks();
        replica.act(|state| {
            let mut writes = Vec::new();
            for edit in news {
                writes.extend(state.perform(Command::EditEvent(edit), reading)?.writes);
            }
            Ok::<_, anyhow::Error>(Outcome { writes, answer: () })
        })?;
        self.journal.exchange(&mut replica)?;
        println!("{event}  {}", event_name(replica.replica()));
        tell_of_clock_changes(&replica.replica().shown().event);
        Ok(())
    }

    /// The id under which the event is created: the first of those that follow from the plan which this device has not
    /// used, or which an earlier try of this command left unfinished.
    ///
    /// # Errors
    /// [`Failure::BadInput`] where this device knows an event like the one that is planned, without `--again`.
    fn id_of_new(&self, plan: &EventPlan) -> Result<EventId, Failure> {
        let journal = self.journal.open()?;
        let known = journal.events()?;
        let ids = (0_u32..).map(|number| self.nth_id(&journal, plan, number)).take(known.len() + 1);
        let ids: Vec<EventId> = ids.collect();
        drop(journal);
        let mut unfinished = None;
        for event in &known {
            let replica = self.journal.open_event(Some(*event))?;
            let replica = replica.replica();
            let info = &replica.shown().event;
            // What it is was not written, although it may have been met at home since.
            let is_blank = replica.read_of(replica.home()).is_none() || **info == EventInfo::default();
            if is_blank && ids.contains(event) {
                unfinished = Some(*event);
            } else if !self.again && are_alike(&EventPlan::of(info), plan) {
                return Err(there_is_one(*event, &event_name(replica)));
            }
        }
        let unused = || ids.iter().copied().find(|event| !known.contains(event));
        unfinished.or_else(unused).ok_or_else(|| anyhow::anyhow!("there is one id more than there are events").into())
    }

    fn nth_id(&self, journal: &Journal, plan: &EventPlan, number: u32) -> EventId {
        let Text { kk, ru, en } = plan.name.clone().unwrap_or_default();
        let texts =
            [kk, ru, en, plan.region.clone().unwrap_or_default(), plan.organisation.clone().unwrap_or_default()];
        let mut purpose = format!("saxaul/event creation/{number}");
        // No canonical form has a control character in it.
        for part in texts.iter().map(|text| canonical_code(text)).chain(dates(plan).iter().map(Date::to_string)) {
            purpose.push('\n');
            purpose.push_str(&part);
        }
        if let Some(node) = self.node {
            purpose.push_str("\nof ");
            purpose.push_str(&node.to_string());
        }
        let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = journal.key().derived_secret(&purpose);
        EventId(id)
    }
}

/// Looks for an event like this one among those that home has and this device does not know yet.
fn require_unknown_to_home(
    talk: &mut Talk<Http>,
    journal: &Journal,
    new: EventId,
    plan: &EventPlan,
) -> Result<(), Failure> {
    let known = journal.events()?;
    for event in talk.events()?.into_iter().filter(|event| *event != new && !known.contains(event)) {
        match talk.event_plan(event) {
            Ok(other) if are_alike(&other, plan) => {
                let name = other.name.unwrap_or_default();
                return Err(there_is_one(event, &local_name(&name.into())));
            }
            // Whoever may not read an event is not told what it is.
            Ok(_) | Err(TalkError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn there_is_one(event: EventId, name: &str) -> Failure {
    Failure::BadInput(format!(
        "nothing was created: there is an event called {name} on these days already, {event}. Change it with \
         `saxaul event edit --event {event}`; say --again for another one"
    ))
}

/// Whether people would take two events for one: the same days, region and organisation, and the same name in each
/// language in which both have one.
fn are_alike(one: &EventPlan, other: &EventPlan) -> bool {
    let of = |text: &Option<String>| text.clone().unwrap_or_default();
    let (Some(a), Some(b)) = (&one.name, &other.name) else { return false };
    let names = [(&a.kk, &b.kk), (&a.ru, &b.ru), (&a.en, &b.en)];
    let mut in_both = names.iter().filter(|(a, b)| !a.is_empty() && !b.is_empty()).peekable();
    in_both.peek().is_some()
        && in_both.all(|(a, b)| is_same_code(a, b))
        && dates(one) == dates(other)
        && is_same_code(&of(&one.region), &of(&other.region))
        && is_same_code(&of(&one.organisation), &of(&other.organisation))
}

fn dates(plan: &EventPlan) -> BTreeSet<Date> {
    plan.days.iter().map(|day| day.date).collect()
}
