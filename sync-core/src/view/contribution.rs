//! What figures rest on, one session, card or deed at a time.

use jiff::civil::Date;

use super::dates::as_text;
use super::figures::Figures;
use crate::ids::{EntryRef, RulingId, Subject};

/// One thing that figures rest on.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Contribution {
    /// Whose time it is: the leader of a class; `None` for cards and deeds.
    pub class: Option<Subject>,
    /// Who took part in a deed: leaders of classes, each once.
    pub participants: Vec<Subject>,
    /// Whether someone was seen at a gate.
    pub attendance: bool,
    /// The date on which it counts.
    #[serde(serialize_with = "as_text")]
    pub date: Date,
    /// At which site, if that is known.
    pub site: Option<String>,
    /// The key of the team that it counts for, if there is one.
    pub team: Option<String>,
    /// The region that it counts for, if there is one.
    pub region: Option<String>,
    /// The organisation that it counts for, if there is one.
    pub organisation: Option<String>,
    /// The participant categories that it counts for.
    pub categories: Vec<String>,
    /// How much it adds to each figure.
    pub figures: Figures,
    /// The entries that show it.
    pub entries: Vec<EntryRef>,
    /// The ruling that grants it.
    pub ruling: Option<RulingId>,
}
