//! From bytes to text: UTF-8, UTF-16 with a mark, and Windows-1251, which old exports still use.
//!
//! There is nothing to guess between other code pages: text that is not valid UTF-8 and has no mark comes from a
//! Windows that writes Cyrillic.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251};

use super::TableFault;

/// A text of which one letter in so many is UTF-8 is damaged, or put together of two encodings. Windows-1251 has hardly any
/// letters that could be taken for UTF-8.
const FOREIGN_BELOW_ONE_IN: usize = 10;

/// Decodes a whole file. A fault comes with its line, where that is known.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, (Option<u64>, TableFault)> {
    let (encoding, marked) = match Encoding::for_bom(bytes) {
        Some((encoding, mark_bytes)) => (encoding, &bytes[mark_bytes..]),
        None if bytes.contains(&0) => return Err((None, TableFault::NotATable)),
        None if std::str::from_utf8(bytes).is_ok() => (UTF_8, bytes),
        None if is_damaged_utf8(bytes) => return Err(damaged(UTF_8, bytes)),
        None => (WINDOWS_1251, bytes),
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(marked);
    let text = text.ok_or_else(|| damaged(encoding, marked))?;
    if text.contains('\0') {
        return Err((None, TableFault::NotATable));
    }
    Ok(text)
}

fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (letters, broken) = bytes.utf8_chunks().fold((0, 0), |(letters, broken), chunk| {
        let beyond_ascii = chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        (letters + beyond_ascii, broken + chunk.invalid().len())
    });
    broken <= letters * FOREIGN_BELOW_ONE_IN
}

/// Names the line in which the text stops to be valid.
fn damaged(encoding: &'static Encoding, bytes: &[u8]) -> (Option<u64>, TableFault) {
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
