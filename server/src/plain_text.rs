//! Text as editors save it: UTF-8 or UTF-16, with a byte order mark or without.
//!
//! For files that people write by hand and programs read: JSON and TOML. Lists of people come in more encodings, which
//! [`crate::tables`] tells apart.

use std::borrow::Cow;

/// The bytes are no text in UTF-8 or UTF-16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not text in UTF-8 or UTF-16: save it as UTF-8")]
pub struct NotText;

/// Reads text, without its byte order mark.
///
/// UTF-16 without a mark is told by its zero bytes: JSON and TOML begin with a character of ASCII (RFC 4627, section 3).
///
/// # Errors
/// [`NotText`].
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [first, 0, ..] if *first != 0 => utf16(bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => utf16(bytes, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| NotText)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, NotText> {
    let (pairs, []) = bytes.as_chunks() else { return Err(NotText) };
    let text: Result<String, _> = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    text.map(Cow::Owned).map_err(|_| NotText)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(text: &str, mark: &[u8], unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.iter().copied().chain(text.encode_utf16().flat_map(unit)).collect()
    }

    #[test]
    fn one_text_is_the_same_however_an_editor_saved_it() {
        let text = "{\"name\": \"Әділ 👩‍🌾\"}\r\n";
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            saved(text, b"\xff\xfe", u16::to_le_bytes),
            saved(text, b"\xfe\xff", u16::to_be_bytes),
            saved(text, b"", u16::to_le_bytes),
            saved(text, b"", u16::to_be_bytes),
        ] {
            assert_eq!(decode(&bytes).as_deref(), Ok(text), "{bytes:?}");
        }
        assert_eq!(decode(b"").as_deref(), Ok(""));
    }

    #[test]
    fn what_is_no_text_is_told() {
        for bytes in [b"\xff\xfe\x00" as &[u8], b"\xff\xfe\x00\xd8", b"{\xff}", b"\xef\xbb\xbf\x80"] {
            assert_eq!(decode(bytes), Err(NotText), "{bytes:?}");
        }
    }
}
