//! `saxaul field join`: lets this device in.

use std::io::{BufRead, IsTerminal, Read};
use std::path::PathBuf;

use anyhow::Context;
use sync_core::journal::Journal;
use sync_core::trust::Grant;

use super::super::known_event;
use super::{Failure, JournalArgs};
use crate::client::{TalkError, asks_to_lose};
use crate::invite::InviteLink;
use crate::plain_text::decode;
use crate::wire::EnrolOutcome;

/// Joins.
///
/// A device that is in already is let into one more event, or keeps what it has: nothing is taken away from it unless you
/// say `--yes`. The invite link is read from standard input: whatever stands on a command line can be read by everybody on the
/// machine.
#[derive(clap::Args)]
pub struct Join {
    /// Read the invite link from this file, not from standard input
    #[arg(long, value_name = "FILE")]
    link_file: Option<PathBuf>,
    /// What people call this device [default: what it is called already, or the machine's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Agree that the invite takes rights away from this device, where it gives less than the device has
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    journal: JournalArgs,
}

/// What a device is called that is in already: another invite is no reason to call it otherwise.
fn known_name(journal: &Journal) -> Result<Option<String>, Failure> {
    let Some(membership) = journal.membership() else { return Ok(None) };
    let mut grants: Vec<Grant> = membership.granted().map(|(grant, _)| grant).collect();
    for event in journal.events()? {
        let ledger = journal.kept(event, membership.home)?.ledger;
        grants.extend(ledger.grant(journal.public_key().device()).cloned());
    }
    Ok(grants.into_iter().max_by_key(|grant| grant.issued).map(|grant| grant.name))
}

/// A link is shorter.
const LINK_LIMIT_BYTES: u64 = 4096;

impl Join {
    fn read_link(&self) -> anyhow::Result<String> {
        let mut text = Vec::new();
        if let Some(file) = &self.link_file {
            let cannot = || format!("cannot read {}", file.display());
            let file = std::fs::File::open(file).with_context(cannot)?;
            file.take(LINK_LIMIT_BYTES).read_to_end(&mut text).with_context(cannot)?;
        } else {
            let input = std::io::stdin().lock();
            if input.is_terminal() {
                eprint!("Paste the invite link: ");
            }
            let cannot = "cannot read the invite link";
            let mut input = input.take(LINK_LIMIT_BYTES);
            input.read_until(b'\n', &mut text).context(cannot)?;
            // In UTF-16LE the end of the line is two bytes long.
            if text.contains(&0) && text.len() % 2 == 1 {
                input.take(1).read_to_end(&mut text).context(cannot)?;
            }
        }
        Ok(decode(&text).context("the invite link is no text")?.into_owned())
    }

    pub(super) fn run(self) -> Result<(), Failure> {
        let link: InviteLink = self.read_link()?.parse().map_err(|error| Failure::bad_input(&error))?;
        let mut journal = self.journal.open()?;
        let machine = || std::fs::read_to_string("/proc/sys/kernel/hostname").map(|name| name.trim().to_owned());
        let called = match self.name {
            None => known_name(&journal)?,
            named => named,
        };
        let name = called.or_else(|| machine().ok()).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| "laptop".to_owned());
        let mut talk = self.journal.talk_to(&link.url)?;
        let mut joined = talk.join(&mut journal, &link, &name);
        if let Err(TalkError::Refused(problem)) = &joined
            && let Some(replaces) = asks_to_lose(problem)
        {
            let why = problem.why.as_deref().unwrap_or("the invite gives less than this device has");
            if !self.yes {
                let event = link.event.map(|event| format!(" in event {event}")).unwrap_or_default();
                return Err(Failure::BadInput(format!(
                    "{why}{event}. Nothing was changed, and the invite is not used up.\n\
                     Give another device this link, or say --yes to have this one lose what it has there."
                )));
            }
            joined = talk.join_for_less(&mut journal, &link, &name, replaces);
        }
        let device = journal.public_key().device();
        match joined? {
            Some(EnrolOutcome::LetIn | EnrolOutcome::Again | EnrolOutcome::Newer) | None => {
                println!("This device is in, as `{name}` ({device}).");
            }
            Some(EnrolOutcome::Already) => {
                println!(
                    "This device may do all of that already ({device}). Nothing was changed, and the invite is not used up."
                );
            }
        }
        println!("Journal: {}", self.journal.path()?.display());
        match link.event {
            Some(event) if known_event(&journal, None).is_ok_and(|only| only == Some(event)) => {
                println!("Next: saxaul field exchange");
            }
            Some(event) => println!("Next: saxaul field exchange --event {event}"),
            None => println!("Next: saxaul event create FILE, or saxaul event list"),
        }
        Ok(())
    }
}
