//! Faults that are planted in what a program did, so that a test can see them found.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Step, Trace};

/// What a program with a fault would have done, or a disk with one.
///
/// Each is the trace of the product, altered as the fault would have altered it: no hook in the product is needed.
#[derive(Clone, Copy, Debug)]
pub enum Planted {
    /// Files whose names end so are never synced: `PRAGMA synchronous = OFF`, a disk that lies, or a forgotten `fsync`.
    ForgetsToSync(&'static str),
    /// SQLite's log is synced only before it is carried over into the file: `PRAGMA synchronous = NORMAL`.
    SyncsTheLogOnlyAtCheckpoints,
    /// A file is made, renamed or deleted, and the directory is not synced.
    ForgetsToSyncDirectories,
    /// Somebody is answered when everything is written, and before it is synced.
    AnswersBeforeTheSync,
    /// Somebody is answered before the last commit is written at all.
    AnswersBeforeTheCommit,
    /// Of the writes to files whose names end so, one in so many reaches the disk at no time, and nobody is told.
    LosesWrites(&'static str, usize),
    /// Of the writes to files whose names end so, one in so many lands one sector too far, and nobody is told.
    MisplacesWrites(&'static str, usize),
    /// A file that is replaced is written over in place, not beside it and renamed.
    WritesInPlace,
    /// The database's file is written first, and the log that can repair it becomes durable later.
    SyncsTheLogTooLate,
}

impl Planted {
    /// The trace of a program or a disk with this fault, and of nothing else.
    #[must_use]
    pub fn in_trace(self, trace: &Trace) -> Trace {
        trace.altered(|steps| match self {
            Self::ForgetsToSync(suffix) => without(steps, |step, name| {
                matches!(step, Step::Sync { .. }) && name.is_some_and(|name| name.ends_with(suffix))
            }),
            Self::SyncsTheLogOnlyAtCheckpoints => only_before_checkpoints(steps),
            Self::ForgetsToSyncDirectories => without(steps, |step, _| matches!(step, Step::SyncDirectory { .. })),
            Self::AnswersBeforeTheSync => answer_before(steps, |step| matches!(step, Step::Sync { .. })),
            Self::AnswersBeforeTheCommit => answer_before_the_last_writes(steps),
            Self::LosesWrites(suffix, one_in) => alter_writes(steps, suffix, one_in, |_| None),
            Self::MisplacesWrites(suffix, one_in) => alter_writes(steps, suffix, one_in, |at| Some(at + 512)),
            Self::WritesInPlace => write_in_place(steps),
            Self::SyncsTheLogTooLate => sync_the_log_too_late(steps),
        })
    }
}

/// The name of the file that each step is about, as it was then.
fn with_names(steps: Vec<Step>) -> impl Iterator<Item = (Step, Option<String>)> {
    let mut names: BTreeMap<u64, String> = BTreeMap::new();
    steps.into_iter().map(move |step| {
        let name = match &step {
            Step::Make { file, path } => {
                names.insert(*file, path.clone());
                Some(path.clone())
            }
            Step::Rename { from, to } => {
                names.values_mut().filter(|name| *name == from).for_each(|name| name.clone_from(to));
                Some(to.clone())
            }
            Step::Write { file, .. } | Step::SetLength { file, .. } | Step::Sync { file } | Step::FailSync { file } => {
                names.get(file).cloned()
            }
            _ => None,
        };
        (step, name)
    })
}

fn without(steps: Vec<Step>, is_left_out: impl Fn(&Step, Option<&str>) -> bool) -> Vec<Step> {
    with_names(steps).filter(|(step, name)| !is_left_out(step, name.as_deref())).map(|(step, _)| step).collect()
}

fn is_log(name: Option<&String>) -> bool {
    name.is_some_and(|name| name.ends_with("-wal"))
}

fn is_database(name: Option<&String>) -> bool {
    name.is_some_and(|name| name.ends_with(".db"))
}

fn only_before_checkpoints(steps: Vec<Step>) -> Vec<Step> {
    let named: Vec<_> = with_names(steps).collect();
    let begins_checkpoint = |at: usize| {
        let next = named[at + 1..].iter().find(|(step, _)| !matches!(step, Step::Note(_)));
        next.is_some_and(|(step, name)| matches!(step, Step::Write { .. }) && is_database(name.as_ref()))
    };
    let is_kept = |at: usize| {
        let (step, name) = &named[at];
        !matches!(step, Step::Sync { .. }) || !is_log(name.as_ref()) || begins_checkpoint(at)
    };
    (0..named.len()).filter(|at| is_kept(*at)).map(|at| named[at].0.clone()).collect()
}

/// Moves each note before the last step of a kind.
fn answer_before(steps: Vec<Step>, is_passed: impl Fn(&Step) -> bool) -> Vec<Step> {
    let mut altered: Vec<Step> = Vec::new();
    for step in steps {
        let at = match &step {
            Step::Note(_) => altered.iter().rposition(&is_passed).unwrap_or(altered.len()),
            _ => altered.len(),
        };
        altered.insert(at, step);
    }
    altered
}

fn answer_before_the_last_writes(steps: Vec<Step>) -> Vec<Step> {
    let mut altered: Vec<Step> = Vec::new();
    for step in steps {
        let mut at = altered.len();
        if matches!(step, Step::Note(_)) {
            let is_written = |step: &Step| matches!(step, Step::Sync { .. } | Step::Write { .. });
            at = altered.iter().rposition(is_written).unwrap_or(at);
            while at > 0 && matches!(altered[at - 1], Step::Write { .. }) {
                at -= 1;
            }
        }
        altered.insert(at, step);
    }
    altered
}

fn alter_writes(steps: Vec<Step>, suffix: &str, one_in: usize, place: impl Fn(u64) -> Option<u64>) -> Vec<Step> {
    let mut written = 0;
    let altered = with_names(steps).filter_map(|(step, name)| match step {
        Step::Write { file, at, bytes } if name.is_some_and(|name| name.ends_with(suffix)) => {
            written += 1;
            let at = if written % one_in == 0 { place(at)? } else { at };
            Some(Step::Write { file, at, bytes })
        }
        other => Some(other),
    });
    altered.collect()
}

/// The bytes that were written beside a file go into it, which is emptied before.
fn write_in_place(steps: Vec<Step>) -> Vec<Step> {
    let mut numbers: BTreeMap<String, u64> = BTreeMap::new();
    let mut beside: BTreeMap<u64, u64> = BTreeMap::new();
    let mut altered = Vec::new();
    for step in steps {
        match step {
            Step::Make { file, path } => match path.strip_suffix(".part") {
                Some(target) => match numbers.get(target) {
                    Some(&there) => {
                        beside.insert(file, there);
                        altered.push(Step::SetLength { file: there, length: 0 });
                    }
                    None => {
                        numbers.insert(target.to_owned(), file);
                        altered.push(Step::Make { file, path: target.to_owned() });
                    }
                },
                None => {
                    numbers.insert(path.clone(), file);
                    altered.push(Step::Make { file, path });
                }
            },
            Step::Rename { from, .. } if from.ends_with(".part") => {}
            Step::Write { file, at, bytes } => {
                altered.push(Step::Write { file: beside.get(&file).copied().unwrap_or(file), at, bytes });
            }
            Step::Sync { file } => altered.push(Step::Sync { file: beside.get(&file).copied().unwrap_or(file) }),
            other => altered.push(other),
        }
    }
    altered
}

/// Every sync of the log that a checkpoint follows comes only after what that writes.
fn sync_the_log_too_late(steps: Vec<Step>) -> Vec<Step> {
    let mut held_back: Vec<Step> = Vec::new();
    let mut altered = Vec::new();
    for (step, name) in with_names(only_before_checkpoints(steps)) {
        if matches!(step, Step::Sync { .. }) && is_log(name.as_ref()) {
            held_back.push(step);
            continue;
        }
        let writes_the_file = matches!(step, Step::Write { .. }) && is_database(name.as_ref());
        if !writes_the_file {
            altered.append(&mut held_back);
        }
        altered.push(step);
    }
    altered
}

/// Makes every frame of SQLite's log fit, as far as the log says that the frames are its own: what a reader would take that
/// ignores checksums.
///
/// SQLite's own reader cannot be made so careless, so the checksum of each frame becomes what it expects of the bytes that
/// are there.
///
/// # Panics
/// If the log can be read and not be written.
pub fn make_checksums_fit(log: &Path) {
    let Ok(mut bytes) = std::fs::read(log) else { return };
    if bytes.len() < HEADER_BYTES {
        return;
    }
    let word = |bytes: &[u8], at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    let page = word(&bytes, 8) as usize;
    let is_big_endian = word(&bytes, 0) & 1 == 1;
    let (header, frames) = bytes.split_at_mut(HEADER_BYTES);
    let mut sum = checksum([0, 0], &header[..24], is_big_endian);
    for frame in frames.chunks_exact_mut(FRAME_HEAD_BYTES + page) {
        if frame[8..16] != header[16..24] {
            break;
        }
        sum = checksum(sum, &frame[..8], is_big_endian);
        sum = checksum(sum, &frame[FRAME_HEAD_BYTES..], is_big_endian);
        frame[16..20].copy_from_slice(&sum[0].to_be_bytes());
        frame[20..24].copy_from_slice(&sum[1].to_be_bytes());
    }
    std::fs::write(log, bytes).unwrap();
}

/// <https://sqlite.org/fileformat2.html#walformat>
const HEADER_BYTES: usize = 32;
const FRAME_HEAD_BYTES: usize = 24;

fn checksum(sum: [u32; 2], bytes: &[u8], is_big_endian: bool) -> [u32; 2] {
    let read = if is_big_endian { u32::from_be_bytes } else { u32::from_le_bytes };
    bytes.chunks_exact(8).fold(sum, |[first, second], words| {
        let [one, two] = [0, 4].map(|at| read(words[at..at + 4].try_into().unwrap()));
        let first = first.wrapping_add(one).wrapping_add(second);
        [first, second.wrapping_add(two).wrapping_add(first)]
    })
}
