//! `saxaul field`: a laptop at a gate.

mod join;

use sync_core::command::Command;
use sync_core::documents::log::{Method, Presence, Record, WalkIn};
use sync_core::documents::roster::PersonName;
use sync_core::ids::{EventId, Incarnation, Subject, WalkInId};
use sync_core::journal::OpenReplica;
use sync_core::names::{Fit, Matcher, NameKey};
use sync_core::replica::{Draft, DraftState};
use sync_core::trust::{Dismissal, Signed};
use sync_core::view::{EventView, project};

use self::join::Join;
use super::{Failure, JournalArgs, event_name, read_clocks};
use crate::clock::entropy;
use crate::reports::Labels;

/// Works at a gate, with or without a network.
#[derive(clap::Subcommand)]
pub enum Field {
    /// Join with an invite link: lets this device in
    Join(Join),
    /// Meet home: send what is new here, read what is new there
    Exchange(Target),
    /// Find people by name in any spelling, code or phone number
    Find(Find),
    /// Mark somebody present
    CheckIn(AtGate),
    /// Mark somebody as having left
    CheckOut(AtGate),
    /// Take back what this device recorded last, or an entry by its number
    Undo(Undo),
    /// Register somebody who is not on the list, and mark them present
    WalkIn(AddWalkIn),
    /// Show what is saved here, and what home has confirmed
    Status(Target),
}

/// Which replica.
#[derive(clap::Args)]
pub struct Target {
    /// The event; without it, the only one there is
    #[arg(long, value_name = "ID", global = true)]
    event: Option<EventId>,
    #[command(flatten)]
    journal: JournalArgs,
}

/// Finds people.
#[derive(clap::Args)]
pub struct Find {
    /// A name in any spelling, the beginning of one, a code, or the last digits of a phone number
    #[arg(required = true, value_name = "TEXT")]
    text: Vec<String>,
    #[command(flatten)]
    target: Target,
}

/// Who, and where.
#[derive(clap::Args)]
pub struct AtGate {
    /// A code, an id, or a name that only one person has
    #[arg(required = true, value_name = "WHO")]
    who: Vec<String>,
    #[command(flatten)]
    site: SiteArgs,
    /// Taken over from a paper list
    #[arg(long)]
    paper: bool,
    #[command(flatten)]
    target: Target,
}

/// Where.
#[derive(clap::Args)]
pub struct SiteArgs {
    /// The site's key [default: the only site, if there is one]
    #[arg(long, env = "SAXAUL_SITE", value_name = "KEY")]
    site: Option<String>,
}

/// Takes back.
#[derive(clap::Args)]
pub struct Undo {
    /// The entry's number, as it was printed
    #[arg(value_name = "NUMBER")]
    number: Option<u64>,
    #[command(flatten)]
    target: Target,
}

/// Registers somebody.
#[derive(clap::Args)]
pub struct AddWalkIn {
    /// As the person spells it
    #[arg(required = true, value_name = "NAME")]
    name: Vec<String>,
    /// Telephone number
    #[arg(long)]
    phone: Option<String>,
    /// Year of birth
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(u16).range(1900..=2100))]
    year: Option<u16>,
    /// Where they belong
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    target: Target,
}

impl Field {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Join(join) => join.run(),
            Self::Exchange(target) => target.exchange(),
            Self::Find(find) => find.run(),
            Self::CheckIn(gate) => gate.run(Command::CheckIn, "checked in"),
            Self::CheckOut(gate) => gate.run(Command::CheckOut, "checked out"),
            Self::Undo(undo) => undo.run(),
            Self::WalkIn(walk_in) => walk_in.run(),
            Self::Status(target) => target.status(),
        }
    }
}

impl Target {
    fn open(&self) -> anyhow::Result<OpenReplica> {
        self.journal.open_event(self.event)
    }

    fn exchange(self) -> Result<(), Failure> {
        let mut replica = self.open()?;
        let exchanged = self.journal.exchange(&mut replica)?;
        println!("{}", event_name(replica.replica()));
        println!("{} changes delivered, {} received.", exchanged.delivered, exchanged.received);
        print_safety(&replica);
        let home = replica.replica().home_key();
        let wipe = exchanged.dismissal.filter(|order| order.verify(&home).is_ok_and(|dismissal| dismissal.wipe));
        wipe.map_or(Ok(()), |order| self.wipe(replica, &order))
    }

    /// Home ordered this device to forget everything: first every other event hands over what it has.
    fn wipe(&self, replica: OpenReplica, order: &Signed<Dismissal>) -> Result<(), Failure> {
        let exchanged = replica.replica().event();
        let mut journal = replica.into_journal();
        for event in journal.events()?.into_iter().filter(|event| *event != exchanged) {
            let mut other = OpenReplica::open(journal, event, Incarnation(entropy()))?;
            self.journal.exchange(&mut other)?;
            journal = other.into_journal();
        }
        journal.wipe(order)?;
        println!("By order of an organizer, this device has forgotten everything. Home has what it recorded.");
        Ok(())
    }

    fn status(self) -> Result<(), Failure> {
        let replica = self.open()?;
        let state = replica.replica();
        let documents = state.ledger().documents();
        println!("{}", event_name(state));
        println!("Event    {}", state.event());
        println!("Device   {} ({})", state.device(), state.role());
        if let Some(membership) = replica.journal().membership() {
            println!("Home     {}", membership.url);
        }
        println!("People   {} on the roster", documents.roster().people.len());
        let entries: usize = documents.logs().map(|log| log.entries.len()).sum();
        println!("Entries  {entries} in {} logs", documents.logs().count());
        print_safety(&replica);
        for draft in state.drafts() {
            if let DraftState::Parked(code) = &draft.state {
                println!("Refused by home for good ({code}): command {}. Tell an organizer.", draft.id);
            }
        }
        Ok(())
    }
}

fn print_safety(replica: &OpenReplica) {
    let open = replica.replica().unconfirmed();
    if open.held > 0 {
        println!("{} records wait at home until an organizer decides about them.", open.held);
    }
    match (open.on_this_device, open.carried) {
        (0, 0) if open.held > 0 => {}
        (0, 0) => println!("Everything recorded here is confirmed at home."),
        (own, 0) => println!("{own} records are saved on this device only. Exchange when there is a network."),
        (own, carried) => {
            println!("{own} records are on this device only; {carried} were handed on, not yet confirmed.")
        }
    }
}

/// Somebody who was found.
struct Found {
    subject: Subject,
    label: String,
    name: String,
    about: String,
}

impl Found {
    /// Whether this is the whole name, as it is written here.
    fn is_called(&self, name: &str) -> bool {
        self.name.split(" / ").any(|own| own.to_lowercase() == name)
    }
}

struct Desk {
    replica: OpenReplica,
    view: EventView,
    labels: Labels,
    people: Vec<Found>,
}

impl Desk {
    fn open(target: &Target) -> anyhow::Result<Self> {
        let replica = target.open()?;
        let shown = replica.replica().shown();
        let view = project(&shown.event, &shown.roster, &shown.logs, &shown.rulings);
        let labels = Labels::of_roster(&shown.roster);
        let listed = shown.roster.people.iter().map(|(id, record)| {
            let person = record.person();
            let names = person.names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" / ");
            let about = [person.phone, person.organisation, person.team].into_iter().flatten();
            (Subject::Person(*id), names, about.collect::<Vec<_>>().join(", "))
        });
        let registered = view.walk_ins.iter().map(|found| {
            let names = found.what.names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" / ");
            let about = [found.what.phone.clone(), found.what.organisation.clone()].into_iter().flatten();
            (Subject::WalkIn(found.what.id), names, about.collect::<Vec<_>>().join(", "))
        });
        let people = listed.chain(registered).map(|(subject, name, about)| Found {
            subject,
            label: labels.get(subject),
            name,
            about,
        });
        let people = people.collect();
        Ok(Self { replica, view, labels, people })
    }

    /// Everybody whom `text` may mean, the best first.
    fn find(&self, text: &str) -> Vec<&Found> {
        let wanted = text.trim().to_lowercase();
        let exact: Vec<&Found> = self
            .people
            .iter()
            .filter(|found| found.label.to_lowercase() == wanted || found.subject.to_string() == wanted)
            .collect();
        if !exact.is_empty() {
            return exact;
        }
        let digits: String = wanted.chars().filter(char::is_ascii_digit).collect();
        if digits.len() >= 4 && wanted.chars().all(|c| c.is_ascii_digit() || "+-() ".contains(c)) {
            let phone = |found: &Found| found.about.chars().filter(char::is_ascii_digit).collect::<String>();
            return self.people.iter().filter(|found| phone(found).contains(&digits)).collect();
        }
        let matcher = Matcher::new(text);
        let mut fits: Vec<(Fit, &Found)> = self
            .people
            .iter()
            .filter_map(|found| {
                let names = found.name.split(" / ").filter_map(|name| matcher.fit(&NameKey::of_text(name)));
                Some((names.min()?, found))
            })
            .collect();
        let whole: Vec<&Found> =
            fits.iter().map(|(_, found)| *found).filter(|found| found.is_called(&wanted)).collect();
        if !whole.is_empty() {
            return whole;
        }
        fits.sort_by(|(fit, found), (other, another)| (fit, &found.name).cmp(&(other, &another.name)));
        fits.into_iter().map(|(_, found)| found).collect()
    }

    /// The one person whom `who` means.
    fn one(&self, who: &[String]) -> Result<&Found, Failure> {
        let text = who.join(" ");
        let found = self.find(&text);
        match found.as_slice() {
            [one] => Ok(one),
            [] => Err(Failure::BadInput(format!(
                "nobody here is called `{text}`: exchange, or register them with `saxaul field walk-in`"
            ))),
            several => {
                several.iter().take(20).for_each(|found| eprintln!("{}", self.line(found)));
                Err(Failure::BadInput(format!("`{text}` can be {} people: name one by the code", several.len())))
            }
        }
    }

    fn line(&self, found: &Found) -> String {
        let inside = self.view.days_of(found.subject).iter().rev().find_map(|day| day.inside.as_ref());
        let inside = inside.map(|inside| format!("  [in at {}]", inside.site)).unwrap_or_default();
        format!("{:<18} {}  {}{inside}", found.label, found.name, found.about)
    }

    fn site(&self, args: &SiteArgs) -> Result<String, Failure> {
        let sites = &self.replica.replica().ledger().documents().info().sites;
        let known = || sites.keys().cloned().collect::<Vec<_>>().join(", ");
        match (&args.site, sites.len()) {
            (Some(site), _) if sites.contains_key(site) => Ok(site.clone()),
            (Some(site), _) => Err(Failure::BadInput(format!("there is no site `{site}`: there is {}", known()))),
            (None, 1) => Ok(known()),
            (None, 0) => Err(Failure::BadInput("nothing is known of the event yet: exchange first".to_owned())),
            (None, _) => Err(Failure::BadInput(format!("name the site with --site: {}", known()))),
        }
    }

    /// What a record says, in words; `None` for what no person made.
    fn describe(&self, record: &Record) -> Option<String> {
        let who = |subject: Subject| {
            let found = self.people.iter().find(|found| found.subject == subject);
            found.map_or_else(|| self.labels.get(subject), |found| format!("{}  {}", found.label, found.name))
        };
        Some(match record {
            Record::CheckIn(presence) => format!("Check-in of {} at {}", who(presence.subject), presence.site),
            Record::CheckOut(presence) => format!("Check-out of {} at {}", who(presence.subject), presence.site),
            Record::NoShow(presence) => format!("Absence of {} at {}", who(presence.subject), presence.site),
            Record::WalkIn(walk_in) => format!("Registration of {}", who(Subject::WalkIn(walk_in.id))),
            Record::LitterCard(card) => format!("Litter card of {}", card.site),
            Record::PlantingCard(card) => format!("Planting card of {}", card.site),
            Record::Incident(incident) => format!("Incident at {}", incident.site),
            Record::Briefing(briefing) => format!("Briefing of {}", who(briefing.subject)),
            Record::Deed(deed) => format!("Deed `{}`", deed.title),
            Record::Undo(_) | Record::Anchor(_) => return None,
        })
    }

    fn perform(&mut self, command: Command) -> Result<Draft, Failure> {
        let reading = read_clocks();
        Ok(self.replica.act(|state| Ok::<_, anyhow::Error>(state.perform(command, reading)?))?)
    }
}

fn number(draft: &Draft) -> String {
    draft.entry.map(|entry| format!("entry {}", entry.counter)).unwrap_or_default()
}

impl Find {
    fn run(self) -> Result<(), Failure> {
        let desk = Desk::open(&self.target)?;
        let found = desk.find(&self.text.join(" "));
        found.iter().take(50).for_each(|found| println!("{}", desk.line(found)));
        match found.len() {
            0 => println!("Nobody. Try fewer letters, the code, or the last digits of the phone number."),
            more if more > 50 => println!("… and {} more: type more letters.", more - 50),
            _ => {}
        }
        Ok(())
    }
}

impl AtGate {
    fn run(self, command: fn(Presence) -> Command, done: &str) -> Result<(), Failure> {
        let mut desk = Desk::open(&self.target)?;
        let site = desk.site(&self.site)?;
        let found = desk.one(&self.who)?;
        let (subject, line) = (found.subject, format!("{}  {}", found.label, found.name));
        let method = if self.paper { Method::Paper } else { Method::Search };
        let draft = desk.perform(command(Presence { site: site.clone(), method, subject }))?;
        println!("{line}: {done} at {site} ({}). Saved on this device.", number(&draft));
        Ok(())
    }
}

impl Undo {
    fn run(self) -> Result<(), Failure> {
        let mut desk = Desk::open(&self.target)?;
        let state = desk.replica.replica();
        let (entry, record) = match self.number {
            Some(number) => state.own_records().find(|(entry, _)| entry.counter == number).ok_or_else(|| {
                Failure::BadInput(format!("this device has recorded no entry {number}: see the number it printed"))
            })?,
            None => state.last_own_record().ok_or_else(|| {
                Failure::BadInput("this device has recorded nothing that could be taken back".to_owned())
            })?,
        };
        let what = desk
            .describe(&record)
            .ok_or_else(|| Failure::BadInput(format!("entry {} is not one that can be taken back", entry.counter)))?;
        let draft = desk.perform(Command::Undo(entry))?;
        println!("{what} (entry {}): taken back ({}). Saved on this device.", entry.counter, number(&draft));
        Ok(())
    }
}

impl AddWalkIn {
    fn run(self) -> Result<(), Failure> {
        let mut desk = Desk::open(&self.target)?;
        let site = desk.site(&self.site)?;
        let id = WalkInId::from_entropy(u64::from_be_bytes(entropy()));
        let name = self.name.join(" ");
        desk.perform(Command::AddWalkIn(WalkIn {
            id,
            names: vec![PersonName { family: name.clone(), ..PersonName::default() }],
            phone: self.phone,
            organisation: self.organisation,
            birth_year: self.year,
        }))?;
        let presence = Presence { site: site.clone(), method: Method::Search, subject: Subject::WalkIn(id) };
        let draft = desk.perform(Command::CheckIn(presence))?;
        let label = desk.labels.get(Subject::WalkIn(id));
        println!("{label}  {name}: registered and checked in at {site} ({}). Saved on this device.", number(&draft));
        Ok(())
    }
}
