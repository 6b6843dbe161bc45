//! One human being in a list.

use crate::ids::{DeviceId, Subject};
use crate::time::UnixMillis;
use crate::view::{ClockBasis, LastSeen, NoticeKind};

/// One human being in a list.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct PersonRow {
    /// The id under which they are checked in.
    pub subject: Subject,
    /// The code spoken at a gate; the id, where there is none.
    pub code: String,
    /// The preferred spelling of the name.
    pub name: String,
    /// The telephone number, as it was given.
    pub phone: Option<String>,
    /// The organisation to which they belong.
    pub organisation: Option<String>,
    /// The key of their team.
    pub team: Option<String>,
    /// Why they were withdrawn, if they were.
    pub withdrawn: Option<String>,
    /// Whether they were registered at a gate and are not known to be on the roster.
    pub is_walk_in: bool,
    /// The site where they are, if they came and were not seen leaving.
    pub inside_at: Option<String>,
    /// Since when they are at that site, by home's clock.
    pub inside_since: Option<UnixMillis>,
    /// Everything that counts, on all dates.
    pub verified_s: u64,
    /// The six symbols that stand under the code of a badge, to be spoken over a bad line.
    pub spoken: String,
    /// What the gate must know of them. Nothing here keeps them out.
    pub notices: Vec<PersonNotice>,
    /// The last check-in or check-out that has an effect, on any device.
    pub last_passage: Option<PassageRow>,
    /// By what a search found them; none where nothing was searched for.
    pub found_by: Option<FoundBy>,
}

/// What the gate must know of somebody.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum PersonNotice {
    /// They need a guardian's consent, and there is none.
    GuardianConsentMissing,
    /// They may be under age and are assigned to a hazardous shift.
    MinorAtRisk {
        /// The key of the hazardous shift.
        shift: String,
    },
}

/// Which way somebody went at a gate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// They came.
    In,
    /// They left.
    Out,
}

/// A check-in or check-out of somebody.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct PassageRow {
    /// Whether they came or left.
    pub way: Way,
    /// The key of the site.
    pub site: String,
    /// When it was, by home's clock.
    pub at: UnixMillis,
    /// What the time rests on.
    pub basis: ClockBasis,
    /// The device that recorded it.
    pub device: DeviceId,
    /// What people call that device; none where it is not known here.
    pub device_name: Option<String>,
}

/// By what a search found somebody; the best first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// A code of theirs, or the one that is spoken.
    Code,
    /// Digits of the telephone number.
    Phone,
    /// The name, as far as it was typed.
    Name,
    /// A letter of the name is read in another way.
    OtherReading,
    /// The spoken code but for one symbol, which was heard wrong: ask them for their name.
    MisheardCode,
    /// The name but for a mistake in a word.
    MistypedName,
}

impl From<&NoticeKind> for PersonNotice {
    fn from(kind: &NoticeKind) -> Self {
        match kind {
            NoticeKind::GuardianConsentMissing => Self::GuardianConsentMissing,
            NoticeKind::MinorAtRisk { shift } => Self::MinorAtRisk { shift: shift.clone() },
        }
    }
}

impl From<&LastSeen> for PassageRow {
    fn from(seen: &LastSeen) -> Self {
        Self {
            way: if seen.came { Way::In } else { Way::Out },
            site: seen.site.clone(),
            at: seen.time.at,
            basis: seen.time.basis,
            device: seen.entry.device,
            device_name: None,
        }
    }
}
