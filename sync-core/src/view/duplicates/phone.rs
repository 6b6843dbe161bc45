//! Telephone numbers as they are compared: by their end, because the beginning is written in many ways.

use crate::names::phones::numbers;

/// Digits that a number must have to say anything.
const SHORTEST: u32 = 7;
/// Digits that are compared, without country code or trunk prefix.
const LONGEST: u32 = 10;

/// The last digits of a telephone number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Phone {
    digits: u64,
    count: u32,
}

impl Phone {
    /// Reads the digits of the first number of a text. `None` for too few, and for a placeholder such as 0000000.
    pub(super) fn of(text: &str) -> Option<Self> {
        let first = numbers(text).next()?;
        let all: Vec<u64> = first.chars().filter_map(|c| c.to_digit(10)).map(u64::from).collect();
        let last = &all[all.len().saturating_sub(LONGEST as usize)..];
        let count = u32::try_from(last.len()).ok().filter(|count| *count >= SHORTEST)?;
        let ending = &last[last.len() - SHORTEST as usize..];
        if ending.iter().all(|digit| *digit == ending[0]) {
            return None;
        }
        Some(Self { digits: last.iter().fold(0, |number, digit| number * 10 + digit), count })
    }

    /// The digits by which the number is looked up.
    pub(super) const fn tail(self) -> u64 {
        self.digits % 10_u64.pow(SHORTEST)
    }

    /// Whether both end alike, as far as both are written.
    pub(super) fn is(self, other: Self) -> bool {
        let both = 10_u64.pow(self.count.min(other.count));
        self.digits % both == other.digits % both
    }

    /// Whether one digit is another, or two neighbours changed places.
    pub(super) fn is_one_slip_from(self, other: Self) -> bool {
        if self.count != other.count {
            return false;
        }
        let mut differing = (0..self.count).filter(|place| self.digit(*place) != other.digit(*place));
        let Some(low) = differing.next() else { return false };
        let Some(high) = differing.next() else { return true };
        let swapped = self.digit(low) == other.digit(high) && self.digit(high) == other.digit(low);
        high == low + 1 && swapped && differing.next().is_none()
    }

    const fn digit(self, place: u32) -> u64 {
        self.digits / 10_u64.pow(place) % 10
    }
}

#[cfg(test)]
mod tests {
    use super::Phone;

    #[test]
    fn a_number_is_the_same_however_its_beginning_is_written() {
        let phone = |text| Phone::of(text).unwrap();
        for text in ["+7 701 123 45 67", "8 (701) 123-45-67", "77011234567", "1234567"] {
            assert!(phone("87011234567").is(phone(text)), "{text}");
        }
        assert!(!phone("87011234567").is(phone("87021234567")));
        assert!(phone("87011234567").is_one_slip_from(phone("87011234587")));
        assert!(phone("87011234567").is_one_slip_from(phone("87011234576")));
        assert!(!phone("87011234567").is_one_slip_from(phone("87011234765")));
    }

    #[test]
    fn a_placeholder_is_no_number() {
        assert_eq!(["", "123456", "0000000", "+7 700 000 00 00", "none"].map(Phone::of), [None; 5]);
    }
}
