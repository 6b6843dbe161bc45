//! What else a device notes: work from elsewhere, deeds of many, a guardian's consent.

use sync_core::app::{Action, Naming};
use sync_core::documents::roster::PersonEdit;
use sync_core::ids::Subject;
use sync_core::time::UnixMillis;

use super::people::Found;
use super::{Gate, SiteArgs, Target};
use crate::commands::clock_change::clock_change;
use crate::commands::{Failure, check_typed};

/// Notes work from elsewhere.
#[derive(clap::Args)]
pub struct Remote {
    /// A code, an id, or a name that only one person has
    #[arg(value_name = "WHO")]
    who: String,
    /// The task's key
    #[arg(long, value_name = "KEY")]
    task: String,
    /// When it began, in the event's time zone: 2026-05-18T19:00
    #[arg(long, value_name = "TIME")]
    from: jiff::civil::DateTime,
    /// When it ended
    #[arg(long, value_name = "TIME")]
    to: jiff::civil::DateTime,
    /// What was done
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    #[command(flatten)]
    target: Target,
}

/// `saxaul field deed`: notes what many did together.
#[derive(clap::Args)]
pub struct Deed {
    /// What was done
    #[arg(value_name = "TITLE")]
    title: String,
    /// Who took part: codes, ids, or names that only one person has
    #[arg(long = "by", value_name = "WHO", required = true, num_args = 1..)]
    by: Vec<String>,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    target: Target,
}

/// `saxaul field consent`: notes that a guardian consented.
#[derive(clap::Args)]
pub struct Consent {
    /// A code, an id, or a name that only one person has
    #[arg(value_name = "WHO")]
    who: String,
    /// Who consents
    #[arg(long, value_name = "NAME")]
    guardian: String,
    #[command(flatten)]
    target: Target,
}

impl Gate {
    fn one(&mut self, who: &str) -> Result<Found, Failure> {
        self.finder()?.one(who, Naming::AtGate)
    }

    fn moment(&self, time: jiff::civil::DateTime) -> Result<UnixMillis, Failure> {
        let zone = &self.replica()?.shown().event.zone.table;
        if let Some(change) = clock_change(zone, time) {
            eprintln!("note: {time}: {change}");
        }
        let minute = u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs());
        Ok(zone.moment(time.date(), minute))
    }
}

impl Remote {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut gate = Gate::open(&self.target)?;
        let (start, end) = (gate.moment(self.from)?, gate.moment(self.to)?);
        let Found { subject, line } = gate.one(&self.who)?;
        let work = Action::LogRemoteWork { subject, task: self.task, start, end, note: self.note };
        let row = gate.perform(work)?;
        println!("{line}: noted ({}); it counts once an organizer approves it.", gate.mark(&row)?);
        Ok(())
    }
}

impl Deed {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut gate = Gate::open(&self.target)?;
        let site = gate.site(&self.site)?;
        let mut participants = Vec::new();
        for who in &self.by {
            let Found { subject, line } = gate.one(who)?;
            let finder = gate.finder()?;
            let is_same = |known: &Subject| finder.view.class_of(*known) == finder.view.class_of(subject);
            if participants.iter().any(is_same) {
                eprintln!("note: {line} is named twice, and counts once");
            } else {
                participants.push(subject);
            }
        }
        let (count, title) = (participants.len(), self.title.clone());
        let row = gate.perform(Action::RecordDeed { site, title: self.title, participants })?;
        println!("Deed `{title}` by {count} ({}). Saved on this device.", gate.mark(&row)?);
        Ok(())
    }
}

impl Consent {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut gate = Gate::open(&self.target)?;
        let Found { subject, line } = gate.one(&self.who)?;
        let said = PersonEdit::GuardianConsent(Some(self.guardian.clone()));
        check_typed(&said, &gate.replica()?.shown().event)?;
        let row = gate.perform(Action::NoteGuardianConsent { subject, guardian: self.guardian })?;
        println!("{line}: consent noted ({}). Saved on this device.", gate.mark(&row)?);
        Ok(())
    }
}
