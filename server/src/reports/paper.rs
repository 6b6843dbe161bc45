//! Pages to print: a small layer over krilla, which embeds the fonts and writes the PDF.
//!
//! Owns lengths in millimetres, shaping, lines of text and QR codes. Does not own what stands on a page. The fonts are
//! Noto Sans and Noto Serif, with all letters of Kazakh; letters that they lack come from [`Fonts`]. What no font has is
//! never drawn as an empty box: whoever it belongs to is left out by name, or nothing is printed.

mod badges;
mod codes;
mod dossier;
mod fonts;
mod letters;
mod lines;
mod listing;
mod page;
mod pen;
mod type_faces;

pub(super) use badges::write as badges;
pub(super) use dossier::write as dossier;
pub(super) use letters::write as letters;

use std::fmt;

use sync_core::documents::roster::PersonName;
use sync_core::ids::Subject;
use sync_core::words::Language;

pub use fonts::Fonts;
use type_faces::{TypeFaces, own_can_write};

use crate::progress::Cancelled;
use crate::reports::latin::{in_plain_letters, is_cyrillic};

/// The spelling in which a letter names somebody: the first that the program's own fonts can write; the first of all
/// where there is none.
#[must_use]
pub fn name_on_paper(names: &[PersonName]) -> String {
    let mut all = names.iter().map(PersonName::to_string);
    all.find(|name| own_can_write(name)).or_else(|| names.first().map(PersonName::to_string)).unwrap_or_default()
}

/// The spelling that is printed: in Kazakh and Russian one in Cyrillic letters, where there is one. Of several the first that
/// the program's own fonts can write, else that any font here can, else one whose letters have plainer forms.
fn chosen(faces: &TypeFaces<'_>, names: &[PersonName], language: Language) -> Option<PersonName> {
    let is_of_language = |name: &&PersonName| language != Language::En && is_cyrillic(name);
    let (own, others): (Vec<&PersonName>, Vec<&PersonName>) = names.iter().partition(is_of_language);
    let names: Vec<&PersonName> = own.into_iter().chain(others).collect();
    let by_own = names.iter().find(|name| own_can_write(&name.to_string()));
    let by_any = || names.iter().find(|name| faces.can_write(&name.to_string()));
    let plainer = || names.iter().map(|name| in_plain_letters(name)).find(|name| own_can_write(&name.to_string()));
    let written = by_own.or_else(by_any).map(|name| (*name).clone());
    written.or_else(plainer).or_else(|| names.first().map(|name| (*name).clone()))
}

/// Somebody for whom nothing is printed, because no font has some letters of what would stand there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeftOut {
    /// The record by which they are known.
    pub subject: Subject,
    /// Their code, as it would be printed.
    pub code: String,
    /// The name under which they are known.
    pub name: String,
    /// The letters that no font has.
    pub letters: String,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = if self.code.is_empty() { self.subject.to_string() } else { self.code.clone() };
        write!(f, "{code} {}: no font here has {}", self.name, self.letters)
    }
}

/// Somebody whose name stands on a paper for foreign readers as it is written, because no rule spells it in Latin letters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WithoutLatin {
    /// The record by which they are known.
    pub subject: Subject,
    /// Their code, as it is printed.
    pub code: String,
    /// The name under which they are known.
    pub name: String,
}

impl fmt::Display for WithoutLatin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = if self.code.is_empty() { self.subject.to_string() } else { self.code.clone() };
        write!(f, "{code} {}", self.name)
    }
}

/// Pages, and what whoever prints them is told about people.
pub(super) struct Printed {
    pub bytes: Vec<u8>,
    pub told: Told,
}

/// What whoever prints is told about people.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Told {
    /// For whom nothing is printed.
    pub left_out: Vec<LeftOut>,
    /// Whose name should stand in Latin letters, and does not.
    pub without_latin: Vec<WithoutLatin>,
}

/// Why no page was written.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// There is nobody to print anything for.
    #[error("there is nobody to print anything for")]
    Nobody,
    /// Badges and letters are signed, and no key was given.
    #[error("badges and letters are signed: no key was given")]
    NoKey,
    /// A text is too long for its QR code.
    #[error("the address of the server is too long for a QR code")]
    TooLongForCode,
    /// No font has some letters of what is to be printed for anybody.
    #[error("no font here has letters that are to be printed: {}", .0.join("; "))]
    Unwritable(Vec<String>),
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The PDF could not be written.
    #[error("the PDF could not be written: {0}")]
    Pdf(String),
}
