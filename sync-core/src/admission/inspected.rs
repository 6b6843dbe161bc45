//! What can be judged of a change without any document, and so anywhere: its size, its form, and whose seal it bears.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{ChainLink, Rejection, SealedChange};
use crate::documents::change::{Body, Change, Head, Put};
use crate::documents::log::Entry;
use crate::documents::{KEY_LIMIT_BYTES, Unfit, VALUE_LIMIT_BYTES, decode_exact, decode_whole, reading_of, speaks_of};
use crate::ids::{ChangeHash, DocumentId, DocumentRef, EventId, Subject};
use crate::trust::{PublicKey, Seal};

/// A change whose form was checked.
pub struct Inspected<'a> {
    pub(super) sealed: Cow<'a, SealedChange>,
    pub(super) head: Head,
    /// The counter of the last operation.
    pub(super) max_op: u64,
    pub(super) hash: ChangeHash,
    pub(super) content: Content,
    /// Its seal was verified: for this document, with this key.
    verified: Option<(DocumentId, PublicKey)>,
}

/// What a change does.
pub(super) enum Content {
    /// Appends entries after the one with this counter, or at the head of the log. Empty once they were taken over.
    Entries { after: Option<u64>, entries: Vec<Entry> },
    /// Puts values into registers; they are read when it is admitted.
    Puts,
}

/// Whether a change must still show that it is in the one canonical form.
#[derive(Clone, Copy)]
enum Form {
    Unknown,
    /// It was admitted before, and kept since.
    Known,
}

/// Checks the size and form of a change that stays where it is.
///
/// # Errors
/// See [`Inspected::of`].
pub fn inspect(sealed: &SealedChange) -> Result<Inspected<'_>, Rejection> {
    Inspected::of(Cow::Borrowed(sealed))
}

impl<'a> Inspected<'a> {
    /// Checks a change's size and form.
    ///
    /// # Errors
    /// [`Rejection::Form`], [`Rejection::WrongPlace`] and [`Rejection::BadValue`].
    pub fn of(sealed: Cow<'a, SealedChange>) -> Result<Self, Rejection> {
        Self::read(sealed, Form::Unknown)
    }

    /// Reads a change that was inspected when it was admitted here, and kept since.
    pub(crate) fn again(sealed: &'a SealedChange) -> Result<Self, Rejection> {
        Self::read(Cow::Borrowed(sealed), Form::Known)
    }

    fn read(sealed: Cow<'a, SealedChange>, form: Form) -> Result<Self, Rejection> {
        let (change, hash) = match form {
            Form::Unknown => Change::decode(&sealed.change)?,
            Form::Known => Change::decode_again(&sealed.change)?,
        };
        let max_op = change.max_op();
        let content = match (&change.body, &sealed.document) {
            (Body::Append { after, values }, DocumentRef::Log { .. }) => {
                Content::Entries { after: *after, entries: read_entries(values, form)? }
            }
            (Body::Puts(puts), DocumentRef::Event | DocumentRef::Roster(_) | DocumentRef::Rulings(_)) => {
                check_sizes(puts)?;
                Content::Puts
            }
            _ => return Err(Rejection::WrongPlace),
        };
        let head = change.head;
        Ok(Self { sealed, head, max_op, hash, content, verified: None })
    }

    /// The sealed change that was inspected.
    #[must_use]
    pub fn sealed(&self) -> &SealedChange {
        &self.sealed
    }

    /// The change itself, when nothing more is to be done about it.
    #[must_use]
    pub fn into_sealed(self) -> SealedChange {
        self.sealed.into_owned()
    }

    /// Which change it claims to be.
    #[must_use]
    pub const fn link(&self) -> ChainLink {
        ChainLink { actor: self.head.actor, seq: self.head.seq, hash: self.hash }
    }

    /// How many entries it appends to a log; `None` for a change of a document that several devices write.
    #[must_use]
    pub fn entries(&self) -> Option<u64> {
        match &self.content {
            Content::Entries { entries, .. } => Some(entries.len() as u64),
            Content::Puts => None,
        }
    }

    /// Whether it says something about one of `subjects` that would have to go if they were erased.
    #[must_use]
    pub fn speaks_of(&self, subjects: &BTreeSet<Subject>) -> bool {
        match &self.content {
            Content::Entries { entries, .. } => entries.iter().any(|entry| entry.record.without(subjects).is_some()),
            Content::Puts => match Change::decode_again(&self.sealed.change) {
                Ok((Change { body: Body::Puts(puts), .. }, _)) => {
                    let document = self.sealed.document.shared();
                    document.is_some_and(|document| puts.iter().any(|put| speaks_of(document, put, subjects)))
                }
                _ => false,
            },
        }
    }

    /// Refuses a value that bears a time which no clock reads. What home has admitted is admitted everywhere: so this is asked
    /// of what comes from its author or from another device, and not of what home hands over.
    ///
    /// # Errors
    /// [`Rejection::ImpossibleClock`].
    pub(crate) fn check_clocks(&self) -> Result<(), Rejection> {
        let impossible = match &self.content {
            Content::Entries { entries, .. } => entries.iter().position(|entry| !entry.reading.is_possible()),
            Content::Puts => {
                let (change, _) = Change::decode_again(&self.sealed.change)?;
                let Body::Puts(puts) = &change.body else { return Err(Rejection::WrongPlace) };
                puts.iter().position(|put| reading_of(put.value).is_ok_and(|reading| !reading.is_possible()))
            }
        };
        impossible.map_or(Ok(()), |index| Err(Rejection::ImpossibleClock { index }))
    }

    /// The changes that it builds on.
    #[must_use]
    pub fn builds_on(&self) -> &[ChangeHash] {
        &self.head.deps
    }

    /// Verifies the seal beforehand, as a change of `event` and with the key that its author is expected to have: whoever
    /// admits it under that key need not verify it again. A seal that does not fit is found out there.
    pub fn verify_seal(&mut self, event: EventId, key: &PublicKey) {
        let document = self.sealed.document.id(event);
        self.verified = self.check_seal(document, key).is_ok().then_some((document, *key));
    }

    /// # Errors
    /// [`Rejection::BadSeal`].
    pub(super) fn check_seal(&self, document: DocumentId, key: &PublicKey) -> Result<(), Rejection> {
        if self.verified == Some((document, *key)) {
            return Ok(());
        }
        let seal = Seal { document, actor: self.head.actor, seq: self.head.seq, hash: self.hash };
        seal.verify(key, &self.sealed.seal).map_err(|_| Rejection::BadSeal)
    }
}

fn read_entries(values: &[&[u8]], form: Form) -> Result<Vec<Entry>, Rejection> {
    let read = match form {
        Form::Unknown => decode_exact,
        Form::Known => decode_whole,
    };
    let mut entries = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        if value.len() > VALUE_LIMIT_BYTES {
            return Err(Rejection::BadValue { index });
        }
        entries.push(read(value).map_err(|Unfit| Rejection::BadValue { index })?);
    }
    Ok(entries)
}

fn check_sizes(puts: &[Put<'_>]) -> Result<(), Rejection> {
    match puts.iter().position(|put| put.value.len() > VALUE_LIMIT_BYTES || put.key.len() > KEY_LIMIT_BYTES) {
        Some(index) => Err(Rejection::BadValue { index }),
        None => Ok(()),
    }
}
