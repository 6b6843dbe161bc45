//! `saxaul replay`.

use std::path::PathBuf;

use super::Failure;
use crate::replay::recording::Recording;
use crate::replay::{ReplayError, Replayed, Watcher, replay, write_results};

/// Runs a recorded week through the real thing.
///
/// Starts a server on loopback and one replica with its own journal on disk for each phone; they talk HTTP. Clocks
/// come from the recording. Writes hours.csv, conflicts.csv, ruling-conflicts.csv, totals.json and duplicates.csv: the
/// pairs that may be one human being (`a,b,score`), before anybody ruled anything.
#[derive(clap::Args)]
pub struct Replay {
    /// The recording: event.json, lists, phones/*.jsonl, organizer.jsonl
    #[arg(value_name = "DIR")]
    recording: PathBuf,
    /// Where the results go
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Keep the server's data and the journals here, instead of in a temporary directory
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

impl Replay {
    pub(super) fn run(self) -> Result<(), Failure> {
        let recording = Recording::read(&self.recording).map_err(ReplayError::from).map_err(bad_input)?;
        let replayed = run_watched(&recording, self.keep)?;
        for path in write_results(&replayed, &self.out)? {
            println!("wrote {}", path.display());
        }
        println!();
        print_timing(&replayed);
        Ok(())
    }
}

pub(super) fn bad_input(error: ReplayError) -> Failure {
    match error {
        ReplayError::Recording(error) => Failure::BadInput(error.to_string()),
        other => other.into(),
    }
}

/// Replays with a progress bar, in `keep` or in a directory that goes away.
pub(super) fn run_watched(recording: &Recording, keep: Option<PathBuf>) -> Result<Replayed, Failure> {
    let bar = Bar(indicatif::ProgressBar::new(0));
    let style = indicatif::ProgressStyle::with_template("{msg}  {wide_bar}  {pos}/{len}  {elapsed}");
    bar.0.set_style(style.expect("the template is a constant"));
    let replayed = match keep {
        Some(directory) => {
            std::fs::create_dir_all(&directory)?;
            if std::fs::read_dir(&directory)?.next().is_some() {
                return Err(Failure::BadInput(format!("{} is not empty", directory.display())));
            }
            replay(recording, &directory, &bar)
        }
        None => replay(recording, tempfile::tempdir()?.path(), &bar),
    };
    bar.0.finish_and_clear();
    replayed.map_err(bad_input)
}

struct Bar(indicatif::ProgressBar);

impl Watcher for Bar {
    fn begin(&self, part: &str, steps: u64) {
        self.0.set_length(steps);
        self.0.set_message(part.to_owned());
    }

    fn step(&self) {
        self.0.inc(1);
    }
}

/// Says how long each part took, and what crossed the wire.
pub(super) fn print_timing(replayed: &Replayed) {
    for part in &replayed.parts {
        println!("{:>9.2} s  {}", part.took.as_secs_f64(), part.name);
    }
    let entries = replayed.view.totals.log_entries.max(1);
    let traffic = replayed.traffic;
    println!(
        "{:>9.1} B  up and {:.1} B down for each of {entries} log entries, in {} calls",
        traffic.sent as f64 / entries as f64,
        traffic.received as f64 / entries as f64,
        traffic.calls
    );
    let agree = if replayed.phones_agree { "the same view, to the byte" } else { "DIFFERENT views" };
    println!("{:>11}  every phone shows {agree}", "");
}
