//! `saxaul duplicates`.

use sync_core::documents::log::Log;
use sync_core::documents::roster::PersonField;
use sync_core::documents::rulings::Decision;
use sync_core::ids::{EventId, Subject};
use sync_core::view::Sources;
use sync_core::view::duplicates::{Candidate, CandidateState, Evidence, Noted, Said, candidates, evidence};

use super::Failure;
use super::office::{EventArgs, Office, moment_text};
use crate::print::{OneLine, one_line};
use crate::reports;

/// Decides about records that may be one human being.
#[derive(clap::Subcommand)]
pub enum Duplicates {
    /// List the pairs to decide about, the likeliest first
    List(List),
    /// Show what both records say, side by side: who wrote it when, and who was where
    Show(OfPair),
    /// Rule that two records are one human being: their hours become one
    Same(Rule),
    /// Rule that two records are two human beings: nobody is asked again
    NotSame(Rule),
    /// Take back what was ruled on two records
    Retract(Rule),
    /// Rule that somebody is one human being with somebody of another event: reports across events count them once
    SameElsewhere(Elsewhere),
}

/// `saxaul duplicates list`: pairs that may be one human being.
#[derive(clap::Args)]
pub struct List {
    /// Also pairs that were ruled on, and pairs that follow from better ones
    #[arg(long)]
    all: bool,
    /// Print JSON, with the reasons of each score
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    args: EventArgs,
}

/// The two records that a command is about.
#[derive(clap::Args)]
pub struct OfPair {
    /// One record, by code or id
    #[arg(value_name = "A")]
    a: String,
    /// The other record, by code or id
    #[arg(value_name = "B")]
    b: String,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    args: EventArgs,
}

/// A ruling across events.
#[derive(clap::Args)]
pub struct Elsewhere {
    /// Who, by code or id
    #[arg(value_name = "WHO")]
    who: String,
    /// The event with which it is compared
    #[arg(value_name = "EVENT")]
    other_event: EventId,
    /// Who they are there, by id
    #[arg(value_name = "THERE")]
    there: Subject,
    /// Why, to be kept with the ruling
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    #[command(flatten)]
    args: EventArgs,
}

/// A ruling on two records.
#[derive(clap::Args)]
pub struct Rule {
    /// One record, by code or id
    #[arg(value_name = "A")]
    a: String,
    /// The other record, by code or id
    #[arg(value_name = "B")]
    b: String,
    /// Why, to be kept with the ruling
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    #[command(flatten)]
    args: EventArgs,
}

impl Duplicates {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(),
            Self::Show(pair) => pair.run(),
            Self::Same(rule) => rule.run(Verdict::Same),
            Self::NotSame(rule) => rule.run(Verdict::NotSame),
            Self::Retract(rule) => rule.run(Verdict::Retract),
            Self::SameElsewhere(elsewhere) => elsewhere.run(),
        }
    }
}

#[derive(Clone, Copy)]
enum Verdict {
    Same,
    NotSame,
    Retract,
}

/// What the documents say, and what is asked of them.
fn ask<T>(office: &Office<'_>, ask: impl FnOnce(&Sources<'_>) -> T) -> T {
    let shown = office.replica.replica().shown();
    let logs: Vec<&Log> = shown.logs.iter().map(AsRef::as_ref).collect();
    ask(&Sources { event: &shown.event, roster: &shown.roster, logs, rulings: &shown.rulings })
}

fn side_by_side(office: &Office<'_>, pair: [Subject; 2]) -> Evidence {
    ask(office, |sources| {
        let listed = candidates(sources.roster, office.view(), sources.rulings);
        evidence(sources, office.view(), &listed, pair)
    })
}

/// Two whom codes or ids name.
fn pair(office: &Office<'_>, a: &str, b: &str) -> Result<(Subject, Subject), Failure> {
    let (a, b) = (office.one(a)?, office.one(b)?);
    if a == b {
        return Err(Failure::BadInput("the two are one record: name two".to_owned()));
    }
    Ok((a, b))
}

impl List {
    fn run(self) -> Result<(), Failure> {
        let office = self.args.open()?;
        let found = ask(&office, |sources| candidates(sources.roster, office.view(), sources.rulings));
        let is_open = |each: &&Candidate| each.state == CandidateState::Open && !each.pair.follows;
        let listed: Vec<&Candidate> = found.pairs.iter().filter(|each| self.all || is_open(each)).collect();
        if found.crowded > 0 {
            eprintln!(
                "note: {} records are too much alike to be compared one by one; pairs may be missing",
                found.crowded
            );
        }
        if self.json {
            println!("{}", String::from_utf8_lossy(&reports::to_json(&listed)));
            return Ok(());
        }
        for each in &listed {
            let (a, b) = (office.people.who(each.pair.a), office.people.who(each.pair.b));
            println!("{:>4}  {a}  |  {b}{}", each.pair.score, state(each));
        }
        if listed.is_empty() {
            println!("No pairs to decide about.");
        }
        Ok(())
    }
}

fn state(candidate: &Candidate) -> &'static str {
    match &candidate.state {
        CandidateState::Open if candidate.pair.follows => "  (follows from better pairs)",
        CandidateState::Open => "",
        CandidateState::Joined => "  (joined by other rulings)",
        CandidateState::Same(_) => "  (ruled the same)",
        CandidateState::NotSame(_) => "  (ruled not the same)",
        CandidateState::Contested { .. } => "  (ruled both ways: retract one)",
    }
}

impl OfPair {
    fn run(self) -> Result<(), Failure> {
        let office = self.args.open()?;
        let (a, b) = pair(&office, &self.a, &self.b)?;
        let shown = side_by_side(&office, [a, b]);
        if self.json {
            println!("{}", String::from_utf8_lossy(&reports::to_json(&shown)));
        } else {
            print_evidence(&office, &shown);
        }
        Ok(())
    }
}

const COLUMN: usize = 60;

fn print_evidence(office: &Office<'_>, shown: &Evidence) {
    println!("{:<18}{:<COLUMN$}{}", "", office.people.who(shown.a.subject), office.people.who(shown.b.subject));
    for field in PersonField::ALL {
        let of = |said: &Said| -> Vec<String> {
            let statements = said.statements.iter().filter(|statement| statement.field == *field);
            let written = |by, at| format!("({}, {})", office.device_name(by), moment_text(at));
            statements.map(|one| format!("{} {}", one.text, written(one.by, one.time.at))).collect()
        };
        print_rows(field.key(), &of(&shown.a), &of(&shown.b));
    }
    let days = |said: &Said| -> Vec<String> {
        let noted = |what| match what {
            Noted::CheckIn => "came",
            Noted::CheckOut => "left",
            Noted::NoShow => "absent",
        };
        let rows = said.seen.iter();
        rows.map(|one| format!("{} {} at {}", moment_text(one.time.at), noted(one.what), one.site)).collect()
    };
    print_rows("seen", &days(&shown.a), &days(&shown.b));
    print_reasons(shown);
    for ruling in &shown.rulings {
        let what = if ruling.same { "the same" } else { "not the same" };
        let retracted = if ruling.retracted { ", retracted" } else { "" };
        let by = office.device_name(ruling.by);
        println!("Ruled {what} by {by}, {}{retracted}: {}", moment_text(ruling.time.at), OneLine(&ruling.reason));
    }
}

fn print_reasons(shown: &Evidence) {
    match &shown.candidate {
        Some(candidate) => {
            println!("\nScore {}{}", candidate.pair.score, state(candidate));
            for weight in &candidate.pair.reasons {
                let reason = serde_json::to_value(weight.reason).ok();
                let reason = reason.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().replace('_', " ");
                println!("{:>+6}  {reason}", weight.points);
            }
        }
        None => println!("\nNothing speaks for it that the two are one."),
    }
}

fn print_rows(field: &str, a: &[String], b: &[String]) {
    for row in 0..a.len().max(b.len()) {
        let cell = |said: &[String]| said.get(row).map(|text| one_line(text)).unwrap_or_default();
        println!("{:<18}{:<COLUMN$}{}", if row == 0 { field } else { "" }, cell(a), cell(b));
    }
}

impl Elsewhere {
    fn run(self) -> Result<(), Failure> {
        let mut office = self.args.open()?;
        let subject = office.one(&self.who)?;
        if self.other_event == office.replica.replica().event() {
            return Err(Failure::BadInput("that is this event: see `saxaul duplicates same`".to_owned()));
        }
        let decision = Decision::SameElsewhere { subject, event: self.other_event, other: self.there };
        office.rule(vec![decision], &self.reason)?;
        println!("{}  |  {} of {}: one human being.", office.people.who(subject), self.there, self.other_event);
        Ok(())
    }
}

impl Rule {
    fn run(self, verdict: Verdict) -> Result<(), Failure> {
        let mut office = self.args.open()?;
        let (a, b) = pair(&office, &self.a, &self.b)?;
        let decisions = match verdict {
            Verdict::Same => vec![Decision::Same(a, b)],
            Verdict::NotSame => vec![Decision::NotSame(a, b)],
            Verdict::Retract => {
                let rulings = side_by_side(&office, [a, b]).rulings;
                let standing = rulings.iter().filter(|ruling| !ruling.retracted);
                standing.map(|ruling| Decision::Retract(ruling.ruling)).collect()
            }
        };
        if decisions.is_empty() {
            return Err(Failure::BadInput("nothing that was ruled on the two still holds".to_owned()));
        }
        office.rule(decisions, &self.reason)?;
        let done = match verdict {
            Verdict::Same => "one human being",
            Verdict::NotSame => "two human beings",
            Verdict::Retract => "open again",
        };
        println!("{}  |  {}: {done}.", office.people.who(a), office.people.who(b));
        Ok(())
    }
}
