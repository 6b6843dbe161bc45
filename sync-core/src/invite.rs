//! Invite links: what a person scans to let a device in.
//!
//! The secret stands behind the `#` of the link, so that it never travels in a request line or a log.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::ids::EventId;
use crate::trust::PublicKey;

/// An invite as it stands in a link.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteLink {
    /// Where the home server is reached, without a trailing slash.
    pub url: String,
    /// Its key: the device trusts this one and no other.
    pub home: PublicKey,
    /// Lets the bearer in.
    pub secret: [u8; 16],
    /// The event it is for; `None` is every event.
    pub event: Option<EventId>,
}

#[derive(Encode, Decode)]
struct Fragment {
    #[n(0)]
    version: u8,
    #[n(1)]
    home: PublicKey,
    #[cbor(n(2), with = "minicbor::bytes")]
    secret: [u8; 16],
    #[n(3)]
    event: Option<EventId>,
}

const VERSION: u8 = 1;

impl InviteLink {
    /// What the server keeps of the secret.
    #[must_use]
    pub fn secret_hash(&self) -> [u8; 32] {
        hash_secret(&self.secret)
    }
}

/// Hashes an invite's secret as the server keeps it.
///
/// It is looked up by this hash. How long that takes may tell how much of the hash of a guess is right, but not how to
/// make a better guess: so nothing has to be compared in constant time.
#[must_use]
pub fn hash_secret(secret: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(b"saxaul/invite\0").chain_update(secret).finalize().into()
}

/// Why a text is not an invite link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It does not look like one.
    #[error("this is not an invite link: it looks like https://…/join#…")]
    Form,
    /// Its secret part is cut off or damaged.
    #[error("the invite link is cut off or damaged: copy the whole of it")]
    Damaged,
    /// A newer build wrote it.
    #[error("this invite link has version {0}: update the program")]
    Version(u8),
}

impl fmt::Display for InviteLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fragment = Fragment { version: VERSION, home: self.home, secret: self.secret, event: self.event };
        let bytes = minicbor::to_vec(&fragment).expect("writing to memory does not fail");
        write!(f, "{}/join#{}", self.url, URL_SAFE_NO_PAD.encode(bytes))
    }
}

/// Never shows the secret.
impl fmt::Debug for InviteLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InviteLink({}, {:?})", self.url, self.event)
    }
}

impl FromStr for InviteLink {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        let (address, fragment) = text.trim().split_once('#').ok_or(LinkError::Form)?;
        let url = address.strip_suffix("/join").ok_or(LinkError::Form)?;
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(LinkError::Form);
        }
        let bytes = URL_SAFE_NO_PAD.decode(fragment).map_err(|_| LinkError::Damaged)?;
        let fragment: Fragment = minicbor::decode(&bytes).map_err(|_| LinkError::Damaged)?;
        if fragment.version != VERSION {
            return Err(LinkError::Version(fragment.version));
        }
        Ok(Self { url: url.to_owned(), home: fragment.home, secret: fragment.secret, event: fragment.event })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> InviteLink {
        InviteLink {
            url: "https://home.example".to_owned(),
            home: PublicKey([3; 32]),
            secret: [4; 16],
            event: Some(EventId([5; 16])),
        }
    }

    #[test]
    fn a_link_survives_being_copied_and_nothing_else_passes_for_one() {
        let text = link().to_string();
        assert_eq!(format!(" {text}\n").parse(), Ok(link()));
        assert_eq!("hello".parse::<InviteLink>(), Err(LinkError::Form));
        assert_eq!("ftp://home/join#AA".parse::<InviteLink>(), Err(LinkError::Form));
        assert_eq!(text[..text.len() - 9].parse::<InviteLink>(), Err(LinkError::Damaged));
    }

    #[test]
    fn the_secret_of_a_link_is_not_printed() {
        assert!(!format!("{:?}", link()).contains("BAQE"));
    }
}
