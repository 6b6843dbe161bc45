//! Undoes what programs write in the place of letters: `%D0%9A`, `=D0=9A`, `\u041a`, `%u041a`, `&#1050;` and UTF-7 `+BBo-`.
//!
//! Owns only letters beyond ASCII that no person types so. An address of the web keeps what it has.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::mended::is_usual;

/// What became of the text.
pub(super) enum Unescaped {
    /// There is nothing to undo.
    Clean,
    /// It says letters now.
    Exactly {
        text: String,
        /// How they were written.
        how: &'static str,
    },
    /// What is written there is not whole.
    Broken {
        /// The first line that shows it.
        line: u64,
        /// The line as it stands in the file.
        shown: String,
    },
}

/// A way to write letters in ASCII.
struct Way {
    name: &'static str,
    begins: char,
    /// Reads letters at the beginning of a text that begins with `begins`.
    read: fn(&str) -> Option<Run<'_>>,
}

/// Letters in the place of what was written, with what follows; `None` where the bytes are no UTF-8.
struct Run<'a> {
    letters: Option<String>,
    rest: &'a str,
}

const WAYS: [Way; 7] = [
    Way { name: "%D0%9A", begins: '%', read: |text| bytes_in_hex(text, "%") },
    Way { name: "=D0=9A", begins: '=', read: |text| bytes_in_hex(text, "=") },
    Way { name: "\\xd0\\x9a", begins: '\\', read: |text| bytes_in_hex(text, "\\x") },
    Way { name: "\\u041a", begins: '\\', read: |text| units_in_hex(text, "\\u") },
    Way { name: "%u041a", begins: '%', read: |text| units_in_hex(text, "%u") },
    Way { name: "&#1050;", begins: '&', read: entity },
    Way { name: "+BBo- (UTF-7)", begins: '+', read: utf7 },
];

pub(super) fn undo(text: &str) -> Unescaped {
    for way in WAYS {
        match way.undo(text) {
            Unescaped::Clean => {}
            other => return other,
        }
    }
    Unescaped::Clean
}

impl Way {
    fn undo(&self, text: &str) -> Unescaped {
        let (mut undone, mut found) = (String::new(), false);
        for (line, shown) in (1..).zip(text.split_inclusive('\n')) {
            let mut rest = shown;
            while let Some(at) = rest.find(self.begins) {
                let (before, escaped) = rest.split_at(at);
                let cell = shown[..shown.len() - escaped.len()].rsplit([';', ',', '\t', '|', '"']).next();
                let is_address = cell.is_some_and(|cell| cell.contains("://"));
                undone.push_str(before);
                match (self.read)(escaped).filter(|_| !is_address) {
                    Some(Run { letters: Some(letters), rest: after }) => {
                        found = true;
                        undone.push_str(&letters);
                        // Forms write a blank so.
                        rest = match after.strip_prefix('+').filter(|next| self.begins == '%' && next.starts_with('%'))
                        {
                            Some(next) => {
                                undone.push(' ');
                                next
                            }
                            None => after,
                        };
                    }
                    Some(Run { letters: None, .. }) => return Unescaped::Broken { line, shown: shown.to_owned() },
                    None => {
                        undone.push(self.begins);
                        rest = &escaped[self.begins.len_utf8()..];
                    }
                }
            }
            undone.push_str(rest);
        }
        if found { Unescaped::Exactly { text: undone, how: self.name } } else { Unescaped::Clean }
    }
}

fn are_letters(text: &str) -> bool {
    !text.is_ascii() && text.chars().all(|c| is_usual(c) || matches!(c, ' '..='~'))
}

/// Bytes of UTF-8, each written as a mark and two digits. A single one, as in `100%AB`, is none.
fn bytes_in_hex<'a>(text: &'a str, mark: &str) -> Option<Run<'a>> {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let Some(digits) = rest.strip_prefix(mark).and_then(|rest| rest.get(..2)) {
        let Some(byte) = u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+')) else { break };
        bytes.push(byte);
        rest = &rest[mark.len() + 2..];
    }
    if bytes.iter().filter(|byte| **byte >= 0x80).count() < 2 {
        return None;
    }
    let letters = String::from_utf8(bytes).ok().filter(|letters| are_letters(letters));
    Some(Run { letters, rest })
}

/// Units of UTF-16, as JSON and JavaScript write them.
fn units_in_hex<'a>(text: &'a str, mark: &str) -> Option<Run<'a>> {
    let (mut units, mut rest) = (Vec::new(), text);
    while let Some(digits) = rest.strip_prefix(mark).and_then(|rest| rest.get(..4)) {
        let Ok(unit) = u16::from_str_radix(digits, 16) else { break };
        units.push(unit);
        rest = &rest[6..];
    }
    let letters = String::from_utf16(&units).ok().filter(|letters| are_letters(letters));
    (!units.is_empty()).then_some(Run { letters, rest })
}

/// What marks a letter has that web pages write by its name, as in `&eacute;`.
const MARKS: [&str; 9] = ["acute", "grave", "circ", "uml", "tilde", "cedil", "ring", "slash", "lig"];

/// A number of a character, as web pages write it. One that is written by its name is not read, and told.
fn entity(text: &str) -> Option<Run<'_>> {
    let (written, rest) = text.strip_prefix('&')?.split_once(';')?;
    let Some(number) = written.strip_prefix('#') else {
        let is_letter = |mark: &&str| written.len() <= mark.len() + 2 && written.ends_with(*mark);
        return MARKS.iter().any(is_letter).then_some(Run { letters: None, rest });
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    let letter = char::from_u32(code)?.to_string();
    are_letters(&letter).then_some(Run { letters: Some(letter), rest })
}

/// Base64 of UTF-16 between `+` and `-` (RFC 2152). Letters of one word; a telephone number gives none.
fn utf7(text: &str) -> Option<Run<'_>> {
    let coded = text.strip_prefix('+')?;
    let end = coded.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '/')).unwrap_or(coded.len());
    let bytes = STANDARD_NO_PAD.decode(&coded[..end]).ok()?;
    let units: Vec<u16> = bytes.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]])).collect();
    let letters = String::from_utf16(&units).ok().filter(|letters| are_letters(letters))?;
    let is_word = letters.chars().all(|c| c.is_alphabetic() && !c.is_ascii());
    let rest = &coded[end..];
    (bytes.len() % 2 == 0 && is_word)
        .then(|| Run { letters: Some(letters), rest: rest.strip_prefix('-').unwrap_or(rest) })
}
