//! `saxaul request`: corrections that somebody asks for, until an organizer follows or declines them.

use sync_core::command::Command;
use sync_core::documents::log::Request as Asked;
use sync_core::documents::roster::{PersonEdit, PersonField};
use sync_core::documents::rulings::{Decision, RequestOutcome};
use sync_core::ids::{EntryRef, Subject};

use super::Failure;
use super::conflicts::field;
use super::office::{EventArgs, moment_text};
use crate::print::{OneLine, one_line};

/// Asks for corrections, and answers.
#[derive(clap::Subcommand)]
pub enum Request {
    /// Ask an organizer for a correction; nothing changes until they follow it
    Ask(Ask),
    /// List what waits for an answer
    List(List),
    /// Do what a request asks, by an edit like any other, and note that
    Follow(Answer),
    /// Leave everything as it is, and note that
    Decline(Answer),
}

/// Asks organizers for a correction.
#[derive(clap::Args)]
pub struct Ask {
    /// What is asked, in words
    #[arg(value_name = "TEXT")]
    text: String,
    /// The person whom the request concerns
    #[arg(long, value_name = "WHO")]
    person: Option<String>,
    /// The field that is wrong
    #[arg(long, value_name = "FIELD", value_parser = field, requires_all = ["person", "value"])]
    field: Option<PersonField>,
    /// What it should say
    #[arg(long, value_name = "TEXT", requires = "field")]
    value: Option<String>,
    #[command(flatten)]
    args: EventArgs,
}

/// `saxaul request list`: the corrections that were asked for.
#[derive(clap::Args)]
pub struct List {
    /// Those that were answered, too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    args: EventArgs,
}

/// Follows or declines a request.
#[derive(clap::Args)]
pub struct Answer {
    /// The request, from `saxaul request list`
    #[arg(value_name = "ENTRY")]
    entry: EntryRef,
    /// Why, to be written down
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    #[command(flatten)]
    args: EventArgs,
}

impl Request {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Ask(ask) => ask.run(),
            Self::List(list) => list.run(),
            Self::Follow(answer) => answer.run(RequestOutcome::Done),
            Self::Decline(answer) => answer.run(RequestOutcome::Declined),
        }
    }
}

impl Ask {
    fn run(self) -> Result<(), Failure> {
        let mut office = self.args.open()?;
        let subject = self.person.as_ref().map(|who| office.one(who)).transpose()?;
        let edit = self.field.map(|field| PersonEdit::from_text(field, self.value.as_deref().unwrap_or_default()));
        let edit = edit.transpose().map_err(|error| Failure::bad_input(&error))?;
        office.check_typed(edit.clone())?;
        office.perform(vec![Command::Ask(Asked { subject, edit, text: self.text })])?;
        println!("Asked.");
        Ok(())
    }
}

impl List {
    fn run(self) -> Result<(), Failure> {
        let office = self.args.open()?;
        let waiting = office.view().requests.iter().filter(|asked| self.all || asked.answer.is_none());
        for asked in waiting {
            let (what, entry) = (&asked.found.what, asked.found.entry);
            let who = what.subject.map(|subject| office.people.who(subject)).unwrap_or_default();
            let edit = what
                .edit
                .as_ref()
                .map(|edit| format!("{}: `{}`", edit.field(), one_line(&edit.to_string())))
                .unwrap_or_default();
            let by = office.device_name(entry.device);
            let answer = match asked.answer {
                None => "",
                Some(RequestOutcome::Done) => "  [followed]",
                Some(RequestOutcome::Declined) => "  [declined]",
            };
            println!("{entry}{answer}");
            println!("  {who}  {edit}  {}  ({by}, {})", OneLine(&what.text), moment_text(asked.found.time.at));
        }
        Ok(())
    }
}

impl Answer {
    fn run(self, outcome: RequestOutcome) -> Result<(), Failure> {
        let mut office = self.args.open()?;
        let asked = office.view().requests.iter().find(|asked| asked.found.entry == self.entry);
        let none = || Failure::BadInput("there is no such request: see `saxaul request list`".to_owned());
        let what = asked.ok_or_else(none)?.found.what.clone();
        if let (RequestOutcome::Done, Some(edit)) = (outcome, what.edit) {
            let Some(Subject::Person(person)) = what.subject else {
                return Err(Failure::BadInput("only people on the roster can be edited".to_owned()));
            };
            office.perform(vec![Command::EditPerson(person, edit)])?;
        }
        office.rule(vec![Decision::Answer { request: self.entry, outcome }], &self.reason)?;
        println!("Answered.");
        Ok(())
    }
}
