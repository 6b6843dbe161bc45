//! From bytes to text, in whatever encoding an office saved it.
//!
//! UTF-8 and UTF-16 are told by their bytes. Between code pages there is no such sign: each is tried, and the likeliest
//! text is taken. Where another one is nearly as likely, or none is likely, nothing is read: a person must say. What is
//! read otherwise than as UTF-8 is told, so that nobody imports gibberish unseen.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::charset::Charset;
use super::escapes::{self, Unescaped};
use super::likelihood::{Judged, Nats, judge};
use super::mended::{self, Mended};
use super::{Reading, TableFault, TableNote, TwoReadings};

/// A text of which one letter in so many is UTF-8 is damaged, or put together of two encodings. Windows-1251 has hardly any
/// letters that could be taken for UTF-8.
const FOREIGN_BELOW_ONE_IN: usize = 10;

/// The code pages that lists of this country and its guests come in, and how seldom.
const CODE_PAGES: [(Charset, Nats); 19] = [
    (Charset::WINDOWS_1251, 0.0),
    (Charset::KZ_1048, 0.5),
    (Charset::WINDOWS_1252, 0.5),
    (Charset::WINDOWS_1254, 0.5),
    (Charset::KOI8_R, 2.0),
    (Charset::CP866, 2.0),
    (Charset::WINDOWS_1250, 3.0),
    (Charset::KOI8_U, 4.0),
    (Charset::WINDOWS_1253, 4.0),
    (Charset::MAC_CYRILLIC, 5.0),
    (Charset::MAC_ROMAN, 5.0),
    (Charset::ISO_8859_2, 5.0),
    (Charset::ISO_8859_5, 5.0),
    (Charset::ISO_8859_7, 5.0),
    (Charset::CP850, 5.0),
    (Charset::CP852, 6.0),
    (Charset::CP857, 6.0),
    (Charset::PT_154, 6.0),
    (Charset::WINDOWS_1257, 6.0),
];

/// So many lines with letters beyond ASCII tell the code page.
const SAMPLE_LINES: usize = 300;
/// So many are held against it: a list may be put together of two.
const CHECKED_LINES: usize = 20_000;
/// And no more of a line than this.
const LINE_BYTES: usize = 4096;
/// A reading is taken where it is so much likelier than every other one: 150 to 1.
const CLEAR_LEAD: Nats = 5.0;
/// A line is of another code page where that one reads it so much better.
const FOREIGN_LINE: Nats = 14.0;
/// So many known headers decide, however odd a name below them reads: names of guests do.
const DECIDING_HEADERS: Nats = 2.0;
/// A header that is known under one reading is worth this much.
const KNOWN_HEADER: Nats = 10.0;
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
    let charset = code_page_of(bytes, &is_header)
        .map_err(|unclear| if is_damaged_utf8(bytes) { damaged(UTF_8, bytes) } else { unclear })?;
    let mut decoded = judged(strictly(charset, bytes)?, false)?;
    decoded.notes.push(TableNote::Charset(charset));
    Ok(decoded)
}

/// Undoes what a program did that saved the text through a wrong encoding before; refuses it where that cannot be undone.
fn judged(text: Cow<'_, str>, is_named: bool) -> Result<Decoded<'_>, Fault> {
    if is_named {
        return Ok(Decoded { text, notes: Vec::new() });
    }
    let (text, notes) = match escapes::undo(&text) {
        Unescaped::Clean => (text, Vec::new()),
        Unescaped::Exactly { text, how } => (Cow::Owned(text), vec![TableNote::Escaped(how)]),
        Unescaped::Broken { line, shown } => {
            return Err((Some(line), TableFault::Escaped { shown: quoted(&shown) }));
        }
    };
    match mended::mend(&text) {
        Mended::Clean => Ok(Decoded { text, notes }),
        Mended::Exactly { text, through } => {
            let notes = notes.into_iter().chain([TableNote::SavedThrough(through)]).collect();
            Ok(Decoded { text: text.into(), notes })
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
        Charset::Own(_) => (None, TableFault::Encoding { encoding: charset.name() }),
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
    let telling = lines.filter(|(_, line)| !line.is_ascii());
    telling.map(|(number, line)| (number, &line[..line.len().min(LINE_BYTES)]))
}

/// A code page, and how its words look.
struct Candidate {
    charset: Charset,
    /// The lower, the likelier.
    cost: Nats,
    judged: Judged,
    /// How many headers it reads that are known.
    headers: Nats,
}

impl Candidate {
    fn of(charset: Charset, rarity: Nats, bytes: &[u8], is_header: &impl Fn(&str) -> bool) -> Option<Self> {
        let (mut judged, mut headers) = (Judged::default(), 0.0);
        for (_, line) in telling_lines(bytes).take(SAMPLE_LINES) {
            let line = charset.decode(line)?;
            judged += judge(&line);
            headers += known_headers(&line, is_header);
        }
        let misread = if judged.is_misread { CLEAR_LEAD } else { 0.0 };
        Some(Self { charset, cost: judged.cost + misread + rarity - headers * KNOWN_HEADER, judged, headers })
    }
}

fn code_page_of(bytes: &[u8], is_header: &impl Fn(&str) -> bool) -> Result<Charset, Fault> {
    let candidates = CODE_PAGES.into_iter();
    let mut candidates: Vec<Candidate> =
        candidates.filter_map(|(charset, rarity)| Candidate::of(charset, rarity, bytes, is_header)).collect();
    candidates.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let Some((best, others)) = candidates.split_first() else { return Err((None, TableFault::NotATable)) };
    let unclear = |line: u64, other: Charset| {
        let reading = |charset: Charset| {
            let text = telling_lines(bytes).find(|(number, _)| *number == line);
            let text = text.and_then(|(_, line)| charset.decode(line)).unwrap_or_default();
            Reading { charset, text: quoted(&text) }
        };
        (
            Some(line),
            TableFault::UnclearEncoding(Box::new(TwoReadings { first: reading(best.charset), second: reading(other) })),
        )
    };
    let reads_otherwise = |charset: Charset| {
        let mut lines = telling_lines(bytes).take(SAMPLE_LINES);
        lines.find(|(_, line)| charset.decode(line) != best.charset.decode(line)).map(|(number, _)| number)
    };
    let is_decided = best.headers >= DECIDING_HEADERS;
    let mut rivals = others.iter().filter(|other| !is_decided || other.headers >= best.headers);
    let rival = rivals.find_map(|other| Some((other, reads_otherwise(other.charset)?)));
    if best.judged.is_gibberish() && (best.judged.is_misread || !is_decided) {
        let foreign = foreign_line(bytes, best, others);
        let rival = rival.map(|(other, line)| (line, other.charset));
        let (line, other) = alphabet_unknown_here(bytes).or(foreign).or(rival).unwrap_or((1, best.charset));
        return Err(unclear(line, other));
    }
    match rival {
        Some((other, line)) if other.cost - best.cost < CLEAR_LEAD => Err(unclear(line, other.charset)),
        _ => match foreign_line(bytes, best, others) {
            Some((line, other)) => Err(unclear(line, other)),
            None => Ok(best.charset),
        },
    }
}

/// A line that the likeliest code page does not read, however well it reads the others: a list may be put together of two,
/// or be in one that is not known here. With it comes the code page that reads the line best.
fn foreign_line(bytes: &[u8], best: &Candidate, others: &[Candidate]) -> Option<(u64, Charset)> {
    telling_lines(bytes).take(CHECKED_LINES).find_map(|(number, line)| {
        let here = best.charset.decode(line)?;
        let judged = judge(&here);
        if !judged.is_odd() {
            return None;
        }
        let is_decided = best.headers >= DECIDING_HEADERS && !judged.is_misread;
        let read = others.iter().filter_map(|other| {
            let text = other.charset.decode(line).filter(|text| *text != here)?;
            let other_judged = judge(&text);
            let is_heard = !is_decided || !other_judged.is_odd() || other.headers >= best.headers;
            is_heard.then_some((other_judged.cost, other.charset))
        });
        let (cost, other) = read.min_by(|(a, _), (b, _)| a.total_cmp(b))?;
        (judged.is_misread || judged.cost - cost > FOREIGN_LINE).then_some((number, other))
    })
}

/// The encoding of a text in an alphabet that is not known here, with its first line: a detector tells it that was trained
/// on the languages of the web.
fn alphabet_unknown_here(bytes: &[u8]) -> Option<(u64, Charset)> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for (_, line) in telling_lines(bytes).take(SAMPLE_LINES) {
        detector.feed(line, false);
        detector.feed(b"\n", false);
    }
    detector.feed(b"", true);
    let guess = Charset::Standard(detector.guess(None, Utf8Detection::Deny));
    let line = telling_lines(bytes).next()?.0;
    (CODE_PAGES.iter().all(|(known, _)| *known != guess)).then_some((line, guess))
}

fn known_headers(line: &str, is_header: &impl Fn(&str) -> bool) -> Nats {
    let cells = line.split([',', ';', '\t', '|']).map(|cell| cell.trim().trim_matches('"'));
    cells.filter(|cell| !cell.is_ascii() && is_header(cell)).map(|_| 1.0).sum()
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
