//! Pages to print: a small layer over krilla, which embeds the fonts and writes the PDF.
//!
//! Owns lengths in millimetres, shaping, lines of text and QR codes. Does not own what stands on a page. The fonts are
//! Noto Sans and Noto Serif, with all letters of Kazakh; a letter that they lack is drawn as an empty box.

mod badges;
mod dossier;
mod letters;
mod listing;
mod page;
mod type_faces;

pub(super) use badges::write as badges;
pub(super) use dossier::write as dossier;
pub(super) use letters::write as letters;

use std::sync::LazyLock;

use sync_core::documents::roster::PersonName;

use type_faces::TypeFaces;

/// The spelling in which a letter names somebody.
#[must_use]
pub fn name_on_paper(names: &[PersonName]) -> String {
    static FACES: LazyLock<TypeFaces> = LazyLock::new(TypeFaces::load);
    chosen(&FACES, names)
}

/// The first spelling of which every letter can be drawn; the first where there is none.
fn chosen(faces: &TypeFaces, names: &[PersonName]) -> String {
    let mut all = names.iter().map(PersonName::to_string);
    all.find(|name| faces.can_write(name)).or_else(|| names.first().map(PersonName::to_string)).unwrap_or_default()
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
    /// The PDF could not be written.
    #[error("the PDF could not be written: {0}")]
    Pdf(String),
}
