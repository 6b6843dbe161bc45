//! A checksum beside every value that is kept: a disk may give back something else than was written.
//!
//! One flipped bit makes another command of a command that somebody recorded, and both can be read. So every value ends
//! with eight bytes that follow from it and from its key. They guard against damage, not against an attacker.

use sha2::{Digest, Sha256};

const DOMAIN: &[u8] = b"saxaul/row/1\0";
/// Damage passes once in 2^64 times.
const LENGTH: usize = 8;

/// The value as it is written under a key.
pub(crate) fn sealed(key: &str, mut value: Vec<u8>) -> Vec<u8> {
    let checksum = checksum(key, &value);
    value.extend(checksum);
    value
}

/// The value that was written under a key; `None` if this is another one.
pub(crate) fn opened<'a>(key: &str, bytes: &'a [u8]) -> Option<&'a [u8]> {
    let (value, found) = bytes.split_at_checked(bytes.len().checked_sub(LENGTH)?)?;
    (found == checksum(key, value)).then_some(value)
}

/// The value that lies under a key, whatever its checksum says.
#[cfg(feature = "sqlite")]
pub(crate) fn without(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(..bytes.len().checked_sub(LENGTH)?)
}

fn checksum(key: &str, value: &[u8]) -> [u8; LENGTH] {
    let key_length = (key.len() as u64).to_be_bytes();
    let hash =
        Sha256::new().chain_update(DOMAIN).chain_update(key_length).chain_update(key).chain_update(value).finalize();
    let mut first = [0; LENGTH];
    first.copy_from_slice(&hash[..LENGTH]);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_was_written_under_its_key_or_it_is_told() {
        let kept = sealed("draft/1", b"check in A-0001".to_vec());
        assert_eq!(opened("draft/1", &kept), Some(b"check in A-0001" as &[u8]));
        assert_eq!(opened("draft/1", &sealed("draft/1", Vec::new())), Some(b"" as &[u8]));
        assert_eq!(opened("draft/2", &kept), None);
        for bit in 0..kept.len() * 8 {
            let mut flipped = kept.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(opened("draft/1", &flipped), None, "bit {bit}");
        }
        for length in 0..kept.len() {
            assert_eq!(opened("draft/1", &kept[..length]), None, "cut off after {length}");
        }
    }
}
