//! `saxaul conflicts`: several people said different things; somebody chooses.

use sync_core::command::Command;
use sync_core::documents::roster::{PersonEdit, PersonField};
use sync_core::ids::Subject;
use sync_core::view::{AnchorConflict, anchor_conflicts};

use super::Failure;
use super::office::{EventArgs, Office, hours_text, moment_text};
use crate::print::OneLine;

/// Shows what people said differently, and chooses.
#[derive(clap::Subcommand)]
pub enum Conflicts {
    /// List every concurrent value with its author and time, and rulings and anchors that contradict each other
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
    /// A value that nobody has written yet, instead of one of those listed
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
    let documents = office.replica.replica().ledger().documents();
    let logs: Vec<_> = documents.logs().collect();
    let anchors = anchor_conflicts(documents.info(), &logs, documents.rulings());
    anchors.iter().for_each(|conflict| print_anchors(office, conflict));
    let any_said = !view.field_conflicts.is_empty() || !view.event_conflicts.is_empty();
    if !any_said && view.ruling_conflicts.is_empty() && anchors.is_empty() {
        println!("There are no conflicts.");
    }
}

/// Two anchors of one log of which one is wrong: whoever knows which lets it have no effect.
fn print_anchors(office: &Office<'_>, conflict: &AnchorConflict) {
    let AnchorConflict { earlier, later, differ_ms } = conflict;
    let (device, hours) = (office.device_name(later.0.device), hours_text(differ_ms.unsigned_abs()));
    println!(
        "{device}: two anchors of home's time contradict each other by {hours}; `saxaul hours void ENTRY` the wrong one"
    );
    for (entry, anchor) in [earlier, later] {
        println!("  {entry}  home's clock read {}", moment_text(anchor.home_ms));
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
        if self.text.is_some() {
            office.check_typed([edit.clone()])?;
        }
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
