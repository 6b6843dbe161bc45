//! The encodings that lists come in, by name and as code pages.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::{
    Encoding, IBM866, ISO_8859_2, ISO_8859_5, ISO_8859_7, KOI8_R, KOI8_U, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE,
    WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1257, X_MAC_CYRILLIC,
};

use super::code_pages;

/// An encoding in which a list can be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Charset {
    /// A code page that the WHATWG's encodings lack.
    Own(&'static OwnPage),
    /// Any encoding of the WHATWG's standard.
    Standard(&'static Encoding),
}

/// A code page of which the table is kept here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OwnPage {
    name: &'static str,
    /// The letters of the bytes from 0x80 on.
    letters: &'static str,
}

impl OwnPage {
    fn decode(&self, bytes: &[u8]) -> Option<String> {
        let letters: Vec<char> = self.letters.chars().collect();
        let letter = |byte: u8| match byte {
            0..=0x7f => Some(char::from(byte)),
            _ => letters.get(usize::from(byte) - 0x80).copied().filter(|letter| *letter != char::REPLACEMENT_CHARACTER),
        };
        bytes.iter().map(|byte| letter(*byte)).collect()
    }
}

impl Charset {
    pub(super) const KZ_1048: Self = Self::Own(&OwnPage { name: "KZ-1048", letters: code_pages::KZ_1048 });
    pub(super) const PT_154: Self = Self::Own(&OwnPage { name: "PT154", letters: code_pages::PT_154 });
    pub(super) const CP850: Self = Self::Own(&OwnPage { name: "cp850", letters: code_pages::CP_850 });
    pub(super) const CP852: Self = Self::Own(&OwnPage { name: "cp852", letters: code_pages::CP_852 });
    pub(super) const CP857: Self = Self::Own(&OwnPage { name: "cp857", letters: code_pages::CP_857 });
    pub(super) const UTF_8: Self = Self::Standard(UTF_8);
    pub(super) const UTF_16LE: Self = Self::Standard(UTF_16LE);
    pub(super) const UTF_16BE: Self = Self::Standard(UTF_16BE);
    pub(super) const WINDOWS_1251: Self = Self::Standard(WINDOWS_1251);
    pub(super) const KOI8_R: Self = Self::Standard(KOI8_R);
    pub(super) const CP866: Self = Self::Standard(IBM866);
    pub(super) const WINDOWS_1252: Self = Self::Standard(WINDOWS_1252);
    pub(super) const WINDOWS_1254: Self = Self::Standard(WINDOWS_1254);

    pub(super) const KOI8_U: Self = Self::Standard(KOI8_U);
    pub(super) const WINDOWS_1250: Self = Self::Standard(WINDOWS_1250);
    pub(super) const WINDOWS_1253: Self = Self::Standard(WINDOWS_1253);
    pub(super) const WINDOWS_1257: Self = Self::Standard(WINDOWS_1257);
    pub(super) const MAC_CYRILLIC: Self = Self::Standard(X_MAC_CYRILLIC);
    pub(super) const MAC_ROMAN: Self = Self::Standard(MACINTOSH);
    pub(super) const ISO_8859_2: Self = Self::Standard(ISO_8859_2);
    pub(super) const ISO_8859_5: Self = Self::Standard(ISO_8859_5);
    pub(super) const ISO_8859_7: Self = Self::Standard(ISO_8859_7);

    /// The encodings that are told apart without being named, and of which an error reminds.
    pub const COMMON: [Self; 9] = [
        Self::UTF_8,
        Self::UTF_16LE,
        Self::UTF_16BE,
        Self::WINDOWS_1251,
        Self::KZ_1048,
        Self::KOI8_R,
        Self::CP866,
        Self::WINDOWS_1252,
        Self::WINDOWS_1254,
    ];

    /// The name that is written in messages and taken by `--encoding`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own(page) => page.name,
            Self::Standard(encoding) if encoding == IBM866 => "cp866",
            Self::Standard(encoding) if encoding == X_MAC_CYRILLIC => "MacCyrillic",
            Self::Standard(encoding) if encoding == MACINTOSH => "MacRoman",
            Self::Standard(encoding) => encoding.name(),
        }
    }

    /// Finds an encoding by any of its usual names; `utf-16` without a byte order is little-endian, as Windows writes it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        match plain.as_str() {
            "kz1048" | "strk1048" | "strk10482002" | "rk1048" => Some(Self::KZ_1048),
            "pt154" | "ptcp154" => Some(Self::PT_154),
            "cp850" | "ibm850" | "dos850" => Some(Self::CP850),
            "cp852" | "ibm852" | "dos852" => Some(Self::CP852),
            "cp857" | "ibm857" | "dos857" => Some(Self::CP857),
            "maccyrillic" => Some(Self::MAC_CYRILLIC),
            "macroman" => Some(Self::MAC_ROMAN),
            _ => {
                let digits = plain.strip_prefix("windows").or_else(|| plain.strip_prefix("ansi"));
                let label = digits.map_or_else(|| name.trim().to_owned(), |digits| format!("windows-{digits}"));
                let encoding = Encoding::for_label(label.as_bytes());
                // The replacement encoding reads every file as a single error.
                encoding.filter(|encoding| *encoding != encoding_rs::REPLACEMENT).map(Self::Standard)
            }
        }
    }

    /// Decodes bytes without a mark; `None` where they are not valid in this encoding.
    pub(super) fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Standard(encoding) => encoding.decode_without_bom_handling_and_without_replacement(bytes),
            Self::Own(page) => page.decode(bytes).map(Cow::Owned),
        }
    }
}

/// Writes letters as bytes of a code page.
pub(super) struct Encoder {
    letters: Vec<(char, u8)>,
}

impl Encoder {
    /// Of an encoding whose letters are one byte each.
    pub(super) fn of(charset: Charset) -> Self {
        let letter = |byte: u8| Some((charset.decode(&[byte])?.chars().next()?, byte));
        let mut letters: Vec<(char, u8)> = (0x80..=0xff).filter_map(letter).collect();
        letters.sort_unstable();
        Self { letters }
    }

    /// The byte of a letter. Bytes for which a code page has no letter are shown as control characters.
    pub(super) fn byte(&self, letter: char) -> Option<u8> {
        if letter.is_ascii() || matches!(letter, '\u{80}'..='\u{9f}') {
            return u8::try_from(u32::from(letter)).ok();
        }
        let at = self.letters.binary_search_by_key(&letter, |(known, _)| *known).ok()?;
        Some(self.letters[at].1)
    }

    /// The bytes of a text, as a program had them that misread them; `None` where the code page has not all letters.
    pub(super) fn encode(&self, text: &str) -> Option<Vec<u8>> {
        text.chars().map(|letter| self.byte(letter)).collect()
    }
}

impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Says which names are taken, for whoever wrote another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "no encoding is called so; the usual ones are UTF-8, UTF-16LE, UTF-16BE, windows-1251, KZ-1048, KOI8-R, cp866, \
         windows-1252, windows-1254"
)]
pub struct UnknownCharset;

impl std::str::FromStr for Charset {
    type Err = UnknownCharset;

    fn from_str(name: &str) -> Result<Self, UnknownCharset> {
        Self::from_name(name).ok_or(UnknownCharset)
    }
}
