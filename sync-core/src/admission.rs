//! Judges every change that comes from outside, before Automerge sees it.
//!
//! In this order: size, form, who sealed it, whether that device may write such a document, its place in its author's
//! chain, what it depends on, its operation counters, and what it does. A change of a log never reaches Automerge at
//! all; a change of registers is then applied to a copy. Judgement is per change: one bad change never blocks another
//! author's.

mod inspected;

use minicbor::{Decode, Encode};

use self::inspected::Content;
pub use self::inspected::{Inspected, inspect};
use crate::documents::change::{Body, Change, ChangeError, Put};
use crate::documents::event::EventInfo;
use crate::documents::history::{History, Link, Misfit};
use crate::documents::log::Record;
use crate::documents::roster::{Roster, is_mark_of_erasure};
use crate::documents::rulings::Rulings;
use crate::documents::{Documents, SharedChange, Unfit, origin_of};
use crate::ids::{Actor, ChangeHash, DeviceId, DocumentRef, Incarnation, SharedDocument};
use crate::trust::{Grant, Signature};

/// A device writes one document in no more incarnations than this: each is one author more for everybody.
const INCARNATIONS_LIMIT: usize = 256;

/// A change with its author's signature, as it travels and is kept.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct SealedChange {
    /// Which document it changes.
    #[n(0)]
    pub document: DocumentRef,
    /// The device that wrote and sealed it.
    #[n(1)]
    pub device: DeviceId,
    /// The incarnation in which the device wrote it.
    #[n(2)]
    pub incarnation: Incarnation,
    /// The Automerge change, uncompressed.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub change: Vec<u8>,
    /// The signature under the change's [`Seal`](crate::trust::Seal).
    #[n(4)]
    pub seal: Signature,
}

/// Why a change was not admitted. Each has a stable code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The bytes are not a change of this product.
    #[error(transparent)]
    Form(#[from] ChangeError),
    /// Nobody vouches for the device.
    #[error("this device was not let in")]
    UnknownDevice,
    /// The device may not write such a document.
    #[error("this device's role may not write this document")]
    NotYourRole,
    /// The log belongs to another device, or the actor is not the device's.
    #[error("this document or actor belongs to another device")]
    NotYourName,
    /// The signature is not the device's.
    #[error("the seal does not fit")]
    BadSeal,
    /// Another change with this number was admitted before: the device was cloned.
    #[error("this device has already written something else under this number: was it cloned or restored?")]
    Equivocation,
    /// Earlier changes of this author have not arrived.
    #[error("earlier changes of this device have not arrived yet")]
    Gap,
    /// A change it builds on has not arrived.
    #[error("changes that this one builds on have not arrived yet")]
    MissingDependency,
    /// An organizer refused a change that it builds on.
    #[error("an organizer refused a change that this one builds on")]
    BuildsOnDiscarded,
    /// An organizer refused this very change.
    #[error("an organizer refused this change")]
    Discarded,
    /// An organizer revoked the device, and wants nothing of what it still has.
    #[error("this device was revoked: an organizer takes nothing more from it")]
    Revoked,
    /// More of this device waits for an organizer than there is room for.
    #[error("too much of this device waits for an organizer already")]
    QuarantineFull,
    /// The device began anew more often than an honest one does.
    #[error("this device has begun too many new incarnations: join again")]
    TooManyIncarnations,
    /// It does not build on its author's own changes.
    #[error("the change does not build on this device's own earlier changes")]
    BrokenChain,
    /// Its operations are numbered wrongly.
    #[error("the change's operations are numbered wrongly")]
    BadCounter,
    /// It appends at another place than the end, or puts into a document that is a log, or the reverse.
    #[error("the change writes where this kind of document has no place")]
    WrongPlace,
    /// A value is not what may stand there.
    #[error("value {index} of the change is not what may stand there")]
    BadValue {
        /// The place of the value in the change, from 0.
        index: usize,
    },
    /// A value bears a time that no clock reads.
    #[error("value {index} of the change was recorded at a time that no clock reads")]
    ImpossibleClock {
        /// The place of the value in the change, from 0.
        index: usize,
    },
    /// It belongs to a roster or to rulings that were founded again since, or that are not here yet.
    #[error("the document was founded again since somebody was erased: exchange with home first")]
    OtherEra,
    /// It writes about somebody who was erased.
    #[error("value {index} of the change is about somebody who was erased")]
    Erased {
        /// The place of the value in the change, from 0.
        index: usize,
    },
    /// It claims to replace other values than those its author saw.
    #[error("the change replaces values that its author cannot have seen")]
    UnseenValues,
    /// More authors wrote one value at once than are kept side by side. Whoever writes it again, having read them,
    /// replaces them all.
    #[error("too many have written value {index} of the change at once: exchange first")]
    TooManyValues {
        /// The place of the value in the change, from 0.
        index: usize,
    },
    /// Automerge would not take it. Nothing was changed.
    #[error("the document could not take the change")]
    Poison,
}

impl Rejection {
    /// A code that never changes, for programs and for translation.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form(ChangeError::Truncated) => "change_truncated",
            Self::Form(ChangeError::TooLarge) => "change_too_large",
            Self::Form(ChangeError::WrongKind) => "not_a_change",
            Self::Form(ChangeError::Checksum) => "change_damaged",
            Self::Form(ChangeError::ForeignShape) => "foreign_change",
            Self::Form(ChangeError::NotCanonical) => "not_canonical",
            Self::UnknownDevice => "unknown_device",
            Self::NotYourRole => "not_your_role",
            Self::NotYourName => "not_your_name",
            Self::BadSeal => "bad_seal",
            Self::Equivocation => "equivocation",
            Self::Gap => "gap",
            Self::MissingDependency => "missing_dependency",
            Self::BuildsOnDiscarded => "builds_on_discarded",
            Self::Discarded => "discarded",
            Self::Revoked => "revoked",
            Self::QuarantineFull => "quarantine_full",
            Self::TooManyIncarnations => "too_many_incarnations",
            Self::BrokenChain => "broken_chain",
            Self::BadCounter => "bad_counter",
            Self::WrongPlace => "wrong_place",
            Self::BadValue { .. } => "bad_value",
            Self::ImpossibleClock { .. } => "impossible_clock",
            Self::OtherEra => "other_era",
            Self::Erased { .. } => "erased",
            Self::UnseenValues => "unseen_values",
            Self::TooManyValues { .. } => "too_many_values",
            Self::Poison => "poison",
        }
    }

    /// Whether the same change may be admitted later, once others have arrived or there is room.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Gap | Self::MissingDependency | Self::QuarantineFull | Self::OtherEra)
    }
}

impl Rejection {
    /// Whether an item that was admitted before can only be rejected now because its bytes are no longer what they were.
    /// Every other rejection comes from what is beside the item: since a newer snapshot of home's, something else may
    /// stand in its place, or what it builds on may be missing.
    #[must_use]
    pub const fn is_damage(&self) -> bool {
        matches!(self, Self::Form(_) | Self::BadSeal | Self::NotYourName | Self::WrongPlace | Self::BadValue { .. })
    }

    /// Whether home refuses a change for what it is, so that it must not stay anywhere; and not for what home thinks of
    /// its author now.
    #[must_use]
    pub fn is_about_the_change(code: &str) -> bool {
        [Self::NotYourRole, Self::UnknownDevice, Self::Revoked].iter().all(|rejection| rejection.code() != code)
    }

    /// Whether home refuses whatever its author brings, as long as the author is revoked: an organizer may think better
    /// of it, so nothing of that is dropped.
    #[must_use]
    pub fn is_about_a_revoked_author(code: &str) -> bool {
        Self::Revoked.code() == code
    }

    /// Whether a person decided against it, so that performing the same command again is of no use.
    #[must_use]
    pub fn is_final(code: &str) -> bool {
        [Self::Discarded, Self::Erased { index: 0 }].iter().any(|rejection| rejection.code() == code)
    }
}

impl From<Misfit> for Rejection {
    fn from(misfit: Misfit) -> Self {
        match misfit {
            Misfit::AlreadyHad | Misfit::Equivocation => Self::Equivocation,
            Misfit::Gap => Self::Gap,
            Misfit::MissingDependency => Self::MissingDependency,
            Misfit::BrokenChain => Self::BrokenChain,
            Misfit::BadCounter => Self::BadCounter,
        }
    }
}

/// What became of a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Admitted {
    /// It was new, and is taken over.
    New(ChainLink),
    /// It was here before.
    AlreadyHad(ChainLink),
}

/// Which change it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChainLink {
    /// Its author in the document.
    pub actor: Actor,
    /// Its number in the author's chain.
    pub seq: u64,
    /// The hash of the change.
    pub hash: ChangeHash,
}

/// What is known of a change that is not to be taken over now, but may be later.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Genuine {
    /// It was admitted before.
    AlreadyHad(ChainLink),
    /// Its author sealed it, and nothing here speaks against it.
    New(ChainLink),
}

/// What shows that an item is its author's own.
#[derive(Clone, Copy)]
pub(crate) enum Voucher {
    /// Its seal, which is to be verified; and its author's role, as it is now.
    Seal,
    /// Its seal, which is to be verified; home judged its author's role when it admitted the change.
    SealAndHome,
    /// A later seal of its author, which covers it.
    LaterSeal,
    /// This replica verified its seal when it admitted it.
    EarlierJudgement,
}

impl Documents {
    /// Judges a change and takes it over: its entries are moved into the log. On any error nothing is changed.
    ///
    /// `grant` is what home said of the device that sealed the change. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`Rejection`].
    pub(crate) fn admit(
        &mut self,
        inspected: &mut Inspected<'_>,
        grant: Option<&Grant>,
        voucher: Voucher,
    ) -> Result<Admitted, Rejection> {
        let device = inspected.sealed.device;
        let grant = grant.filter(|grant| grant.key.device() == device).ok_or(Rejection::UnknownDevice)?;
        let link = inspected.link();
        match self.place(inspected, grant, voucher)? {
            Err(Misfit::AlreadyHad) => return Ok(Admitted::AlreadyHad(link)),
            fit => fit?,
        }
        if self.is_retired(&inspected.sealed.document) {
            return Err(Rejection::OtherEra);
        }
        if let Voucher::Seal = voucher {
            inspected.check_clocks()?;
        }
        match inspected.content {
            Content::Entries { .. } => self.admit_entries(inspected)?,
            Content::Puts => self.admit_puts(inspected, voucher)?,
        }
        Ok(Admitted::New(link))
    }

    /// Judges a change without taking it over: whether its author may write there and sealed it, and nothing
    /// contradicts it. What it builds on may be missing.
    ///
    /// # Errors
    /// See [`Rejection`].
    pub fn vouch(&self, inspected: &Inspected<'_>, grant: Option<&Grant>) -> Result<Genuine, Rejection> {
        let device = inspected.sealed.device;
        let grant = grant.filter(|grant| grant.key.device() == device).ok_or(Rejection::UnknownDevice)?;
        match self.place(inspected, grant, Voucher::Seal)? {
            Err(Misfit::AlreadyHad) => Ok(Genuine::AlreadyHad(inspected.link())),
            Ok(()) | Err(Misfit::Gap | Misfit::MissingDependency) => Ok(Genuine::New(inspected.link())),
            Err(misfit) => Err(misfit.into()),
        }
    }

    /// Checks who wrote a change, and tells how it fits into the history that is here.
    pub(crate) fn place(
        &self,
        inspected: &Inspected<'_>,
        grant: &Grant,
        voucher: Voucher,
    ) -> Result<Result<(), Misfit>, Rejection> {
        let Inspected { sealed, head, hash, .. } = inspected;
        let document = sealed.document.id(self.event());
        let fit = match self.history(&sealed.document) {
            Some(history) => history.check(head, hash),
            None if sealed.document.shared().is_some() => return Err(Rejection::OtherEra),
            None => History::founded(document, crate::documents::change::Container::Entries).check(head, hash),
        };
        let named = self.check_author(inspected, grant);
        // Before its role: also who may not write any more is told what was taken.
        if named.is_ok() && fit == Err(Misfit::AlreadyHad) {
            return Ok(fit);
        }
        if let Voucher::Seal = voucher
            && !grant.role.may_write(&sealed.document)
        {
            return Err(Rejection::NotYourRole);
        }
        named?;
        let is_new_author = fit.is_ok() && head.seq == 1;
        // Home writes for many others, each time in a chain of its own.
        if is_new_author
            && sealed.device != self.home()
            && self.incarnations(&sealed.document, sealed.device) >= INCARNATIONS_LIMIT
        {
            return Err(Rejection::TooManyIncarnations);
        }
        if let Voucher::Seal | Voucher::SealAndHome = voucher {
            inspected.check_seal(document, &grant.key)?;
        }
        Ok(fit)
    }

    fn check_author(&self, inspected: &Inspected<'_>, grant: &Grant) -> Result<(), Rejection> {
        let Inspected { sealed, head, .. } = inspected;
        if !grant.scope.covers(self.event()) {
            return Err(Rejection::NotYourRole);
        }
        let document = sealed.document.id(self.event());
        let own_log = match sealed.document {
            DocumentRef::Log { device, incarnation } => (device, incarnation) == (sealed.device, sealed.incarnation),
            _ => true,
        };
        let own_name = head.actor == Actor::of(document, &grant.key.0, sealed.incarnation);
        if !own_log || !own_name {
            return Err(Rejection::NotYourName);
        }
        if head.genesis == Actor::genesis(document) { Ok(()) } else { Err(Rejection::WrongPlace) }
    }

    fn admit_entries(&mut self, inspected: &mut Inspected<'_>) -> Result<(), Rejection> {
        let Inspected { sealed, head, max_op, hash, content: Content::Entries { after, entries }, .. } = inspected
        else {
            return Err(Rejection::WrongPlace);
        };
        let log = self.log_document(sealed.device, sealed.incarnation);
        if head.deps.len() != 1 || *after != log.and_then(|log| log.tail()) {
            return Err(Rejection::WrongPlace);
        }
        let first = log.map_or(0, |log| log.log.entries.len() as u64);
        for ((index, entry), counter) in entries.iter().enumerate().zip(first..) {
            if let Record::Undo(undo) = entry.record
                && undo.incarnation.is_none()
                && undo.counter >= counter
            {
                return Err(Rejection::BadValue { index });
            }
        }
        let link = Link::of(head, *max_op, *hash);
        self.append(sealed.device, sealed.incarnation, link, std::mem::take(entries));
        Ok(())
    }

    fn admit_puts(&mut self, inspected: &Inspected<'_>, voucher: Voucher) -> Result<(), Rejection> {
        let sealed = &inspected.sealed;
        let (change, _) = Change::decode_again(&sealed.change)?;
        let Body::Puts(puts) = &change.body else { return Err(Rejection::WrongPlace) };
        for (index, put) in puts.iter().enumerate() {
            self.check_put(sealed, put).map_err(|Unfit| Rejection::BadValue { index })?;
            if sealed.device != self.home() && self.is_about_an_erased(&sealed.document, put) {
                return Err(Rejection::Erased { index });
            }
        }
        let registers = self.registers(&sealed.document).ok_or(Rejection::WrongPlace)?;
        if !registers.puts_over_what_was_seen(&change, puts) {
            return Err(Rejection::UnseenValues);
        }
        // What home has admitted is admitted everywhere, or devices would show something else than home.
        if let Voucher::Seal = voucher
            && sealed.device != self.home()
            && let Some(index) = registers.crowded_by(puts)
        {
            return Err(Rejection::TooManyValues { index });
        }
        let (document, device, hash) = (sealed.document, sealed.device, inspected.hash);
        let shared = SharedChange { document, device, bytes: &sealed.change, change: &change, hash };
        self.put(shared).map_err(|_| Rejection::Poison)
    }

    /// Checks that a value may stand where it is put. Only home writes for others, and only home erases.
    pub(crate) fn check_put(&self, sealed: &SealedChange, put: &Put<'_>) -> Result<(), Unfit> {
        let value = [(sealed.device, put.value.to_vec())];
        match sealed.document.shared() {
            _ if sealed.device != self.home() && (origin_of(put.value)?.is_some() || is_mark_of_erasure(put.key)) => {
                Err(Unfit)
            }
            Some(SharedDocument::Event) => EventInfo::default().absorb(put.key, &value),
            Some(SharedDocument::Roster) => Roster::default().absorb(put.key, &value),
            Some(SharedDocument::Rulings) if put.over.is_empty() => Rulings::default().absorb(put.key, &value),
            Some(SharedDocument::Rulings) | None => Err(Unfit),
        }
    }
}
