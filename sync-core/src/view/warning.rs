//! What is doubtful about the attendance of a day.

use std::fmt;

/// What is doubtful about a [`PersonDay`](super::PersonDay).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Warning {
    /// A time was read from a clock that never met home's, or that cannot have been right.
    Clock,
    /// A check-in after closing, without a check-out.
    OpenIn,
    /// A check-out without a check-in, before opening.
    OrphanOut,
    /// The date is not one of the event's.
    OutsideEvent,
    /// More time is imputed than was seen by who confirmed it: what they did not see does not count.
    ConfirmedInPart,
}

impl Warning {
    /// The warning's stable name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::OpenIn => "open_in",
            Self::OrphanOut => "orphan_out",
            Self::OutsideEvent => "outside_event",
            Self::ConfirmedInPart => "confirmed_in_part",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl serde::Serialize for Warning {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}
