//! `saxaul field undo`: takes back what this device recorded.

use sync_core::app::Action;
use sync_core::ids::EntryRef;
use sync_core::replica::OwnRecord;
use sync_core::spoken::{NoCode, SpokenCode};

use super::people::Finder;
use super::{Gate, Target, read_clocks};
use crate::commands::{Failure, of_app};

/// Takes back.
#[derive(clap::Args)]
pub struct Undo {
    /// The entry's code, as it was printed
    #[arg(value_name = "CODE")]
    entry: Option<String>,
    #[command(flatten)]
    target: Target,
}

impl Undo {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut gate = Gate::open(&self.target)?;
        let mut records = gate.replica()?.own_records();
        records.retain(OwnRecord::is_made);
        let finder = gate.finder()?;
        let chosen = match &self.entry {
            Some(said) => named(&records, said, finder)?,
            None => records.iter().rfind(|own| !own.is_undone).ok_or_else(|| {
                Failure::BadInput("this device has recorded nothing that could be taken back".to_owned())
            })?,
        };
        let what = described(chosen, finder);
        if chosen.is_undone {
            return Err(Failure::BadInput(format!("{what} is taken back already")));
        }
        let with_it = gate.replica()?.taken_back_with(&chosen.entry);
        let finder = gate.finder()?;
        let with_it: Vec<String> = with_it.iter().map(|own| described(own, finder)).collect();
        let row = gate.app.perform(Action::Undo { entry: chosen.entry }, read_clocks()).map_err(of_app)?;
        for what in with_it {
            println!("{what}: taken back, too.");
        }
        println!("{what}: taken back ({}). Saved on this device.", gate.mark(&row)?);
        Ok(())
    }
}

/// What a record says, and its code.
fn described(own: &OwnRecord, finder: Finder<'_>) -> String {
    format!("{} (entry {})", finder.describe(&own.record).unwrap_or_default(), own.mark())
}

/// The record that was named by its code or, where two have one code, by its whole id.
fn named<'a>(records: &'a [OwnRecord], said: &str, finder: Finder<'_>) -> Result<&'a OwnRecord, Failure> {
    if let Ok(entry) = said.parse::<EntryRef>() {
        let found = records.iter().find(|own| own.entry == entry);
        return found.ok_or_else(|| Failure::BadInput(format!("this device has recorded no entry {said}")));
    }
    let having = |code: SpokenCode| records.iter().filter(move |own| own.mark() == code);
    let code = SpokenCode::parse(said).map_err(|error| {
        let meant: Vec<String> = match &error {
            NoCode::Check { meant } => {
                meant.iter().flat_map(|meant| having(meant.code)).map(|own| described(own, finder)).collect()
            }
            _ => Vec::new(),
        };
        let meant = if meant.is_empty() { String::new() } else { format!(". Did you mean {}?", meant.join(" or ")) };
        Failure::BadInput(format!("`{said}` is no entry's code: {error}; see the code that was printed{meant}"))
    })?;
    let found: Vec<&OwnRecord> = having(code).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            Err(Failure::BadInput(format!("this device has recorded no entry {code}: see the code that was printed")))
        }
        several => {
            several.iter().for_each(|own| eprintln!("{}  {}", own.entry, described(own, finder)));
            Err(Failure::BadInput(format!("{} entries have the code {code}: name one by its id", several.len())))
        }
    }
}
