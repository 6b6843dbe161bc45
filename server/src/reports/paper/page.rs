//! A page in millimetres from its upper left corner.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;

use super::PaperError;
use super::codes::{self, Column, Modules};
use super::fonts::Fonts;
use super::lines::Room;
use super::pen::{Colour, LINE_HEIGHT, POINTS_PER_MM, Pen};
use super::type_faces::TypeFaces;
use crate::progress::Progress;

/// The width of an A4 page, in millimetres.
pub(super) const WIDTH: f32 = 210.0;
pub(super) const HEIGHT: f32 = 297.0;

/// Where a line stands against its place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

/// A place on the page, in millimetres from its upper left corner.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub x: f32,
    pub y: f32,
}

impl Point {
    /// The place so many millimetres further to the right and further down.
    fn moved_in(self, mm: f32) -> Self {
        Self { x: self.x + mm, y: self.y + mm }
    }
}

/// Where a rectangle is and how large, in millimetres.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Frame {
    const fn corner(&self) -> Point {
        Point { x: self.x, y: self.y }
    }

    const fn room(&self) -> Room {
        Room { width: self.width, height: self.height }
    }
}

static OF_SYSTEM: Fonts = Fonts::of_system();

/// The fonts that are asked for, or those of the system.
pub(super) fn type_faces<'f>(fonts: Option<&'f Fonts>, progress: Option<&'f Progress>) -> TypeFaces<'f> {
    TypeFaces::with(fonts.unwrap_or(&OF_SYSTEM), progress)
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
        self.faces.width(text, pen)
    }

    /// Writes one line; its letters stand on `at`.
    pub(super) fn line(&mut self, at: Point, text: &str, pen: Pen, align: Align) {
        if !self.faces.missing(pen.style, text).is_empty() {
            self.missing.push(text.to_owned());
            return;
        }
        let shaped = self.faces.shape(pen.style, text);
        let width = shaped.width * pen.size / POINTS_PER_MM;
        let x = match align {
            Align::Left => at.x,
            Align::Centre => at.x - width / 2.0,
            Align::Right => at.x - width,
        };
        self.ink(pen.colour);
        let mut x = x * POINTS_PER_MM;
        for run in &shaped.runs {
            let start = krilla::geom::Point::from_xy(x, at.y * POINTS_PER_MM);
            self.surface.draw_glyphs(start, &run.glyphs, run.font.clone(), &text[run.range.clone()], pen.size, false);
            x += run.width * pen.size;
        }
    }

    /// Writes a text into a frame, as [`TypeFaces::fitted`] breaks it. Returns how many lines it took.
    pub(super) fn fitted(&mut self, frame: Frame, text: &str, pen: Pen) -> usize {
        let (lines, pen) = self.faces.fitted(text, frame.room(), pen);
        for (at, line) in lines.iter().enumerate() {
            let y = frame.y + pen.size / POINTS_PER_MM * (0.95 + LINE_HEIGHT * at as f32);
            self.line(Point { x: frame.x, y }, line, pen, Align::Left);
        }
        lines.len()
    }

    /// Fills a rectangle with a colour.
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
    pub(super) fn code(&mut self, frame: Frame, text: &str) -> Result<(), PaperError> {
        let modules = Modules::of(text)?;
        let module_mm = frame.width / (modules.width + 2 * codes::EDGE) as f32;
        let edge_mm = module_mm * codes::EDGE as f32;
        self.picture(frame.corner().moved_in(edge_mm), modules, module_mm)
    }

    /// Draws QR codes below each other; `corner` is that of the first square. What lies between the squares is painted
    /// white: codes come before all else on a page.
    pub(super) fn codes(&mut self, corner: Point, column: Column, texts: &[&str]) -> Result<(), PaperError> {
        let picture = column.draw(texts)?;
        self.picture(corner.moved_in(picture.edge_mm), picture.modules, picture.module_mm)
    }

    /// An image of one pixel for each module takes a tenth of what its modules take as rectangles.
    fn picture(&mut self, corner: Point, modules: Modules, module_mm: f32) -> Result<(), PaperError> {
        let [x, y, module] = [corner.x, corner.y, module_mm].map(|mm| mm * POINTS_PER_MM);
        let size = Size::from_wh(module * modules.width as f32, module * modules.height as f32);
        let image = Image::from_custom(modules, false).map_err(PaperError::Pdf)?;
        self.surface.push_transform(&Transform::from_translate(x, y));
        self.surface.draw_image(image, size.ok_or(PaperError::TooLongForCode)?);
        self.surface.pop();
        Ok(())
    }
}
