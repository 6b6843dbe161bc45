//! Codes that are short enough to be spoken over a bad line, and tell when they were heard wrong.
//!
//! Six symbols of Crockford's base 32, the last a check symbol. The check is linear over GF(32) with another weight for
//! each place, so that one wrong symbol and any two that changed places are always noticed; Crockford's own check
//! modulo 37 needs symbols outside the thirty-two.

use std::fmt;

use crate::canonical::{canonical_code, is_dash};
use crate::ids::{Subject, tagged_hash};

const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Symbols of a code.
const LENGTH: usize = 6;
/// The weight of each place: powers of the generator of GF(32) with x⁵ + x² + 1.
const WEIGHTS: [u8; LENGTH] = [2, 4, 8, 16, 5, 1];

/// The code by which somebody is asked for over the telephone.
///
/// Two people out of 33 million have the same: within an event that is rare, and a search shows both.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SpokenCode(u32);

/// Why a text is no code. Places count from 1.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoCode {
    /// Too few or too many symbols.
    #[error("a code has six symbols, not {0}")]
    Length(usize),
    /// A symbol that no code has.
    #[error("symbol {place}, `{symbol}`, is in no code")]
    Symbol {
        /// The place of the symbol, from 1.
        place: usize,
        /// The character that was found there.
        symbol: char,
    },
    /// Something was heard or typed wrong.
    #[error("one of the symbols is wrong")]
    Check {
        /// What it may have been.
        meant: Vec<Meant>,
    },
}

/// A code that a wrong one may have been.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Meant {
    /// The place that is wrong, from 1; of two symbols that changed places the first.
    pub place: usize,
    /// The code with that place put right.
    pub code: SpokenCode,
}

impl SpokenCode {
    /// The code of somebody; it follows from their id.
    #[must_use]
    pub fn of(subject: Subject) -> Self {
        Self::of_hash(&tagged_hash("saxaul/spoken", &[&subject.to_bits().to_be_bytes()]))
    }

    /// The code that begins a hash.
    pub(crate) fn of_hash(hash: &[u8; 32]) -> Self {
        let number = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) >> 7;
        let mut symbols = [0; LENGTH];
        for (place, symbol) in symbols[..LENGTH - 1].iter_mut().enumerate() {
            *symbol = (number >> (20 - 5 * place) & 31) as u8;
        }
        symbols[LENGTH - 1] = syndrome(symbols);
        Self::from_symbols(symbols)
    }

    /// Reads a code as it was heard: in small letters, with blanks or hyphens, O for 0, and I or L for 1, in Latin letters
    /// or in Cyrillic ones of the same shape.
    ///
    /// # Errors
    /// [`NoCode`] tells what is wrong and, where the check fails, what may have been meant.
    pub fn parse(text: &str) -> Result<Self, NoCode> {
        let heard: Vec<char> = text.chars().filter(|c| !c.is_whitespace() && !is_dash(*c) && *c != '.').collect();
        if heard.len() != LENGTH {
            return Err(NoCode::Length(heard.len()));
        }
        let mut symbols = [0; LENGTH];
        for (place, (symbol, c)) in symbols.iter_mut().zip(&heard).enumerate() {
            *symbol = symbol_of(*c).ok_or(NoCode::Symbol { place: place + 1, symbol: *c })?;
        }
        match syndrome(symbols) {
            0 => Ok(Self::from_symbols(symbols)),
            wrong => Err(NoCode::Check { meant: meant(symbols, wrong) }),
        }
    }

    fn from_symbols(symbols: [u8; LENGTH]) -> Self {
        Self(symbols.iter().fold(0, |code, symbol| code << 5 | u32::from(*symbol)))
    }
}

impl fmt::Display for SpokenCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..LENGTH).try_for_each(|place| {
            let symbol = SYMBOLS[(self.0 >> (5 * (LENGTH - 1 - place)) & 31) as usize];
            write!(f, "{}", char::from(symbol))
        })
    }
}

fn symbol_of(c: char) -> Option<u8> {
    let symbol = match canonical_code(c.encode_utf8(&mut [0; 4])).as_bytes() {
        b"O" => b'0',
        b"I" | b"L" => b'1',
        [symbol] => *symbol,
        _ => return None,
    };
    SYMBOLS.iter().position(|known| *known == symbol).and_then(|at| u8::try_from(at).ok())
}

/// The weighted sum of the symbols: 0 for a right code, and what the check symbol must be if it is 0 in `symbols`.
fn syndrome(symbols: [u8; LENGTH]) -> u8 {
    symbols.iter().zip(WEIGHTS).fold(0, |sum, (symbol, weight)| sum ^ times(*symbol, weight))
}

/// Multiplies two elements of GF(32).
const fn times(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    while b != 0 {
        if b & 1 != 0 {
            product ^= a;
        }
        b >>= 1;
        a <<= 1;
        if a & 32 != 0 {
            a ^= 37;
        }
    }
    product
}

/// Every right code that is one symbol, or two neighbours that changed places, away.
fn meant(symbols: [u8; LENGTH], wrong: u8) -> Vec<Meant> {
    let at = |place: usize, symbols| Meant { place: place + 1, code: SpokenCode::from_symbols(symbols) };
    let replaced = (0..LENGTH).filter_map(|place| {
        let difference = (1..32).find(|difference| times(*difference, WEIGHTS[place]) == wrong)?;
        let mut right = symbols;
        right[place] ^= difference;
        Some(at(place, right))
    });
    let swapped = (1..LENGTH).filter_map(|place| {
        let mut right = symbols;
        right.swap(place - 1, place);
        (syndrome(right) == 0).then(|| at(place - 1, right))
    });
    replaced.chain(swapped).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(bits: u64) -> SpokenCode {
        SpokenCode::of(Subject::from_bits(bits))
    }

    #[test]
    fn a_code_stays_what_it_is_in_every_version() {
        assert_eq!([2, 4, 1].map(|bits| code(bits).to_string()), ["FD9YZQ", "2A5A3T", "EPK1WH"]);
    }

    #[test]
    fn what_is_no_code_is_told_by_its_place() {
        assert_eq!(SpokenCode::parse("7K3"), Err(NoCode::Length(3)));
        assert_eq!(SpokenCode::parse("7K3U2A"), Err(NoCode::Symbol { place: 4, symbol: 'U' }));
        assert_eq!(SpokenCode::parse("7Kж32A"), Err(NoCode::Symbol { place: 3, symbol: 'ж' }));
    }

    proptest! {
        #[test]
        fn a_code_is_understood_however_it_is_spoken(bits: u64) {
            let code = code(bits);
            let text = code.to_string();
            let sloppy = text.to_lowercase().replace('0', "o").replace('1', "l");
            let (first, second) = sloppy.split_at(3);
            prop_assert_eq!(SpokenCode::parse(&text), Ok(code));
            let spoken = format!(" {first} - {second}");
            prop_assert_eq!(SpokenCode::parse(&spoken), Ok(code));
            let cyrillic = text.replace('A', "А").replace('B', "В").replace('C', "с").replace('X', "х").replace('M', "м");
            prop_assert_eq!(SpokenCode::parse(&cyrillic), Ok(code));
        }

        #[test]
        fn one_wrong_symbol_is_noticed_and_its_place_is_among_what_may_have_been_meant(
            bits: u64, place in 0..LENGTH, symbol in 0..32usize,
        ) {
            let code = code(bits);
            let mut text = code.to_string().into_bytes();
            prop_assume!(text[place] != SYMBOLS[symbol]);
            text[place] = SYMBOLS[symbol];
            let Err(NoCode::Check { meant }) = SpokenCode::parse(std::str::from_utf8(&text).unwrap()) else {
                panic!("a wrong symbol was not noticed")
            };
            let right = Meant { place: place + 1, code };
            prop_assert!(meant.contains(&right));
        }

        #[test]
        fn two_symbols_that_changed_places_are_noticed(bits: u64, a in 0..LENGTH, b in 0..LENGTH) {
            let mut text = code(bits).to_string().into_bytes();
            prop_assume!(text[a] != text[b]);
            text.swap(a, b);
            let heard = SpokenCode::parse(std::str::from_utf8(&text).unwrap());
            let is_noticed = matches!(heard, Err(NoCode::Check { .. }));
            prop_assert!(is_noticed);
        }
    }
}
