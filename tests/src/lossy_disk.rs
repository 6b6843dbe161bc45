//! A disk under test: it forgets what was not synced, tears what was half written, and lets calls fail.
//!
//! A test that needs it runs itself again with a small C library loaded before the system's own, which writes down every
//! call that changes a file or asks for it to be durable. The product runs as it is, SQLite's own file layer included. From
//! that trace follow the directories that a power cut could have left behind at any moment: what was synced is there, and
//! each write, deletion or renaming that was not is kept, lost or torn, as a seed says. Linux only.
//!
//! A SQLite VFS would see less: key files and directory entries are not SQLite's, and neither are its own syncs of
//! directories a VFS's. It would also need unsafe code, which the workspace forbids.

mod cuts;
mod faults;
mod medium;
mod trace;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use minicbor::{Decode, Encode};
use sync_core::ids::{DeviceId, EventId, Incarnation};
use sync_core::trust::PublicKey;

pub use self::cuts::{Broken, Cuts};
pub use self::faults::{Planted, make_checksums_fit};
pub use self::trace::{Step, Trace};
use crate::chance::Chance;

const ROOT: &str = "SAXAUL_DISK_ROOT";
const TRACE: &str = "SAXAUL_DISK_TRACE";
const FAULT: &str = "SAXAUL_DISK_FAULT";

/// What a program said while it ran, and what must therefore be on the disk after any later power cut.
///
/// A phone is known by the name of its directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Promise {
    /// An app has opened the journal of a phone.
    #[n(0)]
    Opened {
        /// The name of the phone.
        #[n(0)]
        phone: String,
        /// The id of the device.
        #[n(1)]
        device: DeviceId,
        /// The incarnation in which it records. A power cut begins no new one.
        #[n(2)]
        incarnation: Incarnation,
        /// The event that it is in, once it has joined.
        #[n(3)]
        event: Option<EventId>,
    },
    /// Somebody was told "saved on this device".
    #[n(1)]
    Saved {
        /// The name of the phone on which it was recorded.
        #[n(0)]
        phone: String,
        /// The bytes by which the command is found.
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        command: Vec<u8>,
    },
    /// A phone has sent an item: it must never put another one in the same place.
    #[n(2)]
    Sent {
        /// The name of the phone.
        #[n(0)]
        phone: String,
        /// The hash of the item that was sent.
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        item: [u8; 32],
    },
    /// Somebody was told that home has it.
    #[n(3)]
    Confirmed {
        /// The device that performed the command.
        #[n(0)]
        device: DeviceId,
        /// The bytes by which the command is found.
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        command: Vec<u8>,
    },
    /// Home has done something that its audit record tells of.
    #[n(4)]
    Audited {
        /// The number of the entry in the audit record.
        #[n(0)]
        number: u64,
        /// The digest of the record up to there.
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        digest: [u8; 32],
    },
    /// Home has named itself: devices and invites know it by this key.
    #[n(5)]
    Founded {
        /// The public key that home showed.
        #[n(0)]
        home: PublicKey,
    },
    /// A phone was ordered to forget everything. From here on nothing of it need be there, and it must still start.
    #[n(6)]
    ToBeWiped {
        /// The name of the phone.
        #[n(0)]
        phone: String,
    },
    /// A phone has forgotten everything.
    #[n(7)]
    Wiped {
        /// The name of the phone.
        #[n(0)]
        phone: String,
        /// Bytes that its files held.
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        secret: Vec<u8>,
    },
}

/// Which calls of a recorded program fail, and how.
#[derive(Clone, Copy, Debug)]
pub struct Failing {
    /// The call of the operating system that fails.
    pub call: Call,
    /// Only on files whose paths end so.
    pub suffix: &'static str,
    /// So many work before.
    pub skip: u32,
    /// So many fail then.
    pub times: u32,
    /// With which error the calls fail.
    pub how: How,
}

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Bytes of a file are read.
    Read = 1,
    /// Writing to a file, or cutting it off.
    Write = 2,
    /// Asking for a file to be durable. What is written and not synced may then be lost although a later sync works, as on
    /// Linux.
    Sync = 4,
    /// Making, renaming or deleting a file.
    Entry = 8,
}

/// What a failing call answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The disk is broken: `EIO`.
    Broken = 5,
    /// The disk is full: `ENOSPC`.
    Full = 28,
    /// It claims to have worked: what a program does that ignores the error, or a disk that lies.
    ClaimsToWork = 0,
}

/// The story's side of a recorded disk.
pub struct Recorder {
    root: PathBuf,
    noted: RefCell<BTreeSet<Promise>>,
    failing: PathBuf,
}

/// Runs `story`, the part that writes of the test function that is called `name` with its modules, on a recorded disk.
///
/// The story runs in another process, which is this test again: there nothing is returned, and the test has done its part.
///
/// # Panics
/// If the story fails.
pub fn recorded(name: &str, story: impl FnOnce(&Recorder)) -> Option<Trace> {
    if let Some(root) = root() {
        let failing = PathBuf::from(std::env::var_os(FAULT).unwrap());
        story(&Recorder { root, noted: RefCell::default(), failing });
        return None;
    }
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let library = build_recorder(place.path());
    let root = crate::world::ground("saxaul-disk-");
    std::fs::write(at("fault"), [0; FAULT_BYTES]).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env("LD_PRELOAD", library)
        .envs([(ROOT, root.path()), (TRACE, &at("trace")), (FAULT, &at("fault"))])
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    Some(Trace::read(&std::fs::read(at("trace")).unwrap()))
}

/// The C compiler is there, for SQLite is built with it.
fn build_recorder(place: &Path) -> PathBuf {
    let (source, library) = (place.join("recorder.c"), place.join("recorder.so"));
    std::fs::write(&source, include_str!("lossy_disk/recorder.c")).unwrap();
    let arguments = ["-O1", "-shared", "-fPIC", "-o"];
    let built = Command::new("cc").args(arguments).arg(&library).arg(source).arg("-ldl").status().unwrap();
    assert!(built.success());
    library
}

/// Whether this process is one whose disk is recorded.
pub(crate) fn is_recording() -> bool {
    std::env::var_os(TRACE).is_some()
}

/// The directory below which everything is recorded; `None` if nothing is.
pub(crate) fn root() -> Option<PathBuf> {
    std::env::var_os(ROOT).map(PathBuf::from)
}

/// The files that a power cut at this moment leaves in a directory of this process; `None` if nothing is recorded.
pub(crate) fn left_by_a_power_cut(directory: &Path) -> Option<std::collections::BTreeMap<OsString, Vec<u8>>> {
    let trace = Trace::read(&std::fs::read(std::env::var_os(TRACE)?).unwrap());
    let mut medium = medium::Medium::default();
    let steps = trace.of(directory);
    steps.steps().iter().for_each(|step| medium.take(step));
    Some(medium.cut(&mut Chance::seeded(steps.steps().len() as u64)))
}

/// Writes a promise into the trace, if there is one.
pub(crate) fn note(promise: &Promise) {
    let Some(trace) = std::env::var_os(TRACE) else { return };
    let record = trace::note_record(promise);
    std::fs::File::options().append(true).open(trace).unwrap().write_all(&record).unwrap();
}

const FAULT_BYTES: usize = 64;

impl Recorder {
    /// Notes what has been promised since.
    pub fn note_all(&self, promises: BTreeSet<Promise>) {
        let mut noted = self.noted.borrow_mut();
        promises.difference(&noted).for_each(note);
        noted.extend(promises);
    }

    /// A directory of this name on the recorded disk, which is not there yet.
    #[must_use]
    pub fn directory(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// From now on, some calls fail.
    ///
    /// # Panics
    /// If this process is not a recorded one.
    pub fn fails(&self, failing: Failing) {
        let Failing { call, suffix, skip, times, how } = failing;
        let numbers = [call as u32, skip, times, how as u32, 0];
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_ne_bytes()).collect();
        bytes.extend(suffix.as_bytes());
        bytes.resize(FAULT_BYTES, 0);
        self.overwrite(&bytes);
    }

    /// From now on, every call works again. Returns how many failed.
    ///
    /// # Panics
    /// If this process is not a recorded one.
    pub fn works_again(&self) -> u32 {
        let failed = std::fs::read(&self.failing).unwrap()[16..20].try_into().unwrap();
        self.overwrite(&[0; FAULT_BYTES]);
        u32::from_ne_bytes(failed)
    }

    /// In place: the recorder has the file mapped into its memory.
    fn overwrite(&self, bytes: &[u8]) {
        std::fs::File::options().write(true).open(&self.failing).unwrap().write_all(bytes).unwrap();
    }
}
