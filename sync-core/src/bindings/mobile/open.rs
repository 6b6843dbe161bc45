//! A journal behind the facade: open, open for reading alone, or closed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::drawn::entropy;
use super::log::{LogLevel, log};
use super::storage::KeptRows;
use super::{Result, SaxaulError};
use crate::app::{App, Changes};
use crate::error_codes::ErrorCode;
use crate::ids::Incarnation;
use crate::journal::{Entropy, Journal, JournalError, JournalKey, readable};
use crate::storage::Device;
use crate::storage::memory::Memory;

/// What stands behind the facade.
pub(super) struct Held {
    path: PathBuf,
    key: Option<JournalKey>,
    app: Behind,
}

enum Behind {
    Open(Box<App<KeptRows>>),
    /// Something went wrong with it: it is opened anew at the next call.
    Broken,
    Closed,
}

impl Held {
    pub fn open(path: String, key: Option<Vec<u8>>, fresh: Entropy) -> Result<Self> {
        let key = key.map(|key| key.try_into()).transpose();
        let key = key.map_err(|_| SaxaulError::bad_input(&"a key has 32 bytes"))?;
        let key = key.map(|key: [u8; 32]| JournalKey::from_bytes(&key));
        let path = PathBuf::from(path);
        let app = open(&path, key.as_ref(), fresh).inspect_err(|error| log(LogLevel::Warning, error))?;
        let version = env!("CARGO_PKG_VERSION");
        log(
            LogLevel::Info,
            &format_args!("saxaul {version}: the journal of {} is open", app.storage()?.key().public().device()),
        );
        Ok(Self { path, key, app: Behind::Open(Box::new(app)) })
    }

    pub fn close(&mut self) {
        if !matches!(self.app, Behind::Closed) {
            log(LogLevel::Info, &"the journal is closed");
        }
        self.app = Behind::Closed;
    }

    /// Lets go of what a panic may have left half done. The journal has no halves.
    pub fn reopen(&mut self) {
        if !matches!(self.app, Behind::Closed) {
            self.app = Behind::Broken;
        }
    }

    pub fn app(&mut self) -> Result<&mut App<KeptRows>> {
        let is_broken = match &self.app {
            Behind::Open(app) => app.storage().is_err(),
            Behind::Broken => true,
            Behind::Closed => return Err(SaxaulError::closed()),
        };
        if is_broken {
            // The file is let go first: one process, and one opening of it, at a time.
            self.app = Behind::Broken;
            log(LogLevel::Warning, &"the journal is opened anew");
            self.app = Behind::Open(Box::new(open(&self.path, self.key.as_ref(), drawn())?));
        }
        match &mut self.app {
            Behind::Open(app) => Ok(app),
            Behind::Broken | Behind::Closed => Err(SaxaulError::closed()),
        }
    }

    /// The app, if something may be recorded in it.
    pub fn writable(&mut self) -> Result<&mut App<KeptRows>> {
        if self.is_read_only()? {
            return Err(SaxaulError::read_only());
        }
        self.app()
    }

    pub fn is_read_only(&mut self) -> Result<bool> {
        Ok(matches!(self.app()?.storage()?.storage(), KeptRows::Salvaged(_)))
    }

    pub fn take_changes(&mut self) -> Option<Changes> {
        let Behind::Open(app) = &mut self.app else { return None };
        Some(app.take_changes()).filter(|changes| !changes.is_nothing())
    }

    pub fn wipe(&mut self) -> Result<()> {
        let app = self.writable()?;
        let order = app.wipe_order().cloned();
        let order =
            order.ok_or_else(|| SaxaulError::of(ErrorCode::NOT_ORDERED, &"home gave no order to wipe this device"))?;
        let Behind::Open(app) = std::mem::replace(&mut self.app, Behind::Broken) else { return Ok(()) };
        let Some(device) = app.into_storage() else { return Ok(()) };
        device.check_wipe(&order)?;
        if let KeptRows::Journal(file) = device.into_storage() {
            file.remove()?;
            self.app = Behind::Closed;
        }
        Ok(())
    }
}

fn drawn() -> Entropy {
    Entropy { seed: entropy(), incarnation: Incarnation(entropy()) }
}

fn open(path: &Path, key: Option<&JournalKey>, fresh: Entropy) -> Result<App<KeptRows>> {
    let journal = Journal::open(path, &path.with_extension("incarnation"), key, fresh);
    let journal = journal.map(|journal| journal.map(|file| KeptRows::Journal(Box::new(file))));
    match journal.and_then(|journal| App::open(journal, Incarnation(entropy()))) {
        Err(damage @ JournalError::Damaged { .. }) => {
            let Ok(rows) = readable(path, key) else { return Err(damage.into()) };
            let empty = KeptRows::Salvaged(Memory::default());
            log(LogLevel::Error, &format_args!("the journal opens for reading alone: {damage}"));
            let salvaged = Device::salvaged(&rows, empty, Incarnation(entropy())).map_err(|_| damage)?;
            Ok(App::open(salvaged, Incarnation(entropy()))?)
        }
        opened => Ok(opened?),
    }
}

/// Turns a panic of the core, or of a callback, into an error.
pub(super) fn guarded<T>(act: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(act)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        let what = text.unwrap_or_else(|| "a panic without words".to_owned());
        log(LogLevel::Error, &format_args!("a panic was caught: {what}"));
        SaxaulError::Bug { what }
    })
}
