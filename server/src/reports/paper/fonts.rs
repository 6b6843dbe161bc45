//! Fonts for letters that the program's own fonts lack: those of the system, or of a folder.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use fontdb::{Database, FaceInfo};
use krilla::text::Font;
use rustybuzz::Face;

use super::type_faces::Style;

/// Where fonts for other scripts are looked for; read when a letter is first missing.
#[derive(Debug)]
pub struct Fonts {
    place: Place,
    found: OnceLock<Database>,
}

#[derive(Debug)]
enum Place {
    Nowhere,
    System,
    Folder(PathBuf),
}

impl Fonts {
    /// The fonts that are installed.
    #[must_use]
    pub const fn of_system() -> Self {
        Self { place: Place::System, found: OnceLock::new() }
    }

    /// The fonts of a folder and of those below it, and no others.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { place: Place::Folder(folder.to_owned()), found: OnceLock::new() }
    }

    /// No more fonts than the program's own.
    #[must_use]
    pub const fn none() -> Self {
        Self { place: Place::Nowhere, found: OnceLock::new() }
    }

    fn database(&self) -> &Database {
        self.found.get_or_init(|| {
            let mut database = Database::new();
            match &self.place {
                Place::Nowhere => {}
                Place::System => database.load_system_fonts(),
                Place::Folder(folder) => database.load_fonts_dir(folder),
            }
            database
        })
    }

    /// The font that suits a style best among those that have a letter.
    pub(super) fn find(&self, c: char, style: Style) -> Option<Rc<OtherFont>> {
        let database = self.database();
        let mut faces: Vec<&FaceInfo> = database.faces().collect();
        // The name decides between equals, so that the same fonts give the same pages.
        faces.sort_by_cached_key(|face| (unlike(face, style), face.post_script_name.clone()));
        let has = |face: &&&FaceInfo| {
            let found = database.with_face_data(face.id, |bytes, index| {
                Face::from_slice(bytes, index).is_some_and(|face| face.glyph_index(c).is_some())
            });
            found == Some(true)
        };
        let face = faces.iter().find(has)?;
        let (bytes, index) = database.with_face_data(face.id, |bytes, index| (Arc::new(bytes.to_vec()), index))?;
        let font = Font::new(Arc::clone(&bytes).into(), index)?;
        Some(Rc::new(OtherFont { font, bytes, index, name: face.post_script_name.clone() }))
    }
}

/// How much a font differs from what a style asks for; less is better.
fn unlike(face: &FaceInfo, style: Style) -> u32 {
    let is_serif = face.families.iter().any(|(name, _)| name.contains("Serif"));
    let wanted = if style == Style::Bold { 700 } else { 400 };
    let weight = u32::from(face.weight.0.abs_diff(wanted));
    let slant = if face.style == fontdb::Style::Normal { 0 } else { 4_000 };
    let width = if face.stretch == fontdb::Stretch::Normal { 0 } else { 2_000 };
    let fixed = if face.monospaced { 8_000 } else { 0 };
    let serif = if is_serif == (style == Style::Serif) { 0 } else { 1_000 };
    weight + slant + width + fixed + serif
}

/// A font that is not the program's own.
pub(super) struct OtherFont {
    pub font: Font,
    bytes: Arc<Vec<u8>>,
    index: u32,
    name: String,
}

impl PartialEq for OtherFont {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.index) == (&other.name, other.index)
    }
}

impl OtherFont {
    /// The font as it is shaped with.
    pub(super) fn face(&self) -> Face<'_> {
        Face::from_slice(&self.bytes, self.index).expect("it was read before")
    }
}
