//! Undoes what happens to a text that a program opened in a wrong encoding and saved again.
//!
//! `Чернова` becomes `Р§РµСЂРЅРѕРІР°` where UTF-8 was read as windows-1251, and `×åðíîâà` where windows-1251 was read as
//! windows-1252. Either is undone by writing the text in the code page that it was read in and reading the bytes again,
//! as they were meant. It is undone for all of a text or not at all.

use super::charset::{Charset, Encoder};
use super::likelihood::{Nats, judge};

/// What became of a text.
pub(super) enum Mended {
    /// It was never damaged so.
    Clean,
    /// It is as it was.
    Exactly {
        text: String,
        /// The encoding that it was read in by mistake.
        through: Charset,
    },
    /// It was saved through a wrong encoding, and some of it is lost or mixed with text that was not.
    NotExactly {
        /// The first line that shows it.
        line: u64,
        /// The line as it stands in the file.
        shown: String,
        /// That line, as it was meant, where that can be told.
        meant: Option<String>,
    },
}

/// Code pages that UTF-8 is read in by mistake.
const MISREAD: [Charset; 5] =
    [Charset::WINDOWS_1251, Charset::WINDOWS_1252, Charset::CP866, Charset::KOI8_R, Charset::KZ_1048];

/// Code pages that are taken for one another: read in the first, meant in the second.
const CONFUSED: [(Charset, Charset); 20] = [
    (Charset::WINDOWS_1252, Charset::WINDOWS_1251),
    (Charset::WINDOWS_1252, Charset::KZ_1048),
    (Charset::WINDOWS_1251, Charset::KZ_1048),
    (Charset::WINDOWS_1251, Charset::KOI8_R),
    (Charset::WINDOWS_1251, Charset::CP866),
    (Charset::KOI8_R, Charset::WINDOWS_1251),
    (Charset::KOI8_R, Charset::CP866),
    (Charset::CP866, Charset::WINDOWS_1251),
    (Charset::CP866, Charset::KOI8_R),
    (Charset::WINDOWS_1252, Charset::KOI8_R),
    (Charset::WINDOWS_1252, Charset::CP866),
    (Charset::WINDOWS_1252, Charset::WINDOWS_1254),
    (Charset::WINDOWS_1254, Charset::WINDOWS_1251),
    (Charset::WINDOWS_1250, Charset::WINDOWS_1251),
    (Charset::MAC_CYRILLIC, Charset::WINDOWS_1251),
    (Charset::WINDOWS_1251, Charset::MAC_CYRILLIC),
    (Charset::MAC_ROMAN, Charset::WINDOWS_1251),
    (Charset::MAC_ROMAN, Charset::WINDOWS_1252),
    (Charset::WINDOWS_1252, Charset::MAC_ROMAN),
    (Charset::ISO_8859_5, Charset::WINDOWS_1251),
];

/// A text that was saved so twice is undone twice, and so on.
const ROUNDS: usize = 3;

/// Lines of a text among which those are that show the damage.
const CHECKED_LINES: usize = 20_000;
/// So many of them that look odd are looked at: names of far guests do.
const ODD_LINES: usize = 1000;
/// A text was read in a wrong code page where another one makes it so much likelier.
const CLEAR_LEAD: Nats = 10.0;
/// And a line where the damage cannot be undone for the whole text.
const CLEAR_LEAD_OF_LINE: Nats = 16.0;
/// What another code page may make unlikelier, of a line that says little.
const SPOILT: Nats = 3.0;

pub(super) fn mend(text: &str) -> Mended {
    let mut mended = match once(text) {
        Mended::Exactly { text, through } => (text, through),
        other => return other,
    };
    for _ in 1..ROUNDS {
        match once(&mended.0) {
            Mended::Exactly { text, .. } => mended.0 = text,
            _ => break,
        }
    }
    Mended::Exactly { text: mended.0, through: mended.1 }
}

/// One typed text as it was before its UTF-8 was read in a wrong code page; `None` where it was not, or not exactly. The
/// letters of one word alone do not tell one code page of letters from another.
pub(super) fn mend_utf8(text: &str) -> Option<String> {
    let read = MISREAD.into_iter().map(|through| read_as_utf8(text, through));
    read.filter_map(|mended| match mended {
        Mended::Exactly { text, .. } => Some(text),
        Mended::Clean | Mended::NotExactly { .. } => None,
    })
    .next()
}

fn once(text: &str) -> Mended {
    if text.is_ascii() {
        return Mended::Clean;
    }
    let as_utf8 = MISREAD.into_iter().map(|through| read_as_utf8(text, through));
    let damaged = as_utf8.filter(|mended| !matches!(mended, Mended::Clean));
    let mut first_broken = None;
    for mended in damaged {
        match mended {
            Mended::Exactly { .. } => return mended,
            other => first_broken = first_broken.or(Some(other)),
        }
    }
    first_broken.unwrap_or_else(|| in_another_code_page(text))
}

/// What is left of a run of letters once the bytes that it stood for are read as UTF-8.
enum Run {
    /// It is the same in every encoding.
    Ascii,
    /// The bytes are letters that lists are written in. By chance hardly any text is so.
    Letters(String),
    /// The bytes are one such letter, which may be chance.
    OneLetter(String),
    /// The bytes are no UTF-8, or no letters.
    Nothing,
}

/// The text as it was before its UTF-8 was read in the code page `through`.
fn read_as_utf8(text: &str, through: Charset) -> Mended {
    let encoder = Encoder::of(through);
    let (mut first, mut whole) = (None, true);
    let mut mended = String::with_capacity(text.len());
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let (mut strong, mut line_mended) = (false, String::with_capacity(line.len()));
        for run in runs(line) {
            let read = if run.is_ascii() { Run::Ascii } else { encoder.read_again(run, through) };
            match read {
                Run::Ascii => line_mended.push_str(run),
                Run::Letters(letters) => {
                    strong = true;
                    line_mended.push_str(&letters);
                }
                Run::OneLetter(letter) => line_mended.push_str(&letter),
                Run::Nothing => {
                    whole = false;
                    line_mended.push_str(run);
                }
            }
        }
        if strong && first.is_none() {
            first = Some((number, line.to_owned(), line_mended.clone()));
        }
        mended.push_str(&line_mended);
    }
    match first {
        None => Mended::Clean,
        Some(_) if whole => Mended::Exactly { text: mended, through },
        Some((line, shown, meant)) => Mended::NotExactly { line, shown, meant: Some(meant) },
    }
}

/// Splits a line where ASCII ends and begins.
fn runs(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let is_ascii = rest.chars().next()?.is_ascii();
        let end = rest.find(|c: char| c.is_ascii() != is_ascii).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some(run)
    })
}

impl Encoder {
    /// Reads the bytes that a run of letters stood for as UTF-8.
    fn read_again(&self, run: &str, through: Charset) -> Run {
        // A mark at the beginning of the file is no letter of it.
        if run == "\u{feff}" {
            return Run::Ascii;
        }
        // Of a run that is well, the first two letters hardly ever begin a letter of UTF-8.
        let mut first = run.chars().map(|letter| self.byte(letter));
        let begins = matches!(first.next(), Some(Some(0xc2..=0xf4))) && matches!(first.next(), Some(Some(0x80..=0xbf)));
        let text = if begins { self.encode(run).and_then(|bytes| String::from_utf8(bytes).ok()) } else { None };
        let Some(text) = text.filter(|text| text.chars().all(is_usual)) else { return Run::Nothing };
        // One accented letter became a capital and a sign, as in `JosÃ©`: no word has that.
        let is_sign_after_capital = || {
            let mut letters = run.chars();
            let (capital, sign) = (letters.next(), letters.next());
            capital.is_some_and(|c| matches!(c, 'Â'..='Å' | 'Ð' | 'Ñ')) && sign.is_some_and(|c| !c.is_alphabetic())
        };
        // Nor do three letters stand for one by chance.
        if text.chars().nth(1).is_some()
            || run.chars().nth(2).is_some()
            || (through == Charset::WINDOWS_1252 && is_sign_after_capital())
        {
            Run::Letters(text)
        } else {
            Run::OneLetter(text)
        }
    }
}

/// Letters and signs that lists are written in.
pub(super) const fn is_usual(c: char) -> bool {
    matches!(c, '\u{a0}'..='\u{24f}' | '\u{259}' | '\u{400}'..='\u{4ff}' | '\u{1e00}'..='\u{1eff}' | '\u{2010}'..='\u{2026}' | '№' | '\u{feff}')
}

/// The text as it was before one code page was taken for another.
fn in_another_code_page(text: &str) -> Mended {
    let lines = || (1..).zip(text.split_inclusive('\n')).filter(|(_, line)| !line.is_ascii());
    let odd = lines().take(CHECKED_LINES).filter(|(_, line)| judge(line).is_odd()).take(ODD_LINES);
    let encoders: Vec<Encoder> = CONFUSED.iter().map(|(read, _)| Encoder::of(*read)).collect();
    let mut first_broken = None;
    let mut tried = Vec::new();
    for (number, shown) in odd {
        for ((read, meant), encoder) in CONFUSED.into_iter().zip(&encoders) {
            let again = |line: &str| encoder.encode(line).and_then(|bytes| Some(meant.decode(&bytes)?.into_owned()));
            let gain = |line: &str| Some(judge(line).cost - judge(&again(line)?).cost);
            let is_text = |line: &str| again(line).is_some_and(|mended| !judge(&mended).is_gibberish());
            let Some(gained) = gain(shown).filter(|gained| *gained > 0.0 && is_text(shown)) else { continue };
            if !tried.contains(&(read, meant)) {
                tried.push((read, meant));
                // Lines that were well before would be spoilt: then somebody has mixed two texts.
                let gains: Option<Vec<Nats>> =
                    lines().map(|(_, line)| gain(line).filter(|gained| *gained > -SPOILT)).collect();
                let is_whole = gains.is_some_and(|gains| gains.iter().sum::<Nats>() > CLEAR_LEAD);
                if is_whole && let Some(text) = again(text) {
                    return Mended::Exactly { text, through: read };
                }
            }
            let is_clear = gained > CLEAR_LEAD_OF_LINE && judge(shown).is_gibberish();
            if let Some(meant) = again(shown).filter(|meant| is_clear && !judge(meant).is_odd()) {
                first_broken.get_or_insert((number, shown, meant));
            }
        }
    }
    match first_broken {
        Some((line, shown, meant)) => Mended::NotExactly { line, shown: shown.to_owned(), meant: Some(meant) },
        None => Mended::Clean,
    }
}
