//! A page in millimetres from its upper left corner.

use std::sync::Arc;

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::{BitsPerComponent, CustomImage, Image, ImageColorspace};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use qrcode::EcLevel;
use qrcode::bits::encode_auto;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::ec::construct_codewords;
use qrcode::types::QrError;

use super::PaperError;
use super::fonts::Fonts;
use super::type_faces::{Style, TypeFaces};

/// A4, in millimetres.
pub(super) const WIDTH: f32 = 210.0;
pub(super) const HEIGHT: f32 = 297.0;
const POINTS_PER_MM: f32 = 72.0 / 25.4;

/// A colour: red, green, blue.
pub(super) type Colour = [u8; 3];
pub(super) const INK: Colour = [24, 32, 34];
pub(super) const GREY: Colour = [98, 108, 110];
pub(super) const LINE: Colour = [196, 204, 204];
pub(super) const GREEN: Colour = [18, 92, 84];
pub(super) const PALE: Colour = [228, 240, 237];
pub(super) const WHITE: Colour = [255, 255, 255];
pub(super) const RED: Colour = [168, 44, 32];

/// How a text is written; its size is in points.
#[derive(Clone, Copy)]
pub(super) struct Pen {
    pub style: Style,
    pub size: f32,
    pub colour: Colour,
}

/// Where a line stands against its place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

/// Where a rectangle is and how large, in millimetres.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

static OF_SYSTEM: Fonts = Fonts::of_system();

/// The fonts that are asked for, or those of the system.
pub(super) fn type_faces(fonts: Option<&Fonts>) -> TypeFaces<'_> {
    TypeFaces::with(fonts.unwrap_or(&OF_SYSTEM))
}

/// Writes a document: one call of `draw` for each page.
///
/// The same pages and fonts give the same bytes.
pub(super) fn document(
    title: &str,
    language: &str,
    faces: &TypeFaces<'_>,
    pages: impl Iterator<Item = impl FnOnce(&mut Page<'_, '_>) -> Result<(), PaperError>>,
) -> Result<Vec<u8>, PaperError> {
    let mut document = Document::new();
    let mut missing = Vec::new();
    document.set_metadata(
        Metadata::new().title(title.to_owned()).language(language.to_owned()).producer("Saxaul".to_owned()),
    );
    for draw in pages {
        let size = PageSettings::from_wh(WIDTH * POINTS_PER_MM, HEIGHT * POINTS_PER_MM).expect("A4 is a size");
        let mut sheet = document.start_page_with(size);
        let mut surface = sheet.surface();
        draw(&mut Page { surface: &mut surface, faces, missing: &mut missing })?;
        surface.finish();
        sheet.finish();
    }
    if !missing.is_empty() {
        missing.sort();
        missing.dedup();
        return Err(PaperError::Unwritable(missing));
    }
    document.finish().map_err(|error| PaperError::Pdf(format!("{error:?}")))
}

/// A page that is being drawn.
pub(super) struct Page<'a, 's> {
    surface: &'a mut Surface<'s>,
    pub(super) faces: &'a TypeFaces<'a>,
    /// Texts that no font can write: instead of empty boxes there is no document.
    missing: &'a mut Vec<String>,
}

impl Page<'_, '_> {
    fn ink(&mut self, [red, green, blue]: Colour) {
        let paint = rgb::Color::new(red, green, blue).into();
        self.surface.set_fill(Some(Fill { paint, opacity: NormalizedF32::ONE, rule: FillRule::NonZero }));
    }

    /// How wide a text is, in millimetres.
    pub(super) fn width(&self, text: &str, pen: Pen) -> f32 {
        self.faces.shape(pen.style, text).width * pen.size / POINTS_PER_MM
    }

    /// Writes one line; `y` is where its letters stand.
    pub(super) fn line(&mut self, (x, y): (f32, f32), text: &str, pen: Pen, align: Align) {
        if !self.faces.missing(pen.style, text).is_empty() {
            self.missing.push(text.to_owned());
            return;
        }
        let shaped = self.faces.shape(pen.style, text);
        let width = shaped.width * pen.size / POINTS_PER_MM;
        let x = match align {
            Align::Left => x,
            Align::Centre => x - width / 2.0,
            Align::Right => x - width,
        };
        self.ink(pen.colour);
        let mut x = x * POINTS_PER_MM;
        for run in &shaped.runs {
            let start = Point::from_xy(x, y * POINTS_PER_MM);
            self.surface.draw_glyphs(start, &run.glyphs, run.font.clone(), &text[run.range.clone()], pen.size, false);
            x += run.width * pen.size;
        }
    }

    /// Breaks a text into lines of at most `width` millimetres, between words where that is possible.
    pub(super) fn broken(&self, text: &str, width: f32, pen: Pen) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.width(&longer, pen) <= width {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for c in word.chars() {
                line.push(c);
                if self.width(&line, pen) > width {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, c.to_string()));
                }
            }
        }
        lines.extend(Some(line).filter(|line| !line.is_empty()));
        lines
    }

    /// Writes a text in as many lines as it needs; returns where the line after it would stand.
    pub(super) fn paragraph(&mut self, frame: Frame, text: &str, pen: Pen) -> f32 {
        let mut y = frame.y;
        for line in self.broken(text, frame.width, pen) {
            self.line((frame.x, y), &line, pen, Align::Left);
            y += frame.height;
        }
        y
    }

    /// Writes a text into a frame: as large as the pen, smaller where it must, cut with an ellipsis where nothing helps.
    /// Returns how many lines it took.
    pub(super) fn fitted(&mut self, frame: Frame, text: &str, mut pen: Pen) -> usize {
        let smallest = pen.size * 0.6;
        loop {
            let line_height = pen.size * 1.22 / POINTS_PER_MM;
            let room = (frame.height / line_height).floor().max(1.0);
            let mut lines = self.broken(text, frame.width, pen);
            let fits = lines.len() as f32 <= room;
            if !fits && pen.size > smallest {
                pen.size -= 0.5;
                continue;
            }
            if !fits {
                lines.truncate(room as usize);
                let last = lines.pop().map(|last| format!("{last}…"));
                lines.extend(last);
            }
            for (at, line) in lines.iter().enumerate() {
                let y = frame.y + pen.size / POINTS_PER_MM * 0.95 + line_height * at as f32;
                self.line((frame.x, y), line, pen, Align::Left);
            }
            return lines.len();
        }
    }

    /// Fills a rectangle.
    pub(super) fn block(&mut self, frame: Frame, colour: Colour) {
        self.ink(colour);
        let [x, y, width, height] = [frame.x, frame.y, frame.width, frame.height].map(|mm| mm * POINTS_PER_MM);
        let mut path = PathBuilder::new();
        if let Some(area) = Rect::from_xywh(x, y, width, height) {
            path.push_rect(area);
        }
        if let Some(path) = path.finish() {
            self.surface.draw_path(&path);
        }
    }

    /// Draws the edge of a rectangle, as thin as a hair.
    pub(super) fn edge(&mut self, frame: Frame, colour: Colour) {
        const THIN: f32 = 0.15;
        let Frame { x, y, width, height } = frame;
        for side in [
            Frame { x, y, width, height: THIN },
            Frame { x, y: y + height - THIN, width, height: THIN },
            Frame { x, y, width: THIN, height },
            Frame { x: x + width - THIN, y, width: THIN, height },
        ] {
            self.block(side, colour);
        }
    }

    /// Draws a QR code into a square, with the white edge that readers need inside it.
    ///
    /// It is an image of one pixel for each module: a tenth of what its modules take as rectangles.
    pub(super) fn code(&mut self, frame: Frame, text: &str) -> Result<(), PaperError> {
        let modules = modules(text).map_err(|_| PaperError::TooLongForCode)?;
        let count = modules.side as f32;
        let image = Image::from_custom(modules, false).map_err(PaperError::Pdf)?;
        let module = frame.width * POINTS_PER_MM / (count + 4.0);
        let side = module * count;
        let (x, y) = (frame.x * POINTS_PER_MM + 2.0 * module, frame.y * POINTS_PER_MM + 2.0 * module);
        self.surface.push_transform(&Transform::from_translate(x, y));
        self.surface.draw_image(image, Size::from_wh(side, side).ok_or(PaperError::TooLongForCode)?);
        self.surface.pop();
        Ok(())
    }
}

/// Draws a QR code (ISO/IEC 18004), always under the same mask: what is signed looks random under any, and to try all
/// of them takes most of the time of a sheet of badges.
fn modules(text: &str) -> Result<Modules, QrError> {
    const LEVEL: EcLevel = EcLevel::M;
    let bits = encode_auto(text.as_bytes(), LEVEL)?;
    let version = bits.version();
    let (data, correction) = construct_codewords(&bits.into_bytes(), version, LEVEL)?;
    let mut canvas = Canvas::new(version, LEVEL);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &correction);
    canvas.apply_mask(MaskPattern::Checkerboard);
    let shade = |colour| if colour == qrcode::Color::Dark { 0 } else { 255 };
    let pixels: Vec<u8> = canvas.into_colors().into_iter().map(shade).collect();
    Ok(Modules { pixels: pixels.into(), side: version.width().unsigned_abs().into() })
}

/// The modules of a QR code as shades of grey.
#[derive(Clone, Hash)]
struct Modules {
    pixels: Arc<[u8]>,
    side: u32,
}

impl CustomImage for Modules {
    fn color_channel(&self) -> &[u8] {
        &self.pixels
    }

    fn alpha_channel(&self) -> Option<&[u8]> {
        None
    }

    fn bits_per_component(&self) -> BitsPerComponent {
        BitsPerComponent::Eight
    }

    fn size(&self) -> (u32, u32) {
        (self.side, self.side)
    }

    fn icc_profile(&self) -> Option<&[u8]> {
        None
    }

    fn color_space(&self) -> ImageColorspace {
        ImageColorspace::Luma
    }
}
