//! `saxaul audit`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Failure, day_of, open_data};
use crate::clock::Clock;
use crate::home_key::require_home_key;
use crate::home_time::{ClockDoubt, HomeTime};
use crate::store::audit::{Deed, Entry, verify};
use crate::store::read_audit;

/// Shows and checks who was let in, who changed rights, who decided what.
///
/// Works on the server's data directory; reading it is possible while the server runs.
#[derive(clap::Subcommand)]
pub enum Audit {
    /// Show the record, the oldest entry first
    List(At),
    /// Check that nothing in the record was altered, taken out or put in
    Verify(Verify),
    /// Say that this machine's clock is right, although the record has a later time: a clock that was ahead wrote it. No
    /// server may run there meanwhile
    TrustClock(TrustClock),
}

/// Where the record is.
#[derive(clap::Args)]
pub struct At {
    /// Directory for everything the server keeps
    #[arg(long, env = "SAXAUL_DATA_DIR", value_name = "DIR", default_value = "saxaul-data")]
    data_dir: PathBuf,
}

/// `saxaul audit verify`: checks that the record is whole.
#[derive(clap::Args)]
pub struct Verify {
    #[command(flatten)]
    at: At,
    /// What an earlier check printed, as NUMBER:DIGEST: then a record that was cut off or replaced shows, too
    #[arg(long, value_name = "NUMBER:DIGEST", value_parser = noted)]
    since: Option<(u64, [u8; 32])>,
}

/// Trusts the clock from here on.
#[derive(clap::Args)]
pub struct TrustClock {
    #[command(flatten)]
    at: At,
    /// The clock was looked at, and it is right
    #[arg(long)]
    yes: bool,
}

fn noted(text: &str) -> Result<(u64, [u8; 32]), String> {
    let expected = || "it looks like 12:0f3a…, with 64 hexadecimal digits".to_owned();
    let (number, digest) = text.split_once(':').ok_or_else(expected)?;
    let digest: sync_core::ids::ChangeHash = digest.parse().map_err(|_| expected())?;
    Ok((number.parse().map_err(|_| expected())?, digest.0))
}

impl Audit {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(at) => {
                read_record(&at.data_dir)?.iter().for_each(print_entry);
                Ok(())
            }
            Self::Verify(check) => check.run(),
            Self::TrustClock(trust) => trust.run(),
        }
    }
}

/// Reads the record of a data directory that has its own key: another one's record would be taken for this one's.
fn read_record(directory: &Path) -> Result<Vec<Entry>, Failure> {
    let (entries, belongs_to) = read_audit(directory)?;
    require_home_key(directory, belongs_to)?;
    Ok(entries)
}

fn print_entry(entry: &Entry) {
    let by = entry.deed.by.map_or_else(|| "the server".to_owned(), |device| device.to_string());
    let [written, asked] = [entry.at, entry.deed.at].map(|at| day_of(at.0));
    let asked = if written == asked { String::new() } else { format!("  (asked for on {asked})") };
    println!("{:>6}  {written}  {by:<32}  {}{asked}", entry.number, entry.act);
}

impl Verify {
    fn run(self) -> Result<(), Failure> {
        let entries = read_record(&self.at.data_dir)?;
        verify(&entries, self.since)?;
        match entries.last() {
            None => println!("The record is empty."),
            Some(last) => {
                let digest: String = last.digest.iter().map(|byte| format!("{byte:02x}")).collect();
                println!("The record is whole: {} entries. Note this elsewhere for the next check:", entries.len());
                println!("{}:{digest}", last.number);
            }
        }
        Ok(())
    }
}

impl TrustClock {
    fn run(self) -> Result<(), Failure> {
        let directory = &self.at.data_dir;
        // Data without its own key is refused before anything is written.
        read_record(directory)?;
        let (store, writer) = open_data(directory)?;
        let (clock, store) = (Clock::System, Arc::new(store));
        let trusted = match HomeTime::new(clock.clone(), store).doubt()? {
            None => {
                println!("The record has no later time than this machine's clock: there is nothing to be trusted.");
                Ok(())
            }
            Some(doubt @ (ClockDoubt::BeforeBuild { .. } | ClockDoubt::LongAfterBuild { .. })) => {
                Err(Failure::BadInput(format!("{doubt}. {}", doubt.remedy())))
            }
            Some(doubt @ ClockDoubt::BeforeRecord { .. }) if !self.yes => Err(Failure::BadInput(format!(
                "{doubt}. If this clock is right, say so with --yes; else set the clock"
            ))),
            Some(ClockDoubt::BeforeRecord { .. }) => {
                let deed = Deed::of_server(clock.now());
                let runtime = tokio::runtime::Builder::new_current_thread().build()?;
                runtime.block_on(writer.trust_clock(deed))?;
                println!("The clock is trusted, and the record says so. Devices are told the time again.");
                Ok(())
            }
        };
        writer.close();
        trusted
    }
}
