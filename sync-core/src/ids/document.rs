//! Which document of an event is meant, and of which era.

use minicbor::{Decode, Encode};

use super::{DeviceId, DocumentId, EventId, Incarnation};

/// Tells one founding of an event's roster and rulings from another: all zeros is the first, and home draws the others
/// at random. See [`Era`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct EraId(pub [u8; 8]);

impl EraId {
    /// The name of a document of this era.
    fn of(self, kind: &[u8]) -> Vec<u8> {
        let era: &[u8] = if self == Self::default() { &[] } else { &self.0 };
        [kind, era].concat()
    }
}

impl<C> Encode<C> for EraId {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }

    fn is_nil(&self) -> bool {
        *self == Self::default()
    }
}

impl<'b, C> Decode<'b, C> for EraId {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?.try_into().map_err(|_| minicbor::decode::Error::message("not an era's id"))?;
        Ok(Self(bytes))
    }

    fn nil() -> Option<Self> {
        Some(Self::default())
    }
}

/// Which founding of an event's roster and rulings is meant. Whenever somebody is erased,
/// both begin with a new history, and nothing is left of the one before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Encode, Decode)]
pub struct Era {
    /// 0 is the first. Each is later than those of which home knows or was told.
    #[n(0)]
    pub number: u32,
    /// Which one it is.
    #[n(1)]
    pub id: EraId,
}

/// The documents of an event of which there is one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SharedDocument {
    /// What the event is: names, days, sites, the plan.
    Event,
    /// People and their fields.
    Roster,
    /// The decisions of organizers: one document for each event.
    Rulings,
}

impl SharedDocument {
    /// The document as it is in an era.
    #[must_use]
    pub const fn in_era(self, era: EraId) -> DocumentRef {
        match self {
            Self::Event => DocumentRef::Event,
            Self::Roster => DocumentRef::Roster(era),
            Self::Rulings => DocumentRef::Rulings(era),
        }
    }
}

/// Which of an event's documents is meant. The document's id follows from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(flat)]
pub enum DocumentRef {
    /// What the event is: names, days, sites, the plan.
    #[n(0)]
    Event,
    /// People and their fields.
    #[n(1)]
    Roster(#[n(0)] EraId),
    /// What organizers decided, in one era.
    #[n(2)]
    Rulings(#[n(0)] EraId),
    /// What one device recorded in one incarnation.
    #[n(3)]
    Log {
        /// The device that alone may write it.
        #[n(0)]
        device: DeviceId,
        /// A restored device begins a new log, so that an entry's position never changes.
        #[n(1)]
        incarnation: Incarnation,
    },
}

impl DocumentRef {
    /// The roster of the first era.
    pub const ROSTER: Self = Self::Roster(EraId([0; 8]));
    /// The rulings of the first era.
    pub const RULINGS: Self = Self::Rulings(EraId([0; 8]));

    /// Which of the shared documents it is; `None` for a log.
    #[must_use]
    pub const fn shared(&self) -> Option<SharedDocument> {
        match self {
            Self::Event => Some(SharedDocument::Event),
            Self::Roster(_) => Some(SharedDocument::Roster),
            Self::Rulings(_) => Some(SharedDocument::Rulings),
            Self::Log { .. } => None,
        }
    }

    /// The kind's name in messages and interfaces.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Roster(_) => "roster",
            Self::Rulings(_) => "rulings",
            Self::Log { .. } => "log",
        }
    }

    /// Derives the document's id (UUIDv5, RFC 9562) from the event, the kind, the era and, for a log, its author.
    #[must_use]
    pub fn id(&self, event: EventId) -> DocumentId {
        let mut name = Vec::with_capacity(32);
        match self {
            Self::Event => name.extend_from_slice(b"event"),
            Self::Roster(era) => name.extend_from_slice(&era.of(b"roster")),
            Self::Rulings(era) => name.extend_from_slice(&era.of(b"rulings")),
            Self::Log { device, incarnation } => {
                name.extend_from_slice(b"log");
                name.extend_from_slice(&device.0);
                name.extend_from_slice(&incarnation.0);
            }
        }
        DocumentId(uuid::Uuid::new_v5(&uuid::Uuid::from_bytes(event.0), &name).into_bytes())
    }
}
