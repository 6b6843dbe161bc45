//! How a device that uses an invite proves that it holds the key under which it wants to be known.

use minicbor::{Decode, Encode};

use super::signing::{KeyPair, PublicKey, Signature, TrustError, encode, tagged};
use crate::time::UnixMillis;

/// What a device signs when it uses an invite. Home and the device know every part; only the signature travels.
///
/// Public keys are no secret: they stand in the grants that every device of an event reads. Without this signature
/// whoever has an invite could speak for anybody else's device.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Enrolment {
    /// The key of the device.
    #[n(0)]
    pub device: PublicKey,
    /// The key of the home server of the invite, so that no other server can pass the signature on.
    #[n(1)]
    pub home: PublicKey,
    /// The secret of the invite.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub secret: [u8; 16],
    /// What people call the device.
    #[n(3)]
    pub name: String,
    /// Names the grant that is to be replaced by one that gives less, by its time of issue; `None` agrees to no loss.
    #[n(4)]
    pub replaces: Option<UnixMillis>,
}

impl Enrolment {
    fn message(&self) -> Vec<u8> {
        tagged("saxaul/enrolment/1", &encode(self))
    }

    /// Checks that whoever holds the secret half of [`Enrolment::device`] signed this.
    ///
    /// # Errors
    /// [`TrustError::BadSignature`], also for bytes that are no public key of a device: a point of small order, under
    /// which a signature fits nearly everything, or another spelling of a point.
    pub fn verify(&self, signature: &Signature) -> Result<(), TrustError> {
        if !self.device.is_of_a_device() {
            return Err(TrustError::BadSignature);
        }
        self.device.verify(&self.message(), signature)
    }
}

impl KeyPair {
    /// Signs that this device wants to be let in.
    #[must_use]
    pub fn enrol(&self, enrolment: &Enrolment) -> Signature {
        self.sign(&enrolment.message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enrolment(device: PublicKey) -> Enrolment {
        Enrolment { device, home: PublicKey([2; 32]), secret: [3; 16], name: "north".to_owned(), replaces: None }
    }

    #[test]
    fn an_enrolment_is_believed_with_the_signature_of_its_own_key_and_in_its_own_words() {
        let [device, other] = [[1; 32], [2; 32]].map(|seed| KeyPair::from_seed(&seed));
        let asked = enrolment(device.public());
        assert_eq!(asked.verify(&device.enrol(&asked)), Ok(()));
        assert_eq!(asked.verify(&other.enrol(&asked)), Err(TrustError::BadSignature));
        let altered: [fn(&mut Enrolment); 4] = [
            |asked| asked.home = PublicKey([4; 32]),
            |asked| asked.secret = [4; 16],
            |asked| asked.name.push('!'),
            |asked| asked.replaces = Some(UnixMillis(1)),
        ];
        for alter in altered {
            let mut other = asked.clone();
            alter(&mut other);
            assert_eq!(other.verify(&device.enrol(&asked)), Err(TrustError::BadSignature));
        }
    }

    #[test]
    fn bytes_that_are_no_key_of_a_device_are_refused_whatever_is_signed() {
        let neutral = {
            let mut bytes = [0; 32];
            bytes[0] = 1;
            bytes
        };
        // The same point, with the prime of the field added: p + 1.
        let neutral_again = {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (0xee, 0x7f);
            bytes
        };
        for bytes in [[0; 32], [0xff; 32], neutral, neutral_again] {
            let asked = enrolment(PublicKey(bytes));
            let mut fits_small_orders = [0; 64];
            fits_small_orders[0] = 1;
            for signature in [[0; 64], fits_small_orders] {
                assert_eq!(asked.verify(&Signature(signature)), Err(TrustError::BadSignature), "{bytes:02x?}");
            }
        }
    }

    #[test]
    fn a_signed_enrolment_keeps_its_bytes() {
        let key = KeyPair::from_seed(&[1; 32]);
        let asked = enrolment(key.public());
        assert_eq!(key.enrol(&asked), KeyPair::from_seed(&[1; 32]).enrol(&asked));
        assert_eq!(asked.message().len(), "saxaul/enrolment/1".len() + 1 + 1 + 34 + 34 + 17 + 6);
    }
}
