//! The documents as they were: what a published report rests on can be read again.

use super::event::EventInfo;
use super::log::Log;
use super::roster::Roster;
use super::rulings::{LogMark, Publication, Rulings};
use super::{Documents, Unfit};
use crate::ids::{ChangeHash, SharedDocument};

/// The documents of an event as they once were.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Past {
    /// What the event was.
    pub event: EventInfo,
    /// The people who were expected.
    pub roster: Roster,
    /// The logs, each as far as it was known.
    pub logs: Vec<Log>,
    /// The decisions of organizers.
    pub rulings: Rulings,
}

/// Something of what the documents once were is not here: it has not come yet, or was erased since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what the report rests on is not all here: it has not come yet, or was erased since")]
pub struct NotHere;

impl Documents {
    /// How far each log is known here.
    #[must_use]
    pub fn log_marks(&self) -> Vec<LogMark> {
        let marks = self.logs().map(|log| LogMark {
            device: log.device,
            incarnation: log.incarnation,
            entries: log.entries.len() as u64,
        });
        marks.collect()
    }

    /// The newest changes of a document that nothing builds on.
    #[must_use]
    pub fn heads(&self, document: SharedDocument) -> Vec<ChangeHash> {
        self.shared(document).history().heads().to_vec()
    }

    /// The documents as a publication found them.
    ///
    /// # Errors
    /// [`NotHere`].
    pub fn as_published(&self, publication: &Publication) -> Result<Past, NotHere> {
        let mut past = Past { logs: self.logs_at(&publication.logs)?, ..Past::default() };
        self.read_at(SharedDocument::Event, &publication.event, |key, values| past.event.absorb(key, values))?;
        self.read_at(SharedDocument::Roster, &publication.roster, |key, values| past.roster.absorb(key, values))?;
        self.read_at(SharedDocument::Rulings, &publication.rulings, |key, values| past.rulings.absorb(key, values))?;
        Ok(past)
    }

    fn logs_at(&self, marks: &[LogMark]) -> Result<Vec<Log>, NotHere> {
        let logs = marks.iter().map(|mark| {
            let log = self.log(mark.device, mark.incarnation).ok_or(NotHere)?;
            let count = usize::try_from(mark.entries).map_err(|_| NotHere)?;
            let entries = log.entries.get(..count).ok_or(NotHere)?.to_vec();
            Ok(Log { entries, ..Log::new(mark.device, mark.incarnation) })
        });
        logs.collect()
    }

    fn read_at(
        &self,
        document: SharedDocument,
        heads: &[ChangeHash],
        mut absorb: impl FnMut(&str, &[(crate::ids::DeviceId, Vec<u8>)]) -> Result<(), Unfit>,
    ) -> Result<(), NotHere> {
        let registers = self.shared(document);
        if !heads.iter().all(|head| registers.history().knows(head)) {
            return Err(NotHere);
        }
        let mut fit = Ok(());
        registers.read_all_at(heads, |key, values| fit = fit.and(absorb(key, values)));
        fit.map_err(|Unfit| NotHere)
    }
}
