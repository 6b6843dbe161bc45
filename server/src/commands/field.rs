//! `saxaul field`: a laptop at a gate.

mod card;
mod join;
mod log;
pub(super) mod people;
mod undo;

use sync_core::app::{Action, App, Known, Name, Naming, PeopleQuery, RecordRow};
use sync_core::canonical::known_key;
use sync_core::command::Command;
use sync_core::documents::log::Method;
use sync_core::documents::roster::{PersonEdit, PersonName};
use sync_core::exchange::Verdict;
use sync_core::ids::{EventId, Incarnation, Subject, WalkInId};
use sync_core::journal::{JournalFile, OpenReplica};
use sync_core::replica::{Draft, Replica, Unconfirmed};
use sync_core::trust::{Dismissal, Signed};
use sync_core::words::sentence;

use self::join::Join;
use self::people::{Finder, Found, withdrawn};
use self::undo::Undo;
use super::{Failure, JournalArgs, check_typed, event_name, language, language_tag, of_app, read_clocks};
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
    /// Take back what this device recorded last, or an entry by its code
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
            Self::CheckIn(gate) => {
                gate.run(|subject, site, method| Action::CheckIn { subject, site, method }, "checked in")
            }
            Self::CheckOut(gate) => {
                gate.run(|subject, site, method| Action::CheckOut { subject, site, method }, "checked out")
            }
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
        print_safety(replica.replica().unconfirmed());
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
        let mut gate = Gate::open(&self)?;
        let standing = gate.app.standing().map_err(of_app)?;
        let state = gate.replica()?;
        let documents = state.ledger().documents();
        println!("{}", event_name(state));
        println!("Event    {}", state.event());
        println!("Device   {} ({})", state.device(), state.role());
        if let Some(url) = &standing.home_url {
            println!("Home     {url}");
        }
        println!("People   {} on the roster", documents.roster().people.len());
        let entries: usize = documents.logs().map(|log| log.entries.len()).sum();
        println!("Entries  {entries} in {} logs", documents.logs().count());
        print_safety(gate.app.unconfirmed().map_err(of_app)?);
        gate.print_refused()
    }
}

fn print_safety(open: Unconfirmed) {
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

/// A gate, at work with what an app on a phone holds.
struct Gate {
    app: App<JournalFile>,
}

impl Gate {
    fn open(target: &Target) -> Result<Self, Failure> {
        Ok(Self { app: target.journal.open_app(target.event)? })
    }

    fn replica(&self) -> Result<&Replica, Failure> {
        self.app.replica().map_err(of_app)
    }

    fn finder(&mut self) -> Result<Finder<'_>, Failure> {
        let (view, directory) = self.app.seen().map_err(of_app)?;
        Ok(Finder { view, directory })
    }

    fn site(&self, args: &SiteArgs) -> Result<String, Failure> {
        let info = &self.replica()?.shown().event;
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

    fn perform(&mut self, action: Action) -> Result<RecordRow, Failure> {
        self.app.perform(action, read_clocks()).map_err(of_app)
    }

    /// How a record is called that this device has just made.
    fn mark(&self, row: &RecordRow) -> Result<String, Failure> {
        let records = self.replica()?.own_records();
        let own = records.iter().rev().find(|own| row.entry == Some(own.entry));
        Ok(own.map(|own| format!("entry {}", own.mark())).unwrap_or_default())
    }

    /// Tells what home refused for good.
    fn print_refused(&mut self) -> Result<(), Failure> {
        let is_refused = |draft: &&Draft| draft.state.refused().is_some();
        let refused: Vec<Draft> = self.replica()?.drafts().filter(is_refused).cloned().collect();
        let finder = self.finder()?;
        for draft in refused {
            let code = draft.state.refused();
            let what = match (&draft.command, draft.record()) {
                (_, Some(record)) => finder.describe(&record).unwrap_or_else(|| "A note of home's time".to_owned()),
                (Command::AddPerson(id, _) | Command::EditPerson(id, _) | Command::NoteListed(id, ..), _) => {
                    format!("Edit of {}", finder.who(Subject::Person(*id)))
                }
                (Command::Rule(..), _) => "Ruling".to_owned(),
                _ => "Edit of the event".to_owned(),
            };
            println!("{what}: {} ({})", sentence(Verdict::Refused, code, language()), code.unwrap_or_default());
        }
        Ok(())
    }
}

impl Find {
    fn run(self) -> Result<(), Failure> {
        let mut gate = Gate::open(&self.target)?;
        let finder = gate.finder()?;
        let language = Some(language_tag());
        let query =
            PeopleQuery { text: self.text.join(" "), withdrawn: true, limit: 50, language, ..PeopleQuery::default() };
        let page = finder.directory.page(&query);
        page.rows.iter().for_each(|row| println!("{}", finder.line(row)));
        match page.total as usize - page.rows.len() {
            0 if !query.text.contains(char::is_alphanumeric) => {
                println!(
                    "Nobody: `{}` has no letter and no digit. Type a name, a code or digits.",
                    one_line(&query.text)
                );
            }
            0 if page.rows.is_empty() => {
                println!("Nobody. Try fewer letters, the code, or the last digits of the phone number.");
            }
            0 => {}
            more => println!("… and {more} more: type more letters."),
        }
        Ok(())
    }
}

impl AtGate {
    fn run(self, action: fn(Subject, String, Method) -> Action, done: &str) -> Result<(), Failure> {
        let mut gate = Gate::open(&self.target)?;
        let site = gate.site(&self.site)?;
        let naming = if self.by_phone { Naming::ByPhone } else { Naming::AtGate };
        let finder = gate.finder()?;
        let Found { subject, line } = finder.one(&self.who.join(" "), naming)?;
        let of_the_list = finder.directory.row(finder.view.class_of(subject)).as_ref().and_then(withdrawn);
        let notices = of_the_list.into_iter().chain(finder.notices(subject));
        notices.for_each(|notice| eprintln!("warning: {line}: {notice}"));
        let method = if self.paper { Method::Paper } else { Method::Search };
        let row = gate.perform(action(subject, site.clone(), method))?;
        println!("{line}: {done} at {site} ({}). Saved on this device.", gate.mark(&row)?);
        Ok(())
    }
}

impl AddWalkIn {
    fn run(self) -> Result<(), Failure> {
        let mut gate = Gate::open(&self.target)?;
        let site = gate.site(&self.site)?;
        let name = self.name.join(" ");
        self.check(&name, gate.replica()?)?;
        let finder = gate.finder()?;
        if !self.called_so {
            finder.check_name_is_no_code(&name)?;
        }
        let known = finder.directory.registered_alike(&name, self.phone.as_deref());
        for row in &known {
            eprintln!("note: already known by this name: {}", finder.line(row));
        }
        if let Some(first) = known.first() {
            eprintln!(
                "note: if it is one person, take this back with `saxaul field undo`, twice, and mark them present: saxaul \
                 field check-in {}",
                one_line(&first.code)
            );
        }
        let id = WalkInId::from_entropy(u64::from_be_bytes(entropy()));
        let subject = Subject::WalkIn(id);
        let known = Known {
            name: Name { family: name.clone(), ..Name::default() },
            phone: self.phone,
            organisation: self.organisation,
            birth_year: self.year,
        };
        // Both or none: whoever is registered without being marked present was not there, as far as hours say.
        let both = vec![
            Action::AddWalkIn { id, known },
            Action::CheckIn { subject, site: site.clone(), method: Method::Search },
        ];
        let rows = gate.app.perform_all(both, read_clocks()).map_err(of_app)?;
        let marks = rows.iter().map(|row| gate.mark(row)).collect::<Result<Vec<_>, _>>()?;
        println!(
            "{subject}  {}: registered and checked in at {site} ({}). Saved on this device.",
            one_line(&name),
            marks.join(", ")
        );
        Ok(())
    }

    /// Refuses values that only a slip can mean.
    fn check(&self, name: &str, state: &Replica) -> Result<(), Failure> {
        let names = vec![PersonName { family: name.to_owned(), ..PersonName::default() }];
        let typed = [
            PersonEdit::Names(names),
            PersonEdit::Phone(self.phone.clone()),
            PersonEdit::Organisation(self.organisation.clone()),
            PersonEdit::BirthYear(self.year),
        ];
        typed.iter().try_for_each(|edit| check_typed(edit, state.ledger().documents().info()))
    }
}
