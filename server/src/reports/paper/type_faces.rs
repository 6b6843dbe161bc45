//! The fonts, and how wide a text is in them.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, Face, UnicodeBuffer};

/// Which letters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Sans,
    Bold,
    Serif,
}

const SANS: &[u8] = include_bytes!("../../../fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../fonts/NotoSans-Bold.ttf");
const SERIF: &[u8] = include_bytes!("../../../fonts/NotoSerif-Regular.ttf");

/// One font, for drawing and for measuring.
struct TypeFace {
    font: Font,
    face: Face<'static>,
}

impl TypeFace {
    fn of(bytes: &'static [u8]) -> Self {
        let font = Font::new(bytes.into(), 0).expect("the fonts of this program are whole");
        let face = Face::from_slice(bytes, 0).expect("the fonts of this program are whole");
        Self { font, face }
    }
}

/// A text that was shaped: glyphs, and how wide they are at size 1.
pub(super) struct Shaped {
    pub glyphs: Vec<KrillaGlyph>,
    pub width: f32,
}

/// All fonts.
pub(super) struct TypeFaces {
    faces: [TypeFace; 3],
}

impl TypeFaces {
    pub(super) fn load() -> Self {
        Self { faces: [SANS, BOLD, SERIF].map(TypeFace::of) }
    }

    const fn get(&self, style: Style) -> &TypeFace {
        &self.faces[style as usize]
    }

    pub(super) fn font(&self, style: Style) -> Font {
        self.get(style).font.clone()
    }

    /// Whether the font has every letter of a text.
    pub(super) fn has(&self, style: Style, text: &str) -> bool {
        text.chars().all(|c| self.get(style).face.glyph_index(c).is_some())
    }

    /// Whether a text can be written in whichever style stands for emphasis or for reading.
    pub(super) fn can_write(&self, text: &str) -> bool {
        [Style::Bold, Style::Serif].into_iter().all(|style| self.has(style, text))
    }

    /// Shapes one line of text, from left to right.
    pub(super) fn shape(&self, style: Style, text: &str) -> Shaped {
        let face = &self.get(style).face;
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(Direction::LeftToRight);
        let output = rustybuzz::shape(face, &[], buffer);
        let unit = face.units_per_em() as f32;
        let infos = output.glyph_infos();
        let mut shaped = Shaped { glyphs: Vec::with_capacity(infos.len()), width: 0.0 };
        for (at, (info, position)) in infos.iter().zip(output.glyph_positions()).enumerate() {
            let start = info.cluster as usize;
            let next = infos[at..].iter().map(|later| later.cluster as usize).find(|later| *later > start);
            let advance = position.x_advance as f32 / unit;
            shaped.width += advance;
            shaped.glyphs.push(KrillaGlyph::new(
                GlyphId::new(info.glyph_id),
                advance,
                position.x_offset as f32 / unit,
                position.y_offset as f32 / unit,
                0.0,
                start..next.unwrap_or(text.len()),
                None,
            ));
        }
        shaped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_the_three_languages_is_there() {
        let faces = TypeFaces::load();
        let letters = "ӘәҒғҚқҢңӨөҰұҮүҺһІі АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ абвгдеёжзийклмнопрстуфхцчшщъыьэюя \
            ÁĞŃÓÚÝǴäğñöūüşçı №«»–—… 0123456789";
        for style in [Style::Sans, Style::Bold, Style::Serif] {
            assert!(faces.has(style, letters));
        }
        assert!(!faces.has(Style::Sans, "漢"));
    }

    #[test]
    fn a_text_is_as_wide_as_its_letters() {
        let faces = TypeFaces::load();
        let width = |text| faces.shape(Style::Sans, text).width;
        assert!(width("Қазақстан") > width("Қазақ") && width("") == 0.0);
    }
}
