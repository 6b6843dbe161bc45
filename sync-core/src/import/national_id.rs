//! Recognises Kazakhstan's individual identification number, only to refuse it.
//!
//! The number encodes the date of birth and the sex, and hashing so small a space protects nothing, so no part of the
//! system keeps it.

/// Tells whether a value is such a number: 12 digits whose last is the check digit of the others. Blanks between the
/// digits do not matter.
pub(super) fn is_number(value: &str) -> bool {
    digits(value).is_some_and(|digits| check_digit(&digits) == Some(digits[11]))
}

/// Tells whether a value is such a number and begins with a date, as every number that was given to a person does.
/// A spreadsheet may have taken its leading zeros.
pub(super) fn is_number_with_date(value: &str) -> bool {
    if value.len() < 9 || !value.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let padded = format!("{value:0>12}");
    is_number(&padded) && digits(&padded).is_some_and(|digits| begins_with_date(&digits))
}

fn digits(value: &str) -> Option<[u8; 12]> {
    let mut digits = [0; 12];
    let mut count = 0;
    for c in value.chars().filter(|c| *c != ' ') {
        *digits.get_mut(count)? = u8::try_from(c.to_digit(10)?).ok()?;
        count += 1;
    }
    (count == 12).then_some(digits)
}

/// Weights 1 to 11, and where that remainder is 10, weights 3 to 11, 1, 2, modulo 11. A second 10 is never given.
fn check_digit(digits: &[u8; 12]) -> Option<u8> {
    let weighted = |shift: u32| {
        let terms =
            digits[..11].iter().zip(0u32..).map(|(digit, index)| u32::from(*digit) * ((index + shift) % 11 + 1));
        terms.sum::<u32>() % 11
    };
    let remainder = [weighted(0), weighted(2)].into_iter().find(|remainder| *remainder != 10)?;
    u8::try_from(remainder).ok()
}

fn begins_with_date(digits: &[u8; 12]) -> bool {
    let month = digits[2] * 10 + digits[3];
    let day = digits[4] * 10 + digits[5];
    (1..=12).contains(&month) && (1..=31).contains(&day) && digits[6] <= 6
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Makes a number that nobody holds: its date is the 1st of January 1900 and later.
    pub(in crate::import) fn invented(serial: u32) -> String {
        let days = (1..=9).flat_map(|month| (1..=28).map(move |day| (month, day)));
        let (month, day) = days.cycle().nth(serial as usize).unwrap();
        let mut digits: Vec<u8> =
            format!("00{month:02}{day:02}1{:04}", serial % 10_000).bytes().map(|b| b - b'0').collect();
        loop {
            digits.push(0);
            let whole: [u8; 12] = digits.clone().try_into().unwrap();
            if let Some(check) = check_digit(&whole) {
                digits[11] = check;
                return digits.iter().map(|digit| char::from(b'0' + digit)).collect();
            }
            digits.pop();
            digits[10] = (digits[10] + 1) % 10;
        }
    }

    #[test]
    fn the_check_digit_tells_a_number_from_twelve_digits() {
        // 1·1 = 1; and 11 ones weigh 66, which is 0 modulo 11.
        assert!(is_number("100000000001"));
        assert!(is_number("111111111110"));
        assert!(!is_number("111111111111"));
        assert!(is_number("1111 1111 1110"));
        assert!(!is_number("11111111111"));
        assert!(!is_number("+77017472357"));
        assert!(!is_number("A11111111110"));
    }

    #[test]
    fn a_remainder_of_ten_is_weighed_again() {
        // Weights 1 to 11: 5·2 = 10. Weights 3 to 11, 1, 2: 5·4 = 20, which is 9 modulo 11.
        assert!(is_number("050000000009"));
        // 10 both times: 0·… never given. 2 at weights 5 and 7: 2·5 = 10, then 2·7 = 14, which is 3.
        assert!(is_number("000020000003"));
    }

    #[test]
    fn a_number_of_a_person_begins_with_a_date_even_without_its_zeros() {
        let number = invented(3);
        assert!(is_number(&number) && is_number_with_date(&number));
        assert!(is_number_with_date(number.trim_start_matches('0')));
        assert!(!is_number_with_date("100000000001"), "no month is the 0th");
    }
}
