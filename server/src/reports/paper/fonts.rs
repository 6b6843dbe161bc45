//! Fonts for letters that the program's own fonts lack: those of the system, or of a folder.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use fontdb::{Database, FaceInfo, ID};
use krilla::text::Font;
use rustybuzz::Face;

use super::pen::Style;
use crate::progress::{Cancelled, Progress};

/// Where fonts for other scripts are looked for; read when a letter is first missing.
#[derive(Debug)]
pub struct Fonts {
    place: Place,
    found: OnceLock<Found>,
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

    fn found(&self, progress: Option<&Progress>) -> Result<&Found, Cancelled> {
        if let Some(found) = self.found.get() {
            return Ok(found);
        }
        let read = Found::read(&self.place, progress)?;
        Ok(self.found.get_or_init(|| read))
    }

    /// The font that suits a style best among those that have a letter.
    ///
    /// Work that is cancelled while the fonts are read finds none: it has to look at its `progress` before it tells
    /// anybody that no font has the letter.
    pub(super) fn find(&self, c: char, style: Style, progress: Option<&Progress>) -> Option<ID> {
        let found = self.found(progress).ok()?;
        let best = || found.by_style[style as usize].iter().find(|id| found.letters[*id].has(c));
        found.all_letters.has(c).then(best).flatten().copied()
    }

    /// Reads a font that [`Self::find`] named.
    pub(super) fn load(&self, id: ID) -> Option<OtherFont> {
        let database = &self.found.get()?.database;
        let (bytes, index) = database.with_face_data(id, |bytes, index| (Arc::new(bytes.to_vec()), index))?;
        // The file may have been replaced since its letters were read.
        Face::from_slice(&bytes, index)?;
        let font = Font::new(Arc::clone(&bytes).into(), index)?;
        Some(OtherFont { font, bytes, index, name: database.face(id)?.post_script_name.clone() })
    }
}

/// The fonts of a place. Each is read once for the letters that it has: a roster may have thousands of names in letters
/// that no font has.
#[derive(Debug)]
struct Found {
    database: Database,
    letters: HashMap<ID, Letters>,
    all_letters: Letters,
    /// For each [`Style`] the fonts, the one that suits it best first.
    by_style: [Vec<ID>; 3],
}

impl Found {
    fn read(place: &Place, progress: Option<&Progress>) -> Result<Self, Cancelled> {
        let mut database = Database::new();
        match place {
            Place::Nowhere => {}
            Place::System => database.load_system_fonts(),
            Place::Folder(folder) => database.load_fonts_dir(folder),
        }
        let mut letters = HashMap::new();
        for face in database.faces() {
            progress.map_or(Ok(()), Progress::check)?;
            let read = database
                .with_face_data(face.id, |bytes, index| Face::from_slice(bytes, index).map(|face| Letters::of(&face)));
            letters.insert(face.id, read.flatten().unwrap_or_default());
        }
        let all_letters = Letters::of_all(letters.values());
        let by_style = [Style::Sans, Style::Bold, Style::Serif].map(|style| {
            let mut faces: Vec<&FaceInfo> = database.faces().collect();
            // The name decides between equals, so that the same fonts give the same pages.
            faces.sort_by_cached_key(|face| (unlike(face, style), face.post_script_name.clone()));
            faces.iter().map(|face| face.id).collect()
        });
        Ok(Self { database, letters, all_letters, by_style })
    }
}

/// Letters of fonts: ranges of code points in their order, which do not overlap.
#[derive(Debug, Default)]
struct Letters(Vec<Range<u32>>);

impl Letters {
    fn of(face: &Face<'_>) -> Self {
        // A table may name a code point several times, and what is none.
        let mut is_named = vec![false; char::MAX as usize + 1];
        for subtable in face.tables().cmap.into_iter().flat_map(|cmap| cmap.subtables) {
            if subtable.is_unicode() {
                subtable.codepoints(|point| {
                    if let Some(is_named) = is_named.get_mut(point as usize) {
                        *is_named = true;
                    }
                });
            }
        }
        let mut ranges: Vec<Range<u32>> = Vec::new();
        for c in ('\0'..=char::MAX).filter(|c| is_named[*c as usize] && face.glyph_index(*c).is_some()) {
            add(&mut ranges, u32::from(c)..u32::from(c) + 1);
        }
        Self(ranges)
    }

    fn of_all<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        let mut parts: Vec<Range<u32>> = all.flat_map(|letters| letters.0.iter().cloned()).collect();
        parts.sort_by_key(|part| part.start);
        let mut ranges = Vec::new();
        parts.into_iter().for_each(|part| add(&mut ranges, part));
        Self(ranges)
    }

    fn has(&self, c: char) -> bool {
        let point = u32::from(c);
        let after = self.0.partition_point(|range| range.start <= point);
        after > 0 && self.0[after - 1].contains(&point)
    }
}

/// Adds a range that begins no earlier than the last one.
fn add(ranges: &mut Vec<Range<u32>>, next: Range<u32>) {
    match ranges.last_mut() {
        Some(last) if next.start <= last.end => last.end = last.end.max(next.end),
        _ => ranges.push(next),
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
