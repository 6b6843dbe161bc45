//! What is printed and believed when it is scanned: badges and letters.

use minicbor::{Decode, Encode};

use super::signing::{PublicKey, Signed, Statement, TrustError};
use crate::ids::{DeviceId, EventId, Subject};

/// Whoever wears this badge is known under this id. It says nothing else of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Badge {
    /// The event for which the badge is.
    #[n(0)]
    pub event: EventId,
    /// The person or walk-in who wears it.
    #[n(1)]
    pub subject: Subject,
}

impl Statement for Badge {
    const DOMAIN: &'static str = "saxaul/badge/1";
}

/// A letter that says how long somebody served.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Letter {
    /// The event at which they served.
    #[n(0)]
    pub event: EventId,
    /// The person or walk-in who served.
    #[n(1)]
    pub subject: Subject,
    /// The number of the published report on which it rests; `None` for a draft.
    #[n(2)]
    pub revision: Option<u32>,
    /// The floor of the verified time, in seconds.
    #[n(3)]
    pub verified_s: u64,
    /// The organizer's device whose signature it bears; `None` for home's own.
    #[n(4)]
    pub signed_by: Option<DeviceId>,
}

impl Statement for Letter {
    const DOMAIN: &'static str = "saxaul/letter/1";
}

impl Signed<Letter> {
    /// Returns what the letter says, if it bears the signature of whoever it names: home, or a device whose key
    /// `key_of` knows. Whether that device may sign letters is not judged here.
    ///
    /// # Errors
    /// [`TrustError::BadSignature`], also for a device that nobody knows; [`TrustError::Malformed`].
    pub fn verify_signer(
        &self,
        home: &PublicKey,
        key_of: impl FnOnce(DeviceId) -> Option<PublicKey>,
    ) -> Result<Letter, TrustError> {
        let key = match self.recall()?.signed_by {
            None => *home,
            Some(device) => key_of(device).ok_or(TrustError::BadSignature)?,
        };
        self.verify(&key)
    }
}

/// Crockford's base 32: letters that a QR code holds in few modules, and that survive being read aloud.
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl<S: Statement> Signed<S> {
    /// The statement with its signature, as it is printed: capital letters and digits.
    #[must_use]
    pub fn to_printed(&self) -> String {
        let bytes = super::encode(self);
        let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
        let (mut held, mut bits) = (0u32, 0);
        for byte in bytes {
            held = held << 8 | u32::from(byte);
            bits += 8;
            while bits >= 5 {
                bits -= 5;
                text.push(char::from(SYMBOLS[(held >> bits & 31) as usize]));
            }
            held &= (1 << bits) - 1;
        }
        if bits > 0 {
            text.push(char::from(SYMBOLS[(held << (5 - bits) & 31) as usize]));
        }
        text
    }

    /// The inverse of [`Signed::to_printed`]. Nothing is believed before [`Signed::verify`].
    ///
    /// # Errors
    /// [`TrustError::Malformed`] for what nobody printed.
    pub fn from_printed(text: &str) -> Result<Self, TrustError> {
        let (mut held, mut bits) = (0u32, 0);
        let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
        for symbol in text.bytes() {
            let value = SYMBOLS.iter().position(|known| *known == symbol).ok_or(TrustError::Malformed)?;
            held = held << 5 | u32::try_from(value).map_err(|_| TrustError::Malformed)?;
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                bytes.extend(u8::try_from(held >> bits));
                held &= (1 << bits) - 1;
            }
        }
        let printed: Self = minicbor::decode(&bytes).map_err(|_| TrustError::Malformed)?;
        if printed.to_printed() == text { Ok(printed) } else { Err(TrustError::Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trust::KeyPair;

    fn badge(bits: u64) -> Badge {
        Badge { event: EventId([7; 16]), subject: Subject::from_bits(bits) }
    }

    #[test]
    fn a_badge_is_believed_if_the_right_key_signed_it_and_passes_for_nothing_else() {
        let (home, stranger) = (KeyPair::from_seed(&[1; 32]), KeyPair::from_seed(&[2; 32]));
        let printed = home.state(&badge(6)).to_printed();
        let read = Signed::<Badge>::from_printed(&printed).unwrap();
        assert_eq!(read.verify(&home.public()), Ok(badge(6)));
        assert_eq!(read.verify(&stranger.public()), Err(TrustError::BadSignature));
        let as_letter = Signed::<Letter>::from_printed(&printed).unwrap();
        assert_eq!(as_letter.verify(&home.public()), Err(TrustError::BadSignature));
    }

    #[test]
    fn a_letter_is_believed_under_the_name_of_whoever_signed_it_alone() {
        let [home, device, other] = [[1; 32], [2; 32], [3; 32]].map(|seed| KeyPair::from_seed(&seed));
        let key_of = |id| [&device, &other].map(KeyPair::public).into_iter().find(|key| key.device() == id);
        let letter = |signed_by| Letter {
            event: EventId([7; 16]),
            subject: Subject::from_bits(6),
            revision: Some(1),
            verified_s: 3600,
            signed_by,
        };
        let (of_home, of_device) = (letter(None), letter(Some(device.public().device())));
        let believed = |signed: Signed<Letter>| signed.verify_signer(&home.public(), key_of);
        assert_eq!(believed(home.state(&of_home)), Ok(of_home));
        assert_eq!(believed(device.state(&of_device)), Ok(of_device));
        for forged in [device.state(&of_home), other.state(&of_device), home.state(&of_device)] {
            assert_eq!(believed(forged), Err(TrustError::BadSignature));
        }
        let of_stranger = letter(Some(DeviceId([9; 16])));
        assert_eq!(believed(other.state(&of_stranger)), Err(TrustError::BadSignature));
    }

    proptest! {
        #[test]
        fn what_is_printed_has_one_spelling(bits: u64, at in 0..100usize, symbol in any::<char>()) {
            let key = KeyPair::from_seed(&[1; 32]);
            let printed = key.state(&badge(bits)).to_printed();
            prop_assert!(printed.bytes().all(|byte| SYMBOLS.contains(&byte)));
            let mut other: Vec<char> = printed.chars().collect();
            prop_assume!(other[at] != symbol);
            other[at] = symbol;
            let other: String = other.into_iter().collect();
            let read = Signed::<Badge>::from_printed(&other).and_then(|signed| signed.verify(&key.public()));
            prop_assert!(read.is_err());
        }
    }
}
