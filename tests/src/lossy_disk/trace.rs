//! What a program did to its files, in order.

use std::collections::BTreeMap;
use std::path::Path;

use super::Promise;

/// One thing that was done to a directory's files, or promised. A file is known by a number, for it may be renamed while it
/// is open.
#[derive(Clone, Debug)]
pub enum Step {
    /// A new, empty file.
    Make {
        /// The number that later steps call the file by.
        file: u64,
        /// The path of what was made.
        path: String,
    },
    /// A directory was made.
    MakeDirectory {
        /// The path of what was made.
        path: String,
    },
    /// Bytes were written into a file, and may not be on the disk yet.
    Write {
        /// The number of the file into which they were written.
        file: u64,
        /// The position of the first byte in the file.
        at: u64,
        /// The bytes that were written.
        bytes: Vec<u8>,
    },
    /// The length was set.
    SetLength {
        /// The number of the file that it happened to.
        file: u64,
        /// The length of the file afterwards, in bytes.
        length: u64,
    },
    /// What was written is durable from here on.
    Sync {
        /// The number of the file that was synced.
        file: u64,
    },
    /// The same was asked for and failed.
    FailSync {
        /// The number of the file that it happened to.
        file: u64,
    },
    /// The entries of a directory are durable from here on.
    SyncDirectory {
        /// The path that it happened to.
        path: String,
    },
    /// A file got another name, in the place of one that was there.
    Rename {
        /// The path before.
        from: String,
        /// The path afterwards.
        to: String,
    },
    /// An entry was removed.
    Remove {
        /// The path that it happened to.
        path: String,
    },
    /// Something was promised to somebody.
    Note(Promise),
}

/// What a program did, step by step.
#[derive(Clone, Debug)]
pub struct Trace(Vec<Step>);

/// A kind, two numbers and how many bytes follow: `struct record` in `recorder.c`.
const HEAD_BYTES: usize = 1 + 8 + 8 + 4;

/// A promise as a record of a trace.
pub(super) fn note_record(promise: &Promise) -> Vec<u8> {
    let bytes = minicbor::to_vec(promise).unwrap();
    let mut record = vec![b'n'];
    record.extend([0; 16]);
    record.extend(u32::try_from(bytes.len()).unwrap().to_ne_bytes());
    record.extend(bytes);
    record
}

impl Trace {
    /// Reads what the recorder wrote.
    pub(super) fn read(mut bytes: &[u8]) -> Self {
        let mut steps = Vec::new();
        // The number of a file that is gone may be given to a new one.
        let mut made = BTreeMap::new();
        while let Some((head, rest)) = bytes.split_at_checked(HEAD_BYTES) {
            let [file, at] = [1, 9].map(|from| u64::from_ne_bytes(head[from..from + 8].try_into().unwrap()));
            let length = usize::try_from(u32::from_ne_bytes(head[17..].try_into().unwrap())).unwrap();
            let (data, rest) = rest.split_at(length);
            let text = || String::from_utf8(data.to_vec()).unwrap();
            if head[0] == b'c' {
                made.insert(file, steps.len() as u64);
            }
            let file = made.get(&file).copied().unwrap_or(u64::MAX);
            steps.push(match head[0] {
                b'c' => Step::Make { file, path: text() },
                b'm' => Step::MakeDirectory { path: text() },
                b'w' => Step::Write { file, at, bytes: data.to_vec() },
                b't' => Step::SetLength { file, length: at },
                b's' => Step::Sync { file },
                b'f' => Step::FailSync { file },
                b'd' => Step::SyncDirectory { path: text() },
                b'r' => {
                    let both = text();
                    let (from, to) = both.split_once('\0').unwrap();
                    Step::Rename { from: from.to_owned(), to: to.to_owned() }
                }
                b'u' => Step::Remove { path: text() },
                b'n' => Step::Note(minicbor::decode(data).unwrap()),
                other => panic!("the recorder wrote {other}"),
            });
            bytes = rest;
        }
        Self(steps)
    }

    /// Every step that was recorded, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// What was done to the files of one directory, which are called by their names, and everything that was promised.
    ///
    /// A `directory` of one component is any directory of that name.
    #[must_use]
    pub fn of(&self, directory: &Path) -> Self {
        let name_in = |path: &str| {
            let path = Path::new(path);
            path.parent()?.ends_with(directory).then(|| path.file_name().unwrap().to_str().unwrap().to_owned())
        };
        let mut files = std::collections::BTreeSet::new();
        let of_directory = self.0.iter().filter_map(|step| match step {
            Step::Make { file, path } => {
                let path = name_in(path)?;
                files.insert(*file);
                Some(Step::Make { file: *file, path })
            }
            Step::MakeDirectory { path } => Some(Step::MakeDirectory { path: name_in(path)? }),
            Step::Write { file, .. } | Step::SetLength { file, .. } | Step::Sync { file } | Step::FailSync { file } => {
                files.contains(file).then(|| step.clone())
            }
            Step::SyncDirectory { path } => {
                Path::new(path).ends_with(directory).then(|| Step::SyncDirectory { path: String::new() })
            }
            Step::Rename { from, to } => Some(Step::Rename { from: name_in(from)?, to: name_in(to)? }),
            Step::Remove { path } => Some(Step::Remove { path: name_in(path)? }),
            Step::Note(promise) => Some(Step::Note(promise.clone())),
        });
        Self(of_directory.collect())
    }

    /// The same as [`Trace::of`], with what was promised from when the directory was made until the next one beside it was.
    /// `None` if no such directory was made.
    #[must_use]
    pub fn of_one_of_many(&self, directory: &Path) -> Option<Self> {
        let made = |step: &Step| match step {
            Step::MakeDirectory { path } => Some(Path::new(path).to_owned()),
            _ => None,
        };
        let begins = self.0.iter().position(|step| made(step).is_some_and(|path| path.ends_with(directory)))?;
        let beside =
            |step: &Step| made(step).is_some_and(|path| path.parent() == made(&self.0[begins]).unwrap().parent());
        let ends = self.0[begins + 1..].iter().position(beside).map_or(self.0.len(), |after| begins + 1 + after);
        Some(Self(self.0[begins..ends].to_vec()).of(directory))
    }

    /// The same with other steps: what another program would have done, or another disk.
    pub(super) fn altered(&self, alter: impl FnOnce(Vec<Step>) -> Vec<Step>) -> Self {
        Self(alter(self.0.clone()))
    }
}
