//! Texts broken into lines: at blanks and after hyphens, and within a word only where no smaller letters help.

use super::pen::{LINE_HEIGHT, POINTS_PER_MM, Pen};
use super::type_faces::TypeFaces;

/// A text is written with letters of at least this part of the size that is asked for.
const SMALLEST_PART: f32 = 0.6;

/// How much room a text has, in millimetres.
#[derive(Clone, Copy)]
pub(super) struct Room {
    pub width: f32,
    pub height: f32,
}

/// A text in lines.
struct Broken {
    lines: Vec<String>,
    /// Whether a word is too wide for a line, and goes on in the next.
    cuts_word: bool,
}

impl TypeFaces<'_> {
    /// How wide a text is, in millimetres.
    pub(super) fn width(&self, text: &str, pen: Pen) -> f32 {
        self.shape(pen.style, text).width * pen.size / POINTS_PER_MM
    }

    /// The lines of a text of at most `width` millimetres, as many as it needs, in letters of the pen's size.
    pub(super) fn lines(&self, text: &str, width: f32, pen: Pen) -> Vec<String> {
        self.broken(text, width, pen).lines
    }

    /// The lines of a text that fit into `room`, and how they are written: as large as the pen, smaller where the text is
    /// too long or a word too wide, cut with an ellipsis where nothing helps.
    pub(super) fn fitted(&self, text: &str, room: Room, mut pen: Pen) -> (Vec<String>, Pen) {
        let smallest = pen.size * SMALLEST_PART;
        loop {
            let line_height = pen.size * LINE_HEIGHT / POINTS_PER_MM;
            let most = (room.height / line_height).floor().max(1.0) as usize;
            let Broken { mut lines, cuts_word } = self.broken(text, room.width, pen);
            if pen.size > smallest && (cuts_word || lines.len() > most) {
                pen.size -= 0.5;
                continue;
            }
            if lines.len() > most {
                lines.truncate(most);
                if let Some(last) = lines.last_mut() {
                    last.push('…');
                    while self.width(last, pen) > room.width && last.chars().count() > 1 {
                        last.pop();
                        last.pop();
                        last.push('…');
                    }
                }
            }
            return (lines, pen);
        }
    }

    fn broken(&self, text: &str, width: f32, pen: Pen) -> Broken {
        let mut broken = Broken { lines: Vec::new(), cuts_word: false };
        let mut line = String::new();
        for word in text.split(ends_line).filter(|word| !word.is_empty()) {
            let mut between = if line.is_empty() { "" } else { " " };
            for part in parts(word) {
                let longer = format!("{line}{between}{part}");
                between = "";
                if self.width(&longer, pen) <= width {
                    line = longer;
                    continue;
                }
                if !line.is_empty() {
                    broken.lines.push(std::mem::take(&mut line));
                }
                for c in part.chars() {
                    line.push(c);
                    if self.width(&line, pen) > width && line.chars().nth(1).is_some() {
                        line.pop();
                        broken.lines.push(std::mem::replace(&mut line, c.to_string()));
                        broken.cuts_word = true;
                    }
                }
            }
        }
        broken.lines.extend(Some(line).filter(|line| !line.is_empty()));
        broken
    }
}

/// A blank at which a line may end.
fn ends_line(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}')
}

/// The parts of a word between which a line may end: after a hyphen, a dash, a slash or a plus sign that has letters before
/// and after it, and between Chinese and Japanese letters.
fn parts(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, c) in word.char_indices() {
        let is_joint = |c: char| matches!(c, '-' | '‐' | '–' | '—' | '/' | '+');
        let has_text = word[start..at].chars().any(char::is_alphanumeric);
        let after_joint = before.is_some_and(is_joint) && c.is_alphanumeric() && has_text;
        let between_ideographs = before.is_some_and(is_ideograph) && is_ideograph(c);
        if after_joint || between_ideographs {
            parts.push(&word[start..at]);
            start = at;
        }
        before = Some(c);
    }
    parts.push(&word[start..]);
    parts
}

const fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::super::fonts::Fonts;
    use super::super::pen::{INK, Style};
    use super::*;

    const PEN: Pen = Pen { style: Style::Bold, size: 17.0, colour: INK };
    const ROOM: Room = Room { width: 47.0, height: 15.5 };

    #[track_caller]
    fn is_fitted(text: &str, expected: &[&str]) -> Pen {
        let none = Fonts::none();
        let faces = TypeFaces::with(&none, None);
        let (lines, pen) = faces.fitted(text, ROOM, PEN);
        assert_eq!(lines, expected);
        for line in &lines {
            assert!(faces.width(line, pen) <= ROOM.width, "{line} runs over the edge");
        }
        pen
    }

    #[test]
    fn a_word_that_is_too_wide_is_written_in_smaller_letters_and_not_cut() {
        for word in ["Әбдірахманұлы", "Қожамжарұлының", "Константинопольский"]
        {
            assert!(is_fitted(word, &[word]).size < PEN.size, "{word}");
        }
        assert!((is_fitted("Сауле", &["Сауле"]).size - PEN.size).abs() < 0.01);
    }

    #[test]
    fn a_line_ends_after_a_hyphen_or_at_a_blank() {
        is_fitted("Ахметжан-Юлиянова", &["Ахметжан-", "Юлиянова"]);
        is_fitted("Мария Антуанетта", &["Мария", "Антуанетта"]);
        assert_eq!(parts("-5/+7-A"), ["-5/+", "7-", "A"]);
        assert_eq!(parts("李小"), ["李", "小"]);
        assert_eq!(parts("--"), ["--"]);
        assert_eq!(parts("01.06\u{a0}–\u{a0}03.06"), ["01.06\u{a0}–\u{a0}03.06"]);
    }

    #[test]
    fn what_fits_in_no_size_is_cut_and_shows_it() {
        let endless = "Ж".repeat(500);
        let none = Fonts::none();
        let faces = TypeFaces::with(&none, None);
        let (lines, pen) = faces.fitted(&endless, ROOM, PEN);
        assert!(lines.last().unwrap().ends_with('…'), "{lines:?}");
        assert!(lines.iter().all(|line| faces.width(line, pen) <= ROOM.width), "{lines:?}");
    }
}
