//! Text and tables that flow over as many pages as they need: each line is as high as its kind says.

use std::rc::Rc;

use super::PaperError;
use super::page::{Align, Frame, HEIGHT, Page, Point, WIDTH, document, type_faces};
use super::pen::{Colour, GREEN, GREY, INK, LINE, PALE, Pen, Style};

const LEFT: f32 = 15.0;
const COLUMN: f32 = WIDTH - 2.0 * LEFT;
const TOP: f32 = 20.0;
const BOTTOM: f32 = HEIGHT - 18.0;
const LABEL: f32 = 42.0;

const SANS: Pen = Pen { style: Style::Sans, size: 8.5, colour: INK };
const BOLD: Pen = Pen { style: Style::Bold, size: 8.5, colour: INK };
const SMALL: Pen = Pen { style: Style::Sans, size: 7.5, colour: GREY };

/// A column of a table: how wide, in millimetres, and against which edge its cells stand.
pub(super) type Column = (f32, Align);

/// A line of a page that flows: a title, a heading, text, a row of a table, or room.
#[derive(Clone)]
pub(super) enum Line {
    /// What the whole is called.
    Title(String),
    /// What follows is called so; it stands with what follows.
    Heading(String),
    /// A sentence, on one line.
    Note(String, Colour),
    /// What something is called, and what it is, on at most two lines.
    Pair(String, String),
    /// The heads of a table, repeated on each of its pages.
    Head(Rc<[Column]>, Vec<String>),
    /// A row of a table.
    Row(Rc<[Column]>, Vec<String>),
    /// Empty room between two lines.
    Gap,
}

impl Line {
    /// How high it is, in millimetres.
    const fn height(&self) -> f32 {
        match self {
            Self::Title(_) => 13.0,
            Self::Heading(_) => 9.0,
            Self::Note(..) => 5.0,
            Self::Pair(..) => 8.4,
            Self::Head(..) => 6.2,
            Self::Row(..) => 7.6,
            Self::Gap => 5.0,
        }
    }

    /// How much room there must be for it and for what stands with it.
    const fn needs(&self) -> f32 {
        match self {
            Self::Title(_) | Self::Heading(_) => self.height() + 22.0,
            Self::Head(..) => self.height() + 8.0,
            _ => self.height(),
        }
    }
}

/// Lines with their places, page by page.
fn laid_out(lines: Vec<Line>) -> Vec<Vec<(f32, Line)>> {
    let mut pages = vec![Vec::new()];
    let mut y = TOP;
    let mut head: Option<Line> = None;
    for line in lines {
        if y + line.needs() > BOTTOM {
            pages.push(Vec::new());
            y = TOP;
            if let (Line::Row(..), Some(head)) = (&line, &head) {
                place(&mut pages, &mut y, head.clone());
            }
        }
        match &line {
            Line::Head(..) => head = Some(line.clone()),
            Line::Row(..) => {}
            _ => head = None,
        }
        place(&mut pages, &mut y, line);
    }
    pages
}

fn place(pages: &mut [Vec<(f32, Line)>], y: &mut f32, line: Line) {
    let height = line.height();
    if let Some(page) = pages.last_mut() {
        page.push((*y, line));
    }
    *y += height;
}

/// Writes the lines on as many pages as they need, each with its number and `foot`.
pub(super) fn listing(title: &str, language: &str, lines: Vec<Line>, foot: &str) -> Result<Vec<u8>, PaperError> {
    let pages = laid_out(lines);
    let all = pages.len();
    let drawn = pages.iter().enumerate().map(|(at, lines)| {
        move |page: &mut Page<'_, '_>| {
            page.block(Frame { x: 0.0, y: 0.0, width: WIDTH, height: 4.0 }, GREEN);
            lines.iter().for_each(|(y, line)| draw(page, *y, line));
            let y = HEIGHT - 10.0;
            page.line(Point { x: LEFT, y }, foot, SMALL, Align::Left);
            page.line(Point { x: WIDTH - LEFT, y }, &format!("{} / {all}", at + 1), SMALL, Align::Right);
            Ok(())
        }
    });
    document(title, language, &type_faces(None, None), drawn)
}

fn draw(page: &mut Page<'_, '_>, y: f32, line: &Line) {
    match line {
        Line::Gap => {}
        Line::Title(text) => {
            let pen = Pen { style: Style::Bold, size: 16.0, colour: GREEN };
            page.fitted(Frame { x: LEFT, y, width: COLUMN, height: 7.0 }, text, pen);
        }
        Line::Heading(text) => {
            let pen = Pen { style: Style::Bold, size: 11.0, colour: GREEN };
            page.fitted(Frame { x: LEFT, y: y + 2.0, width: COLUMN, height: 5.0 }, text, pen);
        }
        Line::Note(text, colour) => {
            page.fitted(Frame { x: LEFT, y, width: COLUMN, height: 4.4 }, text, Pen { colour: *colour, ..SANS });
        }
        Line::Pair(label, value) => {
            page.fitted(Frame { x: LEFT, y, width: LABEL - 2.0, height: 7.8 }, label, Pen { colour: GREY, ..SANS });
            page.fitted(Frame { x: LEFT + LABEL, y, width: COLUMN - LABEL, height: 7.8 }, value, SANS);
        }
        Line::Head(columns, cells) => {
            page.block(Frame { x: LEFT, y, width: COLUMN, height: line.height() - 0.8 }, PALE);
            Cells { columns, texts: cells, y: y + 0.7, height: 4.2 }.draw(page, BOLD);
        }
        Line::Row(columns, cells) => {
            Cells { columns, texts: cells, y, height: 7.0 }.draw(page, SANS);
            page.block(Frame { x: LEFT, y: y + line.height() - 0.5, width: COLUMN, height: 0.12 }, LINE);
        }
    }
}

/// The cells of one row of a table, and where they are.
struct Cells<'a> {
    columns: &'a [Column],
    texts: &'a [String],
    y: f32,
    height: f32,
}

impl Cells<'_> {
    fn draw(&self, page: &mut Page<'_, '_>, pen: Pen) {
        let Self { y, height, .. } = *self;
        let mut x = LEFT;
        for ((width, align), text) in self.columns.iter().zip(self.texts) {
            let on_line = |x| Point { x, y: y + 2.85 };
            match align {
                Align::Left => drop(page.fitted(Frame { x: x + 1.0, y, width: width - 2.0, height }, text, pen)),
                Align::Centre => page.line(on_line(x + width / 2.0), text, pen, *align),
                Align::Right => page.line(on_line(x + width - 1.0), text, pen, *align),
            }
            x += width;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_goes_on_under_its_heads_and_a_heading_never_stands_alone() {
        let columns: Rc<[Column]> = [(20.0, Align::Left)].into();
        let row = || Line::Row(Rc::clone(&columns), vec!["x".to_owned()]);
        let mut lines = vec![Line::Head(Rc::clone(&columns), vec!["Head".to_owned()])];
        lines.extend((0..40).map(|_| row()));
        let pages = laid_out(lines);
        assert_eq!(pages.len(), 2);
        assert!(matches!(pages[1][0].1, Line::Head(..)), "the heads are repeated");
        assert!(pages.iter().flatten().all(|(y, line)| y + line.height() <= BOTTOM));

        let room = ((BOTTOM - TOP) / row().height()).floor() as usize;
        let mut lines: Vec<Line> = (0..room - 1).map(|_| row()).collect();
        lines.extend([Line::Heading("Next".to_owned()), row()]);
        let pages = laid_out(lines);
        assert!(matches!(pages[1][0].1, Line::Heading(_)), "it moves to the page of what follows");
    }
}
