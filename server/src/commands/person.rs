//! `saxaul person`.

use sync_core::command::Command;
use sync_core::documents::roster::{Person as OnRoster, PersonEdit, PersonField, PersonName};
use sync_core::ids::{PersonId, Subject};
use sync_core::spoken::SpokenCode;

use super::Failure;
use super::conflicts::field;
use super::office::{EventArgs, hours_text};
use crate::clock::entropy;
use crate::print::OneLine;

/// Shows and edits people.
#[derive(clap::Subcommand)]
pub enum Person {
    /// Show everything that is known of somebody
    Show(Show),
    /// Put somebody on the roster
    Add(Add),
    /// Change one field of somebody: team, shifts, region, guardian_consent, withdrawn, …
    Edit(Edit),
    /// Erase people who asked for it: what is known of them goes from every file and every device, their hours stay
    Erase(Erase),
}

/// `saxaul person show`: what is known of somebody.
#[derive(clap::Args)]
pub struct Show {
    /// A code, an id, or a name that only one person has
    #[arg(value_name = "WHO")]
    who: String,
    #[command(flatten)]
    args: EventArgs,
}

/// `saxaul person add`: puts somebody on the roster.
#[derive(clap::Args)]
pub struct Add {
    /// As the person spells it
    #[arg(value_name = "NAME")]
    name: String,
    /// A field and its value; may be repeated
    #[arg(long = "field", value_name = "FIELD=VALUE")]
    fields: Vec<String>,
    #[command(flatten)]
    args: EventArgs,
}

/// `saxaul person edit`: changes one field of somebody.
#[derive(clap::Args)]
pub struct Edit {
    /// A code, an id, or a name that only one person has
    #[arg(value_name = "WHO")]
    who: String,
    /// The field to change
    #[arg(value_name = "FIELD", value_parser = field)]
    field: PersonField,
    /// Its new value; several with commas between them, spellings of a name with semicolons; nothing takes the value away
    #[arg(value_name = "VALUE", default_value = "")]
    value: String,
    #[command(flatten)]
    args: EventArgs,
}

/// `saxaul person erase`: erases somebody who asked for it.
#[derive(clap::Args)]
pub struct Erase {
    /// Codes, ids, or names that only one person has
    #[arg(value_name = "WHO", required = true)]
    who: Vec<String>,
    /// Do it: it cannot be taken back
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    args: EventArgs,
}

impl Person {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Show(show) => show.run(),
            Self::Add(add) => add.run(),
            Self::Edit(edit) => edit.run(),
            Self::Erase(erase) => erase.run(),
        }
    }
}

impl Show {
    fn run(self) -> Result<(), Failure> {
        let office = self.args.open()?;
        let subject = office.one(&self.who)?;
        println!("{}", office.people.who(subject));
        let shown = office.replica.replica().shown();
        if let Subject::Person(id) = subject
            && let Some(record) = shown.roster.people.get(&id)
        {
            let person = record.person();
            for field in PersonField::ALL {
                let text = PersonEdit::of(&person, *field).to_string();
                if !text.is_empty() {
                    println!("  {field}: {}", OneLine(&text));
                }
            }
        }
        office.people.notices(subject).iter().for_each(|notice| println!("  {notice}"));
        let verified: u64 = office.view().days_of(subject).iter().map(|day| day.verified_ms).sum();
        println!("  verified: {}", hours_text(verified));
        Ok(())
    }
}

impl Add {
    fn run(self) -> Result<(), Failure> {
        let mut person = OnRoster {
            names: vec![PersonName { family: self.name.clone(), ..PersonName::default() }],
            ..OnRoster::default()
        };
        for text in &self.fields {
            let (name, value) =
                text.split_once('=').ok_or_else(|| Failure::BadInput(format!("`{text}` is not FIELD=VALUE")))?;
            let field = field(name).map_err(Failure::BadInput)?;
            PersonEdit::from_text(field, value).map_err(|error| Failure::bad_input(&error))?.apply_to(&mut person);
        }
        let id = PersonId::from_entropy(u64::from_be_bytes(entropy()));
        let mut office = self.args.open()?;
        let said = PersonField::ALL.iter().map(|field| PersonEdit::of(&person, *field));
        office.check_typed(said)?;
        office.perform(vec![Command::AddPerson(id, person)])?;
        println!("{id}  {}: on the roster", self.name);
        Ok(())
    }
}

impl Edit {
    fn run(self) -> Result<(), Failure> {
        let edit = PersonEdit::from_text(self.field, &self.value).map_err(|error| Failure::bad_input(&error))?;
        let mut office = self.args.open()?;
        office.check_typed([edit.clone()])?;
        let Subject::Person(person) = office.one(&self.who)? else {
            return Err(Failure::BadInput("they are not on the roster: see `saxaul walk-in accept`".to_owned()));
        };
        let text = edit.to_string();
        office.perform(vec![Command::EditPerson(person, edit)])?;
        println!("{}: {} is `{}`", office.people.who(Subject::Person(person)), self.field, OneLine(&text));
        Ok(())
    }
}

impl Erase {
    fn run(self) -> Result<(), Failure> {
        let mut office = self.args.open()?;
        let people = self.who.iter().map(|who| office.one(who)).collect::<Result<Vec<_>, _>>()?;
        for subject in &people {
            let verified: u64 = office.view().days_of(*subject).iter().map(|day| day.verified_ms).sum();
            let (code, hours) = (SpokenCode::of(office.view().class_of(*subject)), hours_text(verified));
            println!("{}: {hours} stay, under the code {code}", office.people.who(*subject));
        }
        if !self.yes {
            return Err(Failure::BadInput("nothing was erased: it cannot be taken back, so say --yes".to_owned()));
        }
        let count = office.erase(people.iter().map(ToString::to_string).collect())?;
        println!("{count} erased at home. Other devices forget them when they next exchange.");
        Ok(())
    }
}
