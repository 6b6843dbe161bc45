//! `saxaul field`: a laptop at a gate.

mod card;
mod join;
mod log;
pub(super) mod people;

use sync_core::canonical::known_key;
use sync_core::command::Command;
use sync_core::documents::log::{Method, Presence, WalkIn};
use sync_core::documents::roster::{PersonEdit, PersonName};
use sync_core::exchange::Verdict;
use sync_core::ids::{EventId, Incarnation, Subject, WalkInId};
use sync_core::journal::OpenReplica;
use sync_core::replica::Draft;
use sync_core::trust::{Dismissal, Signed};
use sync_core::words::sentence;

use self::join::Join;
use self::people::{Naming, People};
use super::{Failure, JournalArgs, check_typed, event_name, language, read_clocks};
use crate::clock::entropy;
use crate::print::one_line;

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
    /// Note work that somebody did from somewhere else; it counts once an organizer approves it
    Remote(log::Remote),
    /// Fill in a card: what was collected or planted
    Card(card::Card),
    /// Note a deed of many
    Deed(log::Deed),
    /// Note that a guardian consented
    Consent(log::Consent),
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
    /// WHO is the end of a telephone number
    #[arg(long)]
    by_phone: bool,
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
    /// They are really called so, although it looks like a code
    #[arg(long)]
    called_so: bool,
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
            Self::Remote(remote) => remote.run(),
            Self::Card(card) => card.run(),
            Self::Deed(deed) => deed.run(),
            Self::Consent(consent) => consent.run(),
            Self::Status(target) => target.status(),
        }
    }
}

impl Target {
    fn open(&self) -> Result<OpenReplica, Failure> {
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
        let mut refused = replica.replica().unconfirmed().parked;
        let mut journal = replica.into_journal();
        for event in journal.events()?.into_iter().filter(|event| *event != exchanged) {
            let mut other = OpenReplica::open(journal, event, Incarnation(entropy()))?;
            self.journal.exchange(&mut other)?;
            refused += other.replica().unconfirmed().parked;
            journal = other.into_journal();
        }
        journal.wipe(order)?;
        println!("By order of an organizer, this device has forgotten everything.");
        match refused {
            0 => println!("Home has what it recorded."),
            _ => println!("Home has what it recorded, but for {refused} records that home had refused."),
        }
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
        print_parked(&replica);
        Ok(())
    }
}

/// Tells what home refused for good.
fn print_parked(replica: &OpenReplica) {
    let people = People::of(replica.replica());
    for draft in replica.replica().drafts() {
        let Some(code) = draft.state.refused() else { continue };
        let what = match (&draft.command, draft.record()) {
            (_, Some(record)) => people.describe(&record).unwrap_or_else(|| "A note of home's time".to_owned()),
            (Command::AddPerson(id, _) | Command::EditPerson(id, _) | Command::NoteListed(id, ..), _) => {
                format!("Edit of {}", people.who(Subject::Person(*id)))
            }
            (Command::Rule(..), _) => "Ruling".to_owned(),
            _ => "Edit of the event".to_owned(),
        };
        println!("{what}: {} ({code})", sentence(Verdict::Refused, Some(code), language()));
    }
}

fn print_safety(replica: &OpenReplica) {
    let open = replica.replica().unconfirmed();
    if open.held > 0 {
        println!("{} records wait at home until an organizer decides about them.", open.held);
    }
    if open.parked > 0 {
        println!(
            "{} records were refused by home and are on this device only: see `saxaul field status`.",
            open.parked
        );
    }
    match (open.on_this_device, open.carried) {
        (0, 0) if open.held > 0 || open.parked > 0 => {}
        (0, 0) => println!("Everything recorded here is confirmed at home."),
        (own, 0) => println!("{own} records are saved on this device only. Exchange when there is a network."),
        (own, carried) => {
            println!("{own} records are on this device only; {carried} were handed on, not yet confirmed.")
        }
    }
}

struct Desk {
    replica: OpenReplica,
    people: People,
}

impl Desk {
    fn open(target: &Target) -> Result<Self, Failure> {
        let replica = target.open()?;
        let people = People::of(replica.replica());
        Ok(Self { replica, people })
    }

    fn site(&self, args: &SiteArgs) -> Result<String, Failure> {
        let info = self.replica.replica().ledger().documents().info();
        let sites = &info.sites;
        let known = || sites.keys().cloned().collect::<Vec<_>>().join(", ");
        match (&args.site, sites.len()) {
            (Some(site), _) if sites.contains_key(known_key(sites, site)) => Ok(known_key(sites, site).to_owned()),
            (_, 0) if info.days.is_empty() && info.name.in_language("en").is_empty() => Err(Failure::BadInput(
                "nothing is known of the event yet: exchange first, with `saxaul field exchange`".to_owned(),
            )),
            (_, 0) => Err(Failure::BadInput(
                "the event has no sites yet: an organizer adds them with `saxaul event edit`".to_owned(),
            )),
            (Some(site), _) => Err(Failure::BadInput(format!("there is no site `{site}`: there is {}", known()))),
            (None, 1) => Ok(known()),
            (None, _) => Err(Failure::BadInput(format!("name the site with --site: {}", known()))),
        }
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
        let found = desk.people.find(&self.text.join(" "));
        found.iter().take(50).for_each(|found| println!("{}", desk.people.line(found)));
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
        let naming = if self.by_phone { Naming::ByPhone } else { Naming::AtGate };
        let found = desk.people.one(&self.who, naming)?;
        let (subject, line) = (found.subject, format!("{}  {}", found.label, found.name));
        desk.people.notices(subject).iter().for_each(|notice| eprintln!("warning: {line}: {notice}"));
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
            .people
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
        let names = vec![PersonName { family: name.clone(), ..PersonName::default() }];
        for edit in [
            PersonEdit::Names(names.clone()),
            PersonEdit::Phone(self.phone.clone()),
            PersonEdit::Organisation(self.organisation.clone()),
            PersonEdit::BirthYear(self.year),
        ] {
            check_typed(&edit, desk.replica.replica().ledger().documents().info())?;
        }
        if !self.called_so {
            desk.people.check_name_is_no_code(&name)?;
        }
        let known = desk.people.registered_alike(&name, self.phone.as_deref());
        for line in known.iter().map(|found| desk.people.line(found)) {
            eprintln!("note: already known by this name: {line}");
        }
        if let Some(first) = known.first() {
            eprintln!(
                "note: if it is one person, take this back with `saxaul field undo`, twice, and mark them present: saxaul \
                 field check-in {}",
                first.label
            );
        }
        desk.perform(Command::AddWalkIn(WalkIn {
            id,
            names,
            phone: self.phone,
            organisation: self.organisation,
            birth_year: self.year,
        }))?;
        let presence = Presence { site: site.clone(), method: Method::Search, subject: Subject::WalkIn(id) };
        let draft = desk.perform(Command::CheckIn(presence))?;
        let label = Subject::WalkIn(id);
        println!(
            "{label}  {}: registered and checked in at {site} ({}). Saved on this device.",
            one_line(&name),
            number(&draft)
        );
        Ok(())
    }
}
