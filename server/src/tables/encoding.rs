//! From bytes to text, in whatever encoding an office saved it.
//!
//! UTF-8 and UTF-16 are told by their bytes. Between code pages there is no such sign: each is tried, and the text that
//! looks most like words of the languages here is taken. Where two readings are as likely, nothing is read: a person
//! must say. What is read otherwise than as UTF-8 is told, so that nobody imports gibberish unseen.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::charset::Charset;
use super::judgement::{Oddity, has_sign_in_word, oddity};
use super::mended::{self, Mended};
use super::{Reading, TableFault, TableNote};

/// A text of which one letter in so many is UTF-8 is damaged, or put together of two encodings. Windows-1251 has hardly any
/// letters that could be taken for UTF-8.
const FOREIGN_BELOW_ONE_IN: usize = 10;

/// The code pages that lists of this country and its guests come in; the likeliest first.
const CODE_PAGES: [Charset; 8] = [
    Charset::WINDOWS_1251,
    Charset::Kz1048,
    Charset::KOI8_R,
    Charset::CP866,
    Charset::WINDOWS_1254,
    Charset::WINDOWS_1252,
    Charset::MAC_CYRILLIC,
    Charset::ISO_8859_5,
];

/// Code pages that hardly anybody uses: what another reads as well is not in one of them.
const SELDOM: [Charset; 2] = [Charset::MAC_CYRILLIC, Charset::ISO_8859_5];

/// So many lines with letters beyond ASCII tell the code page.
const SAMPLE_LINES: usize = 2000;
/// And no more of a line than this.
const LINE_BYTES: usize = 4096;
/// Two readings whose oddity differs by less than this are as likely as each other.
const CLEAR_LEAD: u32 = 3;
/// A header that is known under one reading is worth this much.
const KNOWN_HEADER: u32 = 10;
/// Strong oddities for each word beyond ASCII, from which on a reading is no reading.
const GIBBERISH_FOR_EACH_WORD: u32 = 5;
/// Letters of a line that a message quotes.
const QUOTED_CHARS: usize = 80;

/// A text, and what is to be told about how it was read.
#[derive(Debug)]
pub(super) struct Decoded<'a> {
    pub text: Cow<'a, str>,
    pub notes: Vec<TableNote>,
}

type Fault = (Option<u64>, TableFault);

/// Decodes a whole file, in the named encoding or in the one that its text speaks for. A fault comes with its line,
/// where that is known.
pub(super) fn decode(
    bytes: &[u8],
    named: Option<Charset>,
    is_header: impl Fn(&str) -> bool,
) -> Result<Decoded<'_>, Fault> {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(bytes) {
        let charset = Charset::Standard(encoding);
        return judged(strictly(charset, &bytes[mark_bytes..])?, named.is_some());
    }
    if let Some(charset) = named {
        return Ok(Decoded { text: strictly(charset, bytes)?, notes: Vec::new() });
    }
    if bytes.contains(&0) {
        let charset = without_mark(bytes).ok_or((None, TableFault::NotATable))?;
        let mut decoded = judged(strictly(charset, bytes)?, false)?;
        decoded.notes.push(TableNote::Charset(charset));
        return Ok(decoded);
    }
    if std::str::from_utf8(bytes).is_ok() {
        return judged(strictly(Charset::UTF_8, bytes)?, false);
    }
    // A few letters of a code page may be UTF-8 by chance: then one of them reads all of it well.
    if is_damaged_utf8(bytes) && !is_clean_in_a_code_page(bytes) {
        return Err(damaged(UTF_8, bytes));
    }
    let charset = code_page_of(bytes, &is_header)?;
    let mut decoded = judged(strictly(charset, bytes)?, false)?;
    decoded.notes.push(TableNote::Charset(charset));
    Ok(decoded)
}

/// Undoes what a program did that saved the text through a wrong encoding before; refuses it where that cannot be undone.
fn judged(text: Cow<'_, str>, is_named: bool) -> Result<Decoded<'_>, Fault> {
    let unchanged = |text| Decoded { text, notes: Vec::new() };
    if is_named {
        return Ok(unchanged(text));
    }
    match mended::mend(&text) {
        Mended::Clean => Ok(unchanged(text)),
        Mended::Exactly { text, through } => {
            Ok(Decoded { text: text.into(), notes: vec![TableNote::SavedThrough(through)] })
        }
        Mended::NotExactly { line, shown, meant } => Err((
            Some(line),
            TableFault::SavedThrough { shown: quoted(&shown), meant: meant.map(|text| quoted(&text)) },
        )),
    }
}

fn quoted(line: &str) -> String {
    let line = line.trim();
    let shown: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(QUOTED_CHARS).collect();
    if line.chars().nth(QUOTED_CHARS).is_some() { format!("{shown}…") } else { shown }
}

fn strictly(charset: Charset, bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    let text = charset.decode(bytes).ok_or_else(|| match charset {
        Charset::Standard(encoding) => damaged(encoding, bytes),
        Charset::Kz1048 => (None, TableFault::Encoding { encoding: charset.name() }),
    })?;
    if text.contains('\0') { Err((None, TableFault::NotATable)) } else { Ok(text) }
}

/// Tells the byte order of UTF-16 without a mark: in one order its letters are of the alphabets that lists are written
/// in, and it has lines or cells.
fn without_mark(bytes: &[u8]) -> Option<Charset> {
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    [Charset::UTF_16LE, Charset::UTF_16BE].into_iter().find(|charset| {
        charset.decode(bytes).is_some_and(|text| {
            let (usual, all) = text.chars().fold((0, 0), |(usual, all), c| (usual + usize::from(is_usual(c)), all + 1));
            !text.contains('\0') && usual * 10 >= all * 9 && text.contains(['\n', '\t', ',', ';'])
        })
    })
}

/// Letters and signs of the alphabets that lists are written in.
const fn is_usual(c: char) -> bool {
    matches!(c, '\t' | '\r' | '\n' | ' '..='~' | '\u{a0}'..='\u{24f}' | '\u{370}'..='\u{52f}')
        || matches!(c, '\u{1e00}'..='\u{1eff}' | '\u{2010}'..='\u{2122}' | '\u{feff}')
}

/// The lines that say something about the code page, with their numbers.
fn telling_lines(bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    let telling = lines.filter(|(_, line)| !line.is_ascii()).take(SAMPLE_LINES);
    telling.map(|(number, line)| (number, &line[..line.len().min(LINE_BYTES)]))
}

/// How likely a code page is, the lower the likelier, and how odd its words are.
struct Candidate {
    charset: Charset,
    cost: u32,
    oddity: Oddity,
}

fn code_page_of(bytes: &[u8], is_header: &impl Fn(&str) -> bool) -> Result<Charset, Fault> {
    let guess = guess(bytes);
    let mut candidates: Vec<Candidate> = CODE_PAGES
        .into_iter()
        .map(|charset| {
            let (oddity, headers) = telling_lines(bytes).fold((Oddity::default(), 0), |(sum, headers), (_, line)| {
                let line = charset.decode(line).unwrap_or_default();
                (sum + oddity(&line), headers + known_headers(&line, is_header))
            });
            let doubt = if charset == guess { 0 } else { CLEAR_LEAD - 1 };
            let doubt = doubt + if SELDOM.contains(&charset) { CLEAR_LEAD } else { 0 };
            let cost = (oddity.total() + doubt + 1000).saturating_sub(headers * KNOWN_HEADER);
            Candidate { charset, cost, oddity }
        })
        .collect();
    // The likelier stands first of equals: the sort is stable.
    candidates.sort_by_key(|candidate| candidate.cost);
    let best = &candidates[0];
    let unclear = |line: u64, other: Charset| {
        let reading = |charset: Charset| {
            let text = telling_lines(bytes).find(|(number, _)| *number == line);
            let text = text.and_then(|(_, line)| charset.decode(line)).unwrap_or_default();
            Reading { charset, text: quoted(&text) }
        };
        (Some(line), TableFault::UnclearEncoding { first: reading(best.charset), second: reading(other) })
    };
    let reads_otherwise = |charset: Charset| {
        let mut lines = telling_lines(bytes);
        lines.find(|(_, line)| charset.decode(line) != best.charset.decode(line)).map(|(number, _)| number)
    };
    let rival = candidates[1..].iter().find_map(|other| Some((other, reads_otherwise(other.charset)?)));
    let words = telling_lines(bytes).map(|(_, line)| words_beyond_ascii(line)).sum::<u32>();
    let is_gibberish = best.oddity.strong > GIBBERISH_FOR_EACH_WORD * words.max(1);
    match rival {
        Some((other, line)) if is_gibberish || other.cost - best.cost < CLEAR_LEAD => Err(unclear(line, other.charset)),
        _ => match foreign_line(bytes, &candidates) {
            Some((line, other)) => Err(unclear(line, other)),
            None => Ok(best.charset),
        },
    }
}

/// A line that the likeliest code page, the first, does not read, however well it reads the others: a list may be put
/// together of two, or be in one that is not known here. With it comes the code page that reads the line best.
fn foreign_line(bytes: &[u8], candidates: &[Candidate]) -> Option<(u64, Charset)> {
    let (best, others) = candidates.split_first()?;
    telling_lines(bytes).find_map(|(number, line)| {
        let here = best.charset.decode(line)?;
        let strong = oddity(&here).strong;
        let read = others.iter().filter_map(|other| {
            let text = other.charset.decode(line).filter(|text| *text != here)?;
            Some((oddity(&text).strong, other.charset))
        });
        let (other_strong, other) = read.min_by_key(|(strong, _)| *strong)?;
        (has_sign_in_word(&here) || (strong > 0 && other_strong == 0)).then_some((number, other))
    })
}

fn is_clean_in_a_code_page(bytes: &[u8]) -> bool {
    CODE_PAGES.into_iter().any(|charset| {
        let is_clean = |line| charset.decode(line).is_some_and(|line| oddity(&line).strong == 0);
        telling_lines(bytes).all(|(_, line)| is_clean(line))
    })
}

/// What a detector says that was trained on the languages of the web. It knows neither KZ-1048 nor names.
fn guess(bytes: &[u8]) -> Charset {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for (_, line) in telling_lines(bytes) {
        detector.feed(line, false);
        detector.feed(b"\n", false);
    }
    detector.feed(b"", true);
    match Charset::Standard(detector.guess(None, Utf8Detection::Deny)) {
        Charset::Standard(encoding) if encoding == encoding_rs::KOI8_U => Charset::KOI8_R,
        other => other,
    }
}

fn known_headers(line: &str, is_header: &impl Fn(&str) -> bool) -> u32 {
    let cells = line.split([',', ';', '\t', '|']).map(|cell| cell.trim().trim_matches('"'));
    let known = cells.filter(|cell| !cell.is_ascii() && is_header(cell)).count();
    u32::try_from(known).unwrap_or(u32::MAX)
}

fn words_beyond_ascii(line: &[u8]) -> u32 {
    let words = line.split(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
    u32::try_from(words.filter(|word| !word.is_ascii()).count()).unwrap_or(u32::MAX)
}

fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (letters, broken) = bytes.utf8_chunks().fold((0, 0), |(letters, broken), chunk| {
        // By chance, bytes of a code page are letters of far scripts.
        let (usual, far) =
            chunk.valid().chars().filter(|c| !c.is_ascii()).fold((0, 0), |(usual, far), c| {
                if is_usual(c) { (usual + 1, far) } else { (usual, far + c.len_utf8()) }
            });
        (letters + usual, broken + far + chunk.invalid().len())
    });
    broken <= letters * FOREIGN_BELOW_ONE_IN
}

/// Names the line in which the text stops to be valid.
fn damaged(encoding: &'static Encoding, bytes: &[u8]) -> Fault {
    let lines_before = if encoding == UTF_16LE || encoding == UTF_16BE {
        let read = |pair: &[u8]| {
            let pair = [pair[0], pair[1]];
            if encoding == UTF_16LE { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
        };
        let letters = char::decode_utf16(bytes.chunks_exact(2).map(read));
        letters.map_while(Result::ok).filter(|c| *c == '\n').count()
    } else {
        let valid = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        valid.matches('\n').count()
    };
    (Some(lines_before as u64 + 1), TableFault::Encoding { encoding: encoding.name() })
}
