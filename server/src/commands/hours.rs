//! `saxaul hours`: what counts.

mod paper;

use std::path::PathBuf;

use jiff::civil::Date;
use sync_core::documents::rulings::Decision;
use sync_core::ids::{EntryRef, RulingId, Subject};
use sync_core::time::day_of_date;
use sync_core::view::PersonDay;

use super::Failure;
use super::office::{EventArgs, Office, date, hours_text, moment_text};

/// Decides which hours count.
#[derive(clap::Subcommand)]
pub enum Hours {
    /// List what waits: imputed time that nobody confirmed, remote work that nobody approved
    Waiting(Which),
    /// Confirm imputed time, as it is shown now, by day, team or person; what comes later is not confirmed with it
    Confirm(Confirm),
    /// Grant time that no device saw: one person's, or a whole paper list. Rows that say that they do not count, such as
    /// `absent`, are left out: the exit code is 5 then
    Grant(Grant),
    /// Approve remote work that somebody else noted
    Approve(Approve),
    /// Let entries have no effect
    Void(Void),
    /// Let rulings have no effect any more
    Retract(Retract),
}

/// The days that a command is about.
#[derive(clap::Args)]
pub struct Which {
    /// Only the hours of this date
    #[arg(long, value_name = "DATE", value_parser = date)]
    day: Option<Date>,
    /// Only the hours of this team
    #[arg(long, value_name = "KEY")]
    team: Option<String>,
    /// Of one person: a code, an id, or a name that only one person has
    #[arg(long, value_name = "WHO")]
    person: Option<String>,
    #[command(flatten)]
    args: EventArgs,
}

/// `saxaul hours confirm`: imputed time counts.
#[derive(clap::Args)]
pub struct Confirm {
    /// Confirm everything that waits
    #[arg(long, conflicts_with_all = ["day", "team", "person"])]
    all: bool,
    /// Show what would be confirmed, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Why, to be written down
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    #[command(flatten)]
    which: Which,
}

/// `saxaul hours grant`: time that no device saw counts.
#[derive(clap::Args)]
pub struct Grant {
    /// A code, an id, or a name that only one person has
    #[arg(value_name = "WHO", required_unless_present = "list", requires_all = ["from", "to"])]
    who: Option<String>,
    /// When it began, in the event's time zone: 2026-05-18T09:00
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// When the work ended
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// The site's key, if it is known
    #[arg(long, value_name = "KEY")]
    site: Option<String>,
    /// A paper list: CSV or XLSX with the columns code, date, from, to and, if it is known, site
    #[arg(long, value_name = "FILE", conflicts_with_all = ["who", "from", "to", "site"])]
    list: Option<PathBuf>,
    /// The sheet of a workbook [default: the visible ones that have the headers of a paper list]
    #[arg(long, value_name = "NAME", requires = "list")]
    sheet: Option<String>,
    /// Why, to be written down
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    #[command(flatten)]
    args: EventArgs,
}

/// `saxaul hours approve`: remote work counts.
#[derive(clap::Args)]
pub struct Approve {
    /// Entries, from `saxaul hours waiting`
    #[arg(value_name = "ENTRY", required = true)]
    entries: Vec<EntryRef>,
    /// Why, to be written down
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    #[command(flatten)]
    args: EventArgs,
}

/// `saxaul hours void`: an entry has no effect.
#[derive(clap::Args)]
pub struct Void {
    /// Entries, as `saxaul report provenance` and `saxaul hours waiting` print them
    #[arg(value_name = "ENTRY", required = true)]
    entries: Vec<EntryRef>,
    /// Why, to be written down
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    args: EventArgs,
}

/// `saxaul hours retract`: takes back a ruling.
#[derive(clap::Args)]
pub struct Retract {
    /// Rulings, as they were printed
    #[arg(value_name = "RULING", required = true)]
    rulings: Vec<RulingId>,
    /// Why, to be written down
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    #[command(flatten)]
    args: EventArgs,
}

impl Hours {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Waiting(which) => which.list(),
            Self::Confirm(confirm) => confirm.run(),
            Self::Grant(grant) => grant.run(),
            Self::Approve(approve) => {
                let decisions = approve.entries.into_iter().map(Decision::Approve).collect();
                rule(&approve.args, decisions, &approve.reason, "approved")
            }
            Self::Void(void) => {
                let decisions = void.entries.into_iter().map(Decision::Void).collect();
                rule(&void.args, decisions, &void.reason, "voided")
            }
            Self::Retract(retract) => {
                let decisions = retract.rulings.into_iter().map(Decision::Retract).collect();
                rule(&retract.args, decisions, &retract.reason, "retracted")
            }
        }
    }
}

fn rule(args: &EventArgs, decisions: Vec<Decision>, reason: &str, done: &str) -> Result<(), Failure> {
    let mut office = args.open()?;
    let rulings = office.rule(decisions, reason)?;
    rulings.iter().for_each(|ruling| println!("{ruling}  {done}"));
    Ok(())
}

impl Which {
    /// The days with imputed time that does not count yet, as they are shown now.
    fn waiting<'a>(&self, office: &'a Office<'_>) -> Result<Vec<&'a PersonDay>, Failure> {
        let view = office.view();
        let person = self.person.as_ref().map(|who| office.one(who)).transpose()?;
        let class = person.map(|person| view.class_of(person));
        let shown = office.replica.replica().shown();
        let is_of_team = |day: &PersonDay| {
            self.team.as_ref().is_none_or(|team| {
                let members = view.classes.members_of(day.class);
                let mut teams = members.iter().filter_map(|member| match member {
                    Subject::Person(id) => shown.roster.people.get(id)?.shown()?.team.as_ref(),
                    Subject::WalkIn(_) => None,
                });
                teams.any(|own| own == team)
            })
        };
        let waiting = view.days.iter().filter(|day| day.unconfirmed_ms() > 0);
        let chosen = waiting
            .filter(|day| class.is_none_or(|class| class == day.class) && self.day.is_none_or(|date| date == day.date));
        Ok(chosen.filter(|day| is_of_team(day)).collect())
    }

    fn list(self) -> Result<(), Failure> {
        let office = self.args.open()?;
        for day in self.waiting(&office)? {
            print_day(&office, day);
        }
        if self.day.is_none() && self.team.is_none() && self.person.is_none() {
            for work in office.view().remote.iter().filter(|work| work.approved.is_none()) {
                let (what, entry) = (&work.found.what, work.found.entry);
                let ms = what.end.0.abs_diff(what.start.0);
                let (who, task) = (office.people.who(what.subject), &what.task);
                println!("{entry}  {who}: {task}, {} from {}", hours_text(ms), moment_text(what.start));
            }
        }
        Ok(())
    }
}

fn print_day(office: &Office<'_>, day: &PersonDay) {
    let warnings: Vec<&str> = day.warnings.iter().map(|warning| warning.key()).collect();
    let (who, date) = (office.people.who(day.class), day.date);
    println!("{date}  {who}: {} imputed  {}", hours_text(day.imputed_ms), warnings.join(" "));
}

impl Confirm {
    fn run(self) -> Result<(), Failure> {
        if !self.all && self.which.day.is_none() && self.which.team.is_none() && self.which.person.is_none() {
            return Err(Failure::BadInput("say what to confirm: --day, --team, --person, or --all".to_owned()));
        }
        let mut office = self.which.args.open()?;
        let waiting = self.which.waiting(&office)?;
        waiting.iter().for_each(|day| print_day(&office, day));
        let total: u64 = waiting.iter().map(|day| day.imputed_ms).sum();
        let decisions: Vec<Decision> = waiting
            .iter()
            .map(|day| Decision::Confirm {
                subject: day.class,
                day: day_of_date(day.date),
                imputed_ms: Some(day.imputed_ms),
            })
            .collect();
        let count = decisions.len();
        if self.dry_run {
            println!("{count} days, {}: nothing was written.", hours_text(total));
            return Ok(());
        }
        office.rule(decisions, &self.reason)?;
        println!("{count} days confirmed, {}.", hours_text(total));
        Ok(())
    }
}

impl Grant {
    fn run(self) -> Result<(), Failure> {
        let mut office = self.args.open()?;
        let mut left_out = 0;
        let decisions = match (&self.list, &self.who, &self.from, &self.to) {
            (Some(list), ..) => {
                let paper = paper::read(list, self.sheet.as_deref(), &office)?;
                left_out = paper.left_out;
                paper.decisions
            }
            (None, Some(who), Some(from), Some(to)) => vec![Decision::Manual {
                subject: office.one(who)?,
                start: office.moment(from)?,
                end: office.moment(to)?,
                site: self.site.clone(),
            }],
            _ => return Err(Failure::BadInput("say who, --from and --to, or --list".to_owned())),
        };
        if !decisions.is_empty() {
            let rulings = office.rule(decisions, &self.reason)?;
            rulings.iter().for_each(|ruling| println!("{ruling}  granted"));
        }
        match left_out {
            0 => Ok(()),
            1 => Err(Failure::LeftOut("1 row says that it does not count, and was left out".to_owned())),
            _ => Err(Failure::LeftOut(format!("{left_out} rows say that they do not count, and were left out"))),
        }
    }
}
