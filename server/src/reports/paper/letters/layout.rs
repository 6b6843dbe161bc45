//! Where everything of a letter stands: on one page, or on as many as its days need.
//!
//! The sum, the place to sign and the code stay together on the last page, below at least two days.

use sync_core::scan::LETTER_PATH;

use super::super::PaperError;
use super::super::lines::Room;
use super::super::page::{self, Align, Frame, Page, Point};
use super::super::pen::{Colour, GREEN, GREY, INK, LINE, PALE, POINTS_PER_MM, Pen, RED, Style};
use super::super::type_faces::TypeFaces;
use super::{Day, Head, Said};
use crate::reports::{letter_words, words};

const LEFT: f32 = 25.0;
const RIGHT: f32 = 185.0;
const COLUMN: f32 = RIGHT - LEFT;
/// Where the first line of a letter stands.
const TOP: f32 = 24.0;
/// Where the first line of every further page stands.
const TOP_OF_NEXT: f32 = 20.0;
/// No line of a page that another one follows stands lower.
const BOTTOM: f32 = 278.0;
/// Where the code begins.
const FOOT: f32 = 240.0;
/// The side of the code.
const FOOT_SIDE: f32 = 42.0;
/// The line to sign on stands no lower, the sum no lower than above it, and this far above it where there is room.
const SIGN_BOTTOM: f32 = FOOT - 8.0;
const SIGN_GAP: f32 = 22.0;
const SUM_BOTTOM: f32 = SIGN_BOTTOM - 14.0;
/// The height of a row of the table, and of a further line in it.
const ROW: f32 = 6.4;
const ROW_LINE: f32 = 4.2;
/// The sites of a day take so many lines at the most.
const ROW_LINES: f32 = 4.0;
/// So many days stand above the sum.
const ROWS_WITH_SUM: usize = 2;

const SERIF: Pen = Pen { style: Style::Serif, size: 12.0, colour: INK };
const SANS: Pen = Pen { style: Style::Sans, size: 9.5, colour: INK };
const SMALL: Pen = Pen { style: Style::Sans, size: 8.0, colour: GREY };
const BOLD: Pen = Pen { style: Style::Bold, size: 9.5, colour: INK };

/// One page of a letter.
pub(super) struct Leaf {
    number: usize,
    marks: Vec<Mark>,
    /// The QR code, on the last page.
    code: Option<String>,
}

/// Something on a page, whose vertical place is relative to the line where its piece stands, or to the page.
#[derive(Clone)]
enum Mark {
    Text { x: f32, y: f32, text: String, pen: Pen, align: Align },
    Block(Frame, Colour),
}

/// What is never parted by the end of a page, and how far below it the next piece stands.
struct Piece {
    marks: Vec<Mark>,
    advance: f32,
}

impl Mark {
    fn text(x: f32, y: f32, text: &str, pen: Pen) -> Self {
        Self::Text { x, y, text: text.to_owned(), pen, align: Align::Left }
    }

    fn right(x: f32, text: &str, pen: Pen) -> Self {
        Self::Text { x, y: 0.0, text: text.to_owned(), pen, align: Align::Right }
    }

    /// A block across the column.
    fn across(y: f32, height: f32, colour: Colour) -> Self {
        Self::Block(Frame { x: LEFT, y, width: COLUMN, height }, colour)
    }

    fn moved_down(mut self, by: f32) -> Self {
        match &mut self {
            Self::Text { y, .. } | Self::Block(Frame { y, .. }, _) => *y += by,
        }
        self
    }
}

impl Leaf {
    /// Whether it is the first page of its letter.
    pub(super) const fn begins_letter(&self) -> bool {
        self.number == 1
    }

    pub(super) fn draw(&self, page: &mut Page<'_, '_>) -> Result<(), PaperError> {
        page.block(Frame { x: 0.0, y: 0.0, width: page::WIDTH, height: 6.0 }, GREEN);
        for mark in &self.marks {
            match mark {
                Mark::Text { x, y, text, pen, align } => page.line(Point { x: *x, y: *y }, text, *pen, *align),
                Mark::Block(frame, colour) => page.block(*frame, *colour),
            }
        }
        if let Some(code) = &self.code {
            page.code(Frame { x: LEFT - 3.0, y: FOOT, width: FOOT_SIDE, height: FOOT_SIDE }, code)?;
        }
        Ok(())
    }
}

/// Lays a letter out.
pub(super) fn leaves(letter: &Said<'_>, head: &Head<'_>, faces: &TypeFaces<'_>) -> Vec<Leaf> {
    let writer = Writer { letter, head, faces };
    let mut pages = Pages { leaves: vec![Leaf { number: 1, marks: Vec::new(), code: None }], y: TOP, writer: &writer };
    for piece in writer.beginning() {
        pages.put(piece, 0.0);
    }
    let mut rows: Vec<Piece> = letter.days.iter().map(|day| writer.row(day)).collect();
    let with_sum = rows.split_off(rows.len().saturating_sub(ROWS_WITH_SUM));
    // From the first of these rows to where the page ends, if the sum stands as low as it can.
    let mut below = with_sum.iter().map(|row| row.advance).sum::<f32>() + BOTTOM - SUM_BOTTOM;
    pages.put(writer.table_head(), rows.first().map_or(ROW + below, |row| row.advance));
    for row in rows {
        let below = row.advance - ROW;
        pages.put_row(row, below);
    }
    for row in with_sum {
        let advance = row.advance;
        pages.put_row(row, below);
        below -= advance;
    }
    pages.put(writer.sum(), 0.0);
    pages.finish()
}

/// Pages as they fill.
struct Pages<'a> {
    leaves: Vec<Leaf>,
    y: f32,
    writer: &'a Writer<'a>,
}

impl Pages<'_> {
    /// Puts a piece below the last, on the next page where it does not fit together with the `below` millimetres after it.
    fn put(&mut self, piece: Piece, below: f32) {
        if self.y + below > BOTTOM {
            self.begin_page();
        }
        self.place(piece);
    }

    /// Puts a row of the table, under its heads; `below` as for every piece.
    fn put_row(&mut self, row: Piece, below: f32) {
        if self.y + below > BOTTOM {
            self.begin_page();
            self.place(self.writer.table_head());
        }
        self.place(row);
    }

    fn begin_page(&mut self) {
        let number = self.leaves.len() + 1;
        self.leaves.push(Leaf { number, marks: Vec::new(), code: None });
        self.y = TOP_OF_NEXT;
        for piece in self.writer.beginning_of_next() {
            self.place(piece);
        }
    }

    fn place(&mut self, piece: Piece) {
        let y = self.y;
        self.mark(piece.marks.into_iter().map(|mark| mark.moved_down(y)));
        self.y += piece.advance;
    }

    fn mark(&mut self, marks: impl IntoIterator<Item = Mark>) {
        if let Some(leaf) = self.leaves.last_mut() {
            leaf.marks.extend(marks);
        }
    }

    /// Adds the place to sign and the code, and numbers the pages where there are several.
    fn finish(mut self) -> Vec<Leaf> {
        let sum = self.y - ROW;
        let sign = (sum + SIGN_GAP).min(SIGN_BOTTOM);
        self.mark(self.writer.signatures().into_iter().map(|mark| mark.moved_down(sign)));
        self.mark(self.writer.foot());
        if let Some(last) = self.leaves.last_mut() {
            last.code.clone_from(&self.writer.letter.code);
        }
        let count = self.leaves.len();
        for leaf in self.leaves.iter_mut().filter(|_| count > 1) {
            let number = format!("{} / {count}", leaf.number);
            leaf.marks.push(Mark::right(RIGHT, &number, SMALL).moved_down(page::HEIGHT - 9.0));
            if leaf.number < count {
                leaf.marks.extend(self.writer.codes(page::HEIGHT - 11.9, LEFT));
            }
        }
        self.leaves
    }
}

/// How high a part of the column is, and each line in it, in millimetres.
#[derive(Clone, Copy)]
struct PartOfColumn {
    height: f32,
    line: f32,
}

/// Writes the pieces of one letter.
struct Writer<'a> {
    letter: &'a Said<'a>,
    head: &'a Head<'a>,
    faces: &'a TypeFaces<'a>,
}

impl Writer<'_> {
    fn word(&self, key: &'static str) -> &'static str {
        words::word(key, self.head.language)
    }

    /// A piece for each line of a text.
    fn paragraph(&self, text: &str, pen: Pen, line_mm: f32) -> Vec<Piece> {
        let lines = self.faces.lines(text, COLUMN, pen).into_iter();
        lines.map(|line| Piece { marks: vec![Mark::text(LEFT, 0.0, &line, pen)], advance: line_mm }).collect()
    }

    /// A text that must fit into a part of the whole column.
    fn fitted(&self, text: &str, pen: Pen, part: PartOfColumn) -> Vec<Piece> {
        let (lines, pen) = self.faces.fitted(text, Room { width: COLUMN, height: part.height }, pen);
        let piece = |line: String| Piece { marks: vec![Mark::text(LEFT, 0.0, &line, pen)], advance: part.line };
        lines.into_iter().map(piece).collect()
    }

    /// Everything above the table.
    fn beginning(&self) -> Vec<Piece> {
        let (letter, head) = (self.letter, self.head);
        let held_by = head.material.event.belonging.organisation.as_deref().unwrap_or_default();
        let grey = Pen { colour: GREY, ..SANS };
        let mut pieces: Vec<Piece> =
            [head.event.as_str(), held_by].into_iter().flat_map(|text| self.paragraph(text, grey, 5.5)).collect();
        pieces.push(gap(16.0));
        let title = Pen { style: Style::Bold, size: 19.0, colour: GREEN };
        pieces.extend(self.paragraph(self.word("letter_title"), title, 9.0));
        pieces.push(gap(2.0));
        let (rests_on, colour) = match &letter.revision {
            Some(report) => (letter_words::rests_on(report, head.language), GREY),
            None => (self.word("letter_draft").to_owned(), RED),
        };
        pieces.extend(self.paragraph(&rests_on, Pen { colour, ..SANS }, 5.0));
        pieces.push(gap(9.0));
        let large = Pen { style: Style::Bold, size: 16.0, colour: INK };
        pieces.extend(self.fitted(&letter.name, large, PartOfColumn { height: 32.0, line: 8.0 }));
        if let Some(original) = &letter.original {
            let beneath = Pen { colour: GREY, size: 11.0, ..SANS };
            pieces.push(gap(-1.5));
            pieces.extend(self.fitted(original, beneath, PartOfColumn { height: 24.0, line: 6.0 }));
            pieces.push(gap(1.5));
        }
        pieces.push(Piece { marks: vec![Mark::across(-5.2, 0.3, LINE)], advance: 3.0 });
        let text = letter_words::sentence(&letter_words::Facts {
            event: &head.event,
            first: letter.days.first().map(|day| day.date),
            last: letter.days.last().map(|day| day.date),
            days: letter.days.len(),
            verified_s: letter.verified_s,
            language: head.language,
        });
        pieces.extend(self.paragraph(&text, SERIF, 6.6));
        pieces.push(gap(4.0));
        pieces
    }

    /// What stands above the table on a further page: whose letter it is, and of which event.
    fn beginning_of_next(&self) -> Vec<Piece> {
        let one_line = PartOfColumn { height: 4.2, line: 5.5 };
        let mut pieces = self.fitted(&self.letter.name, BOLD, one_line);
        pieces.extend(self.fitted(&self.head.event, Pen { colour: GREY, ..SANS }, one_line));
        pieces.push(gap(5.0));
        pieces
    }

    fn table_head(&self) -> Piece {
        let marks = vec![
            Mark::across(-4.6, ROW, PALE),
            Mark::text(LEFT + 2.0, 0.0, self.word("date"), BOLD),
            Mark::text(LEFT + 38.0, 0.0, self.word("site"), BOLD),
            Mark::right(RIGHT - 2.0, self.word("verified_s"), BOLD),
        ];
        Piece { marks, advance: ROW }
    }

    fn row(&self, day: &Day) -> Piece {
        let place = LEFT + 38.0;
        let room = Room { width: RIGHT - 2.0 - place - 30.0, height: ROW_LINE * ROW_LINES };
        let (sites, pen) = self.faces.fitted(&day.sites, room, SANS);
        let more = ROW_LINE * sites.len().saturating_sub(1) as f32;
        let mut marks = vec![
            Mark::text(LEFT + 2.0, 0.0, &letter_words::date(day.date), SANS),
            Mark::right(RIGHT - 2.0, &letter_words::span(day.verified_s, self.head.language), SANS),
            Mark::across(1.7 + more, 0.15, LINE),
        ];
        for (at, line) in sites.iter().enumerate() {
            marks.push(Mark::text(place, ROW_LINE * at as f32, line, pen));
        }
        Piece { marks, advance: ROW + more }
    }

    fn sum(&self) -> Piece {
        let marks = vec![
            Mark::text(LEFT + 2.0, 0.0, self.word("in_all"), BOLD),
            Mark::right(RIGHT - 2.0, &letter_words::span(self.letter.verified_s, self.head.language), BOLD),
        ];
        Piece { marks, advance: ROW }
    }

    fn signatures(&self) -> Vec<Mark> {
        let mut marks = Vec::new();
        for (x, key) in [(LEFT, "organizer_name"), (LEFT + 66.0, "signature"), (LEFT + 118.0, "date_signed")] {
            marks.push(Mark::Block(Frame { x, y: 0.0, width: 42.0, height: 0.25 }, GREY));
            marks.push(Mark::text(x, 4.2, self.word(key), SMALL));
        }
        marks
    }

    /// What stands beside the code.
    fn foot(&self) -> Vec<Mark> {
        let x = LEFT + FOOT_SIDE + 4.0;
        let mut marks = Vec::new();
        if let Some(code) = &self.letter.code {
            let mut y = FOOT + 8.0;
            for line in self.faces.lines(self.word("letter_verify"), RIGHT - x, SANS) {
                marks.push(Mark::text(x, y, &line, SANS));
                y += 4.6;
            }
            let where_to = code.split(LETTER_PATH).next().unwrap_or_default();
            for line in self.faces.lines(where_to, RIGHT - x, SMALL) {
                marks.push(Mark::text(x, y + 2.0, &line, SMALL));
                y += 4.2;
            }
        }
        marks.extend(self.codes(FOOT + FOOT_SIDE - 7.9, x));
        marks
    }

    /// The person's codes, in two lines at the most.
    fn codes(&self, y: f32, x: f32) -> Vec<Mark> {
        let room = Room { width: RIGHT - x - 15.0, height: 7.0 };
        let (lines, pen) = self.faces.fitted(&self.letter.human.codes, room, SMALL);
        let lines = lines.iter().enumerate();
        let mark =
            |(at, line): (usize, &String)| Mark::text(x, y + pen.size / POINTS_PER_MM + 3.6 * at as f32, line, pen);
        lines.map(mark).collect()
    }
}

/// Room between two pieces.
const fn gap(advance: f32) -> Piece {
    Piece { marks: Vec::new(), advance }
}
