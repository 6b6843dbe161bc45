//! Counts typing mistakes between folded words: letters left out, put in, replaced, or swapped with a neighbour.
//!
//! Works on the stack and stops as soon as there are more mistakes than anyone would forgive.

/// Longest text that is compared; longer ones are equal or they are not.
const MAX_LEN: usize = 96;

/// A text on the stack, one byte a letter.
pub(super) struct Letters {
    bytes: [u8; MAX_LEN],
    len: usize,
}

impl Letters {
    /// Copies the letters as they are, leaving blanks out; `None` where there are too many.
    pub(super) fn plain<'a>(words: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut letters = Self { bytes: [0; MAX_LEN], len: 0 };
        for byte in words.flat_map(str::bytes) {
            letters.push(byte)?;
        }
        Some(letters)
    }

    /// Copies the letters, one for each sound that Cyrillic writes with one letter: to forget Ш is one mistake.
    pub(super) fn sounds(word: &str) -> Option<Self> {
        let mut letters = Self { bytes: [0; MAX_LEN], len: 0 };
        let bytes = word.as_bytes();
        let mut index = 0;
        while index < bytes.len() {
            let sound = match bytes[index..] {
                [b's', b'h', ..] => b'S',
                [b'z', b'h', ..] => b'Z',
                [b'c', b'h', ..] => b'C',
                [b'i', b'a', ..] => b'A',
                [b'i', b'u', ..] => b'U',
                _ => bytes[index],
            };
            index += if sound == bytes[index] { 1 } else { 2 };
            letters.push(sound)?;
        }
        Some(letters)
    }

    fn push(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(self.len)? = byte;
        self.len += 1;
        Some(())
    }

    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// How many letters there are.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Tells whether the texts are the same once every Ж is read as the glide that Latin `j` may have meant: `Julija`
    /// for Юлия, `Jerlan` for Ерлан.
    pub(super) fn same_but_for_glides(&self, other: &Self) -> bool {
        glides(self.as_slice()).eq(glides(other.as_slice()))
    }

    /// The Damerau-Levenshtein distance (no letter edited twice), or `None` where it is more than `bound`.
    pub(super) fn distance(&self, other: &Self, bound: u8) -> Option<u8> {
        let (a, b) = (self.as_slice(), other.as_slice());
        if a.len().abs_diff(b.len()) > usize::from(bound) {
            return None;
        }
        let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
        let (a, b) = (&a[prefix..], &b[prefix..]);
        let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
        distance_within(&a[..a.len() - suffix], &b[..b.len() - suffix], bound)
    }
}

/// A folded word as [`Letters::same_but_for_glides`] reads it: what two spellings have in common whatever they mean by
/// Latin `j`.
pub(crate) fn without_glides(word: &str) -> String {
    if !word.is_ascii() {
        return word.to_owned();
    }
    glides(word.as_bytes()).map(char::from).collect()
}

fn glides(mut letters: &[u8]) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let (&first, rest) = letters.split_first()?;
        let (letter, rest) = match letters {
            [b'z', b'h', b'e', rest @ ..] => (b'e', rest),
            [b'z', b'h', rest @ ..] => (b'i', rest),
            _ => (first, rest),
        };
        letters = rest;
        Some(letter)
    })
}

fn distance_within(a: &[u8], b: &[u8], bound: u8) -> Option<u8> {
    let mut before = [0u8; MAX_LEN + 1];
    let mut above: [u8; MAX_LEN + 1] = std::array::from_fn(|column| u8::try_from(column).unwrap_or(u8::MAX));
    for (row, &x) in a.iter().enumerate() {
        let mut current = [0u8; MAX_LEN + 1];
        current[0] = above[0] + 1;
        let mut least = current[0];
        for (column, &y) in b.iter().enumerate() {
            let swapped = row > 0 && column > 0 && x == b[column - 1] && a[row - 1] == y;
            let mut cost = (above[column] + u8::from(x != y)).min(above[column + 1] + 1).min(current[column] + 1);
            if swapped {
                cost = cost.min(before[column - 1] + 1);
            }
            current[column + 1] = cost;
            least = least.min(cost);
        }
        if least > bound {
            return None;
        }
        before = above;
        above = current;
    }
    Some(above[b.len()]).filter(|distance| *distance <= bound)
}
