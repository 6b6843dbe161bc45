//! `saxaul conflicts`: several people said different things; somebody chooses.

use sync_core::command::Command;
use sync_core::documents::roster::{PersonEdit, PersonField};
use sync_core::ids::Subject;

use super::Failure;
use super::office::{EventArgs, Office, moment_text};
use crate::print::OneLine;

/// Shows what people said differently, and chooses.
#[derive(clap::Subcommand)]
pub enum Conflicts {
    /// List every concurrent value with its author and time, and rulings that contradict each other
    List(EventArgs),
    /// Choose one of the values of a person's field, or type another; it is an edit like any other
    Choose(Choose),
    /// Choose one of the values of a statement about the event
    ChooseEvent(ChooseEvent),
}

/// Chooses for a person.
#[derive(clap::Args)]
pub struct Choose {
    /// A code, an id, or a name that only one person has
    #[arg(value_name = "WHO")]
    who: String,
    /// The field, as it is listed
    #[arg(value_name = "FIELD", value_parser = field)]
    field: PersonField,
    /// The number of the value, as it is listed
    #[arg(long, value_name = "NUMBER", required_unless_present = "text", conflicts_with = "text")]
    value: Option<usize>,
    /// Another value
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    #[command(flatten)]
    args: EventArgs,
}

/// Chooses for the event.
#[derive(clap::Args)]
pub struct ChooseEvent {
    /// The statement, as it is listed
    #[arg(value_name = "STATEMENT")]
    register: String,
    /// The number of the value, as it is listed
    #[arg(long, value_name = "NUMBER")]
    value: usize,
    #[command(flatten)]
    args: EventArgs,
}

/// Reads the name of a person's field.
pub(super) fn field(text: &str) -> Result<PersonField, String> {
    PersonField::from_key(text).ok_or_else(|| {
        let known: Vec<&str> = PersonField::ALL.iter().map(|field| field.key()).collect();
        format!("a person has no field `{text}`: there is {}", known.join(", "))
    })
}

impl Conflicts {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(args) => list(&args.open()?),
            Self::Choose(choose) => return choose.run(),
            Self::ChooseEvent(choose) => return choose.run(),
        }
        Ok(())
    }
}

fn list(office: &Office<'_>) {
    let view = office.view();
    for conflict in &view.field_conflicts {
        println!("{}: {}", office.people.who(Subject::Person(conflict.person)), conflict.field);
        for (number, value) in (1..).zip(&conflict.values) {
            let (by, at) = (office.device_name(value.by), moment_text(value.time.at));
            println!("  {number}  {}  ({by}, {at})", OneLine(&value.text));
        }
    }
    for conflict in &view.event_conflicts {
        println!("event: {}", conflict.register);
        for (number, value) in (1..).zip(&conflict.values) {
            let (by, at) = (office.device_name(value.by), moment_text(value.time.at));
            let text = serde_json::to_string(&value.value).unwrap_or_default();
            println!("  {number}  {text}  ({by}, {at})");
        }
    }
    for conflict in &view.ruling_conflicts {
        println!("{} and {}: ruled the same and not", office.people.who(conflict.a), office.people.who(conflict.b));
        conflict.same.iter().for_each(|ruling| println!("  same      {ruling}"));
        conflict.not_same.iter().for_each(|ruling| println!("  not same  {ruling}"));
    }
    if view.field_conflicts.is_empty() && view.event_conflicts.is_empty() && view.ruling_conflicts.is_empty() {
        println!("There are no conflicts.");
    }
}

impl Choose {
    fn run(self) -> Result<(), Failure> {
        let mut office = self.args.open()?;
        let Subject::Person(person) = office.one(&self.who)? else {
            return Err(Failure::BadInput("only people on the roster have fields that conflict".to_owned()));
        };
        let edit = match (self.value, &self.text) {
            (_, Some(text)) => PersonEdit::from_text(self.field, text).map_err(|error| Failure::bad_input(&error))?,
            (number, None) => {
                let all = &office.view().field_conflicts;
                let conflict = all.iter().find(|one| one.person == person && one.field == self.field);
                let values = conflict.map_or(&[][..], |conflict| &conflict.values);
                let chosen = number.and_then(|number| values.get(number.checked_sub(1)?));
                let none = || Failure::BadInput("there is no such value: see `saxaul conflicts list`".to_owned());
                chosen.ok_or_else(none)?.value.clone()
            }
        };
        let text = edit.to_string();
        office.perform(vec![Command::EditPerson(person, edit)])?;
        println!("{}: {} is `{text}`", office.people.who(Subject::Person(person)), self.field);
        Ok(())
    }
}

impl ChooseEvent {
    fn run(self) -> Result<(), Failure> {
        let mut office = self.args.open()?;
        let conflict = office.view().event_conflicts.iter().find(|one| one.register == self.register);
        let values = conflict.map_or(&[][..], |conflict| &conflict.values);
        let chosen = self.value.checked_sub(1).and_then(|at| values.get(at));
        let none = || Failure::BadInput("there is no such value: see `saxaul conflicts list`".to_owned());
        let edit = chosen.ok_or_else(none)?.value.clone();
        office.perform(vec![Command::EditEvent(edit)])?;
        println!("{}: chosen", self.register);
        Ok(())
    }
}
