//! The fonts, and how wide a text is in them.
//!
//! The program's own fonts have every letter of Kazakh, Russian and English. Letters of other scripts come from
//! [`Fonts`], where one of those has them. Text is laid out in the order of the Unicode Bidirectional Algorithm (UAX 9).

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::LazyLock;

use fontdb::ID;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, Face, Script, ShapePlan, UnicodeBuffer};
use unicode_bidi::BidiInfo;

use super::fonts::{Fonts, OtherFont};
use super::pen::Style;
use crate::progress::Progress;

const SANS: &[u8] = include_bytes!("../../../fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../fonts/NotoSans-Bold.ttf");
const SERIF: &[u8] = include_bytes!("../../../fonts/NotoSerif-Regular.ttf");

static OWN: LazyLock<[Face<'static>; 3]> = LazyLock::new(|| {
    [SANS, BOLD, SERIF].map(|bytes| Face::from_slice(bytes, 0).expect("the fonts of this program are whole"))
});

fn own(style: Style) -> &'static Face<'static> {
    &OWN[style as usize]
}

/// Whether the program's own fonts have every letter of a text, in whichever style stands for emphasis or for reading.
pub(super) fn own_can_write(text: &str) -> bool {
    [Style::Bold, Style::Serif].into_iter().all(|style| text.chars().all(|c| is_unseen(c) || has_own(style, c)))
}

fn has_own(style: Style, c: char) -> bool {
    own(style).glyph_index(c).is_some()
}

/// Characters that steer how others are drawn, and have no shape of their own.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0100}'..='\u{e01ef}')
        || c.is_control()
}

/// Part of a text in one font.
pub(super) struct Run {
    pub font: Font,
    pub glyphs: Vec<KrillaGlyph>,
    /// Which bytes of the text; the ranges of the glyphs are within these.
    pub range: Range<usize>,
    /// How wide the text is at size 1.
    pub width: f32,
}

/// A text that was shaped: its runs from left to right, and how wide they are together at size 1.
#[derive(Default)]
pub(super) struct Shaped {
    pub runs: Vec<Run>,
    pub width: f32,
}

impl Shaped {
    fn add(&mut self, runs: Vec<Run>) {
        for run in runs {
            self.width += run.width;
            self.runs.push(run);
        }
    }
}

/// Where a letter is found.
#[derive(Clone, PartialEq)]
enum Source {
    Own(Style),
    Other(Rc<OtherFont>),
}

/// A plan of shaping is for one font, direction and script: making one takes longer than shaping a name.
struct Plan {
    style: Style,
    direction: Direction,
    script: Script,
    plan: Rc<ShapePlan>,
}

/// So many texts are remembered as they were shaped: events, teams and given names come again and again.
const SHAPED_KEPT: usize = 4096;

/// The font that lends a letter to a style; `None` where no font has it.
type Lent = HashMap<(Style, char), Option<Rc<OtherFont>>>;
/// Texts as they were shaped.
type Remembered = HashMap<Box<str>, Rc<Shaped>>;

/// Fonts that were read, so that all letters that one lends share it; `None` where it cannot be read.
type Loaded = HashMap<ID, Option<Rc<OtherFont>>>;

/// All fonts of one document.
pub(super) struct TypeFaces<'f> {
    own: [Font; 3],
    more: &'f Fonts,
    progress: Option<&'f Progress>,
    others: RefCell<Lent>,
    loaded: RefCell<Loaded>,
    plans: RefCell<Vec<Plan>>,
    shaped: RefCell<HashMap<Style, Remembered>>,
}

impl<'f> TypeFaces<'f> {
    /// The program's own fonts, and `more` where these lack a letter. Once the work of `progress` is cancelled, `more`
    /// may seem to lack letters: who tells of missing letters checks that first.
    pub(super) fn with(more: &'f Fonts, progress: Option<&'f Progress>) -> Self {
        let own =
            [SANS, BOLD, SERIF].map(|bytes| Font::new(bytes.into(), 0).expect("the fonts of this program are whole"));
        Self {
            own,
            more,
            progress,
            others: RefCell::default(),
            loaded: RefCell::default(),
            plans: RefCell::default(),
            shaped: RefCell::default(),
        }
    }

    /// The letters of a text that no font has, each once.
    pub(super) fn missing(&self, style: Style, text: &str) -> Vec<char> {
        let mut missing: Vec<char> =
            text.chars().filter(|c| !is_unseen(*c) && self.source(style, *c).is_none()).collect();
        missing.dedup();
        missing
    }

    /// Whether a text can be written in whichever style stands for emphasis or for reading.
    pub(super) fn can_write(&self, text: &str) -> bool {
        own_can_write(text) || [Style::Bold, Style::Serif].iter().all(|style| self.missing(*style, text).is_empty())
    }

    fn source(&self, style: Style, c: char) -> Option<Source> {
        if has_own(style, c) {
            return Some(Source::Own(style));
        }
        let mut others = self.others.borrow_mut();
        let found = others.entry((style, c)).or_insert_with(|| self.lent(style, c));
        found.clone().map(Source::Other)
    }

    fn lent(&self, style: Style, c: char) -> Option<Rc<OtherFont>> {
        let id = self.more.find(c, style, self.progress)?;
        let mut loaded = self.loaded.borrow_mut();
        let font = loaded.entry(id).or_insert_with(|| self.more.load(id).map(Rc::new));
        font.clone().filter(|font| font.face().glyph_index(c).is_some())
    }

    /// Shapes one line of text.
    pub(super) fn shape(&self, style: Style, text: &str) -> Rc<Shaped> {
        if let Some(known) = self.shaped.borrow().get(&style).and_then(|known| known.get(text)) {
            return Rc::clone(known);
        }
        let shaped = Rc::new(self.lay_out(style, text));
        let mut all = self.shaped.borrow_mut();
        let known = all.entry(style).or_default();
        if known.len() >= SHAPED_KEPT {
            known.clear();
        }
        known.insert(text.into(), Rc::clone(&shaped));
        shaped
    }

    fn lay_out(&self, style: Style, text: &str) -> Shaped {
        let mut shaped = Shaped::default();
        // Nothing before Hebrew is written from right to left.
        if text.chars().all(|c| c < '\u{590}') {
            shaped.add(self.runs(style, text, 0..text.len(), Direction::LeftToRight));
            return shaped;
        }
        let bidi = BidiInfo::new(text, None);
        for paragraph in &bidi.paragraphs {
            let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for run in runs {
                let is_rtl = levels[run.start].is_rtl();
                let direction = if is_rtl { Direction::RightToLeft } else { Direction::LeftToRight };
                shaped.add(self.runs(style, text, run, direction));
            }
        }
        shaped
    }

    /// Shapes a part of a text that has one direction, font by font.
    fn runs(&self, style: Style, text: &str, range: Range<usize>, direction: Direction) -> Vec<Run> {
        let mut parts: Vec<(Source, Range<usize>)> = Vec::new();
        for (at, c) in text[range.clone()].char_indices() {
            let (start, end) = (range.start + at, range.start + at + c.len_utf8());
            let last = parts.last_mut();
            // What has no shape of its own, and a blank between two words, stays with what stands before it.
            let source = match &last {
                Some((source, _)) if is_unseen(c) || (c == ' ' && source.has(c)) => source.clone(),
                _ => self.source(style, c).unwrap_or(Source::Own(style)),
            };
            match last {
                Some((known, part)) if *known == source => part.end = end,
                _ => parts.push((source, start..end)),
            }
        }
        if direction == Direction::RightToLeft {
            parts.reverse();
        }
        parts.into_iter().map(|(source, part)| self.shape_run(&source, text, part, direction)).collect()
    }

    fn shape_run(&self, source: &Source, text: &str, range: Range<usize>, direction: Direction) -> Run {
        let part = &text[range.clone()];
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(part);
        buffer.guess_segment_properties();
        buffer.set_direction(direction);
        let script = buffer.script();
        let other;
        let (font, face, plan) = match source {
            Source::Own(style) => {
                let plan = self.plan(*style, direction, script);
                (self.own[*style as usize].clone(), own(*style), plan)
            }
            Source::Other(found) => {
                other = found.face();
                (found.font.clone(), &other, Rc::new(ShapePlan::new(&other, direction, Some(script), None, &[])))
            }
        };
        let output = rustybuzz::shape_with_plan(face, &plan, buffer);
        let unit = face.units_per_em() as f32;
        let infos = output.glyph_infos();
        let mut ends: Vec<usize> = infos.iter().map(|info| info.cluster as usize).chain([part.len()]).collect();
        ends.sort_unstable();
        let mut run = Run { font, glyphs: Vec::with_capacity(infos.len()), range, width: 0.0 };
        for (info, position) in infos.iter().zip(output.glyph_positions()) {
            let start = info.cluster as usize;
            let end = ends[ends.partition_point(|end| *end <= start).min(ends.len() - 1)];
            let advance = position.x_advance as f32 / unit;
            run.width += advance;
            run.glyphs.push(KrillaGlyph::new(
                GlyphId::new(info.glyph_id),
                advance,
                position.x_offset as f32 / unit,
                position.y_offset as f32 / unit,
                0.0,
                start..end,
                None,
            ));
        }
        run
    }

    fn plan(&self, style: Style, direction: Direction, script: Script) -> Rc<ShapePlan> {
        let mut plans = self.plans.borrow_mut();
        let is_meant = |plan: &&Plan| (plan.style, plan.direction, plan.script) == (style, direction, script);
        if let Some(known) = plans.iter().find(is_meant) {
            return Rc::clone(&known.plan);
        }
        let plan = Rc::new(ShapePlan::new(own(style), direction, Some(script), None, &[]));
        plans.push(Plan { style, direction, script, plan: Rc::clone(&plan) });
        plan
    }
}

impl Source {
    fn has(&self, c: char) -> bool {
        match self {
            Self::Own(style) => has_own(*style, c),
            Self::Other(font) => font.face().glyph_index(c).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_the_three_languages_is_in_the_programs_own_fonts() {
        let letters = "ӘәҒғҚқҢңӨөҰұҮүҺһІі АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ абвгдеёжзийклмнопрстуфхцчшщъыьэюя \
            ÁĞŃÓÚÝǴäğñöūüşçı №«»–—… 0123456789";
        let none = Fonts::none();
        let faces = TypeFaces::with(&none, None);
        for style in [Style::Sans, Style::Bold, Style::Serif] {
            assert_eq!(faces.missing(style, letters), []);
        }
        assert_eq!(faces.missing(Style::Sans, "李 小明"), ['李', '小', '明']);
        assert!(own_can_write(letters) && !own_can_write("漢"));
    }

    #[test]
    fn a_text_is_as_wide_as_its_letters() {
        let none = Fonts::none();
        let faces = TypeFaces::with(&none, None);
        let width = |text| faces.shape(Style::Sans, text).width;
        assert!(width("Қазақстан") > width("Қазақ") && width("") == 0.0);
    }

    #[test]
    fn glyphs_of_a_text_from_right_to_left_name_the_letters_they_draw() {
        let none = Fonts::none();
        let faces = TypeFaces::with(&none, None);
        let shaped = faces.shape(Style::Sans, "Ким אב");
        let [left, right] = shaped.runs.as_slice() else { panic!("{} runs", shaped.runs.len()) };
        assert_eq!((left.range.clone(), right.range.clone()), (0..7, 7..11));
        let named: Vec<Range<usize>> = right.glyphs.iter().map(|glyph| glyph.text_range.clone()).collect();
        assert_eq!(named, [2..4, 0..2]);
    }
}
